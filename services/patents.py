"""The patent library as people read it: by segment, by number, by words, by owner or inventor."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from string import ascii_letters

from sqlalchemy import ColumnElement, Text, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Match, Need, Patent, Segment
from errors import Refused
from search.patents import PatentIndex, PatentText, worth_listing
from services import patent_numbers
from services.need_states import LIVE
from services.patent_cells import gone
from services.patent_numbers import NotAPatentNumber

PAGE_SIZE = 5
MOST_HITS = 50  # what a search by words offers in all: ten pages


class PatentUnknown(Refused):
    """No facts. There is no such patent, or there is none any more."""


class SegmentUnknown(Refused):
    """No facts. An old button names a segment that is gone."""


@dataclass(frozen=True)
class Page:
    """Page `page` (from 1) of `pages`. `near`: nothing is right, these numbers come nearest."""

    patents: Sequence[Patent]
    page: int
    pages: int
    total: int
    near: bool = False
    segment: Segment | None = None


async def by_industry(session: AsyncSession, segment_id: int, page: int) -> Page:
    """The segment's patents that can be had, the most mature first."""
    segment = await session.get(Segment, segment_id)
    if segment is None:
        raise SegmentUnknown
    which = (Patent.segment_id == segment_id) & to_be_had()
    return replace(await _page(session, which, page), segment=segment)


async def find(session: AsyncSession, index: PatentIndex, text: str, page: int) -> Page:
    """What somebody means by a number in any writing, by words, an owner or an inventor.

    The first of these that finds something decides.
    """
    text = text.strip()
    if patent_numbers.looks_like_number(text) and (found := await _by_number(session, text)):
        return found
    if found := await _by_words(session, index, text, page):
        return found
    for whose in (_owned_by(text), _invented_by(text)) if text else ():
        found = await _page(session, whose & to_be_had(), page)
        if found.total:
            return found
    return Page([], 1, 1, 0)


async def get(session: AsyncSession, patent_id: int) -> Patent:
    patent = await session.get(Patent, patent_id)
    if patent is None:
        raise PatentUnknown
    return patent


def to_be_had() -> ColumnElement[bool]:
    """Neither withdrawn nor expired nor somebody's alone by now."""
    return Patent.status.not_in(sorted(gone()))


def is_gone(patent: Patent) -> bool:
    return patent.status in gone()


async def instead_of(
    session: AsyncSession, index: PatentIndex, patent: Patent, most: int = 3
) -> Sequence[Patent]:
    """What comes nearest to a patent that is gone."""
    nearest = await asyncio.to_thread(index.search, patent.title, most + 1)
    wanted = [hit.id for hit in worth_listing(nearest) if hit.id != patent.id][:most]
    found = await session.scalars(select(Patent).where(Patent.id.in_(wanted), to_be_had()))
    return sorted(found, key=lambda other: wanted.index(other.id))


async def texts(session: AsyncSession, since: datetime | None = None) -> list[PatentText]:
    """The patents that can be had as the index reads them; those changed `since` then."""
    columns = (Patent.id, Patent.title, Patent.abstract, Patent.keywords, Patent.segment_id)
    which = [to_be_had()] if since is None else [to_be_had(), Patent.updated_at >= since]
    rows = await session.execute(select(*columns).where(*which).order_by(Patent.id))
    return [
        PatentText(id_, title, abstract, tuple(keywords), str(segment) if segment else None)
        for id_, title, abstract, keywords, segment in rows
    ]


async def stamp(session: AsyncSession) -> str:
    """What changes whenever the library changes: an index with another stamp is out of date."""
    newest = func.max(Patent.updated_at)
    count, updated = (await session.execute(select(func.count(Patent.id), newest))).one()
    return f"{count} {updated.isoformat() if updated else ''}"


def stamped_at(stamp: str | None) -> datetime | None:
    """How far an index with this stamp has followed the library."""
    _, _, updated = (stamp or "").partition(" ")
    return datetime.fromisoformat(updated) if updated else None


async def ids_to_be_had(session: AsyncSession) -> set[int]:
    return set(await session.scalars(select(Patent.id).where(to_be_had())))


@dataclass(frozen=True)
class Lost:
    """A firm's person had this patent for a need, and cannot have it any more."""

    person_id: int
    need: Need
    patent: Patent


async def lost(session: AsyncSession, ids: Sequence[int]) -> list[Lost]:
    """Whom it concerns that these patents are gone: whose open need had one of them."""
    rows = await session.execute(
        select(Need, Patent)
        .join(Match, Match.need_id == Need.id)
        .join(Patent, Patent.id == Match.patent_id)
        .where(Patent.id.in_(ids), ~to_be_had(), Need.state.in_(LIVE),
               Need.person_id.is_not(None))
        .order_by(Need.id, Patent.id)
    )  # fmt: skip
    return [Lost(need.person_id, need, patent) for need, patent in rows if need.person_id]


async def _by_number(session: AsyncSession, text: str) -> Page | None:
    try:
        exact = await _numbered(session, [patent_numbers.canonical(text)])
    except NotAPatentNumber:
        exact = []
    if not exact and (published := patent_numbers.publication(text)):
        written = Patent.publication.startswith(published.rstrip(ascii_letters), autoescape=True)
        exact = (await session.scalars(select(Patent).where(written).limit(PAGE_SIZE))).all()
    if exact:
        return Page(exact, 1, 1, len(exact))
    near = await _numbered(session, patent_numbers.neighbours(text))
    return Page(near, 1, 1, len(near), near=True) if near else None


async def _numbered(session: AsyncSession, numbers: list[str]) -> Sequence[Patent]:
    found = select(Patent).where(Patent.number.in_(numbers)).order_by(Patent.number)
    return (await session.scalars(found.limit(PAGE_SIZE))).all()


async def _by_words(session: AsyncSession, index: PatentIndex, text: str, page: int) -> Page | None:
    nearest = await asyncio.to_thread(index.search, text, MOST_HITS)
    hits = [hit.id for hit in worth_listing(nearest)]
    if not hits:
        return None
    at, pages = _turn(page, len(hits))
    wanted = hits[(at - 1) * PAGE_SIZE : at * PAGE_SIZE]
    patents = await session.scalars(select(Patent).where(Patent.id.in_(wanted)))
    return Page(sorted(patents, key=lambda patent: wanted.index(patent.id)), at, pages, len(hits))


def _owned_by(text: str) -> ColumnElement[bool]:
    return Patent.applicant.contains(text, autoescape=True)


def _invented_by(text: str) -> ColumnElement[bool]:
    """A whole name, as it stands between quotes in the stored list."""
    name = json.dumps(text, ensure_ascii=False)
    return type_coerce(Patent.inventors, Text).contains(name, autoescape=True)


async def _page(session: AsyncSession, which: ColumnElement[bool], page: int) -> Page:
    total = await session.scalar(select(func.count(Patent.id)).where(which)) or 0
    at, pages = _turn(page, total)
    patents = await session.scalars(
        select(Patent)
        .where(which)
        .order_by(Patent.maturity.desc().nulls_last(), Patent.id)
        .limit(PAGE_SIZE)
        .offset((at - 1) * PAGE_SIZE)
    )
    return Page(patents.all(), at, pages, total)


def _turn(page: int, total: int) -> tuple[int, int]:
    """The page that is shown and how many there are: an old button never turns past the end."""
    pages = max(1, ceil(total / PAGE_SIZE))
    return min(max(page, 1), pages), pages
