"""Keeps what may be offered to firms in step with their needs and with the library.

What changes a need that stands open says so by `need_states.changed`, what changes patents by
`patents_changed`: both plan a job, which runs after the commit, so that a turn stays short and a
crash loses nothing. The library is looked through by `updated_at`, hourly even if nobody says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Job, Need, Patent
from search.wishes import Met, WishIndex
from services import offers, queue
from services.need_states import MATCH, STANDING

LOOK = "offers.look"
EVERY = timedelta(hours=1)
OVERLAP = timedelta(minutes=5)  # a change is dated before it commits
PORTION = 250  # patents in one transaction
LATE = 1000  # jobs that may have been written down after one with a higher number
EVER = datetime(2000, 1, 1, tzinfo=UTC)

Changed = list[tuple[int, datetime]]
"""Patents, each with when it changed."""


async def patents_changed(session: AsyncSession, now: datetime) -> None:
    """Patents are new or have changed: look at once."""
    soon = update(Job).where(Job.kind == LOOK, Job.state == "waiting", Job.due_at > now)
    await session.execute(soon.values(due_at=now))


async def plan(session: AsyncSession, now: datetime) -> None:
    """At the start: one look waits; one that failed for good is tried again."""
    if await session.scalar(select(Job.id).where(Job.kind == LOOK).limit(1)) is None:
        await _plan_look(session, now + EVERY, EVER.isoformat())
    failed = update(Job).where(Job.kind == LOOK, Job.state == "failed")
    await session.execute(failed.values(state="waiting", attempts=0, due_at=now + EVERY))


async def looking(session: AsyncSession, now: datetime) -> bool:
    """Whether changes of the library are still to be held against the needs."""
    open_look = select(Job.id).where(
        Job.kind == LOOK, Job.state.in_(("waiting", "claimed")), Job.due_at <= now
    )
    return await session.scalar(open_look.limit(1)) is not None


async def next_changed(session: AsyncSession, since: str, after: int) -> Changed:
    """The next patents in the order in which they changed: behind one that changed then, or where
    a look begins."""
    moment = datetime.fromisoformat(since) - (OVERLAP if not after else timedelta())
    behind = tuple_(Patent.updated_at, Patent.id) > (moment, after)
    changed = select(Patent.id, Patent.updated_at).where(behind)
    rows = await session.execute(changed.order_by(Patent.updated_at, Patent.id).limit(PORTION))
    return [(id_, changed_at) for id_, changed_at in rows]


async def go_on(session: AsyncSession, changed: Changed, now: datetime, began: str) -> None:
    """Plan what comes behind these: it can be looked at while they are stored."""
    if len(changed) == PORTION:
        last, since = changed[-1]
        await _plan_look(session, now, since.isoformat(), began=began, after=last)


async def store(
    session: AsyncSession, patents: Sequence[int], met: Sequence[Met], now: datetime, began: str
) -> None:
    """What these patents fulfil; where nothing comes behind them, plan the next look."""
    await offers.changed(session, patents, met, now)
    if len(patents) < PORTION:
        await _plan_look(session, now + EVERY, began)


async def _plan_look(
    session: AsyncSession, due_at: datetime, since: str, after: int = 0, **more: Any
) -> None:
    key = f"{LOOK}:{since}:{after}"
    await queue.plan(session, LOOK, key, due_at, since=since, after=after, **more)


async def freshen(session: AsyncSession, wishes: WishIndex) -> None:
    """Bring the index of needs to what they are, whoever changed them here or elsewhere: by the
    changes since, or anew where these are not all known."""
    newest = await session.scalar(select(func.max(Job.id)).where(Job.kind == MATCH)) or 0
    known = wishes.stamp or ""
    if known.isdecimal() and int(known) < newest:
        since = Job.kind == MATCH, Job.id > int(known) - LATE
        told = await session.scalars(select(Job.payload).where(*since))
        await offers.read_again(session, wishes, {row["need"] for row in told}, str(newest))
    standing = select(func.count(Need.id)).where(Need.state.in_(STANDING), ~Need.rough)
    if wishes.stamp != str(newest) or wishes.standing != await session.scalar(standing):
        await offers.rebuild(session, wishes, str(newest))
    await offers.weigh_anew(session, wishes)
