"""Matchmaking events and roadshows, who comes, and the notices sent about anything."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId


class Event(Base):
    """`taken` counts the seats that are gone; it changes by one conditional UPDATE only.

    States: draft, open, cancelled. `sequence` grows when time or place change (iCalendar).
    """

    __tablename__ = "events"
    __table_args__ = (CheckConstraint("taken <= capacity", name="seats"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(120))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    city: Mapped[str] = mapped_column(String(20))
    venue: Mapped[str] = mapped_column(String(200))
    industries: Mapped[list[str]]
    agenda: Mapped[list[str]]
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    signup_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(10), default="open")
    sequence: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    demo: Mapped[bool] = mapped_column(default=False)


class SignUp(Base):
    """One person's seat. States: confirmed, cancelled. `code` is what the door asks for."""

    __tablename__ = "signups"
    __table_args__ = (UniqueConstraint("event_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprises.id"))
    code: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10), default="confirmed")
    created_at: Mapped[datetime]


class Broadcast(Base):
    """A notice to a part of the enterprises. States: draft, sending, sent.

    `audience` is {"cities": […], "industries": […]}; an empty list means all.
    """

    __tablename__ = "broadcasts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    text: Mapped[str]
    audience: Mapped[dict[str, Any]]
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id"))
    body_id: Mapped[int | None] = mapped_column(ForeignKey("bodies.id"))
    created_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    created_at: Mapped[datetime]
