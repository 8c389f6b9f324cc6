"""Leaving a firm: needs, seats and assessments go to a colleague, the admin first; nothing is lost
silently.

Where nobody is left the needs are parked until somebody comes for the firm, and the seats are
given back; assessments stand. An offer or a place in line is nobody's to inherit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Chat, Enterprise, Event, Need, Person, SignUp
from errors import Refused
from services import assessment_owners, audit, memberships, need_states, waitlist
from services.need_states import LIVE, PARKED


class NotInFirm(Refused):
    """No facts. There is no firm to leave."""


@dataclass(frozen=True)
class Leaving:
    """What leaving does. `heir` takes over (None: nobody is left), `admin` also as its admin.
    `requests` are ids of admissions that lay with the admin who leaves, `waits` how many lines and
    offers the person gives up."""

    firm: Enterprise
    heir: Person | None
    needs: int
    seats: int
    admin: bool
    requests: Sequence[int] = ()
    assessments: int = 0
    waits: int = 0


async def plan(session: AsyncSession, person_id: int, now: datetime) -> Leaving:
    """What would happen; changes nothing."""
    person = await session.get_one(Person, person_id, populate_existing=True)
    if person.enterprise_id is None:
        raise NotInFirm
    firm = await session.get_one(Enterprise, person.enterprise_id)
    needs = select(func.count()).select_from(Need).where(*_needs(person))
    mine = select(func.count()).select_from(SignUp)
    seats = mine.where(*_seats(person, now))
    waits = mine.where(*_seats(person, now, "held", "offered", "waiting"))
    return Leaving(
        firm,
        await _heir(session, person),
        await session.scalar(needs) or 0,
        await session.scalar(seats) or 0,
        person.admin,
        await memberships.asked_of_admin(session, firm.id) if person.admin else (),
        await assessment_owners.count(session, person),
        await session.scalar(waits) or 0,
    )


async def leave(
    session: AsyncSession, person_id: int, enterprise_id: int, now: datetime
) -> Leaving:
    """Do it. A second time, or by an old button in the next firm, there is nothing to leave."""
    await memberships.hold(session, enterprise_id)
    done = await plan(session, person_id, now)
    if done.firm.id != enterprise_id:
        raise NotInFirm
    person = await session.get_one(Person, person_id)
    await _hand_needs(session, person, done.heir, now)
    await _hand_seats(session, person, done.heir, now)
    await assessment_owners.hand_over(session, person, done.heir)
    await memberships.withdraw(session, person_id, now)
    person.enterprise_id, person.admin = None, False
    await session.flush()  # the firm never has two admins
    if done.heir is not None:
        done.heir.admin = done.heir.admin or done.admin
    heir = f"person:{done.heir.id}" if done.heir else None
    audit.note(session, person_id, "person.left", f"enterprise:{done.firm.id}",
               f"person:{person_id}", heir, now)  # fmt: skip
    await session.flush()
    return done


async def _heir(session: AsyncSession, person: Person) -> Person | None:
    """The admin, else whoever of the firm has been here longest; first those who can be told."""
    reached = select(Chat.id).where(Chat.person_id == Person.id, Chat.reachable).exists()
    others = select(Person).where(
        Person.enterprise_id == person.enterprise_id, Person.id != person.id
    )
    return await session.scalar(
        others.order_by(reached.desc(), Person.admin.desc(), Person.id).limit(1)
    )


def _needs(person: Person) -> tuple[ColumnElement[bool], ...]:
    return (
        Need.person_id == person.id,
        Need.enterprise_id == person.enterprise_id,
        Need.state.in_((*LIVE, PARKED)),
    )


def _seats(person: Person, now: datetime, *states: str) -> tuple[ColumnElement[bool], ...]:
    """Seats in what is still to come, taken for this firm; or what else is in these states."""
    ahead = select(Event.id).where(Event.id == SignUp.event_id, Event.starts_at > now).exists()
    return (
        SignUp.person_id == person.id,
        SignUp.enterprise_id == person.enterprise_id,
        SignUp.state.in_(states or ("confirmed",)),
        ahead,
    )


async def _hand_needs(
    session: AsyncSession, person: Person, heir: Person | None, now: datetime
) -> None:
    mine = select(Need.id).where(*_needs(person), Need.state.in_(need_states.STANDING))
    standing = (await session.scalars(mine)).all()
    news = {"state": PARKED} if heir is None else {"person_id": heir.id}
    await session.execute(update(Need).where(*_needs(person)).values(news))
    if heir is None:
        await need_states.changed(session, standing, now)


async def _hand_seats(
    session: AsyncSession, person: Person, heir: Person | None, now: datetime
) -> None:
    """A seat goes to the heir with its code; where they have a row of their own, it is freed."""
    assert person.enterprise_id is not None
    if heir is not None:
        own = select(SignUp.event_id).where(SignUp.person_id == heir.id)
        handed = update(SignUp).where(*_seats(person, now), SignUp.event_id.not_in(own))
        loosely = handed.values(person_id=heir.id).execution_options(synchronize_session=False)
        await session.execute(loosely)
    await waitlist.vacate(session, [person.id], now, person.enterprise_id)
