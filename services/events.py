"""Matchmaking events and roadshows: seeing them, taking a seat, giving it back.

A seat is one conditional UPDATE of `events.taken`. It also locks the event's row, so what the
same transaction reads of the event afterwards stands still until it commits.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, SignUp
from db.upsert import insert
from errors import Refused

LENGTH = timedelta(hours=4)  # of an event whose end nobody said


class EventUnknown(Refused):
    """No facts."""


class EventCancelled(Refused):
    """Facts: title."""


class EventOver(Refused):
    """Facts: title."""


class EventFull(Refused):
    """Facts: event_id, title."""


class SignUpClosed(Refused):
    """Facts: title, until."""


class NotRegistered(Refused):
    """Facts: title. Only people who act for an enterprise take seats."""


class NotSignedUp(Refused):
    """Facts: event_id, title."""


class PersonLike(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def enterprise_id(self) -> int | None: ...


@dataclass(frozen=True)
class Place:
    """A confirmed seat: "new" just now, or taken "already"."""

    event: Event
    code: str
    state: Literal["new", "already"]

    @property
    def seats_left(self) -> int:
        return self.event.capacity - self.event.taken


async def upcoming(session: AsyncSession, now: datetime, limit: int = 10) -> Sequence[Event]:
    """Open events that are not over, the next one first."""
    query = select(Event).where(Event.state == "open", _not_over(now))
    return (await session.scalars(query.order_by(Event.starts_at, Event.id).limit(limit))).all()


async def get(session: AsyncSession, event_id: int, *, lock: bool = False) -> Event:
    """As it is stored now, whatever was read before."""
    event = await session.get(Event, event_id, populate_existing=True, with_for_update=lock or None)
    if event is None:
        raise EventUnknown
    return event


async def sign_up(session: AsyncSession, person: PersonLike, event_id: int, now: datetime) -> Place:
    """Give the person a seat, or say which one they have."""
    event = await get(session, event_id)
    if person.enterprise_id is None:
        raise NotRegistered(title=event.title)
    _check_alive(event, now)
    if code := await code_of(session, person.id, event_id):
        return Place(event, code, "already")
    if now >= (until := closes_at(event)):
        raise SignUpClosed(title=event.title, until=until)
    return await _take_seat(session, person, event, now)


async def cancel(session: AsyncSession, person_id: int, event_id: int, now: datetime) -> Event:
    """Give the seat back, once; cancelling again changes nothing."""
    event = await get(session, event_id, lock=True)
    if now >= ends_at(event):
        raise EventOver(title=event.title)
    of_person = (SignUp.event_id == event_id, SignUp.person_id == person_id)
    before = await session.scalar(select(SignUp.state).where(*of_person))
    if before is None:
        raise NotSignedUp(event_id=event_id, title=event.title)
    if before == "confirmed":
        await session.execute(update(SignUp).where(*of_person).values(state="cancelled"))
        await _change_taken(session, event_id, -1)
    return event


async def mine(session: AsyncSession, person_id: int, now: datetime) -> list[Place]:
    """The person's seats in what is not over; of a cancelled event they are told as well."""
    rows = await session.execute(
        select(Event, SignUp.code)
        .join(SignUp, SignUp.event_id == Event.id)
        .where(SignUp.person_id == person_id, SignUp.state == "confirmed", _not_over(now))
        .order_by(Event.starts_at, Event.id)
    )
    return [Place(event, code, "already") for event, code in rows]


def ends_at(event: Event) -> datetime:
    return event.ends_at or event.starts_at + LENGTH


def closes_at(event: Event) -> datetime:
    """When sign-up closes: as the organizer said, and never after the start."""
    return min(event.signup_until or event.starts_at, event.starts_at)


def _not_over(now: datetime) -> ColumnElement[bool]:
    unsaid = Event.ends_at.is_(None) & (Event.starts_at > now - LENGTH)
    return or_(Event.ends_at > now, unsaid)


def _check_alive(event: Event, now: datetime) -> None:
    if event.state != "open":
        raise EventCancelled(title=event.title)
    if now >= ends_at(event):
        raise EventOver(title=event.title)


async def code_of(session: AsyncSession, person_id: int, event_id: int) -> str | None:
    return await session.scalar(
        select(SignUp.code).filter_by(event_id=event_id, person_id=person_id, state="confirmed")
    )


async def _take_seat(
    session: AsyncSession, person: PersonLike, event: Event, now: datetime
) -> Place:
    got = await _change_taken(session, event.id, 1)
    # The same person may have come on another device while this one waited for the row.
    code = await code_of(session, person.id, event.id)
    if code and got:
        await _change_taken(session, event.id, -1)
    if code:
        return Place(event, code, "already")
    if not got:
        raise EventFull(event_id=event.id, title=event.title)
    return Place(event, await _confirm(session, person, event.id, now), "new")


async def _change_taken(session: AsyncSession, event_id: int, by: int) -> bool:
    """False when there is no such seat to take. Whoever holds the event sees the new number."""
    taken = Event.taken + by
    changed = await session.scalar(
        update(Event)
        .where(Event.id == event_id, taken.between(0, Event.capacity))
        .values(taken=taken)
        .returning(Event)
        .execution_options(populate_existing=True, synchronize_session=False)
    )
    return changed is not None


async def _confirm(session: AsyncSession, person: PersonLike, event_id: int, now: datetime) -> str:
    """Write the sign-up, or wake a cancelled one, which keeps its code."""
    news = {"enterprise_id": person.enterprise_id, "state": "confirmed", "created_at": now}
    statement = insert(session, SignUp).values(
        event_id=event_id, person_id=person.id, code=await _free_code(session, event_id), **news
    )
    upsert = statement.on_conflict_do_update(index_elements=["event_id", "person_id"], set_=news)
    return str(await session.scalar(upsert.returning(SignUp.code)))


async def _free_code(session: AsyncSession, event_id: int) -> str:
    used = set(await session.scalars(select(SignUp.code).where(SignUp.event_id == event_id)))
    while (code := f"{secrets.randbelow(1_000_000):06}") in used:
        pass
    return code
