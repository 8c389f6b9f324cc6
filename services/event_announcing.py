"""A change of an event reaches the people whom it concerns, and they say whether they still come.

Told in portions, each a job that plans the next; the outbox keys make it once for each person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, EventChange, Outgoing, SignUp
from services import event_changes, events, queue, waitlist
from services.event_changes import ANNOUNCE, ChangeUnknown, Line

PORTION = 200  # people who are told in one transaction
CHASE = "events.chase"
CHANGED = "changed"  # why they do not come: a reason of ours
ANSWER = timedelta(hours=24)
SHARE = 4  # near the event the time to answer is this part of what is left
SUBSTITUTES = 3
REACHED = ("sent", "sending", "claimed", "held")


@dataclass(frozen=True)
class Told:
    """Somebody whom a change concerns; `clashes` are other events of theirs at the new time."""

    person: int
    seat: bool
    has_entry: bool
    clashes: Sequence[Event]


@dataclass(frozen=True)
class Announcement:
    """`what` is moved, cancelled or restored; `instead` are other events to go to."""

    event: Event
    change: EventChange
    what: str
    lines: list[Line]
    people: list[Told]
    instead: Sequence[Event]
    last: bool


async def announce(
    session: AsyncSession, change_id: int, after: int, now: datetime
) -> Announcement | None:
    """Whom to tell now; None where it was taken back, or is not due. Plans what comes after."""
    change = await session.get(EventChange, change_id, populate_existing=True)
    if change is None or change.undone_at is not None or now < change.announce_at:
        return None
    event = await events.get(session, change.event_id)
    if after == 0:
        if change.announced_at is not None:
            return None
        await _withdraw(session, event.id, change.id)
        change.announced_at = now
    signups = await _next(session, event, change, after)
    people = [one for one in signups if await _hears(session, change, one)]
    _ask(event, change, people)
    clashes = await _clashes(session, event, [one.person_id for one in people if one.person_id])
    last = len(signups) < PORTION
    if last:
        await _plan_chase(session, event, change, 1)
    else:
        await queue.plan(
            session, ANNOUNCE, f"announce:{change.id}:{signups[-1].id}", now,
            change=change.id, after=signups[-1].id,
        )  # fmt: skip
    await session.flush()
    return Announcement(
        event, change, what(change), event_changes.lines(change, loud=True),
        [Told(one.person_id or 0, one.state in waitlist.SEATED, one.state == "confirmed",
              clashes[one.person_id or 0]) for one in people],
        await instead(session, event, now) if event.state == "cancelled" else [], last,
    )  # fmt: skip


def what(change: EventChange) -> str:
    state = change.changes.get("state")
    return "moved" if state is None else "cancelled" if state[1] == "cancelled" else "restored"


def key(change_id: int, person_id: int) -> str:
    """What makes it the same announcement to the same person."""
    return f"change:{change_id}:person:{person_id}"


async def stay(session: AsyncSession, person_id: int, change_id: int) -> tuple[Event, int | None]:
    """仍参加: the event as it is now, and the newer change that is to be answered as well."""
    change, signup = await _asked(session, person_id, change_id)
    event = await events.get(session, change.event_id)
    if signup is None or signup.state not in waitlist.SEATED:
        raise events.NotSignedUp(event_id=event.id, title=event.title)
    if event.state != "open":
        raise events.EventCancelled(title=event.title)
    if signup.unanswered == change_id:
        signup.unanswered = None
        await session.flush()
    return event, signup.unanswered


async def away(
    session: AsyncSession, person_id: int, change_id: int, now: datetime
) -> events.Place:
    """不参加: the seat is free, and whoever waits is asked."""
    change, _ = await _asked(session, person_id, change_id)
    return await events.cancel(session, person_id, change.event_id, now, reason=CHANGED)


async def chase(session: AsyncSession, change_id: int, stage: int) -> tuple[Event, list[int]]:
    """Who has not answered yet, the first time to be reminded, the second time to be called."""
    change = await session.get(EventChange, change_id, populate_existing=True)
    if change is None:
        raise ChangeUnknown
    event = await events.get(session, change.event_id)
    if event.state != "open":
        return event, []
    silent = await session.scalars(
        select(SignUp.person_id)
        .where(SignUp.event_id == event.id, SignUp.unanswered == change_id)
        .where(SignUp.state.in_(waitlist.SEATED), SignUp.person_id.is_not(None))
        .order_by(SignUp.id)
    )
    if stage == 1:
        await _plan_chase(session, event, change, 2)
    return event, [person for person in silent if person]


def answers_by(event: Event, change: EventChange, stage: int) -> datetime:
    """When an answer is missed: a day after, sooner where the event is near; and again."""
    told = change.announced_at or change.announce_at
    return told + stage * min(ANSWER, max(event.starts_at - told, timedelta()) / SHARE)


async def instead(session: AsyncSession, event: Event, now: datetime) -> Sequence[Event]:
    """Other events to go to: in the same city or of the same kind, with seats."""
    others = select(Event).where(
        Event.id != event.id, Event.state == "open", Event.starts_at > now,
        Event.taken < Event.capacity, or_(Event.city == event.city, Event.kind == event.kind),
        func.coalesce(Event.signup_until, Event.starts_at) > now,
    )  # fmt: skip
    nearest = others.order_by((Event.city == event.city).desc(), Event.starts_at)
    return (await session.scalars(nearest.limit(SUBSTITUTES))).all()


async def _withdraw(session: AsyncSession, event_id: int, change_id: int) -> None:
    """What of earlier changes has not left, or nobody could be reached with, is true no more."""
    earlier = select(EventChange.id).where(
        EventChange.event_id == event_id, EventChange.id != change_id
    )
    for before in (await session.scalars(earlier)).all():
        await session.execute(
            update(Outgoing)
            .where(Outgoing.key.startswith(f"change:{before}:"))
            .where(Outgoing.state.in_(("waiting", "missed")))
            .values(state="cancelled")
            .execution_options(synchronize_session=False)
        )


async def _next(
    session: AsyncSession, event: Event, change: EventChange, after: int
) -> Sequence[SignUp]:
    """Those who came before the change: who came after it knows it."""
    found = await session.scalars(
        select(SignUp)
        .where(SignUp.event_id == event.id, SignUp.id > after, SignUp.person_id.is_not(None))
        .where(SignUp.state.in_(waitlist.ALIVE), SignUp.created_at <= change.at)
        .order_by(SignUp.id)
        .limit(PORTION)
    )
    return found.all()


def _ask(event: Event, change: EventChange, signups: Sequence[SignUp]) -> None:
    """From those with a seat an answer is wanted, unless there is nothing to come to."""
    if event.state == "open":
        for one in signups:
            if one.state in waitlist.SEATED:
                one.unanswered = change.id


async def _hears(session: AsyncSession, change: EventChange, signup: SignUp) -> bool:
    """That it takes place after all is news only to those who heard that it does not."""
    if what(change) != "restored" or len(event_changes.lines(change, loud=True)) > 1:
        return True
    told = await session.scalar(
        select(Outgoing.id)
        .where(Outgoing.about == f"event:{change.event_id}", Outgoing.state.in_(REACHED))
        .where(Outgoing.key.startswith("change:"))
        .where(Outgoing.key.endswith(f":person:{signup.person_id}"))
        .limit(1)
    )
    return told is not None


async def _clashes(
    session: AsyncSession, event: Event, people: Sequence[int]
) -> dict[int, list[Event]]:
    """What else they have a seat in at that time."""
    begin, end = event.starts_at, events.ends_at(event)
    rows = await session.execute(
        select(SignUp.person_id, Event)
        .join(Event, Event.id == SignUp.event_id)
        .where(
            SignUp.person_id.in_(people), SignUp.state.in_(waitlist.SEATED), Event.state == "open"
        )
        .where(Event.id != event.id, Event.starts_at < end, Event.starts_at > begin - timedelta(2))
    )
    found: dict[int, list[Event]] = defaultdict(list)
    for person, other in rows:
        if person is not None and events.ends_at(other) > begin:
            found[person].append(other)
    return found


async def _plan_chase(session: AsyncSession, event: Event, change: EventChange, stage: int) -> None:
    due = answers_by(event, change, stage)
    if event.state == "open" and due < event.starts_at:
        await queue.plan(
            session, CHASE, f"chase:{change.id}:{stage}", due, change=change.id, stage=stage
        )


async def _asked(
    session: AsyncSession, person_id: int, change_id: int
) -> tuple[EventChange, SignUp | None]:
    change = await session.get(EventChange, change_id)
    if change is None:
        raise ChangeUnknown
    mine = select(SignUp).filter_by(event_id=change.event_id, person_id=person_id)
    found = await session.scalars(mine.execution_options(populate_existing=True))
    return change, found.one_or_none()
