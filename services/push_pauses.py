"""Who wants no weekly push for a while, or ever: each person for themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Person
from errors import Refused

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
SPANS = {"week": WEEK, "month": MONTH}
EVER, NONE = "ever", "none"
FOREVER = datetime(9000, 1, 1, tzinfo=UTC)


class SpanUnknown(Refused):
    """No facts. An old button names a time that is none any more."""


def listens(now: datetime) -> ColumnElement[bool]:
    """Of people: who speaks for a firm and has not asked for silence."""
    paused = Person.pushes_paused_until
    return and_(Person.role == "ent", or_(paused.is_(None), paused <= now))


async def pause(session: AsyncSession, person_id: int, span: str, now: datetime) -> datetime | None:
    """Silence for a week, a month or for ever, or none; until when. The last word counts."""
    person = await session.get_one(Person, person_id)
    if span in SPANS:
        person.pushes_paused_until = now + SPANS[span]
    elif span in (EVER, NONE):
        person.pushes_paused_until = FOREVER if span == EVER else None
    else:
        raise SpanUnknown
    await session.flush()
    return person.pushes_paused_until


async def until(session: AsyncSession, person_id: int, now: datetime) -> datetime | None:
    """None where the push reaches them."""
    person = await session.get_one(Person, person_id)
    paused = person.pushes_paused_until
    return paused if paused is not None and paused > now else None
