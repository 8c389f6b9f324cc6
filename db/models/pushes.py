"""What is offered to firms unasked, and what they said to it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId, partly


class Offer(Base):
    """A patent that fits a firm: because of a need, or (without one) because of its segment.

    States: waiting (for a weekly pack), pushed, held (refused until something changes), refused
    (for good). `seen` is what the firm refused: the patent's price, maturity and open_licence.
    `again` is the reason it gave before, where the patent comes a second time.
    """

    __tablename__ = "offers"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "patent_id"),
        partly("ix_offers_open", "enterprise_id", where="state IN ('waiting', 'held')"),
        partly("ix_offers_refused", "enterprise_id", where="reason IS NOT NULL"),
        partly("ix_offers_pushed", "enterprise_id", "pushed_at", where="pushed_at IS NOT NULL"),
        partly("ix_offers_need_id", "need_id", where="need_id IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id", ondelete="CASCADE"))
    patent_id: Mapped[int] = mapped_column(ForeignKey("patents.id", ondelete="CASCADE"), index=True)
    need_id: Mapped[int | None] = mapped_column(ForeignKey("needs.id", ondelete="SET NULL"))
    coverage: Mapped[float]
    terms: Mapped[list[str]]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str | None] = mapped_column(String(10))
    again: Mapped[str | None] = mapped_column(String(10))
    seen: Mapped[dict[str, Any]]
    until: Mapped[datetime | None]
    pushed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class WeeklyPack(Base):
    """What a firm was told in one round of the weekly push, and how many of its people heard it.

    `round` is the day the round was planned for. No `patents`: it was told that there are none.
    """

    __tablename__ = "weekly_packs"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "round"),
        Index("ix_weekly_packs_round", "round", "enterprise_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id", ondelete="CASCADE"))
    round: Mapped[date]
    patents: Mapped[int]
    people: Mapped[int]
    at: Mapped[datetime]
