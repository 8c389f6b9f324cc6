"""Matchmaking events and roadshows: who comes, who waits, what changed, what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId


class Event(Base):
    """`taken` counts the seats that are gone: confirmed, held and offered ones. It changes by one
    conditional UPDATE only.

    States: draft, open, cancelled. `sequence` grows when time, place or name change (iCalendar).
    `per_firm` is how many of one enterprise may come. Until `cancel_until` a seat is given back
    without a word, after it with a reason. `questions` is what sign-up asks besides; the door is
    open until `door_closed_at`.
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
    per_firm: Mapped[int | None]
    signup_until: Mapped[datetime | None]
    cancel_until: Mapped[datetime | None]
    questions: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    state: Mapped[str] = mapped_column(String(10), default="open")
    sequence: Mapped[int] = mapped_column(default=0)
    door_closed_at: Mapped[datetime | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    demo: Mapped[bool] = mapped_column(default=False)


class SignUp(Base):
    """One person's place at an event. `code` is what the door asks for.

    States: confirmed; held (of a firm that is not approved yet, until `open_until`); waiting (in
    line by `queued_at`); offered (a seat is kept for them until `open_until`); cancelled, by
    `cancelled_by` for `reason`. Confirmed, held and offered ones have a seat.
    Who walked in without an account has no person: `name`, `phone` and `firm` say who it is.
    `unanswered` is the change of the event to which they have not said yet whether they still come.
    """

    __tablename__ = "signups"
    __table_args__ = (
        UniqueConstraint("event_id", "person_id"),
        Index("ix_signups_line", "event_id", "state", "queued_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprises.id"))
    name: Mapped[str | None] = mapped_column(String(60))
    phone: Mapped[str | None] = mapped_column(String(30))
    firm: Mapped[str | None] = mapped_column(String(200))
    code: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10), default="confirmed")
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    queued_at: Mapped[datetime | None]
    told_place: Mapped[int | None]
    open_until: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(200))
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    unanswered: Mapped[int | None] = mapped_column(ForeignKey("event_changes.id"))
    checked_in_at: Mapped[datetime | None]
    checked_in_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]


class EventChange(Base):
    """An event was moved, renamed, cancelled or restored: {field: [before, after]} as people read
    it.

    It waits until `announce_at`, so that a second change joins it and a mistake can be taken back;
    then everybody concerned is told once, and `announced_at` stands.
    """

    __tablename__ = "event_changes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    changes: Mapped[dict[str, Any]]
    by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    announce_at: Mapped[datetime]
    announced_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class Steward(Base):
    """Who helps at the door of an event, and may do nothing there but scan."""

    __tablename__ = "stewards"
    __table_args__ = (UniqueConstraint("event_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)


class Pitch(Base):
    """A project that a firm wants to show at a roadshow. States: applied, accepted, refused,
    withdrawn. `position` is its turn, from 1."""

    __tablename__ = "pitches"
    __table_args__ = (UniqueConstraint("event_id", "enterprise_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str]
    wanted: Mapped[str | None] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10), default="applied")
    position: Mapped[int | None]
    created_at: Mapped[datetime]


class PitchReview(Base):
    """What one of the two reviewers says of a pitch."""

    __tablename__ = "pitch_reviews"
    __table_args__ = (UniqueConstraint("pitch_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    pitch_id: Mapped[int] = mapped_column(ForeignKey("pitches.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    accepts: Mapped[bool]
    note: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime]


class PitchHeart(Base):
    """♥: somebody in the room wants to hear more of a pitch."""

    __tablename__ = "pitch_hearts"
    __table_args__ = (UniqueConstraint("pitch_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    pitch_id: Mapped[int] = mapped_column(ForeignKey("pitches.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    at: Mapped[datetime]


class EventFeedback(Base):
    """What somebody says the same evening. Verdicts: good (有戏), open (再看), none (没戏)."""

    __tablename__ = "event_feedback"
    __table_args__ = (UniqueConstraint("event_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime]
