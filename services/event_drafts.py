"""Events before anybody sees them: made by form, from another one or from a list; published.

A draft is an event that only organizers see. The same answers twice are the same event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, ImportBatch
from errors import Refused
from services import audit, event_reminders, event_rights, events
from services.working_time import today

ZONE = ZoneInfo("Asia/Shanghai")
WEEK = timedelta(days=7)
WEEKDAYS = 7


class WrongTimes(Refused):
    """No facts. An event lies ahead, ends after it starts, and sign-up closes before."""


class AlreadyPublished(Refused):
    """Facts: event_id, title. A published event is called off, not deleted."""


@dataclass(frozen=True)
class EventAnswers:
    """What an organizer says of an event. Without `signup_until`, sign-up ends at the start."""

    kind: str
    title: str
    starts_at: datetime
    city: str
    venue: str
    capacity: int
    ends_at: datetime | None = None
    signup_until: datetime | None = None
    per_firm: int | None = None
    industries: list[str] = field(default_factory=list)
    agenda: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)


async def create(
    session: AsyncSession, person_id: int, answers: EventAnswers, now: datetime
) -> Event:
    """A draft, unless the person made the same event before."""
    await event_rights.check(session, person_id, answers.city)
    check_times(answers.starts_at, answers.ends_at, answers.signup_until, now)
    if event := await _same(session, person_id, answers):
        return event
    event = Event(created_by=person_id, state="draft", **vars(answers))
    session.add(event)
    await session.flush()
    return event


async def publish(
    session: AsyncSession, person_id: int | None, event_id: int, now: datetime
) -> Event:
    """Let everybody see it, and plan its reminders; once."""
    event = await events.get(session, event_id, lock=True)
    await event_rights.check(session, person_id, event.city)
    if event.state == "cancelled":
        raise events.EventCancelled(title=event.title)
    if event.state == "draft":
        check_times(event.starts_at, event.ends_at, event.signup_until, now)
        event.state = "open"
        audit.note(session, person_id, "event.published", f"event:{event.id}", "draft", "open", now)
        await session.flush()
        await event_reminders.plan(session, event, now)
    return event


async def publish_batch(
    session: AsyncSession, person_id: int, batch_id: int, now: datetime
) -> list[Event]:
    """Publish the drafts that a list became, but for those whose time has come meanwhile."""
    batch = await session.get(ImportBatch, batch_id, populate_existing=True)
    if batch is None or batch.kind != "events" or batch.undone_at is not None:
        return []
    drafts = await session.scalars(
        select(Event.id)
        .where(Event.id.in_(batch.changes["created"]), Event.state == "draft")
        .where(Event.starts_at > now)
        .order_by(Event.starts_at, Event.id)
    )
    return [await publish(session, person_id, event_id, now) for event_id in drafts.all()]


async def drop(session: AsyncSession, person_id: int, event_id: int) -> Event | None:
    """Delete a draft; one that is gone already is fine."""
    event = await session.get(Event, event_id, populate_existing=True)
    if event is None:
        return None
    await event_rights.check(session, person_id, event.city)
    if event.state != "draft":
        raise AlreadyPublished(event_id=event.id, title=event.title)
    await session.delete(event)
    await session.flush()
    return event


async def copy(
    session: AsyncSession, person_id: int, event_id: int, starts_at: datetime, now: datetime
) -> Event:
    """The same event at another time, as a draft: its other times keep their distance."""
    event = await events.get(session, event_id)
    by = starts_at - event.starts_at
    told: dict[str, Any] = {one.name: getattr(event, one.name) for one in fields(EventAnswers)}
    told |= shifted(event, by) | {"title": _of_month(event, starts_at)}
    until = told["signup_until"]
    if until is not None and until <= now < starts_at:
        told["signup_until"] = None  # it would be closed before anybody reads of it
    return await create(session, person_id, EventAnswers(**told), now)


def shifted(event: Event, by: timedelta) -> dict[str, datetime | None]:
    """All times of an event that is moved; the time until which seats are given back as well."""
    names = ("starts_at", "ends_at", "signup_until", "cancel_until")
    moved = {name: (moment := getattr(event, name)) and moment + by for name in names}
    if moved["cancel_until"] is None:
        del moved["cancel_until"]
    return moved


def _of_month(event: Event, starts_at: datetime) -> str:
    """12月专利转化对接会, copied to January, is 1月…."""
    before, after = (moment.astimezone(ZONE).month for moment in (event.starts_at, starts_at))
    month = event.title[: len(str(before))]
    rest = event.title[len(month) :]
    return f"{after}{rest}" if month == str(before) and not rest[:1].isdecimal() else event.title


def next_like(event: Event, now: datetime) -> datetime:
    """The same weekday of the next month that still lies ahead: the second Thursday again."""
    begin = event.starts_at.astimezone(ZONE)
    month = max(_month_after(begin.date()), today(now).replace(day=1))
    found = _like(begin, month)
    return found if found > now else _like(begin, _month_after(month))


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _like(begin: datetime, month: date) -> datetime:
    """As many weeks into the month as `begin` is into its own."""
    first = month + timedelta(days=(begin.weekday() - month.weekday()) % WEEKDAYS)
    day = first + (begin.day - 1) // WEEKDAYS * WEEK
    if day.month != month.month:  # there is no fifth one
        day -= WEEK
    return datetime.combine(day, begin.time(), ZONE)


async def repeatable(session: AsyncSession, person_id: int, limit: int = 8) -> Sequence[Event]:
    """What may be held again: the latest events, of the organizer's city where they have one."""
    own = await event_rights.city_of(session, person_id)
    query = select(Event).where(Event.state == "open")
    if own:
        query = query.where(Event.city == own)
    return (
        await session.scalars(query.order_by(Event.starts_at.desc(), Event.id.desc()).limit(limit))
    ).all()


def check_times(
    begin: datetime, end: datetime | None, signup_until: datetime | None, now: datetime
) -> None:
    if not max(now, signup_until or now) <= begin <= (end or begin):
        raise WrongTimes


async def _same(session: AsyncSession, person_id: int, answers: EventAnswers) -> Event | None:
    facts = {name: getattr(answers, name) for name in ("title", "starts_at", "venue")}
    same = select(Event).filter_by(created_by=person_id, **facts)
    return await session.scalar(same.where(Event.state != "cancelled").limit(1))
