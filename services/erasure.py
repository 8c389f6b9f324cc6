"""Deleting a person's data: what there is, doing it, and doing it again on a restored backup.

The person's row stays without anything that tells who it was, so that counts stay true. What is
the firm's stays the firm's. Of the act there remain an audit line and a mark that is no data.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    Chat,
    Draft,
    Erasure,
    File,
    Incoming,
    Merge,
    Need,
    Person,
    SignUp,
    Ticket,
)
from db.upsert import insert
from errors import Refused
from services import (
    assessment_owners,
    audit,
    event_traces,
    favourites,
    leaving,
    memberships,
    own_reminders,
    policy_askers,
    scrubbing,
    waitlist,
)
from services.leaving import Leaving
from services.ticket_states import LIVE

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is mistaken for another


class LastOrganizer(Refused):
    """No facts. Without an organizer nobody could let anybody in."""


class NothingStored(Refused):
    """No facts."""


@dataclass(frozen=True)
class Plan:
    """What there is. `tickets` are open ones; `leaving` says what becomes of the firm's things."""

    person: Person
    leaving: Leaving | None
    tickets: Sequence[int]
    drafts: int
    files: int
    messages: int


@dataclass(frozen=True)
class Erased:
    receipt: str
    plan: Plan


@dataclass(frozen=True)
class Tombstone:
    """What a backup keeps beside itself: that somebody was deleted, not who."""

    mark: str
    receipt: str
    at: datetime


async def plan(session: AsyncSession, person_id: int, now: datetime) -> Plan:
    """What would be deleted; changes nothing."""
    person = await session.get_one(Person, person_id, populate_existing=True)
    chats = await _chats(session, person_id)
    found = Plan(
        person,
        await leaving.plan(session, person_id, now) if person.enterprise_id else None,
        await _open_tickets(session, person_id),
        await _count(session, Draft.id, Draft.person_id == person_id),
        await _count(session, File.id, File.chat_id.in_(chats)),
        await _count(session, Incoming.id, Incoming.chat_id.in_(chats)),
    )
    if person.erased_at is not None:
        raise NothingStored
    return found


async def erase(session: AsyncSession, person_id: int, now: datetime) -> Erased:
    """Do it. The chats are nobody's afterwards: whoever writes there is somebody new."""
    person = await session.get_one(Person, person_id, with_for_update=True)
    await _check_not_last(session, person)
    found = await plan(session, person_id, now)
    receipt = f"SC-{now:%Y%m%d}-{''.join(secrets.choice(LETTERS) for _ in range(6))}"
    await _erase(session, found, receipt, now)
    audit.note(session, None, "person.erased", f"person:{person_id}", None, receipt, now)
    await session.flush()
    return Erased(receipt, found)


async def tombstones(session: AsyncSession) -> Sequence[Tombstone]:
    """To be kept beside a backup, and newer than it."""
    rows = await session.execute(select(Erasure.mark, Erasure.receipt, Erasure.at))
    return [Tombstone(*row) for row in rows]


async def reapply_deletions(
    session: AsyncSession, known: Iterable[Tombstone], now: datetime
) -> int:
    """Delete again, in a database from before, whoever had been deleted; how many that were."""
    marks = {stone.mark: stone for stone in known}
    people = await session.scalars(select(Person).where(Person.erased_at.is_(None)))
    again = [(person.id, marks[mark]) for person in people if (mark := mark_of(person)) in marks]
    for person_id, stone in again:
        await _erase(session, await plan(session, person_id, now), stone.receipt, stone.at)
        audit.note(session, None, "person.erased_again", f"person:{person_id}", None,
                   stone.receipt, now)  # fmt: skip
        await session.flush()
    return len(again)


def mark_of(person: Person) -> str:
    """The same in every backup, and nothing that leads to anybody."""
    made = person.created_at.astimezone(UTC).isoformat()
    return hashlib.sha256(f"erased:{person.id}:{made}".encode()).hexdigest()


async def _erase(session: AsyncSession, found: Plan, receipt: str, now: datetime) -> None:
    person, chats = found.person, await _chats(session, found.person.id)
    everyone = [person, *await _merged(session, person.id)]
    ids = [one.id for one in everyone]
    trace = await scrubbing.trace(session, person, ids, chats)
    await assessment_owners.forget(session, ids)  # before an heir gets them
    if found.leaving is not None:
        await leaving.leave(session, person.id, found.leaving.firm.id, now)
    await memberships.withdraw(session, person.id, now)
    await waitlist.vacate(session, ids, now)
    await scrubbing.scrub(session, trace)
    await scrubbing.plan_sweep(session, trace, receipt, now)
    await session.execute(
        update(Chat).where(Chat.id.in_(chats)).values(person_id=None, screen=None)
    )
    parked = update(Need).where(Need.person_id.in_(ids))
    await session.execute(parked.values(person_id=None))
    said = update(SignUp).where(SignUp.person_id.in_(ids))
    await session.execute(said.values(answers={}, reason=None))
    await favourites.forget(session, ids)
    await event_traces.forget(session, everyone)
    await own_reminders.forget(session, ids)
    await policy_askers.forget(session, ids)
    for one in everyone:
        await _bury(session, one, receipt, now)
    await session.flush()


async def _bury(session: AsyncSession, person: Person, receipt: str, now: datetime) -> None:
    """A row without a face; and the mark by which a backup's row is known."""
    row = {"mark": mark_of(person), "receipt": receipt, "at": now}
    await session.execute(insert(session, Erasure).values(row).on_conflict_do_nothing())
    person.name = person.phone = person.department = person.university = None
    person.consent = person.consented_at = person.enterprise_id = None
    person.admin, person.role, person.erased_at = False, "ent", now


async def _merged(session: AsyncSession, person_id: int) -> Sequence[Person]:
    """Who turned out to be this person, and who they had turned out to be."""
    ids, seen = [person_id], set[int]()
    while ids:
        seen.update(ids)
        gone = select(Merge.gone_id).where(Merge.kept_id.in_(ids), Merge.undone_at.is_(None))
        ids = [id for id in await session.scalars(gone) if id not in seen]
    seen.discard(person_id)
    return (await session.scalars(select(Person).where(Person.id.in_(seen)))).all()


async def _check_not_last(session: AsyncSession, person: Person) -> None:
    others = select(Person.id).where(Person.role == "org", Person.id != person.id).limit(1)
    if person.role == "org" and await session.scalar(others) is None:
        raise LastOrganizer


async def _chats(session: AsyncSession, person_id: int) -> Sequence[int]:
    return (await session.scalars(select(Chat.id).where(Chat.person_id == person_id))).all()


async def _open_tickets(session: AsyncSession, person_id: int) -> Sequence[int]:
    mine = select(Ticket.id).where(Ticket.person_id == person_id, Ticket.state.in_(LIVE))
    return (await session.scalars(mine.order_by(Ticket.id))).all()


async def _count(session: AsyncSession, what: object, *where: object) -> int:
    return await session.scalar(select(func.count(what)).where(*where)) or 0  # type: ignore[arg-type]
