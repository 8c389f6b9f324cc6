"""Who comes without having signed up: three answers, and a seat where one is free."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Person, SignUp
from services import door, door_guests, seats
from services.door import Entry
from services.door_staff import PersonLike
from services.firm_names import proper_name


@dataclass(frozen=True)
class WalkIn:
    """What somebody says of themselves at the door."""

    name: str
    firm: str
    phone: str


async def come(
    session: AsyncSession,
    by: PersonLike,
    event_id: int,
    who: WalkIn,
    now: datetime,
    *,
    over: bool = False,
) -> Entry:
    """Let them in. Whose number has a sign-up already is let in by that; DoorFull where no seat is
    free, unless one is added."""
    event = await door.locked(session, by, event_id, now)
    known = await door_guests.by_phone(session, event_id, who.phone)
    if known is not None:
        return await door.admit(session, by, event_id, known.id, now, over=over)
    await door.take_seat(session, by, event, None, now, over=over)
    person = await session.scalar(
        select(Person).where(Person.phone == who.phone).order_by(Person.id).limit(1)
    )
    signup = SignUp(
        event_id=event_id, code=await seats.free_code(session, event_id), state="confirmed",
        person_id=person.id if person else None,
        enterprise_id=person.enterprise_id if person else None,
        name=who.name, firm=proper_name(who.firm), phone=who.phone, created_at=now,
    )  # fmt: skip
    session.add(signup)
    await session.flush()
    return await door.pick(session, by, event_id, signup.id, now)
