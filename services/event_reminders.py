"""Reminders of an event: planned when it is published, judged when they fall due.

A job names the event and the round, never who is reminded of what: that is read when it fires. A
round is of use until the next one; the last until the event begins. Whoever was to be reminded by
the last and was not, because the machine slept, hears of it afterwards (services/late.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, Outgoing, SignUp
from services import attention, queue, rounds

ZONE = ZoneInfo("Asia/Shanghai")
ROUNDS = {"7d": timedelta(days=7), "1d": timedelta(days=1), "1h": timedelta(hours=1)}
LAST = "1h"
HOUR, TOMORROW = "hour", "tomorrow"
KIND = "events.remind"


@dataclass(frozen=True)
class Due:
    """A round that falls due now. `days` are nights until the event: 0 is today, 1 tomorrow."""

    event: Event
    key: str
    days: int
    expires_at: datetime

    @property
    def round(self) -> rounds.Round:
        return rounds.Round(self.key, f"event:{self.event.id}", attention.EVENTS, self.expires_at)


def key(event: Event, offset: str) -> str:
    """What makes it the same reminder; at another time it is another, also after the first."""
    return f"{_prefix(event.id)}{offset}:{event.starts_at.astimezone(ZONE):%Y%m%d%H%M}"


async def plan(session: AsyncSession, event: Event, now: datetime) -> None:
    """A job for each round that still lies ahead, in place of those planned for another time; what
    waits to be sent of that time is withdrawn."""
    await queue.unplan(session, _prefix(event.id))
    await _withdraw(session, event)
    for offset, before in ROUNDS.items():
        moment = event.starts_at - before
        if moment > now:
            await queue.plan(session, KIND, key(event, offset), moment, event=event.id,
                             offset=offset)  # fmt: skip


async def _withdraw(session: AsyncSession, event: Event) -> None:
    keys = [key(event, offset) for offset in (*ROUNDS, "again")]
    stays = [Outgoing.key.not_like(f"{one}:%") for one in keys]
    waits = update(Outgoing).where(
        Outgoing.about == f"event:{event.id}", Outgoing.key.like(f"{_prefix(event.id)}%"),
        Outgoing.state.in_(("waiting", "gathered")), *stays,
    )  # fmt: skip
    await session.execute(
        waits.values(state="cancelled", error="moved").execution_options(synchronize_session=False)
    )


async def to_remind(session: AsyncSession, event_id: int, offset: str, now: datetime) -> Due | None:
    """The round as things stand now; None when it has lost its sense.

    One that comes too early (the event moved) is planned anew; one so late that the next is due
    is left to the next.
    """
    event = await session.get(Event, event_id, populate_existing=True)
    if event is None or event.state != "open":
        return None
    if now < event.starts_at - ROUNDS[offset]:
        await plan(session, event, now)
        return None
    over = _last_moment(event, offset)
    if now >= over and (offset != LAST or now >= event.starts_at + _remembered()):
        return None
    return Due(event, key(event, offset), _nights(event, now), over)


def coming(event_id: int) -> Select[int | None]:
    """Who has a seat and is not there yet."""
    return select(SignUp.person_id).where(
        SignUp.event_id == event_id, SignUp.state == "confirmed", SignUp.person_id.is_not(None),
        SignUp.checked_in_at.is_(None),
    )  # fmt: skip


async def go_on(
    session: AsyncSession, due: Due, offset: str, body: int, after: int, now: datetime
) -> None:
    await queue.plan(session, KIND, f"{due.key}:after:{after}", now, event=due.event.id,
                     offset=offset, body=body, after=after)  # fmt: skip


# 稍后提醒


def later_ways(event: Event, now: datetime) -> list[str]:
    """How much later a reminder still makes sense: half an hour before it begins at the latest."""
    latest = event.starts_at - timedelta(minutes=30)
    return [way for way in (HOUR, TOMORROW) if _later(way, now) <= latest]


async def snooze(
    session: AsyncSession, event: Event, person_id: int, way: str, now: datetime
) -> datetime | None:
    """Remind this person again; when, or None where that would be too late."""
    if way not in later_ways(event, now):
        return None
    moment = _later(way, now)
    await queue.plan(
        session, "events.remind_again", f"{_prefix(event.id)}again:{moment:%Y%m%d%H%M}:{person_id}",
        moment, event=event.id, person=person_id,
    )  # fmt: skip
    return moment


async def again(session: AsyncSession, event_id: int, person_id: int, now: datetime) -> Due | None:
    """None for somebody who does not come any more, or is there."""
    event = await session.get(Event, event_id, populate_existing=True)
    if event is None or event.state != "open" or now >= event.starts_at:
        return None
    mine = coming(event_id).where(SignUp.person_id == person_id)
    if await session.scalar(mine) is None:
        return None
    said = f"{key(event, 'again')}:{now:%Y%m%d%H%M}:{person_id}"
    return Due(event, said, _nights(event, now), event.starts_at)


def _later(way: str, now: datetime) -> datetime:
    rule = attention.rule("snooze")
    if way == HOUR:
        return now + timedelta(hours=rule["hours"])
    return attention.at(_tomorrow(now), time.fromisoformat(rule["hour"]))


def _tomorrow(now: datetime) -> date:
    return now.astimezone(ZONE).date() + timedelta(days=1)


def _nights(event: Event, now: datetime) -> int:
    return (event.starts_at.astimezone(ZONE).date() - now.astimezone(ZONE).date()).days


def _last_moment(event: Event, offset: str) -> datetime:
    later = [before for before in ROUNDS.values() if before < ROUNDS[offset]]
    return event.starts_at - max(later, default=timedelta())


def _remembered() -> timedelta:
    return timedelta(days=attention.rule("missed")["days"])


def _prefix(event_id: int) -> str:
    return f"remind:event:{event_id}:"
