"""People, the enterprises they act for, and the industries both are sorted by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.base import Base, BigId, partly


class Industry(Base):
    """One of the sixteen of the 4×4 system. Editable: six of the names are unconfirmed."""

    __tablename__ = "industries"

    code: Mapped[str] = mapped_column(String(4), primary_key=True)
    tier: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(40), unique=True)
    position: Mapped[int]


class Segment(Base):
    """产业细分领域: what a patent and a firm have in common before any word is compared."""

    __tablename__ = "segments"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    industry_code: Mapped[str] = mapped_column(ForeignKey("industries.code"), index=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    synonyms: Mapped[list[str]]


class Enterprise(Base):
    """States: active, pending (an organizer has not approved it yet), refused.

    `park` is its industrial park, where a list or a poster says so. `contact` and
    `phone` are what an import says of a firm that nobody speaks for yet.
    """

    __tablename__ = "enterprises"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    city: Mapped[str | None] = mapped_column(String(20), index=True)
    park: Mapped[str | None] = mapped_column(String(60))
    size: Mapped[str | None] = mapped_column(String(10))
    tags: Mapped[list[str]]
    state: Mapped[str] = mapped_column(String(10), default="active", server_default="active")
    contact: Mapped[str | None] = mapped_column(String(60))
    phone: Mapped[str | None] = mapped_column(String(30))
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    segments: Mapped[list[Segment]] = relationship(secondary="enterprise_segments")


class EnterpriseSegment(Base):
    __tablename__ = "enterprise_segments"

    enterprise_id: Mapped[int] = mapped_column(
        ForeignKey("enterprises.id", ondelete="CASCADE"), primary_key=True
    )
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id"), primary_key=True, index=True)


class Person(Base):
    """Somebody who chats with us. A person is not a firm: several may act for one.

    `enterprise_id` stands only when the person may act for the firm; until then there is an
    Admission. `admin` is the one of the firm who decides about colleagues. `university` is whose
    patents somebody of the role "uni" looks after, as the library names the owner. Until
    `pushes_paused_until` nothing of the weekly pack is sent to them. `city` is the one whose firms
    an organizer speaks for; without one, all.
    """

    __tablename__ = "people"
    __table_args__ = (partly("uq_people_admin", "enterprise_id", unique=True, where="admin"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    role: Mapped[str] = mapped_column(String(10), default="ent")
    name: Mapped[str | None] = mapped_column(String(60))
    phone: Mapped[str | None] = mapped_column(String(30))
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprises.id"), index=True)
    department: Mapped[str | None] = mapped_column(String(40))
    university: Mapped[str | None] = mapped_column(String(200), index=True)
    city: Mapped[str | None] = mapped_column(String(20))
    consent: Mapped[int | None]
    consented_at: Mapped[datetime | None]
    admin: Mapped[bool] = mapped_column(default=False, server_default="0")
    pushes_paused_until: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class Erasure(Base):
    """That a person's data was deleted, and nothing of it: a restored backup is cleaned by this.

    `mark` is a hash by which the person's row is recognised in the backup.
    """

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), unique=True)
    receipt: Mapped[str] = mapped_column(String(30), index=True)
    at: Mapped[datetime]


class Invitation(Base):
    """A one-time code that binds whoever brings it to a role (or opens the web page to them).

    `name` is the university for which somebody of the role "uni" comes.
    """

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(10))
    name: Mapped[str | None] = mapped_column(String(200))
    expires_at: Mapped[datetime]
    used_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    used_at: Mapped[datetime | None]


class Claim(Base):
    """A code on a poster or in a letter that opens registration with the firm or the park known."""

    __tablename__ = "claims"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    enterprise_id: Mapped[int | None] = mapped_column(
        ForeignKey("enterprises.id", ondelete="CASCADE")
    )
    park: Mapped[str | None] = mapped_column(String(60))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Admission(Base):
    """Somebody asks to be let in. States: waiting, accepted, refused, withdrawn.

    Kinds: join (a firm that has people), found (a firm that has none yet, under approval),
    admin (to become the firm's admin in place of another), rename (the firm is called `wish` now).
    `asks` is who is asked: admin or organizer. `question` is an organizer's, `answer` the
    applicant's.
    """

    __tablename__ = "admissions"
    __table_args__ = (
        partly("uq_admissions_waiting", "person_id", unique=True, where="state = 'waiting'"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    enterprise_id: Mapped[int] = mapped_column(
        ForeignKey("enterprises.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(10))
    asks: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    due_at: Mapped[datetime]
    wish: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(String(40))
    question: Mapped[str | None]
    answer: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class LinkCode(Base):
    """Six digits that prove in another chat that both are one person's.

    One without `chat_id` was made by the organizer `by`, for somebody who lost their phone: where
    it is used, the person's other chats are cut off.
    """

    __tablename__ = "link_codes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chats.id"))
    by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LinkTry(Base):
    """A code that was typed in a chat; too many in an hour are guesses."""

    __tablename__ = "link_tries"
    __table_args__ = (Index("ix_link_tries_chat", "chat_id", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"))
    at: Mapped[datetime]


class Merge(Base):
    """Two that turned out to be one person, and what is needed to part them again.

    `moved` is {"table.column": [row ids]}, `swapped` [{"table", "kept", "gone"} row ids],
    `before` {"kept": {…}, "gone": {…}} of the two people's own columns.
    """

    __tablename__ = "merges"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    moved: Mapped[dict[str, Any]]
    swapped: Mapped[list[dict[str, Any]]]
    before: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class ImportBatch(Base):
    """One file that was taken in; `sent` is its id in files where it came by chat.

    `changes` says what to undo: {"created": [ids], "updated": {id: {column: [before, after]}}}.
    """

    __tablename__ = "import_batches"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    file: Mapped[str] = mapped_column(String(200))
    by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    sent: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    changes: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Audit(Base):
    """Who changed what, and from what to what. Rows are only added; they name nobody."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    who: Mapped[int | None]
    what: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(String(60), index=True)
    before: Mapped[str | None]
    after: Mapped[str | None]
