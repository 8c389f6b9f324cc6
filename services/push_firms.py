"""What counts for the packs of many firms, read from the database for all of them at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, EnterpriseSegment, Need, Offer, Patent, Person
from search.tokens import normalise
from services.patent_ends import end

FILE = Path(__file__).parents[1] / "data" / "pushes.toml"
WEEK, MONTH = timedelta(days=7), timedelta(days=30)
ROUND = timedelta(days=6)  # a firm's packs are no nearer to each other
SHRUNK = 2  # patents of a segment that did not fit: no more of it
WAITING, HELD = "waiting", "held"
OPEN = (WAITING, HELD)


@dataclass(frozen=True)
class Wanted:
    """Of a need what a pack says of it."""

    id: int
    person_id: int | None
    problem: str


@dataclass(frozen=True)
class Candidate:
    """What a firm may be told of, with the id of its row in `offers` where it has one already, and
    the reason for which the firm `refused` it before."""

    patent: Patent
    coverage: float
    terms: list[str]
    need: Wanted | None = None
    offer: int | None = None
    refused: str | None = None


@dataclass
class Firm:
    """What counts for one firm's pack. `shrunk` are segments of which it wants no more; one that is
    `puzzled` lately did not understand. Only where nothing is open: its `segments`, and as `known`
    those of this week's patents that were offered to it before."""

    people: list[int] = field(default_factory=list)
    waiting: list[Candidate] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)
    known: set[int] = field(default_factory=set)
    shrunk: set[int] = field(default_factory=set)
    puzzled: bool = False

    @property
    def open(self) -> list[Candidate]:
        """What waits for it and is not of a segment of which it wants no more."""
        return [each for each in self.waiting if each.patent.segment_id not in self.shrunk]


async def last_of(session: AsyncSession, after: int, most: int) -> int | None:
    """Of the next firms, no more than so many, the last one; None where there are fewer."""
    here = Enterprise.id
    return await session.scalar(
        select(here).where(here > after).order_by(here).offset(most - 1).limit(1)
    )


async def due(
    session: AsyncSession, after: int, last: int | None, now: datetime, segments: Collection[int]
) -> list[int]:
    """Of the firms behind one, up to the `last`, those that are active, that somebody speaks for,
    that had no pack within a ROUND, and that something waits for or that work in one of these
    segments."""
    here = Enterprise.id
    among = here > after if last is None else here.between(after + 1, last)
    spoken_for = select(Person.id).where(Person.enterprise_id == here).exists()
    told = select(Offer.id).where(Offer.enterprise_id == here, Offer.pushed_at > now - ROUND)
    waits = select(Offer.id).where(Offer.enterprise_id == here, Offer.state.in_(OPEN))
    works_in = select(EnterpriseSegment.segment_id).where(
        EnterpriseSegment.enterprise_id == here, EnterpriseSegment.segment_id.in_(segments)
    )
    due = select(here).where(
        among, Enterprise.state == "active", spoken_for, ~told.exists(),
        or_(waits.exists(), works_in.exists()),
    )  # fmt: skip
    return list(await session.scalars(due.order_by(here)))


async def read(
    session: AsyncSession, ids: Sequence[int], fresh: Mapping[int, Patent], now: datetime
) -> dict[int, Firm]:
    """Everything of these firms that a pack is made from, in a few queries for all; `fresh` are
    this week's patents that can be had."""
    firms = {id_: Firm() for id_ in ids}
    works_in = EnterpriseSegment
    for id_, person in await _pairs(session, Person.enterprise_id, Person.id, ids):
        firms[id_].people.append(person)
    for id_, candidate in await _open_offers(session, ids, fresh, now):
        firms[id_].waiting.append(candidate)
    for id_, segment in await shrunk(session, ids):
        firms[id_].shrunk.add(segment)
    rest = [id_ for id_ in ids if not firms[id_].open]
    this_week = select(Patent.id).where(
        Patent.id == Offer.patent_id, Patent.updated_at > now - WEEK
    )
    for id_, segment in await _pairs(session, works_in.enterprise_id, works_in.segment_id, rest):
        firms[id_].segments.append(segment)
    for id_, patent in await _pairs(
        session, Offer.enterprise_id, Offer.patent_id, rest, this_week.exists()
    ):
        firms[id_].known.add(patent)
    for id_ in await _puzzled(session, ids, now):
        firms[id_].puzzled = True
    return firms


