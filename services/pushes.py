"""The weekly pack: for each firm at most five new patents with reasons, and what it says to them.

Knows no chat. `weekly` marks what it gives out, so a patent is never pushed twice; `refuse` counts
in the next pack. Which patents may be offered at all is decided in `offers`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest
from typing import Any, Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Need, Offer, Patent, Segment
from db.upsert import insert
from errors import Refused
from search.tokens import normalise
from services import push_firms
from services.patent_ends import end
from services.push_firms import FILE as FILE
from services.push_firms import MONTH, WEEK, Candidate, Firm
from services.push_firms import ROUND as ROUND

Reason = Literal["unfit", "dear", "early", "have", "unclear", "later"]
REASONS: tuple[Reason, ...] = get_args(Reason)
HELD = ("dear", "early", "later")  # refused until something changes; the others for good

PACK = 5
PLAIN_PACK = 3  # for a firm that lately did not understand one
LEAST_SHOWN = 3  # fitting firms that a patent is shown to before others are shown to more


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

    def order(self, candidate: Candidate) -> tuple[bool, int, float, int]:
        """Before a popular patent comes one that few firms saw, of the least shown university."""
        patent = candidate.patent
        seen = self.patents[patent.id]
        turn = 0 if seen >= LEAST_SHOWN else self.applicants[patent.applicant]
        return (seen >= LEAST_SHOWN, turn, -candidate.coverage, patent.id)


@dataclass(frozen=True)
class Week:
    """`fresh` has by segment this week's patents that name it, and in which words."""

    now: datetime
    shown: Shown
    segments: dict[int, Segment]
    fresh: dict[int, list[Candidate]]


async def weekly(session: AsyncSession, now: datetime) -> AsyncIterator[Pack]:
    """Every firm's pack that is due; a firm for which nothing fits gets none.

    What is given out is marked in this session: commit with the messages, and calling it again
    gives nothing twice, whether the first call was finished or not.
    """
    segments = {each.id: each for each in await session.scalars(select(Segment))}
    fresh = _naming(await _fresh(session, now), segments)
    week = Week(now, await _shown(session), segments, fresh)
    last = 0
    while ids := await push_firms.due(session, last, now):
        last = ids[-1]
        for id_, firm in (await push_firms.read(session, ids, now)).items():
            chosen = _chosen(firm, week)
            if items := [_given(session, id_, candidate, week) for candidate in chosen]:
                yield Pack(id_, tuple(firm.people), tuple(items))
        await session.flush()


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


def _chosen(firm: Firm, week: Week) -> list[Candidate]:
    """For a firm without anything for its needs: of its segments."""
    waiting = [each for each in firm.waiting if each.patent.segment_id not in firm.shrunk]
    most = PLAIN_PACK if firm.puzzled else PACK
    chosen = nsmallest(most, waiting or _of_segments(firm, week), key=week.shown.order)
    return sorted(chosen, key=lambda each: -each.coverage)


def _given(session: AsyncSession, firm: int, candidate: Candidate, week: Week) -> Item:
    """Counted, and marked as pushed."""
    patent, offer = candidate.patent, candidate.offer
    week.shown.count(patent)
    if offer is None:
        offer = Offer(
            enterprise_id=firm, patent_id=patent.id, coverage=candidate.coverage,
            terms=candidate.terms, seen={}, created_at=week.now,
        )  # fmt: skip
        session.add(offer)
    offer.again, offer.reason = offer.reason, None
    offer.state, offer.pushed_at = "pushed", week.now
    need = candidate.need
    segment = week.segments.get(patent.segment_id or 0) if need is None else None
    return Item(patent, candidate.terms, need, segment, offer.again)


def _of_segments(firm: Firm, week: Week) -> list[Candidate]:
    """This week's patents of its segments, where they name the segment."""
    return [
        candidate
        for segment in firm.segments
        if segment not in firm.shrunk
        for candidate in week.fresh.get(segment, ())
        if candidate.patent.id not in firm.known
    ]


def _naming(fresh: Sequence[Patent], segments: dict[int, Segment]) -> dict[int, list[Candidate]]:
    """By segment those that hold a word which names it. That is covered wholly, and the reason."""
    found: dict[int, list[Candidate]] = defaultdict(list)
    for patent in fresh:
        segment = segments.get(patent.segment_id or 0)
        if segment and (words := _named(segment, patent)):
            found[segment.id].append(Candidate(patent, 1.0, words))
    return found


def _named(segment: Segment, patent: Patent) -> list[str]:
    text = normalise(" ".join([patent.title, patent.abstract, *patent.keywords]))
    return [word for word in segment.synonyms if len(word) > 1 and normalise(word) in text]


async def _fresh(session: AsyncSession, now: datetime) -> list[Patent]:
    """This week's patents that anybody may be offered."""
    new = select(Patent).where(Patent.updated_at > now - WEEK, end(now).is_(None))
    return list(await session.scalars(new.order_by(Patent.id)))


async def _shown(session: AsyncSession) -> Shown:
    counted = (
        select(Offer.patent_id, func.count(Offer.id).label("firms"))
        .where(Offer.pushed_at.is_not(None))
        .group_by(Offer.patent_id)
        .subquery()
    )
    rows = await session.execute(
        select(Patent.id, Patent.applicant, counted.c.firms).join(
            counted, counted.c.patent_id == Patent.id
        )
    )
    shown = Shown(Counter(), Counter())
    for patent_id, applicant, count in rows:
        shown.patents[patent_id] = count
        shown.applicants[applicant] += count
    return shown


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
