"""The weekly push in figures: what became of the last round, how fairly the library is shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Assessment, Offer, Patent, WeeklyPack
from services import push_rounds, universities
from services.patent_ends import end
from services.push_rounds import PACKED
from services.push_week import LEAST_SHOWN

MOST = 8  # universities


@dataclass(frozen=True)
class Exposure:
    """Of the patents of one owner that can be had (None: of all), how many were ever shown to at
    least LEAST_SHOWN firms that they fit, and how many to none."""

    owner: str | None
    patents: int
    shown: int
    never: int


@dataclass(frozen=True)
class Round:
    """`told` firms got a pack, `patents` in all; of `unheard` nobody could be reached;
    `empty` were told that there is nothing; `people` heard one or the other. `refused` counts
    reasons, `assessed` what the firms assessed since."""

    day: date
    told: int
    unheard: int
    patents: int
    empty: int
    people: int
    refused: Counter[str]
    assessed: int


@dataclass(frozen=True)
class Figures:
    """`last` is None before the first round; `owners` are those with the most patents."""

    last: Round | None
    following: datetime
    whole: Exposure
    owners: Sequence[Exposure]


async def figures(session: AsyncSession, now: datetime) -> Figures:
    day = await push_rounds.last_round(session)
    whole, owners = await _exposure(session, now)
    last = await _round(session, day) if day else None
    return Figures(last, await push_rounds.planned(session, now), whole, owners[:MOST])


async def _round(session: AsyncSession, day: date) -> Round:
    full, heard = WeeklyPack.patents > 0, WeeklyPack.people > 0
    counts = select(
        func.count().filter(full, heard),
        func.count().filter(full, ~heard),
        func.coalesce(func.sum(WeeklyPack.patents).filter(heard), 0),
        func.count().filter(~full),
        func.coalesce(func.sum(WeeklyPack.people), 0),
    ).where(WeeklyPack.round == day)
    told, unheard, patents, empty, people = (await session.execute(counts)).one()
    pushed = (
        select(Offer.reason, func.count(Offer.id), func.count(Assessment.id))
        .join(WeeklyPack, PACKED)
        .outerjoin(
            Assessment,
            (Assessment.enterprise_id == Offer.enterprise_id)
            & (Assessment.patent_id == Offer.patent_id)
            & (Assessment.state == "valid")
            & (Assessment.created_at >= WeeklyPack.at),
        )
        .where(WeeklyPack.round == day)
        .group_by(Offer.reason)
    )
    rows = (await session.execute(pushed)).all()
    refused = Counter({reason: count for reason, count, _ in rows if reason})
    return Round(day, told, unheard, patents, empty, people, refused, sum(row[2] for row in rows))


async def _exposure(session: AsyncSession, now: datetime) -> tuple[Exposure, list[Exposure]]:
    """Of the whole library, and by owner."""
    seen = (
        select(Offer.patent_id, func.count(Offer.id).label("firms"))
        .join(WeeklyPack, PACKED)
        .where(WeeklyPack.people > 0)
        .group_by(Offer.patent_id)
        .subquery()
    )  # fmt: skip
    rows = await session.execute(
        select(
            Patent.applicant,
            func.count(),
            func.sum(case((seen.c.firms >= LEAST_SHOWN, 1), else_=0)),
            func.sum(case((seen.c.firms.is_(None), 1), else_=0)),
        )
        .outerjoin(seen, seen.c.patent_id == Patent.id)
        .where(end(now).is_(None))
        .group_by(Patent.applicant)
    )
    whole, by_owner = [0, 0, 0], defaultdict[str, list[int]](lambda: [0, 0, 0])
    for applicant, *counts in rows:
        for sums in (whole, *(by_owner[owner] for owner in universities.owners(applicant))):
            sums[:] = [a + b for a, b in zip(sums, counts, strict=True)]
    owners = [Exposure(owner, *sums) for owner, sums in by_owner.items()]
    return Exposure(None, *whole), sorted(owners, key=lambda e: (-e.patents, e.owner or ""))
