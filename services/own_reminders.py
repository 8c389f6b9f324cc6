"""What somebody asks to be reminded of: 周五提醒我交材料. One person's, at a moment, until done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Attention, Deadline, DeadlineMark
from errors import Refused
from services import queue
from services.deadlines import DONE, SNOOZED, DeadlineUnknown

KIND = "deadlines.ring"
MOST = 50
KEPT = timedelta(days=2)  # that one which rang and was not done stays in the list


class ReminderPast(Refused):
    """Facts: at."""


class TooManyReminders(Refused):
    """Facts: most."""


async def remind(
    session: AsyncSession, person_id: int, title: str, at: datetime, now: datetime
) -> Deadline:
    """At this moment, whatever the hour; the same twice is the same one."""
    if at <= now:
        raise ReminderPast(at=at)
    same = select(Deadline).filter_by(person_id=person_id, title=title, due_at=at, state="open")
    if reminder := await session.scalar(same.limit(1)):
        return reminder
    mine = select(func.count()).where(
        Deadline.person_id == person_id, Deadline.state == "open", Deadline.due_at > now
    )
    if (await session.scalar(mine) or 0) >= MOST:
        raise TooManyReminders(most=MOST)
    reminder = Deadline(
        title=title, due_at=at, person_id=person_id, created_by=person_id, state="open",
        created_at=now,
    )  # fmt: skip
    session.add(reminder)
    await session.flush()
    await queue.plan(session, KIND, f"deadline:{reminder.id}:ring", at, deadline=reminder.id)
    return reminder


async def to_ring(session: AsyncSession, reminder_id: int) -> Deadline | None:
    """None for one that was cancelled or is done."""
    reminder = await session.get(Deadline, reminder_id, populate_existing=True)
    if reminder is None or reminder.state != "open":
        return None
    said = select(DeadlineMark.id).filter_by(deadline_id=reminder_id, state=DONE)
    return None if await session.scalar(said) else reminder


async def cancel(session: AsyncSession, person_id: int, reminder_id: int) -> Deadline:
    """It does not ring; cancelled again, nothing changes."""
    reminder = await session.get(Deadline, reminder_id, populate_existing=True)
    if reminder is None or reminder.person_id != person_id:
        raise DeadlineUnknown
    reminder.state = "withdrawn"
    await queue.unplan(session, f"deadline:{reminder_id}:")
    return reminder


async def mine(session: AsyncSession, person_id: int, now: datetime) -> Sequence[Deadline]:
    """Those that will ring, and those that rang lately and are not done."""
    done = select(DeadlineMark.id).where(
        DeadlineMark.deadline_id == Deadline.id, DeadlineMark.state == DONE
    )
    again = select(DeadlineMark.id).where(
        DeadlineMark.deadline_id == Deadline.id, DeadlineMark.state == SNOOZED,
        DeadlineMark.until > now,
    )  # fmt: skip
    waiting = select(Deadline).where(
        Deadline.person_id == person_id, Deadline.state == "open", ~done.exists(),
        (Deadline.due_at > now - KEPT) | again.exists(),
    )  # fmt: skip
    return (await session.scalars(waiting.order_by(Deadline.due_at, Deadline.id).limit(20))).all()


async def all_of(session: AsyncSession, person_id: int) -> Sequence[Deadline]:
    """Also what rang long ago: whatever is kept of theirs."""
    theirs = select(Deadline).where(Deadline.person_id == person_id).order_by(Deadline.id)
    return (await session.scalars(theirs)).all()


async def forget(session: AsyncSession, person_ids: Sequence[int]) -> None:
    """What these people wanted to be reminded of, what they said to deadlines, and how they wanted
    to be told."""
    theirs = await session.scalars(select(Deadline.id).where(Deadline.person_id.in_(person_ids)))
    for reminder in theirs:
        await queue.unplan(session, f"deadline:{reminder}:")
    for table in (DeadlineMark, Attention, Deadline):
        await session.execute(delete(table).where(table.person_id.in_(person_ids)))
