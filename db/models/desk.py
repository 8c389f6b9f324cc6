"""The staff's desk: tickets, what was said about them, who watches, who is responsible."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId, partly


class Ticket(Base):
    """A question that a person of the staff answers. States: see services/ticket_states.py.

    `department` is the queue it is in. `claimed_by` is who speaks with the person now, `active_at`
    when one of the two was heard last. The promise counts from `started_at`; at `paused_at` it
    stopped because the person owes an answer; `stage` is how far it was passed on because nobody
    answered. `answer` is the newest one. `after_id` is the ticket that this one goes on from.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        partly("ix_tickets_open", "promised_at", "id", where="state = 'open'"),
        partly("ix_tickets_claimed", "claimed_by", where="claimed_by IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    question: Mapped[str]
    reason: Mapped[str] = mapped_column(String(20))
    clause_id: Mapped[int | None] = mapped_column(ForeignKey("clauses.id", ondelete="SET NULL"))
    department: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10), default="open")
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    active_at: Mapped[datetime | None]
    promised_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    stage: Mapped[int] = mapped_column(default=0, server_default="0")
    answer: Mapped[str | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    answered_at: Mapped[datetime | None]
    rating: Mapped[str | None] = mapped_column(String(10))
    after_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]


class Interest(Base):
    """Which patent a wish to talk is about."""

    __tablename__ = "interests"

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True
    )
    patent_id: Mapped[int] = mapped_column(ForeignKey("patents.id", ondelete="CASCADE"), index=True)


class TicketLine(Base):
    """What was said about a ticket after its question. `side`: person, staff, or note (between
    staff). `update_id` is the message that said it, which may be edited."""

    __tablename__ = "ticket_lines"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    side: Mapped[str] = mapped_column(String(6))
    text: Mapped[str]
    update_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    created_at: Mapped[datetime]


class TicketWatcher(Base):
    """Somebody of the staff who wants to hear what becomes of a ticket."""

    __tablename__ = "ticket_watchers"
    __table_args__ = (UniqueConstraint("ticket_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))


class Post(Base):
    """What somebody of the staff is responsible for, beside their department. `rank`: agent,
    deputy, lead. Empty `cities` are all of them, and so are empty `industries` (their codes). Away
    until `away_until`, others stand in."""

    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    rank: Mapped[str] = mapped_column(String(10), default="agent")
    cities: Mapped[list[str]]
    industries: Mapped[list[str]]
    away_until: Mapped[datetime | None]
