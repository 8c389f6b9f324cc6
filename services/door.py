"""The door of an event: everybody is let in once, and who is not hears why and what to do.

Being let in is one conditional UPDATE, so that two scanners in the same moment let one in and tell
the other. Nothing that a code or a ticket says is an error: the next scan works.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, SignUp
from errors import Refused
from services import audit, door_codes, door_guests, events, waitlist
from services.door_guests import Guest
from services.door_staff import OrganizersOnly, PersonLike, check_organizer, serve

Verdict = Literal[
    "in", "again", "cancelled", "waiting", "offered", "held", "elsewhere", "unknown", "forged"
]


class DoorFull(Refused):
    """Facts: event, guest. Every seat is gone; an organizer may let them in all the same."""


class GuestUnknown(Refused):
    """No facts."""


class NotIn(Refused):
    """Facts: name. There is no check-in to take back."""


@dataclass(frozen=True)
class Entry:
    """What a scan came to. `seats` are free ones; `elsewhere` is the event whose code it was;
    `may_admit` says whether whoever scanned may decide."""

    verdict: Verdict
    event: Event
    guest: Guest | None = None
    elsewhere: Event | None = None
    may_admit: bool = False

    @property
    def seats(self) -> int:
        return self.event.capacity - self.event.taken


async def scan(
    session: AsyncSession, by: PersonLike, event_id: int, said: str, key: bytes, now: datetime
) -> Entry:
    """Let in whom six digits or a token name, or say why not."""
    event, as_what = await serve(session, by, event_id, now)
    token = door_codes.found(said)
    if token is not None:
        entry = await _by_token(session, by, event, token, key, now)
    else:
        entry = await _by_code(session, by, event, said, now)
    return replace(entry, may_admit=as_what == "org")


async def pick(
    session: AsyncSession, by: PersonLike, event_id: int, signup_id: int, now: datetime
) -> Entry:
    """Let in somebody who was found by name: for organizers."""
    event, as_what = await serve(session, by, event_id, now)
    if as_what != "org":
        raise OrganizersOnly
    guest = await _guest(session, event_id, signup_id)
    return replace(await _let_in(session, by, event, guest, now), may_admit=True)


async def _by_token(
    session: AsyncSession, by: PersonLike, event: Event, token: str, key: bytes, now: datetime
) -> Entry:
    ticket = door_codes.opened(token)
    guest = await door_guests.get(session, ticket.signup_id) if ticket else None
    if ticket is None or guest is None or guest.event_id != ticket.event_id:
        return Entry("forged", event)
    if not door_codes.is_genuine(key, ticket, guest.code):
        return Entry("forged", event)
    if guest.event_id != event.id:
        return Entry("elsewhere", event, None, await events.get(session, guest.event_id))
    return await _let_in(session, by, event, guest, now)


async def _by_code(
    session: AsyncSession, by: PersonLike, event: Event, code: str, now: datetime
) -> Entry:
    guest = await door_guests.by_code(session, event.id, code)
    if guest is not None:
        return await _let_in(session, by, event, guest, now)
    other = await door_guests.event_of_code(session, code, now, event.id)
    return Entry("elsewhere" if other else "unknown", event, None, other)


async def _let_in(
    session: AsyncSession, by: PersonLike, event: Event, guest: Guest, now: datetime
) -> Entry:
    got = await session.scalar(
        update(SignUp)
        .where(SignUp.id == guest.id, SignUp.event_id == event.id)
        .where(SignUp.state == "confirmed", SignUp.checked_in_at.is_(None))
        .values(checked_in_at=now, checked_in_by=by.id)
        .returning(SignUp.id)
        .execution_options(synchronize_session=False)
    )
    guest = await _guest(session, event.id, guest.id)  # as another scanner may have left it
    if got is not None:
        return Entry("in", event, guest)
    if guest.checked_in_at is not None:
        return Entry("again", event, guest)
    return Entry(_why_not(guest.state), event, guest)


def _why_not(state: str) -> Verdict:
    reasons: dict[str, Verdict] = {"waiting": "waiting", "offered": "offered", "held": "held"}
    return reasons.get(state, "cancelled")


async def admit(
    session: AsyncSession,
    by: PersonLike,
    event_id: int,
    signup_id: int,
    now: datetime,
    *,
    over: bool = False,
) -> Entry:
    """Let in somebody who has no confirmed seat: an organizer's decision, and noted. `over`: with a
    seat more than there were, where all are gone."""
    event = await locked(session, by, event_id, now)
    guest = await _guest(session, event_id, signup_id)
    if guest.state not in waitlist.SEATED:
        await take_seat(session, by, event, guest, now, over=over)
    if guest.state != "confirmed":
        values = {"state": "confirmed", "queued_at": None, "open_until": None}
        await session.execute(update(SignUp).where(SignUp.id == signup_id).values(values))
        about = f"signup:{signup_id}"
        audit.note(session, by.id, "signup.admitted", about, guest.state, "confirmed", now)
    entry = await _let_in(session, by, await events.get(session, event_id), guest, now)
    return replace(entry, may_admit=True)


async def locked(session: AsyncSession, by: PersonLike, event_id: int, now: datetime) -> Event:
    """The event for an organizer at its open door; nobody else takes a seat meanwhile."""
    _, as_what = await serve(session, by, event_id, now)
    if as_what != "org":
        raise OrganizersOnly
    return await events.get(session, event_id, lock=True)


async def take_seat(
    session: AsyncSession,
    by: PersonLike,
    event: Event,
    guest: Guest | None,
    now: datetime,
    *,
    over: bool,
) -> None:
    """One seat more is taken. DoorFull where there is none, unless one is added."""
    if await waitlist.change_taken(session, event.id, 1):
        return
    if not over:
        raise DoorFull(event=event, guest=guest)
    more = update(Event).where(Event.id == event.id)
    grown = more.values(taken=Event.taken + 1, capacity=Event.capacity + 1)
    fresh = grown.returning(Event.capacity).execution_options(synchronize_session=False)
    capacity = await session.scalar(fresh)
    about, now_there = f"event:{event.id}", int(capacity or 0)
    audit.note(
        session, by.id, "event.over_capacity", about, str(now_there - 1), str(now_there), now
    )  # fmt: skip


async def undo(
    session: AsyncSession, by: PersonLike, event_id: int, signup_id: int, now: datetime
) -> Guest:
    """Take a check-in back; who came without a sign-up gives the seat back with it."""
    await check_organizer(session, by, event_id)
    guest = await _guest(session, event_id, signup_id)
    values: dict[str, Any] = {"checked_in_at": None, "checked_in_by": None}
    if guest.walked_in:
        values |= {"state": "cancelled"}
    undone = (
        update(SignUp)
        .where(SignUp.id == signup_id, SignUp.checked_in_at.is_not(None))
        .values(values)
        .returning(SignUp.id)
    )
    if await session.scalar(undone.execution_options(synchronize_session=False)) is None:
        raise NotIn(name=guest.name)
    if guest.walked_in:
        await waitlist.change_taken(session, event_id, -1)
        await waitlist.advance(session, event_id, now)
    before = guest.checked_in_at.isoformat() if guest.checked_in_at else None
    audit.note(session, by.id, "signup.not_in", f"signup:{signup_id}", before, None, now)
    return await _guest(session, event_id, signup_id)


async def rename(
    session: AsyncSession,
    by: PersonLike,
    event_id: int,
    signup_id: int,
    name: str,
    now: datetime,
) -> Guest:
    """A colleague came instead: the seat is the firm's, and has their name from now on."""
    await serve(session, by, event_id, now)
    await check_organizer(session, by, event_id)
    await _guest(session, event_id, signup_id)
    await session.execute(update(SignUp).where(SignUp.id == signup_id).values(name=name))
    about = f"signup:{signup_id}"
    audit.note(session, by.id, "signup.renamed", about, None, None, now)
    return await _guest(session, event_id, signup_id)


async def _guest(session: AsyncSession, event_id: int, signup_id: int) -> Guest:
    guest = await door_guests.get(session, signup_id)
    if guest is None or guest.event_id != event_id:
        raise GuestUnknown
    return guest
