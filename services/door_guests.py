"""Who is expected at a door, as the door may know them: by code, by ticket, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import Enterprise, Event, Person, SignUp
from services.desk import masked

MOST = 8  # that a search shows
NEAR = timedelta(days=2)  # an event at whose door somebody may stand by mistake

By = aliased(Person)
NAME = func.coalesce(SignUp.name, Person.name)
FIRM = func.coalesce(SignUp.firm, Enterprise.name)
PHONE = func.coalesce(SignUp.phone, Person.phone)


@dataclass(frozen=True)
class Guest:
    """One sign-up at the door. `phone` is masked; `by` is who checked them in; `walked_in` that
    they came without a sign-up."""

    id: int
    event_id: int
    person_id: int | None
    code: str
    state: str
    name: str | None
    firm: str | None
    phone: str | None
    checked_in_at: datetime | None
    by: str | None
    walked_in: bool


async def get(session: AsyncSession, signup_id: int) -> Guest | None:
    return await _one(session, SignUp.id == signup_id)


async def of_person(session: AsyncSession, event_id: int, person_id: int) -> Guest | None:
    return await _one(session, SignUp.event_id == event_id, SignUp.person_id == person_id)


async def by_code(session: AsyncSession, event_id: int, code: str) -> Guest | None:
    return await _one(session, SignUp.event_id == event_id, SignUp.code == code)


async def by_phone(session: AsyncSession, event_id: int, phone: str) -> Guest | None:
    return await _one(session, SignUp.event_id == event_id, PHONE.in_([phone]))


async def event_of_code(session: AsyncSession, code: str, now: datetime, but: int) -> Event | None:
    """Another event of these days where somebody has this code and a seat."""
    there = (
        select(Event)
        .join(SignUp, SignUp.event_id == Event.id)
        .where(SignUp.code == code, SignUp.state == "confirmed", Event.id != but)
        .where(Event.state == "open", Event.starts_at.between(now - NEAR, now + NEAR))
    )
    found: Event | None = await session.scalar(there.order_by(Event.starts_at).limit(1))
    return found


async def search(session: AsyncSession, event_id: int, words: str) -> Sequence[Guest]:
    """By a part of the name or the firm, or the last digits of the number."""
    part = f"%{_literally(words)}%"
    like = [NAME.ilike(part, escape="\\"), FIRM.ilike(part, escape="\\")]
    if words.isdecimal() and len(words) >= 4:
        like.append(PHONE.like(f"%{words}"))
    query = _guests(SignUp.event_id == event_id, or_(*like))
    there = await session.execute(query.order_by(SignUp.state != "confirmed", NAME).limit(MOST))
    return [_guest(row) for row in there]


async def everybody(session: AsyncSession, event_id: int) -> Sequence[Guest]:
    """Who has a seat, firm by firm: what is printed for the door."""
    seated = SignUp.state.in_(("confirmed", "held", "offered"))
    rows = await session.execute(_guests(SignUp.event_id == event_id, seated).order_by(FIRM, NAME))
    return [_guest(row) for row in rows]


async def latest(session: AsyncSession, event_id: int, most: int) -> Sequence[Guest]:
    """Who came last, the newest first."""
    came = _guests(SignUp.event_id == event_id, SignUp.checked_in_at.is_not(None))
    order = came.order_by(SignUp.checked_in_at.desc(), SignUp.id.desc())
    return [_guest(row) for row in await session.execute(order.limit(most))]


def _guests(*where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            SignUp.id, SignUp.event_id, SignUp.person_id, SignUp.code, SignUp.state,
            NAME.label("name"), FIRM.label("firm"), PHONE.label("phone"), SignUp.checked_in_at,
            By.name.label("by"), SignUp.firm.is_not(None).label("walked_in"),
        )
        .outerjoin(Person, Person.id == SignUp.person_id)
        .outerjoin(Enterprise, Enterprise.id == SignUp.enterprise_id)
        .outerjoin(By, By.id == SignUp.checked_in_by)
        .where(*where)
    )  # fmt: skip


async def _one(session: AsyncSession, *where: ColumnElement[bool]) -> Guest | None:
    row = (await session.execute(_guests(*where).limit(1))).one_or_none()
    return _guest(row) if row else None


def _guest(row: Any) -> Guest:
    known = row._asdict()
    return Guest(**known | {"phone": masked(row.phone) if row.phone else None})


def _literally(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
