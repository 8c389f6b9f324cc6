"""What may be offered to firms unasked: patents that fulfil their open needs, from both sides.

A new or changed patent is held against all needs, a new or changed need against all patents; both
leave rows in `offers`, each with the words both share. Nothing below the gate is ever stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import chain

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import bulk
from db.models import Match, Need, Offer
from db.upsert import insert
from processes import Processes
from search.patents import PUSH_COVERAGE, PatentIndex
from search.wishes import Met, Wish, WishIndex
from services import patents
from services.need_states import MET, PUBLISHED

STANDS = (PUBLISHED, MET)
MOST = 10  # new offers of one need at a time: two packs
CANDIDATES = 30
AT_ONCE = 1000  # wishes that are weighed anew together
READ = 700  # patents that are held against wishes in the time it takes to read all of these
MANY = 100_000_000  # patents, and those READ, times wishes: from here on processes share the work


def text_of(need: Need) -> str:
    return _said(need.problem, need.target)


def _said(*parts: str | None) -> str:
    return " ".join(filter(None, parts))


def stands(need: Need) -> bool:
    """Whether a need waits for patents: it is published, and says enough to be matched."""
    return need.state in STANDS and not need.rough


def _standing() -> tuple[ColumnElement[bool], ...]:
    return Need.state.in_(STANDS), ~Need.rough


async def rebuild(session: AsyncSession, wishes: WishIndex, stamp: str) -> None:
    """Read all needs that stand open anew."""
    told = [Wish(id_, text) for id_, text in (await _texts(session)).items()]
    await asyncio.to_thread(wishes.rebuild, told, stamp)


async def read_again(
    session: AsyncSession, wishes: WishIndex, need_ids: Collection[int], stamp: str
) -> None:
    """These needs have changed, or stand open no more."""
    said = await _texts(session, list(need_ids))
    told = [Wish(id_, text) for id_, text in said.items()]
    await asyncio.to_thread(wishes.update, told, stamp, set(need_ids) - set(said))


async def need_changed(
    session: AsyncSession, index: PatentIndex, wishes: WishIndex, need_id: int, now: datetime
) -> None:
    """A need is new, has other words, or stands open no more.

    What waited for its old words is taken back. What its firm was shown when it posted the need is
    not offered again.
    """
    await session.execute(delete(Offer).where(Offer.need_id == need_id, Offer.state == "waiting"))
    need = await session.get(Need, need_id)
    if need is None or not stands(need):
        await asyncio.to_thread(wishes.delete, [need_id])
        return
    text = text_of(need)
    await asyncio.to_thread(wishes.update, [Wish(need_id, text)])
    hits = await asyncio.to_thread(index.search, text, CANDIDATES)
    met = [
        Met(need_id, hit.id, hit.coverage, hit.terms)
        for hit in hits
        if hit.coverage >= PUSH_COVERAGE
    ]
    await _offer(session, met[:MOST], now)


async def fulfilled(
    session: AsyncSession, wishes: WishIndex, patent_ids: Sequence[int], processes: Processes
) -> list[Met]:
    """The needs that these new or changed patents, which stand in the index, may be offered for."""
    texts = await patents.texts(session, patent_ids)
    if (len(texts) + READ) * wishes.count < MANY:
        return await asyncio.to_thread(wishes.met, texts, MOST)
    met = await processes.share(partial(WishIndex.met, wishes, texts, MOST))
    return [*chain.from_iterable(met)]


async def changed(
    session: AsyncSession, patent_ids: Sequence[int], met: Sequence[Met], now: datetime
) -> None:
    """Store what new or changed patents fulfil. What waits because of words they have no more is
    taken back."""
    theirs = bulk.one_of(session, Offer.patent_id, patent_ids)
    await session.execute(delete(Offer).where(theirs, Offer.state == "waiting"))
    await _offer(session, met, now)


async def weigh_anew(session: AsyncSession, wishes: WishIndex) -> None:
    """The needs that were weighed by another library than this one has become."""
    aged = await asyncio.to_thread(wishes.aged)
    for start in range(0, len(aged), AT_ONCE):
        said = await _texts(session, aged[start : start + AT_ONCE])
        told = [Wish(id_, text) for id_, text in said.items()]
        await asyncio.to_thread(wishes.update, told)


async def _texts(session: AsyncSession, need_ids: list[int] | None = None) -> dict[int, str]:
    """Of the needs, or of these, that still stand open."""
    standing = select(Need.id, Need.problem, Need.target).where(*_standing())
    which = (
        standing if need_ids is None else standing.where(bulk.one_of(session, Need.id, need_ids))
    )
    return {id_: _said(*said) for id_, *said in await session.execute(which)}


async def _offer(session: AsyncSession, met: Sequence[Met], now: datetime) -> None:
    """Store what is new to the firm: a pair that was ever offered or shown is left as it is. Firm
    by firm, which the database takes quickly, and for each the best first."""
    wishes = {each.wish for each in met}
    firms, shown = await _firms(session, wishes), await _shown(session, wishes)
    rows = [
        (firms[each.wish], each.patent, each.wish, each.coverage, list(each.terms))
        for each in sorted(met, key=lambda each: (firms.get(each.wish, 0), -each.coverage))
        if each.wish in firms and (firms[each.wish], each.patent) not in shown
    ]
    new = insert(session, Offer).values(state="waiting", seen={}, created_at=now)
    columns = ("enterprise_id", "patent_id", "need_id", "coverage", "terms")
    await bulk.execute(session, new.on_conflict_do_nothing(), columns, rows)


async def _firms(session: AsyncSession, need_ids: Iterable[int]) -> dict[int, int]:
    """Of the needs among these that still stand open."""
    standing = bulk.one_of(session, Need.id, need_ids), *_standing()
    rows = await session.execute(select(Need.id, Need.enterprise_id).where(*standing))
    return dict(rows.all())


async def _shown(session: AsyncSession, need_ids: Iterable[int]) -> set[tuple[int, int]]:
    """Firm and patent of what was listed for one of these firms' needs already."""
    firms = select(Need.enterprise_id).where(bulk.one_of(session, Need.id, need_ids))
    rows = await session.execute(
        select(Need.enterprise_id, Match.patent_id)
        .join(Match, Match.need_id == Need.id)
        .where(Need.enterprise_id.in_(firms))
    )
    return {(firm, patent) for firm, patent in rows}
