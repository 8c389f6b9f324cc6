"""Needs that nobody speaks of: an open question, or ninety days without a word.

One look a day finds what is due by the rows themselves, so nothing planned can be out of date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Need
from services import audit, need_states, queue
from services.need_states import MET, PARKED, PUBLISHED, RETURNED, TO_ANSWER, TO_RENEW

PORTION = 200
HOUR, ZONE = 10, ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Chase:
    """answer: remind of the question; renew: ask whether it is still wanted; parked: it is now."""

    need: Need
    kind: Literal["answer", "renew", "parked"]


async def due(session: AsyncSession, now: datetime) -> list[Chase]:
    """What to tell whom now; a second call at the same moment finds nothing more of these."""
    silent = (
        select(Need)
        .where(Need.state.in_((RETURNED, PUBLISHED, MET)), Need.chase_at <= now)
        .order_by(Need.chase_at, Need.id)
        .limit(PORTION)
        .execution_options(populate_existing=True)
    )
    found = [_chase(session, need, now) for need in (await session.scalars(silent)).all()]
    parked = [each.need.id for each in found if each.kind == "parked"]
    await need_states.changed(session, parked, now)
    await session.flush()
    return found


def _chase(session: AsyncSession, need: Need, now: datetime) -> Chase:
    if need.chased:
        audit.note(session, None, "need.moved", f"need:{need.id}", need.state, PARKED, now)
        need.state, need.chase_at, need.chased = PARKED, None, False
        return Chase(need, "parked")
    need.chased = True
    if need.state == RETURNED:
        need.chase_at = now + TO_ANSWER
        return Chase(need, "answer")
    need.chase_at = now + TO_RENEW
    return Chase(need, "renew")


async def plan(session: AsyncSession, now: datetime, *, more: bool = False) -> None:
    """The next look: tomorrow at ten, or at once while there is more to do."""
    due_at = now.astimezone(ZONE).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if more:
        due_at = now + timedelta(seconds=1)
    elif due_at <= now:
        due_at += timedelta(days=1)
    await queue.plan(session, "needs.chase", f"needs.chase:{due_at:%Y%m%d%H%M%S}", due_at)
