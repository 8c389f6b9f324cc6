"""Fictional data to try everything with: marked in every row, and taken away by one call.

Its dates are counted from the day of loading, so that the demo never ages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, ColumnElement, Table, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Base
from db.models import (
    Enterprise,
    EnterpriseSegment,
    Event,
    Need,
    Patent,
    Person,
    Segment,
    SignUp,
)
from services import event_reminders, industries, queue
from services.need_states import FRESH, PUBLISHED

FILES = Path(__file__).parents[1] / "data" / "demo"
ZONE = ZoneInfo("Asia/Shanghai")
FRIDAY, NEXT_MONDAY = 4, 7

Row = dict[str, Any]


@dataclass(frozen=True)
class Counts:
    """Demo rows that were added or removed."""

    patents: int
    enterprises: int
    needs: int
    events: int
    people: int


async def load(session: AsyncSession, now: datetime) -> Counts:
    """Add what is missing. A second call adds nothing, or new events once all have passed."""
    before = await _count(session)
    await industries.load(session)
    segments = {row.name: row.id for row in await session.scalars(select(Segment))}
    await _add_patents(session, segments, now)
    await _add_enterprises(session, segments, now)
    await _add_events(session, now)
    return _difference(await _count(session), before)


async def remove(session: AsyncSession) -> Counts:
    """Take away the demo rows, and the rows that cannot stand without one.

    What merely points to one (a person who tried a demo firm) stays and lets go of it.
    """
    before = await _count(session)
    await _free_seats(session)
    for event_id in await session.scalars(select(Event.id).where(Event.demo)):
        await queue.unplan(session, f"remind:event:{event_id}:")
    doomed = _doomed()
    for table in reversed(Base.metadata.sorted_tables):
        await _let_go(session, table, doomed)
        if table.name in doomed:
            await session.execute(delete(table).where(doomed[table.name]))
    session.expire_all()
    return _difference(before, await _count(session))


async def is_empty(session: AsyncSession) -> bool:
    """Whether there is nothing yet that a person could look at."""
    there = [select(model.id).exists() for model in (Patent, Enterprise, Event)]
    return not await session.scalar(select(or_(*there)))


async def _add_patents(session: AsyncSession, segments: dict[str, int], now: datetime) -> None:
    rows = _shipped("patents")
    numbers = [row["number"] for row in rows]
    there = set(await session.scalars(select(Patent.number).where(Patent.number.in_(numbers))))
    session.add_all(_patent(row, segments, now) for row in rows if row["number"] not in there)
    await session.flush()


def _patent(row: Row, segments: dict[str, int], now: datetime) -> Patent:
    told = {key: value for key, value in row.items() if key not in ("segment", "licence_days")}
    for day in ("filed_on", "granted_on"):
        told[day] = date.fromisoformat(row[day])
    if days := row.get("licence_days"):
        told["licence_until"] = now.astimezone(ZONE).date() + timedelta(days=days)
    return Patent(**told, segment_id=segments[row["segment"]], updated_at=now, demo=True)


async def _add_enterprises(session: AsyncSession, segments: dict[str, int], now: datetime) -> None:
    rows = _shipped("enterprises")
    codes = [row["uscc"] for row in rows]
    there = set(await session.scalars(select(Enterprise.uscc).where(Enterprise.uscc.in_(codes))))
    rows = [row for row in rows if row["uscc"] not in there]
    firms = [_enterprise(row, now) for row in rows]
    session.add_all(firms)
    await session.flush()
    contacts = [_contact(row, firm, now) for row, firm in zip(rows, firms, strict=True)]
    session.add_all(contacts)
    await session.flush()
    for row, contact in zip(rows, contacts, strict=True):
        session.add_all(_about(row, contact, segments[row["segment"]], now))
    await session.flush()


def _enterprise(row: Row, now: datetime) -> Enterprise:
    told = {key: row[key] for key in ("name", "uscc", "city", "size", "tags")}
    return Enterprise(**told, created_at=now, demo=True)


def _contact(row: Row, firm: Enterprise, now: datetime) -> Person:
    return Person(**row["contact"], role="ent", enterprise_id=firm.id, created_at=now, demo=True)


def _about(row: Row, contact: Person, segment_id: int, now: datetime) -> Iterator[Base]:
    """The firm's segment and its needs."""
    yield EnterpriseSegment(enterprise_id=contact.enterprise_id, segment_id=segment_id)
    for need in row["needs"]:
        yield Need(
            enterprise_id=contact.enterprise_id,
            person_id=contact.id,
            problem=need["problem"],
            target=need["target"],
            budget_low=need["budget"],
            budget_high=need["budget"],
            wanted_by=now.astimezone(ZONE).date() + timedelta(days=need["days"]),
            modes=need["modes"],
            segment_id=segment_id,
            state=PUBLISHED,
            published_at=now,
            chase_at=now + FRESH,
            created_at=now,
            demo=True,
        )


