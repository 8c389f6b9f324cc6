"""The way of one message: who is where, what came in, what leaves, what falls due.

These tables are written by the pipeline with Core statements (a turn must stay cheap);
the other models are the programme's records, edited with the ORM.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId, partly


class Chat(Base):
    """One conversation on one network; `id` is the chat id inside (Telegram's own, or allotted).

    A worker owns a chat while its lease lasts; `epoch` grows with each claim, so that the commit
    of a worker which lost its lease fails. `plain`: its reader sees no cards. `lost_at` is when it
    could not be reached any more; it stands until the person, back again, was told what they
    missed.
    """

    __tablename__ = "chats"
    __table_args__ = (UniqueConstraint("channel", "address"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(200))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    screen: Mapped[str | None] = mapped_column(String(60))
    seen: Mapped[str | None] = mapped_column(String(60))
    reachable: Mapped[bool] = mapped_column(default=True, server_default="1")
    plain: Mapped[bool] = mapped_column(default=False, server_default="0")
    lost_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None]
    epoch: Mapped[int] = mapped_column(default=0, server_default="0")


class Incoming(Base):
    """An update as it came, stored before the network is answered; `key` is the network's id."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index("ix_inbox_chat", "chat_id", "id"),
        partly("ix_inbox_waiting", "chat_id", "sequence", "id", where="state = 'new'"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(100))
    chat_id: Mapped[int] = mapped_column(BigInteger)
    sequence: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    raw: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="new", server_default="new")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str | None]


class Body(Base):
    """The parameters that several letters share, stored once."""

    __tablename__ = "bodies"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    params: Mapped[dict[str, Any]]

    @staticmethod
    def joined(shared: Mapping[str, Any] | None, own: Mapping[str, Any]) -> dict[str, Any]:
        """What a letter says: what it shares with others, if it does, and over that its own."""
        return {**(shared or {}), **own}


class Outgoing(Base):
    """A Bot API call to make, and what became of it. States: see pipeline/outbox.py.

    `key` says what makes it the same message; `about` what it speaks of ("event:12"). One with a
    `topic` is judged when it falls due (quiet hours, what its person wants to hear); after
    `expires_at` it would be no use any more.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        partly("ix_outbox_due", "priority", "due_at", where="state = 'waiting'"),
        Index("ix_outbox_chat", "chat_id", "id"),
        partly("ix_outbox_read", "chat_id", "message_id", where="message_id IS NOT NULL"),
        partly("ix_outbox_owned", "owner", where="owner IS NOT NULL"),
        partly("ix_outbox_about", "about", where="about IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str] = mapped_column(String(40))
    params: Mapped[dict[str, Any]]
    body_id: Mapped[int | None] = mapped_column(ForeignKey("bodies.id"))
    priority: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    key: Mapped[str | None] = mapped_column(String(120), unique=True)
    about: Mapped[str | None] = mapped_column(String(60))
    topic: Mapped[str | None] = mapped_column(String(12))
    expires_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    error: Mapped[str | None]
    sent_at: Mapped[datetime | None]


class Job(Base):
    """Work that falls due: a reminder round, a broadcast's next thousand, an import."""

    __tablename__ = "jobs"
    __table_args__ = (partly("ix_jobs_due", "due_at", where="state = 'waiting'"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    payload: Mapped[dict[str, Any]]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]


class Draft(Base):
    """A form that a person is filling. It belongs to the person, so it follows them anywhere.

    `notes` is what pipeline.drafts.Filling keeps beside the answers; `version` grows with each
    change, so that of two chats that change it at once one has to look again.
    """

    __tablename__ = "drafts"
    __table_args__ = (
        UniqueConstraint("person_id", "form"),
        partly("uq_drafts_active", "person_id", unique=True, where="active"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    form: Mapped[str] = mapped_column(String(40))
    step: Mapped[str] = mapped_column(String(40))
    answers: Mapped[dict[str, Any]]
    notes: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    active: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime]


class File(Base):
    """A file that someone sent or that we send. The name is what a person sees, never a path;
    `about` what it belongs to ("ticket:9", "need:12")."""

    __tablename__ = "files"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(255))
    mime: Mapped[str] = mapped_column(String(100))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    about: Mapped[str | None] = mapped_column(String(60), index=True)
    created_at: Mapped[datetime]


class Lease(Base):
    """A duty that one process has at a time: polling Telegram, sending for a network."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime]
    note: Mapped[str | None] = mapped_column(String(200))
