"""Reminders of an event: planned when it is published, judged when they fall due.

A job names the event and the round, never who is reminded of what: that is read when it fires.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, SignUp
from services import queue

ZONE = ZoneInfo("Asia/Shanghai")
ROUNDS = {"7d": timedelta(days=7), "1d": timedelta(days=1), "1h": timedelta(hours=1)}


@dataclass(frozen=True)
class Round:
    """Who is reminded now. `days` are nights until the event: 0 is today, 1 tomorrow."""

    event: Event
    key: str
    days: int
    people: Sequence[int]


def key(event: Event, offset: str) -> str:
    """What makes it the same reminder; at another time it is another, also after the first."""
    return f"remind:event:{event.id}:{offset}:{event.starts_at.astimezone(ZONE):%Y%m%d%H%M}"


async def plan(session: AsyncSession, event: Event, now: datetime) -> None:
    """A job for each round that still lies ahead, in place of those planned for another time."""
    await queue.unplan(session, f"remind:event:{event.id}:")
    for offset, before in ROUNDS.items():
        moment = event.starts_at - before
        if moment > now:
            await queue.plan(
                session, "events.remind", key(event, offset), moment, event=event.id, offset=offset
            )


async def to_remind(
    session: AsyncSession, event_id: int, offset: str, now: datetime
) -> Round | None:
    """Who is to be reminded as things stand now; None when the round has lost its sense.

    One that comes too early (the event moved) is planned anew; one so late that the next is due
    is left to the next.
    """
    event = await session.get(Event, event_id, populate_existing=True)
    if event is None or event.state != "open" or now >= _last_moment(event, offset):
        return None
    if now < event.starts_at - ROUNDS[offset]:
        await plan(session, event, now)
        return None
    days = (event.starts_at.astimezone(ZONE).date() - now.astimezone(ZONE).date()).days
    return Round(event, key(event, offset), days, await _coming(session, event_id))


def _last_moment(event: Event, offset: str) -> datetime:
    later = [before for before in ROUNDS.values() if before < ROUNDS[offset]]
    return event.starts_at - max(later, default=timedelta())


async def _coming(session: AsyncSession, event_id: int) -> Sequence[int]:
    people = await session.scalars(
        select(SignUp.person_id)
        .where(SignUp.event_id == event_id, SignUp.state == "confirmed")
        .order_by(SignUp.person_id)
    )
    return [person for person in people if person is not None]
