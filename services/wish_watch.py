"""Keeps what may be offered to firms in step with their needs and with the library.

What changes a need that stands open says so by `need_states.changed`, what changes patents by
`patents_changed`: both plan a job, which runs after the commit, so that a turn stays short and a
crash loses nothing. The library is looked through by `updated_at`, hourly even if nobody says so.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Job, Need, Patent
from search.patents import PatentIndex
from search.wishes import WishIndex
from services import offers, queue
from services.need_states import MATCH, STANDING

LOOK = "offers.look"
EVERY = timedelta(hours=1)
OVERLAP = timedelta(minutes=5)  # a change is dated before it commits
PORTION = 500  # patents in one transaction
EVER = datetime(2000, 1, 1, tzinfo=UTC)


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


async def look(
    session: AsyncSession,
    index: PatentIndex,
    wishes: WishIndex,
    now: datetime,
    since: str,
    began: str | None = None,
    after: int = 0,
) -> None:
    """Hold the next patents that changed `since` then against all needs, and plan to go on."""
    began = began or now.isoformat()
    changed = select(Patent.id).where(
        Patent.updated_at >= datetime.fromisoformat(since) - OVERLAP, Patent.id > after
    )
    ids = (await session.scalars(changed.order_by(Patent.id).limit(PORTION))).all()
    if ids:
        await freshen(session, wishes)
        await offers.patents_changed(session, index, wishes, ids, now)
    if len(ids) == PORTION:
        await _plan_look(session, now, since, began=began, after=ids[-1])
    else:
        await _plan_look(session, now + EVERY, began)


async def _plan_look(
    session: AsyncSession, due_at: datetime, since: str, after: int = 0, **more: Any
) -> None:
    key = f"{LOOK}:{since}:{after}"
    await queue.plan(session, LOOK, key, due_at, since=since, after=after, **more)


async def freshen(session: AsyncSession, wishes: WishIndex) -> None:
    """Rebuild the index of needs where needs have changed since it was built, here or elsewhere."""
    stamp = await _stamp(session)
    if wishes.stamp != stamp:
        await offers.rebuild(session, wishes)
        await asyncio.to_thread(wishes.update, [], stamp)


async def _stamp(session: AsyncSession) -> str:
    """What changes whenever a need that stands open does."""
    standing = select(func.count(Need.id)).where(Need.state.in_(STANDING), ~Need.rough)
    changes = select(func.max(Job.id)).where(Job.kind == MATCH)
    return f"{await session.scalar(standing)} {await session.scalar(changes) or 0}"
