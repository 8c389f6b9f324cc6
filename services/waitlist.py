"""Seats and the line for them: who has one, who is offered a freed one, and until when.

Everything that takes or frees a seat holds the event's row first (`hold`), so that what it reads
stands still until its transaction ends. Whoever holds several takes them in the order of their
ids, and a firm's row before them.

Whoever makes seats free in a way of their own (more seats, an event restored or put off) calls
`advance` afterwards: it takes back what has lapsed, offers what is free, and has everybody told.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, SignUp
from services import attention, queue

SEATED = ("confirmed", "held", "offered")
ALIVE = (*SEATED, "waiting")
HOLD = timedelta(hours=24)  # how long a seat is kept for a firm that is not approved yet
WINDOWS = (  # with more than so long to the start, an offer stands for so long
    (timedelta(days=3), timedelta(hours=24)),
    (timedelta(days=1), timedelta(hours=6)),
    (timedelta(hours=4), timedelta(hours=2)),
    (timedelta(), timedelta(minutes=30)),
)
AWAKE = timedelta(minutes=30)  # of the morning, to answer what came at night
FRONT = 3  # from this place on people are told how they move up
LAPSED, UNHELD = "lapsed", "unheld"
"""Reasons of ours for which a sign-up is over: an offer or a held seat that nobody took in time."""


async def hold(session: AsyncSession, event_id: int) -> Event | None:
    """The event as it is stored now; it is nobody else's until the transaction ends."""
    await session.flush()
    row = select(Event).where(Event.id == event_id).with_for_update()
    return (await session.scalars(row.execution_options(populate_existing=True))).one_or_none()


async def advance(session: AsyncSession, event_id: int, now: datetime) -> Sequence[SignUp]:
    """Take back what has lapsed, and offer each free seat to whoever has waited longest.

    The new offers. Everybody concerned is told by jobs that this plans; called twice it does
    nothing more.
    """
    return (await settled(session, event_id, now))[1]


async def settled(
    session: AsyncSession, event_id: int, now: datetime
) -> tuple[Event | None, Sequence[SignUp]]:
    """The event, held, with nothing in it that has lapsed; and the new offers."""
    event = await hold(session, event_id)
    if event is None or event.state != "open":
        return event, []
    await _take_back(session, event, now)
    if now >= event.starts_at:
        return event, []
    free = event.capacity - event.taken
    offers = await line(session, event_id, free) if free > 0 else []
    for first in offers:
        await _offer(session, event, first, now)
    await _tell_front(session, event_id, now)
    return event, offers


async def line(session: AsyncSession, event_id: int, most: int | None = None) -> Sequence[SignUp]:
    """Who waits, the longest first."""
    await session.flush()
    waiting = select(SignUp).where(SignUp.event_id == event_id, SignUp.state == "waiting")
    ordered = waiting.order_by(SignUp.queued_at, SignUp.id).limit(most)
    return (await session.scalars(ordered.execution_options(populate_existing=True))).all()


async def place_of(session: AsyncSession, signup: SignUp) -> int:
    """Of somebody who waits: 1 is the next."""
    same = (SignUp.queued_at == signup.queued_at) & (SignUp.id < signup.id)
    before = select(func.count(SignUp.id)).where(
        SignUp.event_id == signup.event_id,
        SignUp.state == "waiting",
        or_(SignUp.queued_at < signup.queued_at, same),
    )
    return 1 + (await session.scalar(before) or 0)


async def queue_up(session: AsyncSession, signup: SignUp, now: datetime) -> int:
    """To the end of the line, whatever the clocks of two machines say; the place there."""
    last = select(func.max(SignUp.queued_at)).where(
        SignUp.event_id == signup.event_id, SignUp.state == "waiting"
    )
    end = await session.scalar(last)
    signup.state, signup.open_until = "waiting", None
    signup.queued_at = now if end is None else max(now, end + timedelta(microseconds=1))
    await session.flush()
    signup.told_place = await place_of(session, signup)
    return signup.told_place


def open_until(event: Event, now: datetime) -> datetime:
    """When an offer made now lapses: sooner as the day comes near, and never after the start. Not
    at night, if there is a morning before it for whoever has it and for one more."""
    left = event.starts_at - now
    window = next((window for ahead, window in WINDOWS if left > ahead), timedelta())
    until = now + window
    if attention.is_quiet(until):
        morning = attention.morning(until) + AWAKE
        until = morning if morning + AWAKE <= event.starts_at else until
    return min(until, event.starts_at)


async def keep(session: AsyncSession, event: Event, signup: SignUp, until: datetime) -> None:
    """The seat is this person's until then, and looked at again at that moment."""
    signup.open_until = until
    await session.flush()
    key = f"seat:{signup.id}:{until:%Y%m%d%H%M%S%f}"
    await queue.plan(session, "events.advance", key, until, event=event.id)


