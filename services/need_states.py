"""The states of a need, and how one passes to the next: by a conditional statement, noted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Need
from errors import Refused
from services import audit, queue, working_time

REVIEW, RETURNED, PUBLISHED, MET = "review", "returned", "published", "met"
SOLVED, CLOSED, PARKED = "solved", "closed", "parked"
LIVE = (REVIEW, RETURNED, PUBLISHED, MET)
ALL = (*LIVE, SOLVED, CLOSED, PARKED)
STANDING = (PUBLISHED, MET)  # patents may be offered for it
MATCH = "needs.match"

TO_ANSWER = timedelta(days=7)
"""How long a question waits for its answer, and then the reminder for its effect."""
FRESH = timedelta(days=90)
TO_RENEW = timedelta(days=14)


class NeedUnknown(Refused):
    """No facts."""


class NeedMoved(Refused):
    """Facts: need_id, state. Somebody was faster, or the button is old."""


async def move(
    session: AsyncSession,
    need_id: int,
    allowed: tuple[str, ...],
    who: int | None,
    now: datetime,
    *,
    state: str,
    **news: Any,
) -> Need:
    """To `state`, if it is in one of those allowed; of two at the same moment one is refused."""
    before = await session.get(Need, need_id, populate_existing=True)
    if before is None:
        raise NeedUnknown
    was = before.state
    moved = await session.scalar(
        update(Need)
        .where(Need.id == need_id, Need.state.in_(allowed))
        .values(state=state, **news)
        .returning(Need.id)
        .execution_options(synchronize_session=False)
    )
    need = await session.get_one(Need, need_id, populate_existing=True)
    if moved is None:
        raise NeedMoved(need_id=need_id, state=need.state)
    audit.note(session, who, "need.moved", f"need:{need_id}", was, state, now)
    if was in STANDING or state in STANDING:
        await changed(session, [need_id], now)
    return need


async def changed(session: AsyncSession, need_ids: Iterable[int], now: datetime) -> None:
    """Needs that stand open, or did, are others now: match them anew, when this is committed."""
    for need_id in need_ids:
        key = f"{MATCH}:{need_id}:{now.isoformat()}"
        await queue.plan(session, MATCH, key, now, need=need_id)


def for_review(now: datetime) -> dict[str, Any]:
    """What goes with REVIEW: a human looks within a working day, and nobody is chased."""
    return {"promised_at": working_time.due(now), "handled_at": None, **unchased(None)}


def unchased(at: datetime | None) -> dict[str, Any]:
    return {"chase_at": at, "chased": False}


def woken(need: Need, now: datetime) -> dict[str, Any]:
    """What a need becomes that was parked or ended: published if it was, else looked at again."""
    if need.published_at is not None:
        return {"state": PUBLISHED, **unchased(now + FRESH)}
    return {"state": REVIEW, **for_review(now)}


async def wake_parked(
    session: AsyncSession, enterprise_id: int, person_id: int, now: datetime
) -> None:
    """Somebody speaks for the firm again and takes up what lies."""
    parked = select(Need).where(Need.enterprise_id == enterprise_id, Need.state == PARKED)
    for need in await session.scalars(parked):
        for column, value in woken(need, now).items():
            setattr(need, column, value)
        need.person_id = person_id
        if need.state in STANDING:
            await changed(session, [need.id], now)
