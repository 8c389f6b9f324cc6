"""When the weekly push goes out, and what is remembered of each round.

The round is a job that plans the next one. Weeks in which nobody was at work are caught up by one
round, in decent hours, and the next comes no sooner than a pack may follow a pack.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import bulk
from db.models import Enterprise, EnterpriseSegment, Job, Need, Offer, Person, WeeklyPack
from db.upsert import insert
from services import push_firms, push_pauses, queue, wish_watch, working_time
from services.need_states import STANDING
from services.push_pauses import MONTH
from services.pushes import FILE, ROUND

BEGIN, SEND, QUIET = "pushes.begin", "pushes.send", "pushes.quiet"
ZONE = ZoneInfo("Asia/Shanghai")
LONGEST_HOLIDAY = timedelta(days=14)
PORTION = 3000  # firms, of which those that are told of patents are told in one transaction
QUIET_PORTION = 500  # that are told that there are none: each asks for its needs
MANY = 50_000  # firms
MOMENT, SOON = timedelta(minutes=1), timedelta(milliseconds=200)
PACKED = and_(WeeklyPack.enterprise_id == Offer.enterprise_id, WeeklyPack.at == Offer.pushed_at)
"""Which pack an offer went out in, while it has not gone out again."""


async def plan(session: AsyncSession, now: datetime, last: date | None = None) -> None:
    """The next round; one that is overdue stays, and is run once."""
    waiting = select(Job.id).where(Job.kind == BEGIN, Job.state == "waiting")
    if await session.scalar(waiting.where(Job.due_at <= now).limit(1)) is not None:
        return
    last = last or await last_round(session)
    earliest = max(now, _at(last, time.min) + ROUND) if last else now
    await queue.unplan(session, f"{BEGIN}:")
    await _plan_begin(session, next_round(earliest))


async def hasten(session: AsyncSession, now: datetime) -> datetime:
    """Let the next round begin now, or in the next decent hours; when that is."""
    waiting = update(Job).where(Job.kind == BEGIN, Job.state == "waiting", Job.due_at > now)
    await session.execute(waiting.values(due_at=now))
    return now if decent(now) else next_decent(now)


async def begin(session: AsyncSession, now: datetime) -> None:
    """Look at what is new in the library, then send; outside decent hours, wait for them."""
    if not decent(now):
        await _plan_begin(session, next_decent(now))
        return
    today = now.astimezone(ZONE).date()
    await wish_watch.plan(session, now)
    await wish_watch.patents_changed(session, now)
    await tell_all(session, today, now)
    await plan(session, now, last=today)


async def _plan_begin(session: AsyncSession, due: datetime) -> None:
    await queue.plan(session, BEGIN, f"{BEGIN}:{due:%Y%m%d%H%M}", due)


async def tell_all(session: AsyncSession, round: date, now: datetime) -> None:
    """Plan all parts of a round in which firms are told of patents; the last one has no `last`."""
    ends: list[int | None] = [*await push_firms.every(session, PORTION), None]
    for after, last in zip([0, *ends], ends, strict=False):
        await go_on(session, SEND, round, now, after=after, last=last)


async def go_on(
    session: AsyncSession, kind: str, round: date, now: datetime, **part: int | None
) -> None:
    """A part of a round: at once, in decent hours, and never while patents are looked at."""
    due = now if decent(now) else next_decent(now)
    if await wish_watch.looking(session, now):
        due += MOMENT
    elif kind == QUIET and await _sending(session, now):
        due += SOON
    key = f"{kind}:{round}:{part.get('after', 0)}:{now.isoformat()}"
    await queue.plan(session, kind, key, due, round=round.isoformat(), **part)


async def ready(session: AsyncSession, now: datetime) -> bool:
    return decent(now) and not await wish_watch.looking(session, now)


async def all_told(session: AsyncSession, now: datetime) -> bool:
    """Whether those whom there is nothing for may hear so."""
    return await ready(session, now) and not await _sending(session, now)


async def _sending(session: AsyncSession, now: datetime) -> bool:
    sends = Job.kind == SEND, Job.state.in_(("waiting", "claimed")), Job.due_at <= now
    return await session.scalar(select(Job.id).where(*sends).limit(1)) is not None


async def many_firms(session: AsyncSession) -> bool:
    """Whether so many are told that it pays to let processes choose for them: by the newest one's
    number, for to count them takes long."""
    return (await session.scalar(select(func.max(Enterprise.id))) or 0) >= MANY


async def told(session: AsyncSession, round: date, firms: Sequence[tuple[int, int, int]]) -> bool:
    """Whether any of these was told meanwhile, by a round that was begun twice: choose anew."""
    these = {firm for firm, _, _ in firms}
    packs = select(WeeklyPack.enterprise_id).where(
        push_firms.among(WeeklyPack.enterprise_id, these),
        WeeklyPack.round == round,
        WeeklyPack.patents > 0,
    )
    return not these.isdisjoint(await session.scalars(packs))


async def note(
    session: AsyncSession, round: date, told: Sequence[tuple[int, int, int]], now: datetime
) -> None:
    """Firms were told, each once a round: of how many patents, and how many of their people."""
    add = insert(session, WeeklyPack).values(round=round, at=now).on_conflict_do_nothing()
    await bulk.execute(session, add, ("enterprise_id", "patents", "people"), told)


async def left_out(session: AsyncSession, after: int, now: datetime) -> list[tuple[int, list[int]]]:
    """The next firms, with their people, that wait for something and got nothing for a month, and
    have not been told so since they got something last."""
    here = Enterprise.id
    someone = select(Person.id).where(
        Person.enterprise_id == here, push_pauses.listens(now), Person.created_at <= now - MONTH
    )
    need = select(Need.id).where(Need.enterprise_id == here, Need.state.in_(STANDING))
    segment = select(EnterpriseSegment.segment_id).where(EnterpriseSegment.enterprise_id == here)
    pushed = select(Offer.id).where(Offer.enterprise_id == here, Offer.pushed_at > now - MONTH)
    told = _latest(WeeklyPack.patents == 0)
    firms = (
        select(here)
        .where(
            here > after,
            Enterprise.state == "active",
            someone.exists(),
            or_(need.exists(), segment.exists()),
            ~pushed.exists(),
            or_(told.is_(None), told < _latest(WeeklyPack.patents > 0)),
        )
        .order_by(here)
        .limit(QUIET_PORTION)
    )
    ids = (await session.scalars(firms)).all()
    people = await session.execute(
        select(Person.enterprise_id, Person.id)
        .where(Person.enterprise_id.in_(ids), push_pauses.listens(now))
        .order_by(Person.id)
    )
    by_firm = defaultdict[int | None, list[int]](list)
    for firm, person in people:
        by_firm[firm].append(person)
    return [(firm, by_firm[firm]) for firm in ids]


def _latest(which: Any) -> Any:
    return (
        select(func.max(WeeklyPack.at))
        .where(WeeklyPack.enterprise_id == Enterprise.id, which)
        .correlate(Enterprise)
        .scalar_subquery()
    )


async def last_round(session: AsyncSession) -> date | None:
    return await session.scalar(select(func.max(WeeklyPack.round)))


async def planned(session: AsyncSession, now: datetime) -> datetime:
    """When the next round is."""
    waiting = select(func.min(Job.due_at)).where(Job.kind == BEGIN, Job.state == "waiting")
    return await session.scalar(waiting) or next_round(now)


def next_round(after: datetime) -> datetime:
    """The first one later than that."""
    rule = _rule()
    first = after.astimezone(ZONE).date() - LONGEST_HOLIDAY
    for day in (first + timedelta(days=n) for n in count()):
        if day.isoweekday() == rule["weekday"]:
            moment = _at(_working(day), time.fromisoformat(rule["hour"]))
            if moment > after:
                return moment
    raise AssertionError("the calendar has no end")


def decent(now: datetime) -> bool:
    """Whether firms may be written to unasked."""
    local = now.astimezone(ZONE)
    begin, end = (time.fromisoformat(_rule()[name]) for name in ("from", "until"))
    return working_time.is_working_day(local.date()) and begin <= local.time() < end


def next_decent(now: datetime) -> datetime:
    """The beginning of the next hours in which firms may be written to."""
    begin, today = time.fromisoformat(_rule()["from"]), now.astimezone(ZONE).date()
    moment = _at(_working(today), begin)
    return moment if moment > now else _at(_working(today + timedelta(days=1)), begin)


def _working(day: date) -> date:
    """The day itself, or the next that is worked."""
    while not working_time.is_working_day(day):
        day += timedelta(days=1)
    return day


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, ZONE)


@cache
def _rule() -> dict[str, Any]:
    rule: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))["round"]
    return rule
