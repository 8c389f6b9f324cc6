"""Notices to a part of the people, and when each of them wants to hear what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId


class Broadcast(Base):
    """A notice to an audience (see services/audiences.py), which is people of enterprises.

    States: draft; asked (a second organizer has to agree); planned for `send_at`; sending; paused;
    stopped; sent. `receipt`: whoever reads it is asked to say so. `corrects` is the notice that
    this one puts right or takes back.
    """

    __tablename__ = "broadcasts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    text: Mapped[str]
    audience: Mapped[dict[str, Any]]
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id"))
    body_id: Mapped[int | None] = mapped_column(ForeignKey("bodies.id"))
    corrects: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id"))
    receipt: Mapped[bool] = mapped_column(default=False, server_default="0")
    created_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    send_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(10), default="draft")
    created_at: Mapped[datetime]


class Audience(Base):
    """A part of the people that an organizer wants to find again, under a name."""

    __tablename__ = "audiences"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    audience: Mapped[dict[str, Any]]
    created_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]


class Reading(Base):
    """That a person says they have read a notice (已阅)."""

    __tablename__ = "readings"
    __table_args__ = (UniqueConstraint("broadcast_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    at: Mapped[datetime]


class Attention(Base):
    """What a person wants to hear of, and how: the topics that are `off`, and the `digest` ("day",
    "week") in which the rest comes together; none means each by itself."""

    __tablename__ = "attention"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    off: Mapped[list[str]]
    digest: Mapped[str | None] = mapped_column(String(10))


class Deadline(Base):
    """A day by which something must be done: of the programme, for an audience; or one person's.

    States: open, withdrawn.
    """

    __tablename__ = "deadlines"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str | None]
    due_at: Mapped[datetime]
    audience: Mapped[dict[str, Any] | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    about: Mapped[str | None] = mapped_column(String(60))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    state: Mapped[str] = mapped_column(String(10), default="open", server_default="open")
    created_at: Mapped[datetime]


class DeadlineMark(Base):
    """What one person has said to a deadline. States: done, needless (does not concern us),
    snoozed until a moment."""

    __tablename__ = "deadline_marks"
    __table_args__ = (UniqueConstraint("deadline_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadlines.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    until: Mapped[datetime | None]
    at: Mapped[datetime]
