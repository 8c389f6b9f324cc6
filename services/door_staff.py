"""Who may stand at the door of an event: organizers, and stewards, who may only scan."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, Invitation, Person, Steward
from db.upsert import insert
from errors import Refused
from services import audit, queue
from services.events import EventCancelled, ends_at, get

ZONE = ZoneInfo("Asia/Shanghai")
EARLY = timedelta(hours=3)  # before the start the door opens
CLOSES = 23  # o'clock, of the day on which the event ends
VALID = timedelta(days=3)  # a steward's code
STEWARD = "steward"  # what an invitation opens that binds to no role
MARK = "st-"  # before a steward's code
CODE = re.compile(rf"{MARK}[\w-]{{16}}", re.ASCII)

Standing = Literal["org", "steward"]


class NotAtTheDoor(Refused):
    """No facts. Neither an organizer nor a steward of this event."""


class OrganizersOnly(Refused):
    """No facts. A steward scans; what this was is decided by an organizer."""


class NotToday(Refused):
    """Facts: event. It begins, or began, on another day."""


class TooEarly(Refused):
    """Facts: event, opens."""


class DoorClosed(Refused):
    """Facts: event, may_open."""


class StewardCodeSpent(Refused):
    """No facts. Used before, or too late."""


class PersonLike(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def role(self) -> str: ...


async def standing(session: AsyncSession, person: PersonLike, event_id: int) -> Standing:
    """As what this person may stand here; read anew for every act."""
    role = await session.scalar(select(Person.role).where(Person.id == person.id))
    if role == "org":
        return "org"
    helps = select(Steward.id).filter_by(event_id=event_id, person_id=person.id)
    if await session.scalar(helps) is None:
        raise NotAtTheDoor
    return "steward"


async def check_organizer(session: AsyncSession, person: PersonLike, event_id: int) -> None:
    if await standing(session, person, event_id) != "org":
        raise OrganizersOnly


async def doors(session: AsyncSession, person: PersonLike, now: datetime) -> Sequence[Event]:
    """Events of today, and those that still go on, at whose doors the person may stand."""
    day = now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    query = select(Event).where(Event.state == "open", Event.starts_at < day + timedelta(days=1))
    query = query.where(Event.starts_at >= day - timedelta(days=7))
    if person.role != "org":
        query = query.join(Steward, Steward.event_id == Event.id)
        query = query.where(Steward.person_id == person.id)
    found = await session.scalars(query.order_by(Event.starts_at, Event.id))
    return [event for event in found if ends_at(event).astimezone(ZONE) >= day]


async def serve(
    session: AsyncSession, person: PersonLike, event_id: int, now: datetime
) -> tuple[Event, Standing]:
    """The event whose door stands open, and what this person may do there."""
    as_what = await standing(session, person, event_id)
    event = await get(session, event_id)
    _check_day(event, now)
    if event.door_closed_at is not None:
        raise DoorClosed(event=event, may_open=as_what == "org")
    return event, as_what


def _check_day(event: Event, now: datetime) -> None:
    if event.state != "open":
        raise EventCancelled(title=event.title)
    here = now.astimezone(ZONE).date()
    first, last = (at.astimezone(ZONE).date() for at in (event.starts_at, ends_at(event)))
    if not first <= here <= last:
        raise NotToday(event=event)
    if now < event.starts_at - EARLY:
        raise TooEarly(event=event, opens=event.starts_at - EARLY)


async def open_door(
    session: AsyncSession, person: PersonLike, event_id: int, now: datetime
) -> tuple[Event, Standing]:
    """Begin to check in. The door closes by itself at eleven in the evening."""
    event, as_what = await serve(session, person, event_id, now)
    due = ends_at(event).astimezone(ZONE).replace(hour=CLOSES, minute=0, second=0, microsecond=0)
    await queue.plan(session, "door.close", f"door:{event.id}:close", due, event=event.id)
    return event, as_what


async def reopen(session: AsyncSession, person: PersonLike, event_id: int, now: datetime) -> None:
    await check_organizer(session, person, event_id)
    await session.execute(update(Event).where(Event.id == event_id).values(door_closed_at=None))
    audit.note(session, person.id, "door.reopened", f"event:{event_id}", None, None, now)


async def close(session: AsyncSession, event_id: int, by: int | None, now: datetime) -> bool:
    """Nobody is checked in any more; False where it was closed before."""
    closed = await session.scalar(
        update(Event)
        .where(Event.id == event_id, Event.door_closed_at.is_(None))
        .values(door_closed_at=now)
        .returning(Event.id)
    )
    if closed is not None:
        audit.note(session, by, "door.closed", f"event:{event_id}", None, None, now)
        await queue.unplan(session, f"door:{event_id}:close")
    return closed is not None


async def invite_steward(
    session: AsyncSession, person: PersonLike, event_id: int, now: datetime
) -> tuple[Event, str]:
    """A code, valid once, for somebody who is to help at this door."""
    await check_organizer(session, person, event_id)
    event = await get(session, event_id)
    code = MARK + secrets.token_urlsafe(12)
    session.add(
        Invitation(
            code_hash=_hash(code), role=STEWARD, name=str(event_id),
            expires_at=max(now, ends_at(event) - VALID) + VALID,
        )
    )  # fmt: skip
    return event, code


def is_code(said: str) -> bool:
    """Whether this has the shape of a steward's code."""
    return CODE.fullmatch(said) is not None


async def join(session: AsyncSession, person: PersonLike, code: str, now: datetime) -> Event:
    """Use a code up; the event whose steward the person is now."""
    mine = Invitation.code_hash == _hash(code), Invitation.role == STEWARD
    free = Invitation.used_at.is_(None), Invitation.expires_at > now
    used = update(Invitation).where(*mine, *free).values(used_at=now, used_by=person.id)
    about = await session.scalar(used.returning(Invitation.name))
    if about is None:
        raise StewardCodeSpent
    event = await get(session, int(about))
    helps = insert(session, Steward).values(event_id=event.id, person_id=person.id)
    await session.execute(helps.on_conflict_do_nothing())
    audit.note(session, person.id, "steward.joined", f"event:{event.id}", None, None, now)
    return event


async def stewards(session: AsyncSession, event_id: int) -> Sequence[tuple[int, str | None]]:
    """Each with their name."""
    query = select(Steward.person_id, Person.name).join(Person, Person.id == Steward.person_id)
    rows = await session.execute(query.where(Steward.event_id == event_id).order_by(Steward.id))
    return [(person, name) for person, name in rows]


async def dismiss(
    session: AsyncSession, person: PersonLike, event_id: int, steward: int, now: datetime
) -> None:
    """Somebody helps no more."""
    await check_organizer(session, person, event_id)
    gone = delete(Steward).filter_by(event_id=event_id, person_id=steward)
    await session.execute(gone)
    about = f"event:{event_id}"
    audit.note(session, person.id, "steward.dismissed", about, str(steward), None, now)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
