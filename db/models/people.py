"""People, the enterprises they act for, and the industries both are sorted by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from db.base import Base, BigId


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
    __tablename__ = "enterprises"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    city: Mapped[str | None] = mapped_column(String(20), index=True)
    size: Mapped[str | None] = mapped_column(String(10))
    tags: Mapped[list[str]]
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
    """Somebody who chats with us. A person is not a firm: several may act for one."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    role: Mapped[str] = mapped_column(String(10), default="ent")
    name: Mapped[str | None] = mapped_column(String(60))
    phone: Mapped[str | None] = mapped_column(String(30))
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprises.id"), index=True)
    department: Mapped[str | None] = mapped_column(String(40))
    consent: Mapped[int | None]
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Invitation(Base):
    """A one-time code that binds whoever brings it to a role (or opens the web page to them)."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(10))
    name: Mapped[str | None] = mapped_column(String(60))
    expires_at: Mapped[datetime]
    used_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    used_at: Mapped[datetime | None]
