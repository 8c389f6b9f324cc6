"""♥: who is in the room wants to hear more of a project. Once a person, and to be taken back.

The firm hears how many. Who it was it hears of those alone who ask to be called (`call_me`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, Person, Pitch, PitchHeart, SignUp
from db.upsert import insert
from errors import Refused
from services import audit, events
from services.people import PersonLike
from services.pitches import ACCEPTED, PitchUnknown

STILL = timedelta(days=1)  # after the end


class NotInTheRoom(Refused):
    """Facts: event. Who was checked in may, while the event goes on and for a day after."""


class OwnPitch(Refused):
    """No facts."""


class NoContact(Refused):
    """No facts. Whoever is to be called has told no name or no number."""


@dataclass(frozen=True)
class Shown:
    """An accepted pitch in its place. `mine` says whether whoever looks has given it a ♥, `own`
    whether it is their firm's."""

    pitch: Pitch
    firm: str
    hearts: int
    mine: bool
    own: bool


async def shown(session: AsyncSession, event_id: int, viewer: PersonLike) -> Sequence[Shown]:
    """The pitches of an event in their order."""
    hearts = (
        select(func.count(PitchHeart.id)).where(PitchHeart.pitch_id == Pitch.id).scalar_subquery()
    )
    mine = (
        select(PitchHeart.id)
        .where(PitchHeart.pitch_id == Pitch.id, PitchHeart.person_id == viewer.id)
        .exists()
    )
    rows = await session.execute(
        select(Pitch, Enterprise.name, hearts, mine)
        .join(Enterprise, Enterprise.id == Pitch.enterprise_id)
        .where(Pitch.event_id == event_id, Pitch.state == ACCEPTED)
        .order_by(Pitch.position, Pitch.id)
        .execution_options(populate_existing=True)
    )
    return [
        Shown(pitch, firm, count, given, pitch.enterprise_id == viewer.enterprise_id)
        for pitch, firm, count, given in rows
    ]


async def give(session: AsyncSession, person: PersonLike, pitch_id: int, now: datetime) -> Pitch:
    """A second tap changes nothing."""
    pitch = await _in_the_room(session, person, pitch_id, now)
    if pitch.enterprise_id == person.enterprise_id:
        raise OwnPitch
    heart = insert(session, PitchHeart).values(pitch_id=pitch_id, person_id=person.id, at=now)
    await session.execute(heart.on_conflict_do_nothing())
    return pitch


async def call_me(
    session: AsyncSession, person: PersonLike, pitch_id: int, now: datetime
) -> tuple[Pitch, Person]:
    """A ♥ with a name: the person agrees that the firm is told who they are. It is noted."""
    caller = await session.get_one(Person, person.id)
    pitch = await give(session, person, pitch_id, now)
    if not (caller.name and caller.phone):
        raise NoContact
    audit.note(session, person.id, "pitch.call_me", f"pitch:{pitch_id}", None, "agreed", now)
    return pitch, caller


async def take_back(
    session: AsyncSession, person: PersonLike, pitch_id: int, now: datetime
) -> Pitch:
    pitch = await _in_the_room(session, person, pitch_id, now)
    await session.execute(delete(PitchHeart).filter_by(pitch_id=pitch_id, person_id=person.id))
    return pitch


async def _in_the_room(
    session: AsyncSession, person: PersonLike, pitch_id: int, now: datetime
) -> Pitch:
    pitch = await session.get(Pitch, pitch_id, populate_existing=True)
    if pitch is None or pitch.state != ACCEPTED:
        raise PitchUnknown
    event = await events.get(session, pitch.event_id)
    came = await session.scalar(
        select(SignUp.checked_in_at).filter_by(event_id=event.id, person_id=person.id)
    )
    if came is None or now >= events.ends_at(event) + STILL:
        raise NotInTheRoom(event=event)
    return pitch


async def harvest(session: AsyncSession, event_id: int) -> Sequence[tuple[Pitch, int]]:
    """Each pitch of an event with its hearts: what its firm hears in the evening."""
    rows = await session.execute(
        select(Pitch, func.count(PitchHeart.id))
        .outerjoin(PitchHeart, PitchHeart.pitch_id == Pitch.id)
        .where(Pitch.event_id == event_id, Pitch.state == ACCEPTED)
        .group_by(Pitch.id)
        .order_by(Pitch.position)
    )
    return [(pitch, count) for pitch, count in rows]
