"""The weekly pack: for each firm at most five new patents with reasons, and what it says to them.

Knows no chat. `weekly` marks what it gives out, so a patent is never pushed twice; `refuse` counts
in the next pack. Which patents may be offered at all is decided in `offers`.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, EnterpriseSegment, Need, Offer, Patent, Person, Segment
from db.upsert import insert
from errors import Refused
from search.tokens import normalise
from services.patent_ends import end

Reason = Literal["unfit", "dear", "early", "have", "unclear", "later"]
REASONS: tuple[Reason, ...] = get_args(Reason)
HELD = ("dear", "early", "later")  # refused until something changes; the others for good

PACK = 5
PLAIN_PACK = 3  # for a firm that lately did not understand one
LEAST_SHOWN = 3  # fitting firms that a patent is shown to before others are shown to more
SHRUNK = 2  # patents of a segment that did not fit: no more of it
WEEK, MONTH = timedelta(days=7), timedelta(days=30)
ROUND = timedelta(days=6)  # a firm's packs are no nearer to each other
FIRMS_AT_ONCE = 500
FILE = Path(__file__).parents[1] / "data" / "pushes.toml"


class ReasonUnknown(Refused):
    """No facts. An old button gives a reason that is none any more."""


@dataclass(frozen=True)
class Item:
    """A patent and why: `terms` are the words both share; `need` is whose (a need of this firm), or
    else `segment` is what the firm works in. `again` is the reason the firm refused it for before,
    where that holds no more (dear: cheaper now, or under open licence)."""

    patent: Patent
    terms: list[str]
    need: Need | None
    segment: Segment | None
    again: str | None


@dataclass(frozen=True)
class Pack:
    """What one firm is told this week; `people` are those who speak for it."""

    enterprise_id: int
    people: tuple[int, ...]
    items: tuple[Item, ...]


@dataclass
class Shown:
    """To how many firms each patent, and the patents of each applicant, were shown in packs."""

    patents: Counter[int]
    applicants: Counter[str]

    def count(self, patent: Patent) -> None:
        self.patents[patent.id] += 1
        self.applicants[patent.applicant] += 1

    def order(self, offer: Offer, patent: Patent) -> tuple[bool, int, float, int]:
        """Before a popular patent comes one that few firms saw, of the least shown university."""
        seen = self.patents[patent.id]
        turn = 0 if seen >= LEAST_SHOWN else self.applicants[patent.applicant]
        return (seen >= LEAST_SHOWN, turn, -offer.coverage, patent.id)


async def weekly(session: AsyncSession, now: datetime) -> AsyncIterator[Pack]:
    """Every firm's pack that is due; a firm for which nothing fits gets none.

    What is given out is marked in this session: commit with the messages, and calling it again
    gives nothing twice, whether the first call was finished or not.
    """
    shown = await _shown(session)
    fresh = await _fresh(session, now)
    last = 0
    while firms := await _firms_due(session, last, now):
        last = firms[-1]
        for enterprise_id in firms:
            if items := await _items(session, enterprise_id, shown, fresh, now):
                yield Pack(enterprise_id, await _people(session, enterprise_id), tuple(items))


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
    shrunk = await _shrunk(session, enterprise_id) if reason == "unfit" else set()
    return await session.get(Segment, patent.segment_id) if patent.segment_id in shrunk else None


async def _items(
    session: AsyncSession, firm: int, shown: Shown, fresh: Sequence[Patent], now: datetime
) -> list[Item]:
    shrunk = await _shrunk(session, firm)
    waiting = [
        (offer, patent)
        for offer, patent in await _open_offers(session, firm, now)
        if patent.segment_id not in shrunk
    ]
    if not waiting:
        waiting = await _of_segments(session, firm, fresh, shrunk, now)
    waiting.sort(key=lambda pair: shown.order(*pair))
    most = PLAIN_PACK if await _puzzled(session, firm, now) else PACK
    chosen = sorted(waiting[:most], key=lambda pair: -pair[0].coverage)
    for offer, patent in chosen:
        shown.count(patent)
        session.add(offer)
        offer.again, offer.reason = offer.reason, None
        offer.state, offer.pushed_at = "pushed", now
    await session.flush()
    return [await _item(session, offer, patent) for offer, patent in chosen]


async def _item(session: AsyncSession, offer: Offer, patent: Patent) -> Item:
    need = await session.get(Need, offer.need_id) if offer.need_id else None
    segment = await session.get(Segment, patent.segment_id) if need is None else None
    return Item(patent, offer.terms, need, segment, offer.again)


async def _open_offers(
    session: AsyncSession, firm: int, now: datetime
) -> list[tuple[Offer, Patent]]:
    """What waits for this firm, and what it refused for a reason that holds no more."""
    rows = await session.execute(
        select(Offer, Patent)
        .join(Patent, Patent.id == Offer.patent_id)
        .where(
            Offer.enterprise_id == firm, Offer.state.in_(("waiting", "held")), end(now).is_(None)
        )
    )
    return [
        (offer, patent)
        for offer, patent in rows
        if offer.state == "waiting" or _changed(offer, patent, now)
    ]


def _changed(offer: Offer, patent: Patent, now: datetime) -> bool:
    seen = offer.seen
    if offer.reason == "later":
        return offer.until is not None and offer.until <= now
    if offer.reason == "early":
        return (patent.maturity or 0) > (seen["maturity"] or 0)
    opened = patent.open_licence and not seen["open_licence"]
    before, price = _yuan(seen["price"]), _yuan(patent.price)
    return opened or (price is not None and before is not None and price < before)


async def _of_segments(
    session: AsyncSession, firm: int, fresh: Sequence[Patent], shrunk: set[int], now: datetime
) -> list[tuple[Offer, Patent]]:
    """For a firm without anything for its needs: this week's patents of its segments, where they
    hold a word that names the segment. That word is covered wholly, and is the reason."""
    own = EnterpriseSegment.enterprise_id == firm
    segments = {s.id: s for s in await session.scalars(
        select(Segment).join(EnterpriseSegment).where(own)
    )}  # fmt: skip
    known = set(await session.scalars(select(Offer.patent_id).where(Offer.enterprise_id == firm)))
    found = []
    for patent in fresh:
        segment = segments.get(patent.segment_id or 0)
        if segment is None or patent.id in known or segment.id in shrunk:
            continue
        if words := _named(segment, patent):
            offer = Offer(
                enterprise_id=firm, patent_id=patent.id, coverage=1.0, terms=words, seen={},
                created_at=now,
            )  # fmt: skip
            found.append((offer, patent))
    return found


def _named(segment: Segment, patent: Patent) -> list[str]:
    text = normalise(" ".join([patent.title, patent.abstract, *patent.keywords]))
    return [word for word in segment.synonyms if len(word) > 1 and normalise(word) in text]


async def _fresh(session: AsyncSession, now: datetime) -> list[Patent]:
    """This week's patents that anybody may be offered."""
    new = select(Patent).where(Patent.updated_at > now - WEEK, end(now).is_(None))
    return list(await session.scalars(new.order_by(Patent.id)))


