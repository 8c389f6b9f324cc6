"""Patents that nobody can have any more, and what comes nearest to them.

Which words of a legal status mean that, and how long a patent lasts, is in data/patents.toml.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, case, literal, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Patent
from search.patents import PatentIndex, worth_listing
from services.patent_words import lexicon
from services.working_time import today

EXPIRED = "expired"
CANDIDATES = 30


def end(now: datetime) -> ColumnElement[str | None]:
    """How a patent ended: withdrawn, expired, sold or licensed (to one alone); NULL while it
    can be had."""
    return _end_on(today(now))


@lru_cache(maxsize=2)  # it is long, and part of nearly every question about patents
def _end_on(day: date) -> ColumnElement[str | None]:
    by_status = [
        (or_(*(Patent.status.contains(word, autoescape=True) for word in said)), literal(how))
        for how, said in lexicon()["ended"].items()
    ]
    aged = or_(*(_outlived(rule, day) for rule in lexicon()["lasts"]))
    return case(*by_status, (aged, literal(EXPIRED)), else_=null())


async def ended(session: AsyncSession, patents: Iterable[Patent], now: datetime) -> dict[int, str]:
    """Which of these can be had no more, by id, each with how it ended."""
    how = end(now)
    among = Patent.id.in_([patent.id for patent in patents])
    rows = await session.execute(select(Patent.id, how).where(among, how.is_not(None)))
    return {id: str(how) for id, how in rows}


async def instead_of(
    session: AsyncSession, index: PatentIndex, patent: Patent, now: datetime, most: int = 3
) -> list[Patent]:
    """What can be had and comes nearest to it on its own shelf, the rest of the shelf after."""
    near = await _nearest(index, patent)
    available = and_(Patent.id != patent.id, end(now).is_(None))
    found = await session.scalars(select(Patent).where(Patent.id.in_(near), available))
    chosen = sorted(found, key=lambda other: near.index(other.id))[:most]
    if patent.segment_id is not None and len(chosen) < most:
        beside = (
            select(Patent)
            .where(available, Patent.segment_id == patent.segment_id, Patent.id.not_in(near))
            .order_by(Patent.maturity.desc().nulls_last(), Patent.id)
            .limit(most - len(chosen))
        )
        chosen += await session.scalars(beside)
    return chosen


async def _nearest(index: PatentIndex, patent: Patent) -> Sequence[int]:
    shelf = [str(patent.segment_id)] if patent.segment_id is not None else []
    text = " ".join([patent.title, *patent.keywords])
    hits = await asyncio.to_thread(index.search, text, CANDIDATES, shelf)
    # Of its own shelf anything may be shown; of the whole library only what is like it.
    return [hit.id for hit in (hits if shelf else worth_listing(hits))]


def _outlived(rule: dict[str, Any], today: date) -> ColumnElement[bool]:
    of_this_kind = [Patent.kind.startswith(rule["kind"], autoescape=True)]
    if "filed_before" in rule:
        of_this_kind.append(Patent.filed_on < rule["filed_before"])
    return and_(*of_this_kind, Patent.filed_on <= _years_before(today, rule["years"]))


def _years_before(day: date, years: int) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - years, day=28 if leap_day else day.day)
