"""What was promised about a ticket, and who is called when the promise comes near.

All of it counts in working hours, so nobody is called at night. The moments are derived again when
they fall due: what was answered, paused or promised anew meanwhile is left alone.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Ticket
from services import queue, working_time
from services.ticket_states import ASKED, OPEN

SHARES = (0.5, 0.8, 1.0)
"""Of the time that was promised: a second person, the lead, the next department."""
FLOOR = 0.5  # working hours that are left at least when somebody's answer comes late


async def begin(session: AsyncSession, ticket: Ticket, now: datetime) -> None:
    """Promise an answer within a working day from now."""
    await _promise(session, ticket, now, working_time.due(now))


async def pause(session: AsyncSession, ticket: Ticket, now: datetime) -> None:
    """The person owes an answer: the clock stands."""
    ticket.state, ticket.paused_at = ASKED, now
    await unplan(session, ticket)
    await session.flush()


async def resume(session: AsyncSession, ticket: Ticket, now: datetime) -> None:
    """They answered: what was left is left."""
    paused = ticket.paused_at or now
    left = working_time.between(paused, ticket.promised_at) if paused < ticket.promised_at else 0
    await _promise(session, ticket, now, working_time.add(now, max(left, FLOOR)))


async def stop(session: AsyncSession, ticket: Ticket, state: str) -> None:
    """Nobody waits any more."""
    ticket.state, ticket.paused_at = state, None
    await unplan(session, ticket)
    await session.flush()


async def _promise(
    session: AsyncSession, ticket: Ticket, now: datetime, promised_at: datetime
) -> None:
    await unplan(session, ticket)
    ticket.state, ticket.paused_at, ticket.stage = OPEN, None, 0
    ticket.started_at, ticket.promised_at = now, promised_at
    await session.flush()
    await plan_next(session, ticket)


async def plan_next(session: AsyncSession, ticket: Ticket) -> None:
    """The next rung of the ladder, if there is one."""
    if ticket.state != OPEN or ticket.stage >= len(SHARES):
        return
    await _plan_rung(session, ticket, ticket.stage, moment(ticket, ticket.stage))


async def _plan_rung(session: AsyncSession, ticket: Ticket, stage: int, due: datetime) -> None:
    await queue.plan(
        session, "desk.ladder", f"{_key(ticket)}{stage}:{due:%Y%m%d%H%M%S%f}", due,
        ticket=ticket.id, stage=stage,
    )  # fmt: skip


def moment(ticket: Ticket, stage: int) -> datetime:
    """When this share of the promised time has passed."""
    started = ticket.started_at or ticket.created_at
    hours = working_time.between(started, ticket.promised_at)
    return working_time.add(started, hours * SHARES[stage])


async def climb(session: AsyncSession, ticket_id: int, stage: int, now: datetime) -> Ticket | None:
    """The ticket whose rung this is, where it still waits there; it stands on the next one then. A
    rung that comes late, when nobody is there, waits until they come."""
    ticket = await session.get(Ticket, ticket_id, populate_existing=True)
    if ticket is None or ticket.state != OPEN or ticket.stage != stage:
        return None
    if moment(ticket, stage) > now:
        return None
    if not working_time.is_open(now):
        await _plan_rung(session, ticket, stage, next_opening(now))
        return None
    ticket.stage = stage + 1
    await session.flush()
    await plan_next(session, ticket)
    return ticket


async def unplan(session: AsyncSession, ticket: Ticket) -> None:
    await queue.unplan(session, _key(ticket))


def _key(ticket: Ticket) -> str:
    return f"ticket:{ticket.id}:rung:"


def next_opening(now: datetime) -> datetime:
    """Now where somebody is there, else when they come."""
    return now if working_time.is_open(now) else working_time.add(now, 0)


async def plan_weekly(session: AsyncSession, kind: str, now: datetime) -> None:
    """When people come in the next week."""
    due = working_time.next_week(now)
    await queue.plan(session, kind, f"{kind}:{due:%G%V}", due)
