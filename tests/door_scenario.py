"""An event of this morning with its people, for the tests of its door."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, Event, Person, SignUp
from services import door_codes, seats

KEY = b"the key of these tests"


async def event_of(session: AsyncSession, now: datetime, **changes: Any) -> Event:
    """It begins in an hour; three may come."""
    values: dict[str, Any] = {
        "kind": "一月一链", "title": "工程机械专场", "starts_at": now + timedelta(hours=1),
        "city": "长沙", "venue": "三楼", "industries": [], "agenda": [], "capacity": 3,
    }  # fmt: skip
    event = Event(**values | changes)
    session.add(event)
    await session.flush()
    return event


async def person_of(
    session: AsyncSession, now: datetime, role: str = "ent", firm: str = "", **more: Any
) -> Person:
    """Somebody, of a firm of their own where it has a name."""
    if firm:
        enterprise = Enterprise(name=firm, tags=[], created_at=now)
        session.add(enterprise)
        await session.flush()
        more["enterprise_id"] = enterprise.id
    person = Person(role=role, created_at=now, **more)
    session.add(person)
    await session.flush()
    return person


async def signed_up(
    session: AsyncSession, event: Event, person: Person, now: datetime, state: str = "confirmed"
) -> SignUp:
    """Their sign-up; who has a seat is counted."""
    signup = SignUp(
        event_id=event.id, person_id=person.id, enterprise_id=person.enterprise_id, state=state,
        code=await seats.free_code(session, event.id), created_at=now - timedelta(days=1),
    )  # fmt: skip
    session.add(signup)
    event.taken += state in ("confirmed", "held", "offered")
    await session.flush()
    return signup


def token_of(signup: SignUp, key: bytes = KEY) -> str:
    return door_codes.token(key, signup.event_id, signup.id, signup.code)
