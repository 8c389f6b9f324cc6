"""一月一对接, 一月一链: which cities have none in a month, and the alarm on the twentieth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, Person
from services import event_rights, queue
from services.working_time import ZONE, today

ALARM, DAY, HOUR = "events.cadence", 20, 9
HALF_YEAR = timedelta(days=183)


@dataclass(frozen=True)
class Gap:
    """A city with no event of a series in the month; `like` is its last one, to be held again."""

    city: str
    kind: str
    like: Event | None


@dataclass(frozen=True)
class Month:
    """`events` by city, in the order of the cities; from the twentieth on gaps are `late`."""

    first: date
    events: dict[str, list[Event]]
    gaps: list[Gap]
    late: bool

    def missing(self, city: str) -> list[Gap]:
        return [gap for gap in self.gaps if gap.city == city]


async def month(
    session: AsyncSession,
    person_id: int | None,
    cities: Sequence[str],
    series: Sequence[str],
    now: datetime,
) -> Month:
    """The month that it is: what takes place (drafts do not count), and what is missing. An
    organizer of one city sees that one."""
    own = await event_rights.city_of(session, person_id)
    cities = [own] if own else cities
    first = today(now).replace(day=1)
    found: dict[str, list[Event]] = {city: [] for city in cities}
    for event in await _between(session, first, _next(first)):
        if event.city in found:
            found[event.city].append(event)
    held = {(event.city, event.kind) for events in found.values() for event in events}
    lately = await _lately(session, first)
    gaps = [
        Gap(city, kind, lately.get((city, kind)))
        for city in cities
        for kind in series
        if (city, kind) not in held
    ]
    return Month(first, found, gaps, today(now).day >= DAY)


async def plan(session: AsyncSession, now: datetime) -> None:
    """The next alarm; one that is overdue is its own job and stays."""
    due = _alarm(today(now).replace(day=1))
    if due <= now:
        due = _alarm(_next(today(now).replace(day=1)))
    await queue.plan(session, ALARM, f"{ALARM}:{due:%Y%m}", due)


async def organizers(session: AsyncSession) -> Sequence[int]:
    people = await session.scalars(
        select(Person.id).where(Person.role == "org").order_by(Person.id)
    )
    return people.all()


def _alarm(first: date) -> datetime:
    return datetime.combine(first.replace(day=DAY), time(HOUR), ZONE)


def _next(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


async def _between(session: AsyncSession, begin: date, end: date) -> Sequence[Event]:
    taking_place = select(Event).where(
        Event.state == "open", Event.starts_at >= _at(begin), Event.starts_at < _at(end)
    )
    return (await session.scalars(taking_place.order_by(Event.starts_at, Event.id))).all()


async def _lately(session: AsyncSession, before: date) -> dict[tuple[str, str], Event]:
    """The last event of each city and kind in the half year before."""
    events = await _between(session, before - HALF_YEAR, before)
    return {(event.city, event.kind): event for event in events}
