"""Technology needs as their firm has them: posting, reading, following, ending, renewing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Match, Need, NeedFollower, Person, Segment
from db.upsert import insert
from errors import Refused
from search.tokens import grams, strip_boilerplate
from services import audit, files, need_quality, need_states
from services.need_states import ALL, CLOSED, FRESH, LIVE, MET, PUBLISHED, SOLVED, STANDING
from services.people import PersonLike

SIMILAR = 0.4
"""Of the pairs of characters in the shorter text, how many the other has too. Of the demo's needs
no two reach 0.2; the same trouble in other words comes to 0.44 and more."""


class NotRegistered(Refused):
    """No facts. Only people who act for an enterprise have needs."""


class NotYours(Refused):
    """No facts: whether there is such a need at another firm is not told either."""


class LooksDoubled(Refused):
    """Facts: need, days, own. The firm has a need like this one."""


@dataclass(frozen=True)
class NeedAnswers:
    """What a need says; the budget is in yuan, an exact one has the same value twice."""

    problem: str
    target: str | None = None
    gap: str | None = None
    budget_low: int | None = None
    budget_high: int | None = None
    wanted_by: date | None = None
    modes: list[str] = field(default_factory=list)
    segment_id: int | None = None
    anonymous: bool = False


@dataclass(frozen=True)
class NeedCard:
    """A need with what stands around it: names and counts."""

    need: Need
    segment: str | None
    files: int
    matches: int


async def post(
    session: AsyncSession, person: PersonLike, answers: NeedAnswers, now: datetime
) -> Need:
    """Post the need; the same words again from the same person are the same need."""
    if person.enterprise_id is None:
        raise NotRegistered
    posted = select(Need).where(
        Need.enterprise_id == person.enterprise_id,
        Need.person_id == person.id,
        Need.problem == answers.problem,
        Need.state.in_(LIVE),
    )
    if need := await session.scalar(posted.limit(1)):
        return need
    need = Need(
        enterprise_id=person.enterprise_id,
        person_id=person.id,
        created_at=now,
        state=need_states.REVIEW,
        rough=need_quality.vague(answers.problem),
        **need_states.for_review(now),
        **vars(answers),
    )
    session.add(need)
    await session.flush()
    return need


async def of_enterprise(session: AsyncSession, enterprise_id: int) -> Sequence[Need]:
    """All needs of a firm, also its colleagues', the newest first."""
    needs = select(Need).filter_by(enterprise_id=enterprise_id)
    return (await session.scalars(needs.order_by(Need.created_at.desc(), Need.id.desc()))).all()


async def live(session: AsyncSession, enterprise_id: int | None) -> list[Need]:
    """Those that are still wanted."""
    if enterprise_id is None:
        raise NotRegistered
    return [need for need in await of_enterprise(session, enterprise_id) if need.state in LIVE]


async def standing(session: AsyncSession, enterprise_id: int) -> Sequence[Need]:
    """Those for which patents may be offered, the newest first."""
    open_ = select(Need).where(Need.enterprise_id == enterprise_id, Need.state.in_(STANDING))
    return (await session.scalars(open_.order_by(Need.created_at.desc(), Need.id.desc()))).all()


async def get(session: AsyncSession, need_id: int) -> Need:
    need = await session.get(Need, need_id)
    if need is None:
        raise need_states.NeedUnknown
    return need


async def get_for(session: AsyncSession, person: PersonLike, need_id: int) -> Need:
    """The need, if it is of the person's own enterprise."""
    need = await session.get(Need, need_id)
    if need is None or need.enterprise_id != person.enterprise_id:
        raise NotYours
    return need


async def card(session: AsyncSession, need: Need) -> NeedCard:
    matches = select(func.count(Match.id)).where(Match.need_id == need.id)
    return NeedCard(
        need,
        await session.scalar(select(Segment.name).where(Segment.id == need.segment_id)),
        await files.count(session, f"need:{need.id}"),
        await session.scalar(matches) or 0,
    )


async def check_not_doubled(
    session: AsyncSession, person: PersonLike, problem: str, now: datetime
) -> None:
    """Raise LooksDoubled where the firm wants much the same already."""
    mine = pairs(problem)
    for need in await live(session, person.enterprise_id):
        own = need.person_id == person.id
        if own and need.problem == problem:
            return  # the very same need: post() finds it again
        theirs = pairs(need.problem)
        shorter = min(len(mine), len(theirs))
        if shorter and len(mine & theirs) / shorter >= SIMILAR:
            raise LooksDoubled(need=need, days=(now - need.created_at).days, own=own)


def pairs(text: str) -> set[str]:
    """The pairs of characters that a text is told by."""
    return {gram for gram in grams(strip_boilerplate(text)) if len(gram) > 1}


def named(said: str, live: Sequence[Need]) -> Need | None:
    """The one of these needs that a sentence names, by its number or by words of its problem."""
    numbers = re.findall(need_quality.lexicon()["number"]["pattern"], said)
    if numbered := [need for need in live if str(need.id) in numbers]:
        return numbered[0]
    theirs = pairs(said)
    shared = [len(theirs & pairs(need.problem)) for need in live]
    best = max(shared, default=0)
    return live[shared.index(best)] if best and shared.count(best) == 1 else None


async def follow(
    session: AsyncSession, person: PersonLike, need_id: int, problem: str, now: datetime
) -> Need:
    """Want the same as a colleague: told what becomes of it, and their words are noted."""
    need = await get_for(session, person, need_id)
    if need.person_id != person.id:
        row = insert(session, NeedFollower).values(need_id=need.id, person_id=person.id)
        await session.execute(row.on_conflict_do_nothing())
    audit.note(session, person.id, "need.joined", f"need:{need.id}", None, problem, now)
    return need


async def watchers(session: AsyncSession, need: Need) -> list[int]:
    """Whom it concerns: whoever posted it, and who wanted the same; nobody who has left."""
    followers = select(NeedFollower.person_id).where(NeedFollower.need_id == need.id)
    theirs = select(Person.id).where(
        Person.enterprise_id == need.enterprise_id,
        or_(Person.id == need.person_id, Person.id.in_(followers)),
    )
    return list(await session.scalars(theirs.order_by(Person.id)))


async def end(
    session: AsyncSession,
    person: PersonLike,
    need_id: int,
    outcome: Literal["solved", "closed"],
    now: datetime,
) -> Need:
    """Solved, or wanted no more; nothing is deleted."""
    need = await get_for(session, person, need_id)
    if need.state == outcome:
        return need
    none = need_states.unchased(None)
    return await need_states.move(session, need_id, ALL, person.id, now, state=outcome, **none)


async def renew(session: AsyncSession, person: PersonLike, need_id: int, now: datetime) -> Need:
    """Still wanted: for another ninety days, or again where it was ended or parked."""
    need = await get_for(session, person, need_id)
    if need.state in (PUBLISHED, MET):
        need.chase_at, need.chased = now + FRESH, False
        return need
    if need.state in LIVE:
        return need
    ended = (SOLVED, CLOSED, need_states.PARKED)
    return await need_states.move(
        session, need_id, ended, person.id, now, **need_states.woken(need, now)
    )
