"""Matchmaking events and roadshows: seeing them, taking a seat, giving it back.

Whoever takes or frees a seat holds the event's row first (services/waitlist.py); the number of
seats that are gone changes by one conditional UPDATE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, SignUp
from errors import Refused
from services import seats, waitlist
from services.people import PersonLike
from services.seats import Coming, Said

LENGTH = timedelta(hours=4)  # of an event whose end nobody said
FREELY = timedelta(hours=24)  # so long before the start a seat is given back without a reason


class EventUnknown(Refused):
    """No facts."""


class EventCancelled(Refused):
    """Facts: title."""


class EventOver(Refused):
    """Facts: title."""


class EventFull(Refused):
    """Facts: event_id, title."""


class SignUpClosed(Refused):
    """Facts: event_id, title, until, waitlist (whether there is a line to join)."""


class Clash(Refused):
    """Facts: event_id, title, other (the event of theirs that lies at the same time), act."""


class ReasonNeeded(Refused):
    """Facts: event_id, title. So late, whoever stays away says why."""


class AlreadyIn(Refused):
    """Facts: title. Whoever has come in has used the seat."""


class NotRegistered(Refused):
    """Facts: title. Only people who act for an enterprise take seats."""


class NotSignedUp(Refused):
    """Facts: event_id, title."""


@dataclass(frozen=True)
class Place:
    """A person's sign-up: a seat that is theirs "new" just now or "already", "held" until their
    firm is let in, "offered" until then, or a place in line ("waiting"); "cancelled" is none.
    Whoever came in has it for good."""

    event: Event
    code: str
    state: Literal["new", "already", "held", "offered", "waiting", "cancelled"]
    until: datetime | None = None
    position: int | None = None
    came_in: datetime | None = None

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


async def sign_up(
    session: AsyncSession,
    person: PersonLike,
    event_id: int,
    now: datetime,
    said: Said | None = None,
) -> Place:
    """Give the person a seat, or say where they stand. An open offer is taken by it."""
    event, coming, own = await enter(session, person, event_id, now)
    waits = own is not None and own.state == "waiting" and now < event.starts_at
    if own and (waits or own.state in ("confirmed", "held")):
        return await place(session, event, own)
    if own is None or own.state != "offered":
        await _check_open(session, event, coming, now)
        if event.taken >= event.capacity:
            raise EventFull(event_id=event.id, title=event.title)
    said = said or Said()
    await check_clash(session, event, person.id, said, f"events.sign_up:{event.id}")
    seats.check_answers(event, said)
    own = await _take_seat(session, event, coming, own, now)
    own.answers = dict(said.answers)
    got = await place(session, event, own)
    return replace(got, state="new") if coming.approved else got


async def join(
    session: AsyncSession,
    person: PersonLike,
    event_id: int,
    now: datetime,
    said: Said | None = None,
) -> Place:
    """To the end of the line; where a seat has come free meanwhile, that."""
    event, coming, own = await enter(session, person, event_id, now)
    standing = own is not None and own.state in waitlist.ALIVE
    if standing or event.taken < event.capacity:
        return await sign_up(session, person, event_id, now, said)
    if now >= event.starts_at:
        raise await _closed(session, event, now)
    await seats.check_limit(session, event, coming)
    own = await seats.woken(session, event, coming, own, now)
    await waitlist.queue_up(session, own, now)
    return await place(session, event, own)


async def cancel(
    session: AsyncSession, person_id: int, event_id: int, now: datetime, reason: str | None = None
) -> Place:
    """Give the seat, the offer or the place in line back, once: what it was. Cancelling again
    changes nothing. A seat late, or after the start, is given back for a reason."""
    event = await held(session, event_id, now)
    if now >= ends_at(event):
        raise EventOver(title=event.title)
    own = await seats.of_person(session, event_id, person_id)
    if own is None:
        raise NotSignedUp(event_id=event_id, title=event.title)
    if own.checked_in_at is not None:
        raise AlreadyIn(title=event.title)
    before = await place(session, event, own)
    if own.state == "confirmed" and reason is None and now >= cancel_until(event):
        raise ReasonNeeded(event_id=event_id, title=event.title)
    if own.state in waitlist.ALIVE:
        await waitlist.free(session, own, by=person_id, reason=reason)
        await waitlist.advance(session, event_id, now)
    return before


async def mine(session: AsyncSession, person_id: int, now: datetime) -> list[Place]:
    """Where the person stands in what is not over, the next first; of a cancelled event they are
    told as well. Offers and lines end at the start."""
    passing = SignUp.state.in_(("held", "offered")) & (SignUp.open_until > now)
    passing |= SignUp.state == "waiting"
    rows = await session.execute(
        select(Event, SignUp)
        .join(SignUp, SignUp.event_id == Event.id)
        .where(SignUp.person_id == person_id, _not_over(now))
        .where((SignUp.state == "confirmed") | (passing & (Event.starts_at > now)))
        .order_by(Event.starts_at, Event.id)
        .execution_options(populate_existing=True)
    )
    return [await place(session, event, signup) for event, signup in rows.all()]


async def standing(session: AsyncSession, person_id: int, event: Event, now: datetime) -> Place:
    """Where the person stands with an event; "cancelled" is nowhere."""
    own = await seats.of_person(session, event.id, person_id)
    lapsed = own is not None and own.open_until is not None and own.open_until <= now
    if own is None or lapsed:
        return Place(event, "", "cancelled")
    return await place(session, event, own)


async def place(session: AsyncSession, event: Event, signup: SignUp) -> Place:
    state: Any = {"confirmed": "already"}.get(signup.state, signup.state)
    waits = signup.state == "waiting"
    position = await waitlist.place_of(session, signup) if waits else None
    return Place(event, signup.code, state, signup.open_until, position, signup.checked_in_at)


def ends_at(event: Event) -> datetime:
    return event.ends_at or event.starts_at + LENGTH


def cancel_until(event: Event) -> datetime:
    """Until when a seat is given back without a reason."""
    return event.cancel_until or event.starts_at - FREELY


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


async def held(session: AsyncSession, event_id: int, now: datetime) -> Event:
    """The event, for this transaction alone, with nothing in it that has lapsed."""
    event, _ = await waitlist.settled(session, event_id, now)
    if event is None:
        raise EventUnknown
    return event


async def enter(
    session: AsyncSession, person: PersonLike, event_id: int, now: datetime
) -> tuple[Event, Coming, SignUp | None]:
    """The event, for whom the person comes, and how they stand with it; if they may come at all."""
    event = await held(session, event_id, now)
    coming = await seats.coming(session, person)
    if coming is None:
        raise NotRegistered(title=event.title)
    _check_alive(event, now)
    return event, coming, await seats.of_person(session, event_id, person.id)


async def _take_seat(
    session: AsyncSession, event: Event, coming: Coming, own: SignUp | None, now: datetime
) -> SignUp:
    offered = own is not None and own.state == "offered"
    if not offered and not await waitlist.change_taken(session, event.id, 1):
        raise EventFull(event_id=event.id, title=event.title)
    own = await seats.woken(session, event, coming, own, now)
    await seats.fill(session, event, coming, own, now)
    return own


async def check_clash(
    session: AsyncSession, event: Event, person_id: int, said: Said, act: str
) -> None:
    """Whether they know that they are elsewhere then; `act` is what they want to do anyway."""
    other = None if said.anyway else await _elsewhere(session, event, person_id)
    if other is not None:
        raise Clash(event_id=event.id, title=event.title, other=other, act=act)


async def _check_open(session: AsyncSession, event: Event, coming: Coming, now: datetime) -> None:
    if now >= closes_at(event):
        raise await _closed(session, event, now)
    await seats.check_limit(session, event, coming)


async def _closed(session: AsyncSession, event: Event, now: datetime) -> SignUpClosed:
    line = event.taken >= event.capacity and now < event.starts_at
    return SignUpClosed(event_id=event.id, title=event.title, until=closes_at(event), waitlist=line)


async def _elsewhere(session: AsyncSession, event: Event, person_id: int) -> Event | None:
    """Another event to which the person goes at that time."""
    unsaid = Event.ends_at.is_(None) & (Event.starts_at > event.starts_at - LENGTH)
    return await session.scalar(
        select(Event)
        .join(SignUp, SignUp.event_id == Event.id)
        .where(SignUp.person_id == person_id, SignUp.state.in_(("confirmed", "held")))
        .where(Event.id != event.id, Event.state == "open", Event.starts_at < ends_at(event))
        .where(or_(Event.ends_at > event.starts_at, unsaid))
        .order_by(Event.starts_at)
        .limit(1)
    )
