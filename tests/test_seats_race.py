"""Fifty seats, four hundred people at once. The control shows what happens without the guard."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from db.models import Enterprise, Event, Person, SignUp
from db.session import Database
from services import events

SEATS, PEOPLE = 50, 400


async def crowd(database: Database, now: datetime) -> tuple[int, list[Person]]:
    """An event and people who want to come, each in the database."""
    async with database.session() as session:
        firm = Enterprise(name="某某公司", tags=[], created_at=now)
        event = Event(
            kind="一月一对接",
            title="工程机械专场",
            starts_at=now + timedelta(days=9),
            city="长沙",
            venue="三楼",
            industries=[],
            agenda=[],
            capacity=SEATS,
        )
        session.add_all([firm, event])
        await session.flush()
        people = [Person(enterprise_id=firm.id, created_at=now) for _ in range(PEOPLE)]
        session.add_all(people)
        await session.flush()
    return event.id, people


async def sold(database: Database) -> tuple[int, int, int]:
    """Seats counted by the event, sign-ups, and different codes."""
    async with database.reading() as connection:
        taken = await connection.scalar(select(Event.taken))
        codes = (await connection.scalars(select(SignUp.code))).all()
    return taken or 0, len(codes), len(set(codes))


async def test_fifty_seats_are_fifty_seats(database: Database, now: datetime) -> None:
    """However many press 报名 at once, in transactions of their own."""
    event_id, people = await crowd(database, now)

    async def come(person: Person) -> str:
        try:
            async with database.session() as session:
                return (await events.sign_up(session, person, event_id, now)).state
        except events.EventFull:
            return "full"

    answers = await asyncio.gather(*map(come, people))
    assert await sold(database) == (SEATS, SEATS, SEATS)
    assert (answers.count("new"), answers.count("full")) == (SEATS, PEOPLE - SEATS)


async def test_one_person_on_many_devices_takes_one_seat(database: Database, now: datetime) -> None:
    """Every device shows the same code; cancelling on all of them frees one seat."""
    event_id, people = await crowd(database, now)

    async def come(_device: int) -> str:
        async with database.session() as session:
            return (await events.sign_up(session, people[0], event_id, now)).code

    async def leave(_device: int) -> None:
        async with database.session() as session:
            await events.cancel(session, people[0].id, event_id, now)

    async with database.session() as session:
        await events.sign_up(session, people[1], event_id, now)
    assert len(set(await asyncio.gather(*map(come, range(20))))) == 1
    assert await sold(database) == (2, 2, 2)
    await asyncio.gather(*map(leave, range(20)))
    assert (await sold(database))[0] == 1


async def test_control_counting_first_sells_seats_twice(database: Database, now: datetime) -> None:
    """The same crowd, count then insert in the driver's default transaction: more than fifty.

    If this stops overselling, the test above proves nothing any more.
    """
    event_id, people = await crowd(database, now)
    engine = create_async_engine(database.url, pool_size=16)
    try:
        await asyncio.gather(*(_count_then_insert(engine, event_id, p.id, now) for p in people))
    finally:
        await engine.dispose()
    assert (await sold(database))[1] > SEATS


async def _count_then_insert(
    engine: AsyncEngine, event_id: int, person_id: int, now: datetime
) -> None:
    async with engine.begin() as connection:
        taken = await connection.scalar(select(func.count()).select_from(SignUp))
        await asyncio.sleep(0)  # as any turn yields between what it reads and what it writes
        if (taken or 0) < SEATS:
            await connection.execute(
                insert(SignUp).values(
                    event_id=event_id, person_id=person_id, code="1", created_at=now,
                    state="confirmed",
                )
            )  # fmt: skip
