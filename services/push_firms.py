"""What counts for the packs of many firms, read from the database for all of them at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import fixed
from db.models import Enterprise, EnterpriseSegment, Need, Offer, Patent, Person, Segment
from search.tokens import normalise
from services import push_pauses
from services.patent_ends import end
from services.push_pauses import MONTH, WEEK

FILE = Path(__file__).parents[1] / "data" / "pushes.toml"
ROUND = timedelta(days=6)  # a firm's packs are no nearer to each other
SHRUNK = 2  # patents of a segment that did not fit: no more of it
WAITING, HELD = "waiting", "held"
OPEN = Offer.state.in_([fixed(WAITING), fixed(HELD)])


class Wanted(NamedTuple):
    """Of a need what a pack says of it."""

    id: int
    person_id: int | None
    problem: str


class Item(NamedTuple):
    """A patent and why: `terms` are the words both share; `need` is whose (a need of this firm), or
    else `segment` is what the firm works in. `again` is the reason the firm refused it for before,
    where that holds no more (dear: cheaper now, or under open licence). `offer` is the row that
    waits for it, where there is one."""

    patent: Patent
    terms: list[str]
    need: Need | Wanted | None
    segment: Segment | None
    again: str | None
    coverage: float = 0.0
    offer: int | None = None


class Speaker(NamedTuple):
    """Somebody who speaks for a firm, and whether they listen to pushes."""

    id: int
    name: str | None
    listens: bool


@dataclass
class Firm:
    """What counts for one firm's pack. `shrunk` are segments of which it wants no more; one that is
    `puzzled` lately did not understand. `known` are those of this week's patents that were offered
    to it before and wait no more."""

    people: list[Speaker] = field(default_factory=list)
    waiting: list[Item] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)
    known: set[int] = field(default_factory=set)
    shrunk: set[int] = field(default_factory=set)
    puzzled: bool = False

    @property
    def open(self) -> list[Item]:
        """What waits for it and is not of a segment of which it wants no more."""
        return [each for each in self.waiting if each.patent.segment_id not in self.shrunk]


async def every(session: AsyncSession, most: int) -> Sequence[int]:
    """Of so many firms after so many, the last one."""
    number = func.row_number().over(order_by=Enterprise.id)
    numbered = select(Enterprise.id, number.label("number")).subquery()
    ends = select(numbered.c.id).where(numbered.c.number % most == 0).order_by(numbered.c.id)
    return (await session.scalars(ends)).all()


async def due(session: AsyncSession, after: int, last: int | None, now: datetime) -> Sequence[int]:
    """Of the firms behind one, up to the `last`, those that are active and had no pack within a
    ROUND; in order."""
    here = Enterprise.id
    these = here > after if last is None else here.between(after + 1, last)
    told = select(Offer.id).where(Offer.enterprise_id == here, Offer.pushed_at > now - ROUND)
    due = select(here).where(these, Enterprise.state == "active", ~told.exists())
    return [id_ for (id_,) in await _read(session, due.order_by(here))]


async def read(
    session: AsyncSession, ids: Sequence[int], fresh: Mapping[int, Patent],
    segments: Mapping[int, Segment], now: datetime,
) -> dict[int, Firm]:  # fmt: skip
    """Everything of these firms that a pack is made from, in a few queries for all; `ids` are in
    order, and few others stand between them. `fresh` are this week's patents that can be had."""
    firms = {id_: Firm() for id_ in ids}
    spoken = Person.id, Person.name, push_pauses.listens(now).label("listens")
    for id_, *speaker in await _rows(session, Person.enterprise_id, spoken, firms):
        firms[id_].people.append(Speaker(*speaker))
    for id_, item in await _open_offers(session, firms, fresh, segments, now):
        firms[id_].waiting.append(item)
    for id_, segment in await shrunk(session, firms):
        firms[id_].shrunk.add(segment)
    works_in = EnterpriseSegment.enterprise_id, (EnterpriseSegment.segment_id,)
    for id_, segment in await _rows(session, *works_in, firms):
        firms[id_].segments.append(segment)
    this_week = select(Patent.id).where(
        Patent.id == Offer.patent_id, Patent.updated_at > now - WEEK
    )
    offered = Offer.enterprise_id, (Offer.patent_id,)
    for id_, patent in await _rows(session, *offered, firms, ~OPEN, this_week.exists()):
        firms[id_].known.add(patent)
    for id_ in await _puzzled(session, firms, now):
        firms[id_].puzzled = True
    return firms