async def _firms_due(session: AsyncSession, after: int, now: datetime) -> list[int]:
    """The next active firms that somebody speaks for, and that had no pack within a ROUND."""
    spoken_for = select(Person.id).where(Person.enterprise_id == Enterprise.id).exists()
    told = select(Offer.id).where(
        Offer.enterprise_id == Enterprise.id, Offer.pushed_at > now - ROUND
    )
    due = select(Enterprise.id).where(
        Enterprise.id > after, Enterprise.state == "active", spoken_for, ~told.exists()
    )
    return list(await session.scalars(due.order_by(Enterprise.id).limit(FIRMS_AT_ONCE)))


async def _people(session: AsyncSession, firm: int) -> tuple[int, ...]:
    people = select(Person.id).where(Person.enterprise_id == firm).order_by(Person.id)
    return tuple(await session.scalars(people))


async def _shown(session: AsyncSession) -> Shown:
    rows = await session.execute(
        select(Offer.patent_id, Patent.applicant, func.count(Offer.id))
        .join(Patent, Patent.id == Offer.patent_id)
        .where(Offer.pushed_at.is_not(None))
        .group_by(Offer.patent_id, Patent.applicant)
    )
    shown = Shown(Counter(), Counter())
    for patent_id, applicant, count in rows:
        shown.patents[patent_id] = count
        shown.applicants[applicant] += count
    return shown


async def _shrunk(session: AsyncSession, firm: int) -> set[int]:
    """Segments of which SHRUNK patents did not fit this firm."""
    unfit = (
        select(Patent.segment_id)
        .join(Offer, Offer.patent_id == Patent.id)
        .where(Offer.enterprise_id == firm, Offer.reason == "unfit", Patent.segment_id.is_not(None))
        .group_by(Patent.segment_id)
        .having(func.count(Offer.id) >= SHRUNK)
    )
    return {segment for segment in await session.scalars(unfit) if segment is not None}


async def _puzzled(session: AsyncSession, firm: int, now: datetime) -> bool:
    unclear = select(Offer.id).where(
        Offer.enterprise_id == firm, Offer.reason == "unclear", Offer.decided_at > now - MONTH
    )
    return await session.scalar(unclear.limit(1)) is not None


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
