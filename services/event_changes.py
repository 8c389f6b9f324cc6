"""Events that change after they were published: proposed, confirmed, taken back.

A change is proposed first: a row that does not stand (`undone_at`) and says what it would do. Once
it is confirmed the event is as it says; whom it concerns is told ten minutes later. A second one
takes the first into itself, so that people hear the final state, and what they knew before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, EventChange, Job, SignUp
from errors import Refused
from services import audit, event_reminders, event_rights, events, queue, waitlist
from services.event_drafts import check_times, shifted

LOUD = ("state", "title", "starts_at", "ends_at", "city", "venue")
"""Of these people are told. The rest they see when they look."""
TIMES = ("starts_at", "ends_at", "signup_until", "cancel_until")
WAIT, SOON = timedelta(minutes=10), timedelta(hours=3)
ANNOUNCE = "events.announce"


class ChangedMeanwhile(Refused):
    """Facts: event_id, title. It is not as it was when the change was proposed."""


class CapacityTaken(Refused):
    """Facts: event_id, title, taken. So many seats are gone already."""


class ChangeUnknown(Refused):
    """No facts."""


class ChangeAnnounced(Refused):
    """Facts: event_id, title. People have been told; it can only be changed anew."""


@dataclass(frozen=True)
class Line:
    """A field, as it was and as it is."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Effect:
    """What a change does, and whom it concerns: `seats` and `waiting` people, and the `reminders`
    that are planned. Without `change` the event is so already; what is `done` is a draft's."""

    event: Event
    change: EventChange | None
    seats: int = 0
    waiting: int = 0
    reminders: int = 0
    done: bool = False


async def changeable(
    session: AsyncSession, person_id: int, now: datetime, *states: str
) -> Sequence[Event]:
    """What the organizer may change: drafts and events that are not over."""
    own = await event_rights.city_of(session, person_id)
    query = select(Event).where(
        Event.state.in_(states or ("draft", "open")), Event.starts_at > now - events.LENGTH
    )
    if own:
        query = query.where(Event.city == own)
    found = await session.scalars(query.order_by(Event.starts_at, Event.id))
    return [event for event in found if now < events.ends_at(event)]


async def propose(
    session: AsyncSession,
    person_id: int,
    event_id: int,
    news: Mapping[str, Any],
    now: datetime,
) -> Effect:
    """Say what a change would do; to a draft it is done at once. `news` are columns of the event;
    the other times move along with its start."""
    event = await events.get(session, event_id, lock=True)
    await event_rights.check(session, person_id, event.city, *_cities(news))
    _check_alive(event, news, now)
    told = _with_other_times(event, news)
    changes = {
        field: [_json(getattr(event, field)), _json(value)]
        for field, value in told.items()
        if getattr(event, field) != value
    }
    if not changes:
        return Effect(event, None)
    await _check(session, event, told, now)
    if event.state == "draft":
        _apply(event, told)
        await session.flush()
        return Effect(event, None, done=True)
    change = EventChange(
        event_id=event_id, changes=changes, by=person_id, at=now, announce_at=now, undone_at=now
    )
    session.add(change)
    await session.flush()
    return Effect(event, change, *await _concerned(session, event_id))


async def confirm(
    session: AsyncSession, person_id: int, change_id: int, now: datetime
) -> EventChange:
    """Let a proposed change stand, once; who is concerned is told after a while."""
    change, event = await _get(session, person_id, change_id)
    if change.undone_at is None:
        return change
    if any(_json(getattr(event, field)) != one[0] for field, one in change.changes.items()):
        raise ChangedMeanwhile(event_id=event.id, title=event.title)
    told = {field: _value(field, one[1]) for field, one in change.changes.items()}
    _check_alive(event, told, now)
    await _check(session, event, told, now)
    more = "capacity" in told and told["capacity"] > event.capacity
    _apply(event, told)
    _note(session, person_id, change, now)
    await _join(session, change, now)
    change.undone_at, change.at = None, now
    await _announce_later(session, event, change, now)
    await session.flush()
    await event_reminders.plan(session, event, now)
    if more or told.get("state") == "open":
        await waitlist.advance(session, event.id, now)
    return change


async def take_back(
    session: AsyncSession, person_id: int, change_id: int, now: datetime
) -> EventChange:
    """Undo what nobody has been told yet: the event is as people know it."""
    change, event = await _get(session, person_id, change_id)
    if change.undone_at is not None:
        return change
    if change.announced_at is not None:
        raise ChangeAnnounced(event_id=event.id, title=event.title)
    before = {field: _value(field, one[0]) for field, one in change.changes.items()}
    if before.get("capacity", event.taken) < event.taken:
        del before["capacity"]
    _apply(event, before)
    change.undone_at = now
    audit.note(session, person_id, "event.change_undone", f"event:{event.id}", None, None, now)
    await queue.unplan(session, f"announce:{change.id}:")
    await session.flush()
    await event_reminders.plan(session, event, now)
    return change


