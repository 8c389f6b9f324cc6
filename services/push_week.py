"""What counts for all the packs of a week: its new patents, and how often patents were shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Offer, Patent, Segment
from search.tokens import normalise
from services.patent_ends import end
from services.push_firms import Item, plain
from services.push_pauses import WEEK

LEAST_SHOWN = 3  # fitting firms that a patent is shown to before others are shown to more
KEPT = timedelta(days=1)  # how long a week that was read may serve


@dataclass
class Shown:
    """To how many firms each patent, and the patents of each applicant, were shown in packs."""

    patents: Counter[int]
    applicants: Counter[str]

    def count(self, patent: Patent) -> None:
        self.patents[patent.id] += 1
        self.applicants[patent.applicant] += 1

    def order(self, item: Item) -> tuple[bool, int, float, int]:
        """Before a popular patent comes one that few firms saw, of the least shown university."""
        patent = item.patent
        seen = self.patents[patent.id]
        turn = 0 if seen >= LEAST_SHOWN else self.applicants[patent.applicant]
        return (seen >= LEAST_SHOWN, turn, -item.coverage, patent.id)


@dataclass
class Week:
    """`patents` are this week's that anybody may be offered; `fresh` has by segment those of them
    that name it, and in which words. `newest` says of which state of the library it speaks;
    `beside` is what those who tell of it keep as long as it serves."""

    read_at: datetime
    shown: Shown
    segments: dict[int, Segment]
    patents: dict[int, Patent]
    fresh: dict[int, list[Item]]
    newest: datetime | None
    beside: Any = None


class Weeks:
    """Reads the week once for all the portions of a round, and anew where the library changed."""

    def __init__(self) -> None:
        self._week: Week | None = None

    async def at(self, session: AsyncSession, now: datetime) -> Week:
        week, newest = self._week, await _newest(session)
        young = week is not None and timedelta() <= now - week.read_at < KEPT
        if week is None or not young or week.newest != newest:
            week = self._week = await read(session, now)
        return week


async def read(session: AsyncSession, now: datetime) -> Week:
    newest = await _newest(session)
    segments = {each.id: each for each in await session.scalars(select(Segment))}
    patents = await plain(session, Patent.updated_at > now - WEEK, end(now).is_(None))
    fresh = _naming(patents.values(), segments)
    return Week(now, await _shown(session), segments, patents, fresh, newest)


async def _newest(session: AsyncSession) -> datetime | None:
    return await session.scalar(select(func.max(Patent.updated_at)))


def _naming(fresh: Iterable[Patent], segments: dict[int, Segment]) -> dict[int, list[Item]]:
    """By segment those that hold a word which names it. That is covered wholly, and the reason."""
    found: dict[int, list[Item]] = defaultdict(list)
    for patent in fresh:
        segment = segments.get(patent.segment_id or 0)
        if segment and (words := _named(segment, patent)):
            found[segment.id].append(Item(patent, words, None, segment, None, 1.0))
    return found


def _named(segment: Segment, patent: Patent) -> list[str]:
    text = normalise(" ".join([patent.title, patent.abstract, *patent.keywords]))
    return [word for word in segment.synonyms if len(word) > 1 and normalise(word) in text]


async def _shown(session: AsyncSession) -> Shown:
    counted = (
        select(Offer.patent_id, func.count(Offer.id).label("firms"))
        .where(Offer.pushed_at.is_not(None))
        .group_by(Offer.patent_id)
        .subquery()
    )
    rows = await session.execute(
        select(Patent.id, Patent.applicant, counted.c.firms).join(
            counted, counted.c.patent_id == Patent.id
        )
    )
    shown = Shown(Counter(), Counter())
    for patent_id, applicant, count in rows:
        shown.patents[patent_id] = count
        shown.applicants[applicant] += count
    return shown
