"""Whom a change of an event did not reach, or who did not answer: to be called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, Event, EventChange, Outgoing, Person, SignUp
from services import audit, event_announcing, event_changes, event_rights, events, waitlist
from services.absence import Lost, NotLost

ON_ITS_WAY = ("waiting", "claimed", "sending", "sent")


@dataclass(frozen=True)
class Call:
    """Somebody to call: because nothing `reached` them, or because they do not answer."""

    one: Lost
    reached: bool


async def to_call(
    session: AsyncSession, person_id: int, event_id: int, now: datetime
) -> tuple[Event, list[Call]]:
    """About the newest change that people were told of."""
    event = await events.get(session, event_id)
    await event_rights.check(session, person_id, event.city)
    change = await _newest(session, event_id)
    return event, [] if change is None else await _calls(session, event, change, now)


async def reveal(
    session: AsyncSession, person_id: int, event_id: int, called: int, now: datetime
) -> Lost:
    """The whole number of somebody on the list; each look is written down."""
    _, calls = await to_call(session, person_id, event_id, now)
    for call in calls:
        if call.one.id == called:
            about = f"person:{called}"
            audit.note(session, person_id, "person.phone_seen", about, None, None, now)
            return call.one
    raise NotLost


async def callers(session: AsyncSession, change_id: int) -> list[int]:
    """Who calls: whoever made the change, else the organizers of the city."""
    change = await session.get(EventChange, change_id)
    if change is not None and change.by is not None:
        return [change.by]
    event = await events.get(session, change.event_id) if change else None
    return [] if event is None else list(await event_rights.organizers(session, event.city))


async def _newest(session: AsyncSession, event_id: int) -> EventChange | None:
    changes = select(EventChange).where(
        EventChange.event_id == event_id, EventChange.announced_at.is_not(None),
        EventChange.undone_at.is_(None),
    )  # fmt: skip
    for change in await session.scalars(changes.order_by(EventChange.id.desc())):
        if event_changes.lines(change, loud=True):
            return change
    return None


async def _calls(
    session: AsyncSession, event: Event, change: EventChange, now: datetime
) -> list[Call]:
    letters = await _letters(session, change)
    late = event.state == "open" and now >= event_announcing.answers_by(event, change, 2)
    rows = await session.execute(
        select(SignUp, Person.id, Person.name, Enterprise.name, Person.phone)
        .join(Person, Person.id == SignUp.person_id)
        .outerjoin(Enterprise, Enterprise.id == SignUp.enterprise_id)
        .where(SignUp.event_id == event.id, SignUp.state.in_(waitlist.ALIVE))
        .where(SignUp.created_at <= change.at)
        .order_by(SignUp.id)
    )
    calls = []
    for signup, person, name, firm, phone in rows:
        owes = signup.unanswered == change.id
        reached = letters.get(person, _unwritten(change)) in ON_ITS_WAY
        asked = signup.state != "waiting" and event.state == "open"
        if (owes and late) or (not reached and (owes or not asked)):
            calls.append(Call(Lost(person, name or "", firm, phone, change.announced_at), reached))
    return calls


def _unwritten(change: EventChange) -> str:
    """Who got no letter has no chat; but that it takes place after all, not everybody is told."""
    return "sent" if event_announcing.what(change) == "restored" else ""


async def _letters(session: AsyncSession, change: EventChange) -> dict[int, str]:
    """By person, what became of what they were to be told."""
    rows = await session.execute(
        select(Outgoing.key, Outgoing.state)
        .where(Outgoing.about == f"event:{change.event_id}")
        .where(Outgoing.key.startswith(f"change:{change.id}:person:"))
    )
    return {
        int(key.partition(":person:")[2].partition("#")[0]): state for key, state in rows if key
    }