def lines(change: EventChange, *, loud: bool = False) -> list[Line]:
    """What changed, field by field, in the order in which people ask; for them only the `loud`."""
    fields = [*LOUD, *(field for field in change.changes if field not in LOUD)]
    return [
        Line(field, *(_value(field, value) for value in change.changes[field]))
        for field in fields
        if field in change.changes and not (loud and field not in LOUD)
    ]


async def _get(session: AsyncSession, person_id: int, change_id: int) -> tuple[EventChange, Event]:
    change = await session.get(EventChange, change_id, populate_existing=True)
    if change is None:
        raise ChangeUnknown
    event = await events.get(session, change.event_id, lock=True)
    await event_rights.check(session, person_id, event.city)
    await session.refresh(change)
    return change, event


def _cities(news: Mapping[str, Any]) -> list[str]:
    return [news["city"]] if "city" in news else []


def _check_alive(event: Event, news: Mapping[str, Any], now: datetime) -> None:
    """One that is called off can only be restored."""
    if now >= events.ends_at(event):
        raise events.EventOver(title=event.title)
    if event.state == "cancelled" and "state" not in news:
        raise events.EventCancelled(title=event.title)


def _with_other_times(event: Event, news: Mapping[str, Any]) -> dict[str, Any]:
    if "starts_at" not in news:
        return dict(news)
    return {**shifted(event, news["starts_at"] - event.starts_at), **news}


async def _check(
    session: AsyncSession, event: Event, told: Mapping[str, Any], now: datetime
) -> None:
    begin, end, until = (told.get(name, getattr(event, name)) for name in TIMES[:3])
    if any(name in told for name in TIMES):
        check_times(begin, end, None, now)
        if until is not None and until > begin:
            check_times(begin, end, until, now)
    if told.get("capacity", event.taken) < event.taken:
        raise CapacityTaken(event_id=event.id, title=event.title, taken=event.taken)


def _apply(event: Event, values: Mapping[str, Any]) -> None:
    """Calendars take the entry for a newer one when what they show has changed; on another day the
    door opens again."""
    for field, value in values.items():
        setattr(event, field, value)
    if any(field in LOUD for field in values):
        event.sequence += 1
    if "starts_at" in values:
        event.door_closed_at = None


async def _join(session: AsyncSession, change: EventChange, now: datetime) -> None:
    """Take what nobody has been told yet into this one."""
    pending = await session.scalar(
        select(EventChange).where(
            EventChange.event_id == change.event_id, EventChange.id != change.id,
            EventChange.announced_at.is_(None), EventChange.undone_at.is_(None),
        )
    )  # fmt: skip
    if pending is None:
        return
    pending.undone_at = now
    await queue.unplan(session, f"announce:{pending.id}:")
    both = {**pending.changes, **change.changes}
    joined = {field: [pending.changes.get(field, one)[0], one[1]] for field, one in both.items()}
    change.changes = {field: one for field, one in joined.items() if one[0] != one[1]}


async def _announce_later(
    session: AsyncSession, event: Event, change: EventChange, now: datetime
) -> None:
    """Where there is nothing to tell, it is told already."""
    told = lines(change, loud=True)
    if not told:
        change.announce_at = change.announced_at = now
        return
    begins = [event.starts_at, *(one.before for one in told if one.field == "starts_at")]
    change.announce_at = now if min(begins) - now <= SOON else now + WAIT
    await queue.plan(
        session, ANNOUNCE, f"announce:{change.id}:0:{now:%Y%m%d%H%M%S%f}", change.announce_at,
        change=change.id,
    )  # fmt: skip


async def _concerned(session: AsyncSession, event_id: int) -> tuple[int, int, int]:
    rows = await session.execute(
        select(SignUp.state, func.count())
        .where(SignUp.event_id == event_id, SignUp.state.in_(waitlist.ALIVE))
        .group_by(SignUp.state)
    )
    by_state: dict[str, int] = dict(rows.all())
    waiting = by_state.pop("waiting", 0)
    planned = select(func.count(Job.id)).where(
        Job.key.startswith(f"remind:event:{event_id}:"), Job.state == "waiting"
    )
    return sum(by_state.values()), waiting, await session.scalar(planned) or 0


def _note(session: AsyncSession, person_id: int, change: EventChange, now: datetime) -> None:
    about = f"event:{change.event_id}"
    for field, (before, after) in change.changes.items():
        audit.note(session, person_id, f"event.{field}", about, _said(before), _said(after), now)


def _said(value: Any) -> str | None:
    return None if value is None else str(value)


def _json(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _value(field: str, kept: Any) -> Any:
    return datetime.fromisoformat(kept) if field in TIMES and kept is not None else kept
