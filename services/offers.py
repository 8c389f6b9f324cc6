"""What may be offered to firms unasked: patents that fulfil their open needs, from both sides.

A new or changed patent is held against all needs, a new or changed need against all patents; both
leave rows in `offers`, each with the words both share. Nothing below the gate is ever stored.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from concurrent.futures import Future
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import bulk
from db.models import Match, Need, Offer
from db.upsert import insert
from search.patents import PUSH_COVERAGE, PatentIndex
from search.wishes import AT_ONCE, Meeting, Met, Wish, WishIndex
from services import patents
from services.need_states import MET, PUBLISHED

STANDS = (PUBLISHED, MET)
MOST = 10  # new offers of one need at a time: two packs
CANDIDATES = 30
AHEAD = 8  # chunks of wishes that are being read while others are stored
PATENTS_AT_ONCE = 5000  # a database takes no more than 32,766 values in one statement


def text_of(need: Need) -> str:
    return _said(need.problem, need.target)


def _said(*parts: str | None) -> str:
    return " ".join(filter(None, parts))


def stands(need: Need) -> bool:
    """Whether a need waits for patents: it is published, and says enough to be matched."""
    return need.state in STANDS and not need.rough


async def rebuild(session: AsyncSession, wishes: WishIndex) -> None:
    """Read all needs that stand open anew: at the start, and when the library has grown much."""
    told = [Wish(id_, text) for id_, text in (await _texts(session)).items()]
    await asyncio.to_thread(wishes.rebuild, told, str(len(told)))


async def need_changed(
    session: AsyncSession, index: PatentIndex, wishes: WishIndex, need_id: int, now: datetime
) -> int:
    """A need is new, has other words, or stands open no more; how many offers wait for it now.

    What waited for its old words is taken back. What its firm was shown when it posted the need is
    not offered again.
    """
    await session.execute(delete(Offer).where(Offer.need_id == need_id, Offer.state == "waiting"))
    need = await session.get(Need, need_id)
    if need is None or not stands(need):
        await asyncio.to_thread(wishes.delete, [need_id])
        return 0
    text = text_of(need)
    await asyncio.to_thread(wishes.update, [Wish(need_id, text)])
    hits = await asyncio.to_thread(index.search, text, CANDIDATES)
    met = [
        Met(need_id, hit.id, hit.coverage, hit.terms)
        for hit in hits
        if hit.coverage >= PUSH_COVERAGE
    ]
    return await _offer(session, met[:MOST], now)


async def patents_changed(
    session: AsyncSession,
    index: PatentIndex,
    wishes: WishIndex,
    patent_ids: Sequence[int],
    now: datetime,
) -> int:
    """Patents are new or have changed, and stand in the index; how many offers they made.

    What waits because of words they have no more is taken back.
    """
    await _weigh_anew(session, wishes)
    parts = range(0, len(patent_ids), PATENTS_AT_ONCE)
    asked = [patent_ids[start : start + PATENTS_AT_ONCE] for start in parts]
    return sum([await _ask(session, index, wishes, part, now) for part in asked])


async def _ask(
    session: AsyncSession,
    index: PatentIndex,
    wishes: WishIndex,
    patent_ids: Sequence[int],
    now: datetime,
) -> int:
    await session.execute(
        delete(Offer).where(Offer.patent_id.in_(patent_ids), Offer.state == "waiting")
    )
    texts = await patents.texts(session, patent_ids)
    meeting = await asyncio.to_thread(Meeting, wishes, index, texts)
    return sum([await _offer(session, met, now) async for met in _closely(session, meeting)])


async def _closely(session: AsyncSession, meeting: Meeting) -> AsyncIterator[list[Met]]:
    """Texts are fetched, and the caller stores what was met, while the next are being read."""
    ahead: deque[Future[list[Met]]] = deque()
    with meeting:
        for chunk in meeting.chunks():
            said = await _texts(session, chunk)
            # In a thread: the first of them may start processes.
            ahead.append(await asyncio.to_thread(meeting.closely, said, MOST))
            if len(ahead) > AHEAD:
                yield await asyncio.wrap_future(ahead.popleft())
        for rest in ahead:
            yield await asyncio.wrap_future(rest)


async def _weigh_anew(session: AsyncSession, wishes: WishIndex) -> None:
    """The needs that were weighed by another library than this one has become."""
    aged = await asyncio.to_thread(wishes.aged)
    for start in range(0, len(aged), AT_ONCE):
        said = await _texts(session, aged[start : start + AT_ONCE])
        told = [Wish(id_, text) for id_, text in said.items()]
        await asyncio.to_thread(wishes.update, told)


async def _texts(session: AsyncSession, need_ids: list[int] | None = None) -> dict[int, str]:
    """Of the needs, or of these, that still stand open."""
    standing = select(Need.id, Need.problem, Need.target).where(Need.state.in_(STANDS), ~Need.rough)
    which = standing if need_ids is None else standing.where(Need.id.in_(need_ids))
    return {id_: _said(*said) for id_, *said in await session.execute(which)}


async def _offer(session: AsyncSession, met: Sequence[Met], now: datetime) -> int:
    """Store what is new to the firm: a pair that was ever offered or shown is left as it is."""
    firms = await _firms(session, {each.wish for each in met})
    shown = await _shown(session, {each.wish for each in met})
    rows = [
        (firms[each.wish], each.patent, each.wish, each.coverage, list(each.terms))
        for each in sorted(met, key=lambda each: -each.coverage)
        if (firms[each.wish], each.patent) not in shown
    ]
    if not rows:
        return 0
    before = await _count(session, firms)
    new = insert(session, Offer).values(state="waiting", seen={}, created_at=now)
    columns = ("enterprise_id", "patent_id", "need_id", "coverage", "terms")
    await bulk.execute(session, new.on_conflict_do_nothing(), columns, rows)
    return await _count(session, firms) - before


async def _count(session: AsyncSession, need_ids: Iterable[int]) -> int:
    """Offers for these needs."""
    made = select(func.count(Offer.id)).where(Offer.need_id.in_([*need_ids]))
    return await session.scalar(made) or 0


async def _firms(session: AsyncSession, need_ids: Iterable[int]) -> dict[int, int]:
    rows = await session.execute(
        select(Need.id, Need.enterprise_id).where(Need.id.in_([*need_ids]))
    )
    return {row.id: row.enterprise_id for row in rows}


async def _shown(session: AsyncSession, need_ids: Iterable[int]) -> set[tuple[int, int]]:
    """Firm and patent of what was listed for one of these firms' needs already."""
    firms = select(Need.enterprise_id).where(Need.id.in_([*need_ids]))
    rows = await session.execute(
        select(Need.enterprise_id, Match.patent_id)
        .join(Match, Match.need_id == Need.id)
        .where(Need.enterprise_id.in_(firms))
    )
    return {(firm, patent) for firm, patent in rows}