async def _read(session: AsyncSession, statement: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    """As plain rows: what the ORM does for each takes longer than to read it."""
    return (await (await session.connection()).execute(statement)).all()


async def _rows(
    session: AsyncSession, firm: Any, values: Sequence[Any], firms: Collection[int],
    *which: ColumnElement[bool],
) -> list[Any]:  # fmt: skip
    """Of each of these firms, with its id."""
    found = select(firm, *values).where(among(firm, firms), *which).order_by(firm, values[0])
    return [row for row in await _read(session, found) if row[0] in firms]


def among(firm: Any, firms: Collection[int]) -> ColumnElement[bool]:
    """Between the first and the last: to name thousands costs more than to read some too many."""
    between: ColumnElement[bool] = firm.between(min(firms, default=0), max(firms, default=0))
    return between


async def _open_offers(
    session: AsyncSession, firms: Collection[int], fresh: Mapping[int, Patent],
    segments: Mapping[int, Segment], now: datetime,
) -> list[tuple[int, Item]]:  # fmt: skip
    """What waits for these firms, and what they refused for a reason that holds no more."""
    offered = Offer.patent_id, Offer.id, Offer.coverage, Offer.terms
    said = Offer.state, Offer.reason, Offer.until, Offer.seen
    found = await _read(
        session,
        select(Offer.enterprise_id, *offered, *said, Need.id, Need.person_id, Need.problem)
        .outerjoin(Need, Need.id == Offer.need_id)
        .where(among(Offer.enterprise_id, firms), OPEN)
        .order_by(Offer.enterprise_id, Offer.id),
    )
    rows = [row for row in found if row[0] in firms]
    patents = {**await _available(session, {row[1] for row in rows} - set(fresh), now), **fresh}
    items = list[tuple[int, Item]]()
    for firm, patent_id, id_, coverage, terms, state, reason, until, seen, *need in rows:
        patent = patents.get(patent_id)
        if patent and (state == WAITING or _changed(reason, until, seen, patent, now)):
            wanted = Wanted(*need) if need[0] else None
            segment = None if wanted else segments.get(patent.segment_id or 0)
            items.append((firm, Item(patent, terms, wanted, segment, reason, coverage, id_)))
    return items


async def _available(
    session: AsyncSession, ids: Collection[int], now: datetime
) -> dict[int, Patent]:
    """Those of these patents that can be had."""
    return await plain(session, Patent.id.in_(ids), end(now).is_(None)) if ids else {}


async def plain(session: AsyncSession, *which: ColumnElement[bool]) -> dict[int, Patent]:
    """Patents by their ids, in order, to look at only: the ORM does not watch over them, which
    takes ten times as long as to look."""
    found = await _read(session, select(Patent.__table__).where(*which))
    in_order = sorted(found, key=lambda row: int(row.id))  # the database would read all for it
    return {row.id: cast(Patent, SimpleNamespace(**row._mapping)) for row in in_order}


def _changed(
    reason: str | None, until: datetime | None, seen: dict[str, Any], patent: Patent, now: datetime
) -> bool:
    """Whether a patent that was refused for this reason until then is another than was seen."""
    if reason == "later":
        return until is not None and until <= now
    if reason == "early":
        return (patent.maturity or 0) > (seen["maturity"] or 0)
    opened = patent.open_licence and not seen["open_licence"]
    before, price = _yuan(seen["price"]), _yuan(patent.price)
    return opened or (price is not None and before is not None and price < before)


async def shrunk(session: AsyncSession, firms: Collection[int]) -> list[tuple[int, int]]:
    """These firms with the segments of which SHRUNK patents did not fit them."""
    unfit = (
        select(Offer.enterprise_id, Patent.segment_id)
        .join(Patent, Patent.id == Offer.patent_id)
        .where(among(Offer.enterprise_id, firms), Offer.reason == "unfit")
        .where(Patent.segment_id.is_not(None))
        .group_by(Offer.enterprise_id, Patent.segment_id)
        .having(func.count(Offer.id) >= SHRUNK)
    )
    found = await _read(session, unfit)
    return [(firm, segment) for firm, segment in found if segment and firm in firms]


async def _puzzled(session: AsyncSession, firms: Collection[int], now: datetime) -> set[int]:
    unclear = select(Offer.enterprise_id).where(
        among(Offer.enterprise_id, firms),
        Offer.reason == "unclear",
        Offer.decided_at > now - MONTH,
    )
    return {firm for firm in await session.scalars(unclear) if firm in firms}


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
