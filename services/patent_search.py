"""One search for everything: what somebody wrote decides whether it is a number, an owner, an
inventor or words."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Text, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Patent
from search.patents import PUSH_COVERAGE, Hit, PatentIndex, worth_listing
from services import patent_ends, patent_numbers
from services.patent_numbers import NotAPatentNumber
from services.patent_words import lexicon
from services.patents import PAGE_SIZE, Page, listed, turned

MOST_HITS = 50  # what a search by words offers in all: ten pages
SHORTEST_OWNER = 4  # characters: 中南大学
LONGEST_NAME = 20

Found = Page | None


async def find(
    session: AsyncSession, index: PatentIndex, text: str, page: int, now: datetime, words: str = ""
) -> Page:
    """The first reading of the sentence that finds something: as a number in any writing, as an
    owner (with words, where others stand beside it), as an inventor, as `words` (those that were
    picked out of the sentence, where some were), as a part of an owner's name."""
    text, words = text.strip(), (words or text).strip()
    readings: tuple[Callable[[], Awaitable[Found]], ...] = (
        lambda: _by_number(session, text, now),
        lambda: _by_owner(session, index, text, page, now),
        lambda: _by_inventor(session, [words, text], page, now),
        lambda: _by_words(session, index, words, page, now),
        lambda: _by_name_part(session, words, page, now),
    )
    for reading in readings if text else ():
        if found := await reading():
            return found
    return Page([], 1, 1, 0)


async def named(session: AsyncSession, index: PatentIndex, text: str, now: datetime) -> Found:
    """What a sentence names that is a name and nothing else: an owner's or an inventor's."""
    owner = await _owner_named(session, text)
    if owner is not None and not _filler().sub("", text.replace(owner, "", 1)):
        return await _by_owner(session, index, text, 1, now)
    return await _by_inventor(session, [text], 1, now)


async def covered(session: AsyncSession, index: PatentIndex, text: str, now: datetime) -> Found:
    """What holds so much of a sentence that it is surely meant; None where it may mean anything."""
    hits = await _hits(index, text)
    if not hits or hits[0].coverage < PUSH_COVERAGE:
        return None
    return await _by_words(session, index, text, 1, now)


async def numbered(session: AsyncSession, text: str) -> list[int]:
    """The ids of the patents whose numbers stand in the text, in its order."""
    numbers = patent_numbers.all_in(text)
    found = await session.scalars(select(Patent).where(Patent.number.in_(numbers)))
    ids = {patent.number: patent.id for patent in found}
    return [ids[number] for number in numbers if number in ids]


async def _by_number(session: AsyncSession, text: str, now: datetime) -> Found:
    published = patent_numbers.publication(text)
    if not published and not patent_numbers.looks_like_number(text):
        return None
    try:
        exact = await _some(session, Patent.number == patent_numbers.canonical(text))
    except NotAPatentNumber:
        exact = []
    if not exact and published:
        # A patent has one publication number in two or three editions: A, B or U.
        digits = re.match(r"CN\d+", published)
        assert digits is not None
        exact = await _some(session, Patent.publication.startswith(digits[0]))
    if exact:
        return await _whole(session, exact, now)
    near = await _some(session, Patent.number.in_(patent_numbers.neighbours(text)))
    return replace(await _whole(session, near, now), near=True) if near else None


async def _by_owner(
    session: AsyncSession, index: PatentIndex, text: str, page: int, now: datetime
) -> Found:
    owner = await _owner_named(session, text)
    if owner is None:
        return None
    owned = Patent.applicant.contains(owner, autoescape=True)
    rest = _filler().sub("", text.replace(owner, "", 1))
    if len(rest) > 1:
        hits = worth_listing(await asyncio.to_thread(index.search, rest, MOST_HITS))
        theirs = select(Patent.id).where(owned, Patent.id.in_([hit.id for hit in hits]))
        ids = set(await session.scalars(theirs))
        if ids:
            order = [hit.id for hit in hits if hit.id in ids]
            found = await _in_order(session, order, page, now)
            return replace(found, by="owner", name=f"{owner} {rest}")
    return replace(await listed(session, owned, page, now), by="owner", name=owner)


async def _by_inventor(
    session: AsyncSession, texts: Sequence[str], page: int, now: datetime
) -> Found:
    bare = [read["name"] for text in texts if (read := _inventor().match(text))]
    for name in dict.fromkeys([*texts, *bare]):
        if 1 < len(name) <= LONGEST_NAME:
            found = await listed(session, _invented_by(name), page, now)
            if found.total:
                return replace(found, by="inventor", name=name)
    return None


async def _by_words(
    session: AsyncSession, index: PatentIndex, text: str, page: int, now: datetime
) -> Found:
    ids = [hit.id for hit in worth_listing(await _hits(index, text))]
    return replace(await _in_order(session, ids, page, now), by="words") if ids else None


async def _by_name_part(session: AsyncSession, text: str, page: int, now: datetime) -> Found:
    owned = Patent.applicant.contains(text, autoescape=True)
    found = await listed(session, owned, page, now)
    return replace(found, by="owner", name=text) if found.total else None


async def _hits(index: PatentIndex, text: str) -> Sequence[Hit]:
    return await asyncio.to_thread(index.search, text, MOST_HITS)


async def _some(session: AsyncSession, which: ColumnElement[bool]) -> Sequence[Patent]:
    found = select(Patent).where(which).order_by(Patent.number)
    return (await session.scalars(found.limit(PAGE_SIZE))).all()


async def _whole(session: AsyncSession, patents: Sequence[Patent], now: datetime) -> Page:
    """All of them on one page."""
    ended = await patent_ends.ended(session, patents, now)
    return Page(patents, 1, 1, len(patents), ended=ended, by="number")


async def _in_order(session: AsyncSession, ids: Sequence[int], page: int, now: datetime) -> Page:
    at, pages = turned(page, len(ids))
    wanted = ids[(at - 1) * PAGE_SIZE : at * PAGE_SIZE]
    found = await session.scalars(select(Patent).where(Patent.id.in_(wanted)))
    patents = sorted(found, key=lambda patent: wanted.index(patent.id))
    return Page(patents, at, pages, len(ids), ended=await patent_ends.ended(session, patents, now))


async def _owner_named(session: AsyncSession, text: str) -> str | None:
    """The longest part of the text that ends like an institution and stands in an owner's name."""
    if not _institution().search(text):
        return None
    owners = (await session.scalars(select(Patent.applicant).distinct())).all()
    for found in _institution().finditer(text):
        for start in range(found.end() - SHORTEST_OWNER + 1):
            name = text[start : found.end()]
            if any(name in owner for owner in owners):
                return name
    return None


def _invented_by(text: str) -> ColumnElement[bool]:
    """A whole name, as it stands between quotes in the stored list."""
    name = json.dumps(text, ensure_ascii=False)
    return type_coerce(Patent.inventors, Text).contains(name, autoescape=True)


@cache
def _institution() -> re.Pattern[str]:
    return re.compile(lexicon()["search"]["owner"])


@cache
def _inventor() -> re.Pattern[str]:
    return re.compile(lexicon()["search"]["inventor"])


@cache
def _filler() -> re.Pattern[str]:
    return re.compile(lexicon()["search"]["filler"])
