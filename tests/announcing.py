"""Events as organizers make and move them, at the level of services."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event
from services import event_changes, event_drafts
from services.event_drafts import EventAnswers


async def announced(
    session: AsyncSession, answers: EventAnswers, now: datetime, by: int = 1
) -> Event:
    """Drafted and published."""
    draft = await event_drafts.create(session, by, answers, now)
    return await event_drafts.publish(session, by, draft.id, now)


async def moved(
    session: AsyncSession, event_id: int, to: datetime, now: datetime, by: int = 1
) -> None:
    """To another time, proposed and confirmed."""
    effect = await event_changes.propose(session, by, event_id, {"starts_at": to}, now)
    assert effect.change is not None
    await event_changes.confirm(session, by, effect.change.id, now)
