"""A university can help with a need that no patent answers: names are told when both agree.

The university agrees by asking. The firm hears which university it is, decides, and only by its
yes does either get the other's name and number. Every step is noted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, Introduction, Need, Person
from db.upsert import insert
from errors import Refused
from services import audit, need_states, needs, universities
from services.need_states import MET, PUBLISHED
from services.people import PersonLike

ASKED, AGREED, DECLINED = "asked", "agreed", "declined"


class NotOpen(Refused):
    """No facts. The need is met, ended or not published (any more)."""


class AlreadyDecided(Refused):
    """Facts: agreed. A colleague was faster, or the button is old."""


@dataclass(frozen=True)
class Contact:
    """Who of which house; what they have not told us is None."""

    house: str
    name: str | None
    phone: str | None


@dataclass(frozen=True)
class Meeting:
    """Both sides, as each may see the other now that both have agreed."""

    need: Need
    university: Contact
    firm: Contact
    asker: int


async def ask(
    session: AsyncSession, person_id: int, need_id: int, now: datetime
) -> tuple[Introduction, bool]:
    """The university offers its help; True where it is new: a second time asks nobody again."""
    university = await universities.of_person(session, person_id)
    need = await session.get(Need, need_id, populate_existing=True)
    if need is None or need.state != PUBLISHED:
        raise NotOpen
    made = insert(session, Introduction).values(
        need_id=need_id, person_id=person_id, university=university, state=ASKED, created_at=now
    )
    new = await session.scalar(made.on_conflict_do_nothing().returning(Introduction.id))
    found = select(Introduction).filter_by(need_id=need_id, university=university)
    asked = (await session.scalars(found)).one()
    if new is not None:
        audit.note(session, person_id, "need.offered", f"need:{need_id}", None, university, now)
    return asked, new is not None


async def decide(
    session: AsyncSession,
    person: PersonLike,
    introduction_id: int,
    answer: Literal["agreed", "declined"],
    now: datetime,
) -> Introduction:
    """The firm's word; the first of its people counts. A yes brings the need to MET."""
    asked = await session.get(Introduction, introduction_id, populate_existing=True)
    if asked is None:
        raise needs.NotYours
    need = await needs.get_for(session, person, asked.need_id)
    if asked.state == answer:
        return asked
    decided = update(Introduction).where(
        Introduction.id == introduction_id, Introduction.state == ASKED
    )
    loosely = decided.values(state=answer, decided_by=person.id, decided_at=now).returning(
        Introduction.id
    )
    if await session.scalar(loosely.execution_options(synchronize_session=False)) is None:
        raise AlreadyDecided(agreed=asked.state == AGREED)
    await session.refresh(asked)
    if answer == AGREED and need.state == PUBLISHED:
        await need_states.move(session, need.id, (PUBLISHED,), person.id, now, state=MET)
    audit.note(session, person.id, f"need.{answer}", f"need:{need.id}", None,
               f"introduction:{asked.id}", now)  # fmt: skip
    return asked


async def meeting(session: AsyncSession, asked: Introduction) -> Meeting | None:
    """Who they are; None while not both have agreed."""
    if asked.state != AGREED:
        return None
    need = await session.get_one(Need, asked.need_id)
    firm = await session.get_one(Enterprise, need.enterprise_id)
    ours = await _contact(session, asked.decided_by, firm.name)
    theirs = await _contact(session, asked.person_id, asked.university)
    return Meeting(need, theirs, ours, asked.person_id)


async def _contact(session: AsyncSession, person_id: int | None, house: str) -> Contact:
    person = await session.get(Person, person_id) if person_id is not None else None
    return Contact(house, person.name if person else None, person.phone if person else None)
