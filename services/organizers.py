"""Organizers and the city whose firms each of them speaks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Person
from errors import Refused
from services import audit


class OnlyForTheProvince(Refused):
    """Facts: city. An organizer of a city does not share out cities."""


class NotAnOrganizer(Refused):
    """No facts."""


class NotOneself(Refused):
    """No facts. Whoever shares out cities stays of the province."""


async def everybody(session: AsyncSession) -> Sequence[Person]:
    organizers = select(Person).where(Person.role == "org", Person.erased_at.is_(None))
    return (await session.scalars(organizers.order_by(Person.city, Person.id))).all()


async def get(session: AsyncSession, person_id: int) -> Person:
    person = await session.get(Person, person_id)
    if person is None or person.role != "org":
        raise NotAnOrganizer
    return person


async def assign(
    session: AsyncSession, person_id: int, city: str | None, by: int, now: datetime
) -> Person:
    """Whose firms they speak for from now on; without a city, all."""
    own = (await get(session, by)).city
    if own is not None:
        raise OnlyForTheProvince(city=own)
    if person_id == by:
        raise NotOneself
    person = await get(session, person_id)
    audit.note(session, by, "person.city", f"person:{person_id}", person.city, city, now)
    person.city = city
    await session.flush()
    return person
