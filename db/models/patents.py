"""The patent library, the needs of enterprises, and what was matched to what."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, BigId


class Patent(Base):
    """`number` is the canonical application number, check digit included: 201710601862.3; where
    only a `publication` number is known, that one.

    `price` is what the owner wrote, the bounds say it in yuan, each `price_unit` (年) where there
    is one. `licence_fee` and `licence_until` are those that an open licence was declared with.
    `rough_dates` names the dates of which only the month or the year is known. `status_since` is
    when we heard of the status. `tier` is the university's own grade, A to D.
    """

    __tablename__ = "patents"
    __table_args__ = (Index("ix_patents_updated_at", "updated_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    publication: Mapped[str | None] = mapped_column(String(20), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(300))
    abstract: Mapped[str]
    problem: Mapped[str | None]
    effect: Mapped[str | None]
    keywords: Mapped[list[str]]
    ipc: Mapped[list[str]]
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segments.id"), index=True)
    applicant: Mapped[str] = mapped_column(String(200), index=True)
    inventors: Mapped[list[str]]
    filed_on: Mapped[date | None]
    granted_on: Mapped[date | None]
    rough_dates: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    status: Mapped[str] = mapped_column(String(20))
    status_since: Mapped[date | None]
    college: Mapped[str | None] = mapped_column(String(100))
    tier: Mapped[str | None] = mapped_column(String(1))
    modes: Mapped[list[str]]
    price: Mapped[str | None] = mapped_column(String(60))
    price_low: Mapped[int | None] = mapped_column(BigInteger)
    price_high: Mapped[int | None] = mapped_column(BigInteger)
    price_unit: Mapped[str | None] = mapped_column(String(10))
    maturity: Mapped[int | None]
    open_licence: Mapped[bool] = mapped_column(default=False)
    licence_fee: Mapped[str | None] = mapped_column(String(60))
    licence_until: Mapped[date | None]
    demo: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime]


class Favourite(Base):
    """A patent that a person wants to find again."""

    __tablename__ = "favourites"
    __table_args__ = (UniqueConstraint("person_id", "patent_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    patent_id: Mapped[int] = mapped_column(ForeignKey("patents.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]


class PatentViews(Base):
    """How often a patent's card was opened by firms in the `month` that begins on this day."""

    __tablename__ = "patent_views"

    patent_id: Mapped[int] = mapped_column(
        ForeignKey("patents.id", ondelete="CASCADE"), primary_key=True
    )
    month: Mapped[date] = mapped_column(primary_key=True)
    views: Mapped[int]


class ImportColumn(Base):
    """What somebody said that a column of a university's lists means: a field, or "-" for none."""

    __tablename__ = "import_columns"
    __table_args__ = (UniqueConstraint("owner", "header"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    owner: Mapped[str] = mapped_column(String(200))
    header: Mapped[str] = mapped_column(String(200))
    field: Mapped[str] = mapped_column(String(20))


class Need(Base):
    """A technology need.

    States: review (the staff look at it), returned (with their `question`), published, met (the
    firm and a university talk), solved, closed (wanted no more), parked (nobody answered).
    `gap` is what is reached now and what is aimed at; `rough` marks what is too vague to match.
    `promised_at` is when a human has looked at the latest, `handled_at` when one has.
    `chase_at` is when the firm is asked next whether it still cares; `chased` says that it was.
    """

    __tablename__ = "needs"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(
        ForeignKey("enterprises.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    problem: Mapped[str]
    target: Mapped[str | None]
    gap: Mapped[str | None]
    budget_low: Mapped[int | None]
    budget_high: Mapped[int | None]
    wanted_by: Mapped[date | None]
    modes: Mapped[list[str]]
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segments.id"))
    anonymous: Mapped[bool] = mapped_column(default=False, server_default="0")
    rough: Mapped[bool] = mapped_column(default=False, server_default="0")
    state: Mapped[str] = mapped_column(String(10), default="review", index=True)
    question: Mapped[str | None]
    answer: Mapped[str | None]
    promised_at: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    chase_at: Mapped[datetime | None] = mapped_column(index=True)
    chased: Mapped[bool] = mapped_column(default=False, server_default="0")
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class NeedFollower(Base):
    """A colleague who wanted the same: told what happens to the need, like who posted it."""

    __tablename__ = "need_followers"
    __table_args__ = (UniqueConstraint("need_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("needs.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)


class Match(Base):
    """A patent shown for a need, with the words that both share: the reason a person is told."""

    __tablename__ = "matches"
    __table_args__ = (UniqueConstraint("need_id", "patent_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("needs.id", ondelete="CASCADE"))
    patent_id: Mapped[int] = mapped_column(ForeignKey("patents.id", ondelete="CASCADE"), index=True)
    score: Mapped[float]
    coverage: Mapped[float]
    terms: Mapped[list[str]]
    created_at: Mapped[datetime]
