"""Who comes to an event, for organizers, and whose seat goes to somebody else.

An organizer takes one sign-up back for a reason that the person hears; a colleague steps in for
another of the same firm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, Event, Person, SignUp
from errors import Refused
from services import audit, events, seats, waitlist
from services.events import AlreadyIn, NotRegistered, Place
from services.people import PersonLike
from services.seats import Said

PAGE = 10
ORDER = case({"confirmed": 0, "held": 1, "offered": 2, "waiting": 3}, value=SignUp.state)


class SignUpUnknown(Refused):
    """No facts. Not there, not of this firm, or over already."""


@dataclass(frozen=True)
class Attendee:
    """`position` is the place of somebody who waits; a phone is shown masked."""

    signup: SignUp
    name: str | None
    firm: str | None
    phone: str | None
    position: int | None


@dataclass(frozen=True)
class Attendees:
    """One page. `counts` says how many there are of each state."""

    event: Event
    rows: Sequence[Attendee]
    counts: dict[str, int]
    page: int
    pages: int


@dataclass(frozen=True)
class Replaced:
    """`place` is the newcomer's; `gone` had it before."""

    place: Place
    gone: SignUp


async def listed(session: AsyncSession, event_id: int, page: int = 1) -> Attendees:
    """Those with a seat by name, then those in line in their order."""
    event = await events.get(session, event_id)
    alive = (SignUp.event_id == event_id, SignUp.state.in_(waitlist.ALIVE))
    states = select(SignUp.state, func.count()).where(*alive).group_by(SignUp.state)
    counts = {row[0]: row[1] for row in await session.execute(states)}
    pages = max(1, -(-sum(counts.values()) // PAGE))
    page = min(max(page, 1), pages)
    rows = await _rows(session, *alive, skip=(page - 1) * PAGE)
    return Attendees(event, rows, counts, page, pages)


async def one(session: AsyncSession, signup_id: int) -> tuple[Event, Attendee]:
    rows = await _rows(session, SignUp.id == signup_id)
    if not rows:
        raise SignUpUnknown
    return await events.get(session, rows[0].signup.event_id), rows[0]


async def remove(
    session: AsyncSession, signup_id: int, by: int, reason: str, now: datetime
) -> tuple[Event, Attendee]:
    """Take a sign-up back, once; the seat is offered to the first in line."""
    event, found = await one(session, signup_id)
    await waitlist.hold(session, event.id)
    event, found = await one(session, signup_id)
    if found.signup.checked_in_at is not None:
        raise AlreadyIn(title=event.title)
    if found.signup.state not in waitlist.ALIVE:
        raise SignUpUnknown
    await waitlist.free(session, found.signup, by=by, reason=reason)
    audit.note(session, by, "signup.removed", f"event:{event.id}", None, f"signup:{signup_id}", now)
    await waitlist.advance(session, event.id, now)
    return event, found


async def replace(
    session: AsyncSession,
    person: PersonLike,
    event_id: int,
    now: datetime,
    said: Said | None = None,
    *,
    signup_id: int,
) -> Replaced:
    """The person steps in for a colleague: the same seat or place in line, with a code of its own.
    Whoever is not let in to the firm yet takes nobody's place."""
    event, coming, own = await events.enter(session, person, event_id, now)
    if not coming.approved:
        raise NotRegistered(title=event.title)
    gone = await session.get(SignUp, signup_id, populate_existing=True)
    if (
        gone is None or gone.event_id != event_id or gone.enterprise_id != coming.firm
        or gone.state not in waitlist.ALIVE or gone.person_id == person.id
        or (own is not None and own.state in waitlist.ALIVE) or now >= event.starts_at
    ):  # fmt: skip
        raise SignUpUnknown
    if gone.checked_in_at is not None:
        raise AlreadyIn(title=event.title)
    said = said or Said()
    act = f"events.replace:{event_id}:{signup_id}"
    await events.check_clash(session, event, person.id, said, act)
    seats.check_answers(event, said)
    own = await seats.woken(session, event, coming, own, now)
    own.answers = dict(said.answers)
    _hand(gone, own)
    gone.cancelled_by = person.id
    audit.note(session, person.id, "signup.replaced", f"event:{event_id}", f"signup:{gone.id}",
               f"signup:{own.id}", now)  # fmt: skip
    await session.flush()
    return Replaced(await events.place(session, event, own), gone)


def _hand(gone: SignUp, own: SignUp) -> None:
    """The row's standing goes over; how many seats are gone stays as it is."""
    if gone.state == "waiting":
        own.state, own.queued_at, own.told_place = "waiting", gone.queued_at, gone.told_place
    else:
        own.state = "confirmed"
    gone.state = "cancelled"
    gone.queued_at = gone.told_place = gone.open_until = gone.unanswered = None


async def _rows(
    session: AsyncSession, *which: ColumnElement[bool], skip: int = 0
) -> Sequence[Attendee]:
    await session.flush()
    rows = await session.execute(
        select(
            SignUp,
            func.coalesce(Person.name, SignUp.name),
            func.coalesce(Enterprise.name, SignUp.firm),
            func.coalesce(Person.phone, SignUp.phone),
        )
        .outerjoin(Person, Person.id == SignUp.person_id)
        .outerjoin(Enterprise, Enterprise.id == SignUp.enterprise_id)
        .where(*which)
        .order_by(ORDER, SignUp.queued_at, func.coalesce(Person.name, SignUp.name), SignUp.id)
        .offset(skip)
        .limit(PAGE)
        .execution_options(populate_existing=True)
    )
    return [
        Attendee(signup, name, firm, phone, await _position(session, signup))
        for signup, name, firm, phone in rows.all()
    ]


async def _position(session: AsyncSession, signup: SignUp) -> int | None:
    return await waitlist.place_of(session, signup) if signup.state == "waiting" else None
