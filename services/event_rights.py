"""Which events an organizer may touch: those of their city, or all where they speak for none."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Person
from errors import Refused


class NotYourCity(Refused):
    """Facts: city, where the event is; own, whose events this organizer looks after."""


async def city_of(session: AsyncSession, person_id: int | None) -> str | None:
    """The city that somebody speaks for; None for all (and for the command line)."""
    if person_id is None:
        return None
    return await session.scalar(select(Person.city).where(Person.id == person_id))


async def check(session: AsyncSession, person_id: int | None, *cities: str) -> None:
    own = await city_of(session, person_id)
    for city in cities:
        if own not in (None, city):
            raise NotYourCity(city=city, own=own)


async def organizers(session: AsyncSession, city: str) -> Sequence[int]:
    """Who looks after the events of a city: its own organizers, and those of all."""
    people = await session.scalars(
        select(Person.id)
        .where(Person.role == "org", or_(Person.city == city, Person.city.is_(None)))
        .order_by(Person.id)
    )
    return people.all()