async def _pairs(
    session: AsyncSession, firm: Any, value: Any, firms: Sequence[int], *which: ColumnElement[bool]
) -> list[tuple[int, int]]:
    rows = await session.execute(select(firm, value).where(firm.in_(firms), *which).order_by(value))
    return [(id_, found) for id_, found in rows]


async def _open_offers(
    session: AsyncSession, firms: Sequence[int], fresh: Mapping[int, Patent], now: datetime
) -> list[tuple[int, Candidate]]:
    """What waits for these firms, and what they refused for a reason that holds no more."""
    said = Offer.state, Offer.reason, Offer.until, Offer.seen
    offers = await session.execute(
        select(Offer.id, Offer.enterprise_id, Offer.patent_id, Offer.coverage, Offer.terms, *said)
        .add_columns(Need.id.label("need"), Need.person_id, Need.problem)
        .outerjoin(Need, Need.id == Offer.need_id)
        .where(Offer.enterprise_id.in_(firms), Offer.state.in_(OPEN))
    )
    rows = offers.all()
    older = {row.patent_id for row in rows} - set(fresh)
    others = dict(await _available(session, older, now))
    return [
        (
            row.enterprise_id,
            Candidate(patent, row.coverage, row.terms, _wanted(row), row.id, row.reason),
        )
        for row in rows
        if (patent := fresh.get(row.patent_id) or others.get(row.patent_id))
        and (row.state == WAITING or _changed(row, patent, now))
    ]


def _wanted(row: Any) -> Wanted | None:
    return Wanted(row.need, row.person_id, row.problem) if row.need is not None else None


async def _available(
    session: AsyncSession, ids: Collection[int], now: datetime
) -> list[tuple[int, Patent]]:
    """Those of these patents that can be had."""
    found = select(Patent).where(Patent.id.in_(ids), end(now).is_(None))
    return [(patent.id, patent) for patent in await session.scalars(found)] if ids else []


def _changed(offer: Any, patent: Patent, now: datetime) -> bool:
    seen = offer.seen
    if offer.reason == "later":
        return offer.until is not None and bool(offer.until <= now)
    if offer.reason == "early":
        return (patent.maturity or 0) > (seen["maturity"] or 0)
    opened = patent.open_licence and not seen["open_licence"]
    before, price = _yuan(seen["price"]), _yuan(patent.price)
    return opened or (price is not None and before is not None and price < before)


async def shrunk(session: AsyncSession, firms: Sequence[int]) -> list[tuple[int, int]]:
    """These firms with the segments of which SHRUNK patents did not fit them."""
    unfit = (
        select(Offer.enterprise_id, Patent.segment_id)
        .join(Patent, Patent.id == Offer.patent_id)
        .where(Offer.enterprise_id.in_(firms), Offer.reason == "unfit")
        .where(Patent.segment_id.is_not(None))
        .group_by(Offer.enterprise_id, Patent.segment_id)
        .having(func.count(Offer.id) >= SHRUNK)
    )
    return [(firm, segment) for firm, segment in await session.execute(unfit) if segment]


async def _puzzled(session: AsyncSession, firms: Sequence[int], now: datetime) -> set[int]:
    unclear = select(Offer.enterprise_id).where(
        Offer.enterprise_id.in_(firms),
        Offer.reason == "unclear",
        Offer.decided_at > now - MONTH,
    )
    return set(await session.scalars(unclear))


def _yuan(price: str | None) -> float | None:
    """The first amount that a price names."""
    found = re.search(_lexicon()["price"]["pattern"], normalise(price or ""))
    if found is None:
        return None
    units: dict[str, int] = _lexicon()["price"]["units"]
    return float(found["amount"]) * units.get(found["unit"] or "", 1)


@cache
def _lexicon() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