async def _add_events(session: AsyncSession, now: datetime) -> None:
    ahead = select(Event.id).where(Event.demo, Event.starts_at > now)
    if await session.scalar(ahead.limit(1)) is not None:
        return
    announced = [_event(row, now) for row in _shipped("events")]
    session.add_all(announced)
    await session.flush()
    for event in announced:
        await event_reminders.plan(session, event, now)


def _event(row: Row, now: datetime) -> Event:
    day = _weekday(now.astimezone(ZONE).date() + timedelta(days=row["days"]))
    last_day = day - timedelta(days=row["signup_days_before"])
    told = {key: row[key] for key in ("kind", "city", "venue", "capacity", "industries", "agenda")}
    return Event(
        **told,
        title=row["title"].format(month=day.month),
        starts_at=_moment(day, row["starts"]),
        ends_at=_moment(day, row["ends"]),
        signup_until=_moment(last_day, row["signup_until"]),
        demo=True,
    )


def _weekday(day: date) -> date:
    """The day itself, or the Monday after its weekend."""
    if day.weekday() <= FRIDAY:
        return day
    return day + timedelta(days=NEXT_MONDAY - day.weekday())


def _moment(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZONE)


async def _free_seats(session: AsyncSession) -> None:
    """Give back what demo people hold in events that stay; their sign-ups go with them."""
    held = (
        select(func.count(SignUp.id))
        .join(Person, Person.id == SignUp.person_id)
        .where(SignUp.event_id == Event.id, SignUp.state == "confirmed", Person.demo)
        .correlate(Event)
        .scalar_subquery()
    )
    statement = update(Event).where(~Event.demo).values(taken=Event.taken - held)
    await session.execute(statement.execution_options(synchronize_session=False))
    theirs = SignUp.person_id.in_(select(Person.id).where(Person.demo))
    await session.execute(delete(SignUp).where(theirs))


def _doomed() -> dict[str, ColumnElement[bool]]:
    """By table, which rows go: the demo rows and all that must point to a row that goes."""
    doomed: dict[str, ColumnElement[bool]] = {}
    for table in Base.metadata.sorted_tables:
        reasons: list[ColumnElement[bool]] = [table.c.demo] if "demo" in table.c else []
        reasons += [_gone(column, doomed) for column in _pointers(table, doomed, nullable=False)]
        if reasons:
            doomed[table.name] = or_(*reasons)
    return doomed


async def _let_go(
    session: AsyncSession, table: Table, doomed: dict[str, ColumnElement[bool]]
) -> None:
    for column in _pointers(table, doomed, nullable=True):
        statement = update(table).where(_gone(column, doomed)).values({column.name: None})
        await session.execute(statement)


def _pointers(
    table: Table, doomed: dict[str, ColumnElement[bool]], *, nullable: bool
) -> list[Column[Any]]:
    """The table's columns that refer to a table in which rows go."""
    return [
        column
        for column in table.columns
        if column.nullable == nullable
        and any(key.column.table.name in doomed for key in column.foreign_keys)
    ]


def _gone(column: Column[Any], doomed: dict[str, ColumnElement[bool]]) -> ColumnElement[bool]:
    target = next(iter(column.foreign_keys)).column
    return column.in_(select(target).where(doomed[target.table.name]))


async def _count(session: AsyncSession) -> Counts:
    kinds = (Patent, Enterprise, Need, Event, Person)
    counts = [select(func.count()).where(kind.demo).scalar_subquery() for kind in kinds]
    return Counts(*(await session.execute(select(*counts))).one())


def _difference(more: Counts, less: Counts) -> Counts:
    return Counts(*(a - b for a, b in zip(astuple(more), astuple(less), strict=True)))


def _shipped(kind: str) -> list[Row]:
    rows: list[Row] = json.loads((FILES / f"{kind}.json").read_text(encoding="utf-8"))[kind]
    return rows
