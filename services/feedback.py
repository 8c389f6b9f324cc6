"""What came of an event: two taps the same evening, one reminder, and figures for the organizer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, EventFeedback, SignUp
from db.upsert import insert
from errors import Refused
from services import queue
from services.door_staff import ZONE
from services.events import ends_at, get

VERDICTS = ("good", "open", "none")
EVENING, MORNING, SUMMARY = 19, 9, 18  # o'clock
AFTER = timedelta(hours=2)  # of a late end
OPEN = timedelta(days=7)  # that somebody may still say it, or say it otherwise


class NotThere(Refused):
    """Facts: event. Only who was checked in says how it was."""


class TooLate(Refused):
    """Facts: event."""


@dataclass(frozen=True)
class Results:
    """`asked` were there; `verdicts` and `reasons` (verdict, reason) are counted."""

    event: Event
    asked: int
    verdicts: Counter[str]
    reasons: Counter[tuple[str, str]]

    @property
    def answered(self) -> int:
        return self.verdicts.total()


def due(event: Event) -> datetime:
    """Seven in the evening of its last day, or two hours after an end that is later than that."""
    end = ends_at(event).astimezone(ZONE)
    return max(end.replace(hour=EVENING, minute=0, second=0, microsecond=0), end + AFTER)


async def plan(session: AsyncSession, event: Event) -> None:
    """Whenever the door opens: the same event is asked about once."""
    await queue.plan(
        session, "feedback.ask", f"feedback:{event.id}:ask", due(event), event=event.id
    )


async def to_ask(session: AsyncSession, event_id: int, now: datetime) -> Sequence[int]:
    """Everybody who was there; nobody where the event was moved on, which is planned anew."""
    event = await get(session, event_id)
    if event.state != "open":
        return []
    if now < due(event):
        await plan(session, event)
        return []
    morning = _next(now, MORNING)
    for kind, at in (("remind", morning), ("report", morning.replace(hour=SUMMARY))):
        await queue.plan(
            session, f"feedback.{kind}", f"feedback:{event_id}:{kind}", at, event=event_id
        )
    return await _there(session, event_id)


async def to_remind(session: AsyncSession, event_id: int) -> Sequence[int]:
    """Who was there and has said nothing."""
    said = await session.scalars(
        select(EventFeedback.person_id).where(EventFeedback.event_id == event_id)
    )
    silent = set(await _there(session, event_id)) - set(said)
    return sorted(silent)


def _next(now: datetime, hour: int) -> datetime:
    tomorrow = now.astimezone(ZONE) + timedelta(days=1)
    return tomorrow.replace(hour=hour, minute=0, second=0, microsecond=0)


async def _there(session: AsyncSession, event_id: int) -> list[int]:
    people = await session.scalars(
        select(SignUp.person_id)
        .where(SignUp.event_id == event_id, SignUp.checked_in_at.is_not(None))
        .order_by(SignUp.person_id)
    )
    return [person for person in people if person is not None]


async def give(
    session: AsyncSession, person_id: int, event_id: int, verdict: str, now: datetime
) -> Event:
    """The first tap. Another verdict later takes its place, and its reason goes."""
    event = await _open_to(session, person_id, event_id, now)
    said = await _said(session, person_id, event_id)
    if said is not None and said.verdict == verdict:
        return event
    news = {"verdict": verdict, "reason": None, "at": now}
    told = insert(session, EventFeedback).values(event_id=event_id, person_id=person_id, **news)
    await session.execute(
        told.on_conflict_do_update(index_elements=["event_id", "person_id"], set_=news)
    )
    return event


async def because(
    session: AsyncSession, person_id: int, event_id: int, verdict: str, reason: str, now: datetime
) -> Event:
    """The second tap: why, or what is next."""
    event = await give(session, person_id, event_id, verdict, now)
    said = await _said(session, person_id, event_id)
    assert said is not None
    said.reason = reason
    await session.flush()
    return event


async def _open_to(session: AsyncSession, person_id: int, event_id: int, now: datetime) -> Event:
    event = await get(session, event_id)
    if person_id not in await _there(session, event_id):
        raise NotThere(event=event)
    if now >= ends_at(event) + OPEN:
        raise TooLate(event=event)
    return event


async def _said(session: AsyncSession, person_id: int, event_id: int) -> EventFeedback | None:
    found = select(EventFeedback).filter_by(event_id=event_id, person_id=person_id)
    return await session.scalar(found.execution_options(populate_existing=True))


async def results(session: AsyncSession, event_id: int) -> Results:
    event = await get(session, event_id)
    rows = await session.execute(
        select(EventFeedback.verdict, EventFeedback.reason).where(
            EventFeedback.event_id == event_id
        )
    )
    said = [(verdict, reason) for verdict, reason in rows]
    return Results(
        event,
        len(await _there(session, event_id)),
        Counter(verdict for verdict, _ in said),
        Counter((verdict, reason) for verdict, reason in said if reason),
    )
