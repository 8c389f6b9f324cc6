"""What events keep of a person: for them to read, and to be taken out when they want that."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, EventFeedback, Person, Pitch, PitchHeart, SignUp, Steward


async def forget(session: AsyncSession, people: Sequence[Person]) -> None:
    """The seats stay and count, with nobody's name in them; so do those of who walked in with one
    of these numbers."""
    ids = [person.id for person in people]
    numbers = [person.phone for person in people if person.phone]
    theirs = or_(SignUp.person_id.in_(ids), SignUp.phone.in_(numbers))
    await session.execute(update(SignUp).where(theirs).values(name=None, phone=None))
    for model in (PitchHeart, Steward):
        await session.execute(delete(model).where(model.person_id.in_(ids)))


async def pitches(session: AsyncSession, person_id: int) -> Sequence[Sequence[object]]:
    """What they applied with: event, title, summary, what is wanted, state, when."""
    rows = await session.execute(
        select(Event.title, Pitch.title, Pitch.summary, Pitch.wanted, Pitch.state, Pitch.created_at)
        .join(Event, Event.id == Pitch.event_id)
        .where(Pitch.person_id == person_id)
        .order_by(Pitch.id)
    )
    return [tuple(row) for row in rows]


async def feedback(session: AsyncSession, person_id: int) -> Sequence[Sequence[object]]:
    """What they said of events: event, verdict, reason, when."""
    rows = await session.execute(
        select(Event.title, EventFeedback.verdict, EventFeedback.reason, EventFeedback.at)
        .join(Event, Event.id == EventFeedback.event_id)
        .where(EventFeedback.person_id == person_id)
        .order_by(EventFeedback.id)
    )
    return [tuple(row) for row in rows]
