"""The patent library as people read it: shelf by shelf in pages of five, and one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import ceil

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import bulk
from db.models import Favourite, Interest, Match, Need, Patent, Segment, Ticket
from errors import Refused
from search.patents import PatentIndex, PatentText
from services import favourites, patent_ends, tiers
from services.need_states import LIVE

PAGE_SIZE = 5


class PatentUnknown(Refused):
    """No facts. There is no such patent, or there is none any more."""


class SegmentUnknown(Refused):
    """No facts. An old button names a segment that is gone."""


@dataclass(frozen=True)
class Page:
    """Page `page` (from 1) of `pages`. `ended` says of which patents, by id, that they can be had
    no more, and why. `near`: nothing is right, these numbers come nearest. `by` is what a search
    was read as: number, owner, inventor or words; `name` whose patents these are."""

    patents: Sequence[Patent]
    page: int
    pages: int
    total: int
    near: bool = False
    segment: Segment | None = None
    ended: Mapping[int, str] = field(default_factory=dict)
    by: str = ""
    name: str = ""


@dataclass(frozen=True)
class Card:
    """A patent as one person sees it. `end`: how it ended, with what there is `instead`."""

    patent: Patent
    end: str | None
    instead: Sequence[Patent]
    kept: bool


async def by_industry(session: AsyncSession, segment_id: int, page: int, now: datetime) -> Page:
    """The segment's patents, in the order of the library."""
    segment = await session.get(Segment, segment_id)
    if segment is None:
        raise SegmentUnknown
    found = await listed(session, Patent.segment_id == segment_id, page, now)
    return replace(found, segment=segment)


async def by_tier(session: AsyncSession, code: str, page: int, now: datetime) -> Page:
    return await listed(session, tiers.among(code, now), page, now)


async def with_open_licence(session: AsyncSession, page: int, now: datetime) -> Page:
    """What anybody may use for the fee, while it can be had."""
    which = and_(Patent.open_licence, patent_ends.end(now).is_(None))
    return await listed(session, which, page, now)


async def kept_by(session: AsyncSession, person_id: int, page: int, now: datetime) -> Page:
    return await listed(session, favourites.of(person_id), page, now)


async def listed(
    session: AsyncSession, which: ColumnElement[bool], page: int, now: datetime
) -> Page:
    """A page of these, in the order of the library: what can be had, by tier, the most mature
    first."""
    total = await session.scalar(select(func.count(Patent.id)).where(which)) or 0
    at, pages = turned(page, total)
    gone = patent_ends.end(now).is_not(None)
    order = (gone, tiers.rank(now), Patent.maturity.desc().nulls_last(), Patent.id)
    rows = select(Patent).where(which).order_by(*order).limit(PAGE_SIZE)
    patents = (await session.scalars(rows.offset((at - 1) * PAGE_SIZE))).all()
    return Page(patents, at, pages, total, ended=await patent_ends.ended(session, patents, now))


def turned(page: int, total: int) -> tuple[int, int]:
    """The page that is shown and how many there are: an old button never turns past the end."""
    pages = max(1, ceil(total / PAGE_SIZE))
    return min(max(page, 1), pages), pages


async def card(
    session: AsyncSession, index: PatentIndex, patent_id: int, person_id: int, now: datetime
) -> Card:
    patent = await get(session, patent_id)
    end = (await patent_ends.ended(session, [patent], now)).get(patent.id)
    instead = await patent_ends.instead_of(session, index, patent, now) if end else []
    kept = await favourites.is_kept(session, person_id, patent.id)
    return Card(patent, end, instead, kept)


async def counts(session: AsyncSession) -> dict[int, int]:
    """How many patents stand in each segment; those without any are left out."""
    rows = await session.execute(
        select(Patent.segment_id, func.count(Patent.id)).group_by(Patent.segment_id)
    )
    return {segment: count for segment, count in rows if segment is not None}


async def get(session: AsyncSession, patent_id: int) -> Patent:
    patent = await session.get(Patent, patent_id)
    if patent is None:
        raise PatentUnknown
    return patent


async def texts(
    session: AsyncSession, ids: Sequence[int] | None = None, since: datetime | None = None
) -> list[PatentText]:
    """All patents, or these, or those that changed `since` then, as the index reads them."""
    columns = (Patent.id, Patent.title, Patent.abstract, Patent.keywords, Patent.segment_id)
    which = select(*columns).order_by(Patent.id)
    if ids is not None:
        which = which.where(bulk.one_of(session, Patent.id, ids))
    if since is not None:
        which = which.where(Patent.updated_at >= since)
    rows = await session.execute(which)
    return [
        PatentText(id_, title, abstract, tuple(keywords), str(segment) if segment else None)
        for id_, title, abstract, keywords, segment in rows
    ]


async def stamp(session: AsyncSession) -> str:
    """What changes whenever the library changes: an index with another stamp is out of date."""
    count, updated = (await session.execute(_STAMP)).one()
    return f"{count} {updated.isoformat() if updated else ''}"


_STAMP = select(func.count(Patent.id), func.max(Patent.updated_at))


def stamped_at(stamp: str | None) -> datetime | None:
    """How far an index with this stamp has followed the library."""
    _, _, updated = (stamp or "").partition(" ")
    return datetime.fromisoformat(updated) if updated else None


async def all_ids(session: AsyncSession) -> set[int]:
    return set(await session.scalars(select(Patent.id)))


@dataclass(frozen=True)
class Lost:
    """A patent that cannot be had any more concerns a person: it was found for their `need`, or
    they wanted to talk about it (`asked`), or kept it."""

    person_id: int
    need: Need | None
    asked: bool


async def lost(
    session: AsyncSession, ids: Sequence[int], now: datetime
) -> dict[Patent, list[Lost]]:
    """Whom it concerns that these patents are gone, each person once a patent."""
    gone = select(Patent).where(Patent.id.in_(ids), patent_ends.end(now).is_not(None))
    return {
        patent: whom
        for patent in await session.scalars(gone.order_by(Patent.id))
        if (whom := await _whom(session, patent.id))
    }


async def _whom(session: AsyncSession, patent_id: int) -> list[Lost]:
    found = select(Need).join(Match, Match.need_id == Need.id).where(Match.patent_id == patent_id)
    open = found.where(Need.state.in_(LIVE), Need.person_id.is_not(None)).order_by(Need.id.desc())
    asked = (
        select(Ticket.person_id)
        .join(Interest, Interest.ticket_id == Ticket.id)
        .where(Interest.patent_id == patent_id)
    )
    kept = select(Favourite.person_id).where(Favourite.patent_id == patent_id)
    whom = {id: Lost(id, None, False) for id in await session.scalars(kept)}
    whom |= {id: Lost(id, None, True) for id in await session.scalars(asked)}
    needs = {need.person_id: need for need in await session.scalars(open)}
    whom |= {id: Lost(id, need, False) for id, need in needs.items() if id is not None}
    return list(whom.values())