async def free(
    session: AsyncSession, signup: SignUp, *, by: int | None = None, reason: str | None = None
) -> None:
    """Out of the event, or of its line. The event is held; `advance` is the caller's next act."""
    if signup.state in SEATED:
        await change_taken(session, signup.event_id, -1)
    signup.state, signup.cancelled_by, signup.reason = "cancelled", by, reason
    signup.queued_at = signup.told_place = signup.open_until = signup.unanswered = None
    await session.flush()


async def vacate(
    session: AsyncSession, people: Sequence[int], now: datetime, firm: int | None = None
) -> int:
    """Free all that these people have in what is still to come (for this firm only); how many."""
    which: list[ColumnElement[bool]] = [SignUp.person_id.in_(people), SignUp.state.in_(ALIVE)]
    which += [SignUp.enterprise_id == firm] if firm is not None else []
    freed = 0
    for event_id in await _events(session, now, *which):
        await hold(session, event_id)
        for signup in await _rows(session, SignUp.event_id == event_id, *which):
            await free(session, signup)
            freed += 1
        await advance(session, event_id, now)
    return freed


async def let_in(session: AsyncSession, person_id: int, firm: int, now: datetime) -> None:
    """Who acts for the firm from now on has the seats that were held for them."""
    which = (
        SignUp.person_id == person_id, SignUp.enterprise_id == firm, SignUp.state == "held",
        SignUp.open_until > now,
    )  # fmt: skip
    for event_id in await _events(session, now, *which):
        await hold(session, event_id)
        for signup in await _rows(session, SignUp.event_id == event_id, *which):
            signup.state, signup.open_until = "confirmed", None
            await tell(session, signup, "let_in", now)


async def change_taken(session: AsyncSession, event_id: int, by: int) -> bool:
    """False when there is no such seat to take. Whoever holds the event sees the new number."""
    taken = Event.taken + by
    changed = await session.scalar(
        update(Event)
        .where(Event.id == event_id, taken.between(0, Event.capacity))
        .values(taken=taken)
        .returning(Event)
        .execution_options(populate_existing=True, synchronize_session=False)
    )
    return changed is not None


async def tell(
    session: AsyncSession, signup: SignUp, news: str, now: datetime, **facts: Any
) -> None:
    """Have the person told; whether it is still true is looked at when the message is written."""
    key = f"tell:{signup.id}:{secrets.token_hex(8)}"
    await queue.plan(session, "events.tell", key, now, signup=signup.id, news=news, **facts)


async def still(
    session: AsyncSession, signup_id: int, news: str, place: int | None = None
) -> tuple[Event, SignUp] | None:
    """What these news speak of; None when they are not true any more."""
    signup = await session.get(SignUp, signup_id, populate_existing=True)
    if signup is None or signup.person_id is None or not _true(signup, news, place):
        return None
    return await session.get_one(Event, signup.event_id, populate_existing=True), signup


def _true(signup: SignUp, news: str, place: int | None) -> bool:
    states = {"offered": "offered", "let_in": "confirmed", "moved_up": "waiting"}
    if news in states:
        moved = news == "moved_up" and signup.told_place != place
        return signup.state == states[news] and not moved
    return signup.state == "cancelled" and signup.reason == news


async def _tell_front(session: AsyncSession, event_id: int, now: datetime) -> None:
    """Each of the first in line hears once of each place to which they move up."""
    for place, signup in enumerate(await line(session, event_id, FRONT), 1):
        if signup.told_place is None or place < signup.told_place:
            signup.told_place = place
            await tell(session, signup, "moved_up", now, place=place)
    await session.flush()


async def _offer(session: AsyncSession, event: Event, signup: SignUp, now: datetime) -> None:
    await change_taken(session, event.id, 1)
    signup.state, signup.told_place = "offered", None
    await keep(session, event, signup, open_until(event, now))
    await tell(session, signup, "offered", now)


async def _take_back(session: AsyncSession, event: Event, now: datetime) -> None:
    """Offers and held seats whose time is over; at the start it is over for all of them."""
    over: list[ColumnElement[bool]] = [SignUp.state.in_(("offered", "held"))]
    over += [SignUp.open_until <= now] if now < event.starts_at else []
    for signup in await _rows(session, SignUp.event_id == event.id, *over):
        reason = LAPSED if signup.state == "offered" else UNHELD
        await free(session, signup, reason=reason)
        await tell(session, signup, reason, now)


async def _rows(session: AsyncSession, *which: ColumnElement[bool]) -> Sequence[SignUp]:
    await session.flush()
    rows = select(SignUp).where(*which).order_by(SignUp.id)
    return (await session.scalars(rows.execution_options(populate_existing=True))).all()


async def _events(
    session: AsyncSession, now: datetime, *which: ColumnElement[bool]
) -> Sequence[int]:
    """Where there are such sign-ups, among what has not begun, in the order of taking hold."""
    await session.flush()
    ahead = select(SignUp.event_id).join(Event).where(Event.starts_at > now, *which)
    return (await session.scalars(ahead.distinct().order_by(SignUp.event_id))).all()
