"""The weekly pack: for each firm at most five new patents with reasons, and what it says to them.

Knows no chat. What `give` marks is never pushed twice; `refuse` counts in the next pack. Which
patents may be offered at all is decided in `offers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import bulk
from db.models import Offer, Patent, Segment
from db.upsert import insert
from errors import Refused
from services import push_firms
from services.push_firms import FILE as FILE
from services.push_firms import ROUND as ROUND
from services.push_firms import Firm, Item, Speaker
from services.push_pauses import MONTH
from services.push_week import Week

Reason = Literal["unfit", "dear", "early", "have", "unclear", "later"]
REASONS: tuple[Reason, ...] = get_args(Reason)
HELD = ("dear", "early", "later")  # refused until something changes; the others for good

PACK = 5
PLAIN_PACK = 3  # for a firm that lately did not understand one


class ReasonUnknown(Refused):
    """No facts. An old button gives a reason that is none any more."""


class Pack(NamedTuple):
    """What one firm is told this week; `people` are those who speak for it."""

    enterprise_id: int
    people: list[Speaker]
    items: list[Item]


@dataclass(frozen=True)
class Given:
    """What packs give out. `offers`: rows that wait, each with the reason it was refused for
    before; `new`: firm, patent, coverage and terms of what was found for segments."""

    offers: list[tuple[int, str | None]]
    new: list[tuple[int, int, float, list[str]]]


async def chosen(
    session: AsyncSession, week: Week, firms: Sequence[int], now: datetime
) -> list[Pack]:
    """The packs of these firms; one for which nothing fits has none. Nothing is written: `give` out
    what they hold."""
    read = await push_firms.read(session, firms, week.patents, week.segments, now)
    return [
        Pack(id_, firm.people, found)
        for id_, firm in read.items()
        if firm.people and (found := _chosen(firm, week))
    ]


def given(packs: Iterable[Pack]) -> Given:
    pairs = [(pack.enterprise_id, item) for pack in packs for item in pack.items]
    return Given(
        [(item.offer, item.again) for _, item in pairs if item.offer is not None],
        [
            (firm, item.patent.id, item.coverage, item.terms)
            for firm, item in pairs
            if item.offer is None
        ],
    )


async def give(session: AsyncSession, given: Given, now: datetime) -> None:
    """Mark it as pushed, so that nothing is given twice; what its firm has decided on since stays
    as it is. Commit with the messages."""
    pushed = {"state": "pushed", "pushed_at": now}
    mark = update(Offer).where(Offer.id == bindparam("offer"), push_firms.OPEN)
    mark = mark.values(**pushed, reason=None, again=bindparam("before"))
    await bulk.execute(session, mark, ("offer", "before"), given.offers)
    add = insert(session, Offer).values(**pushed, seen={}, created_at=now)
    columns = ("enterprise_id", "patent_id", "coverage", "terms")
    await bulk.execute(session, add.on_conflict_do_nothing(), columns, given.new)


async def refuse(
    session: AsyncSession,
    enterprise_id: int,
    patent_id: int,
    reason: str,
    now: datetime,
    need_id: int | None = None,
) -> Segment | None:
    """Why a firm does not want a patent; saying it again changes the reason. `need_id` where the
    patent was shown for a need, not in a pack.

    unfit: never again, and with the second of a segment no more of that segment, which is then
    returned. dear: when it is cheaper or under open licence. early: when it is more mature. later:
    in a month. have: never again, nor anything else for the need it was for. unclear: never again,
    and the packs of the next month are shorter.
    """
    if reason not in REASONS:
        raise ReasonUnknown
    patent = await session.get_one(Patent, patent_id)
    offer = await _offer(session, enterprise_id, patent_id, now)
    offer.state = "held" if reason in HELD else "refused"
    offer.reason, offer.decided_at = reason, now
    offer.need_id = offer.need_id or need_id
    offer.seen = _terms_of(patent)
    offer.until = now + MONTH if reason == "later" else None
    await session.flush()
    if reason == "have" and offer.need_id is not None:
        await _drop_waiting(session, enterprise_id, offer.need_id, now)
    shrunk = await push_firms.shrunk(session, [enterprise_id]) if reason == "unfit" else []
    full = (enterprise_id, patent.segment_id) in shrunk
    return await session.get(Segment, patent.segment_id) if full else None


def _chosen(firm: Firm, week: Week) -> list[Item]:
    """For a firm without anything for its needs: of its segments. They are counted as shown, and
    stand in the order in which they can be seen again."""
    most = PLAIN_PACK if firm.puzzled else PACK
    fitting = firm.open or _of_segments(firm, week)
    chosen = fitting if len(fitting) <= most else nsmallest(most, fitting, key=week.shown.order)
    for each in chosen:
        week.shown.count(each.patent)
    return sorted(chosen, key=lambda each: (-each.coverage, each.patent.id))


def _of_segments(firm: Firm, week: Week) -> list[Item]:
    """This week's patents of its segments, where they name the segment."""
    return [
        item
        for segment in firm.segments
        if segment not in firm.shrunk
        for item in week.fresh.get(segment, ())
        if item.patent.id not in firm.known
    ]


async def _offer(session: AsyncSession, firm: int, patent_id: int, now: datetime) -> Offer:
    """The pair's row; made where the patent was found by other ways than a pack."""
    row = {"coverage": 0.0, "terms": [], "state": "waiting", "seen": {}, "created_at": now}
    new = insert(session, Offer).values(enterprise_id=firm, patent_id=patent_id, **row)
    await session.execute(new.on_conflict_do_nothing())
    found = select(Offer).where(Offer.enterprise_id == firm, Offer.patent_id == patent_id)
    return (await session.scalars(found)).one()


async def _drop_waiting(session: AsyncSession, firm: int, need_id: int, now: datetime) -> None:
    waiting = select(Offer).where(
        Offer.enterprise_id == firm, Offer.need_id == need_id, Offer.state == "waiting"
    )
    for offer in await session.scalars(waiting):
        offer.state, offer.reason, offer.decided_at = "refused", "have", now
    await session.flush()


def _terms_of(patent: Patent) -> dict[str, Any]:
    return {
        "price": patent.price,
        "maturity": patent.maturity,
        "open_licence": patent.open_licence,
    }
