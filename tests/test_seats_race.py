"""Eighty seats, five hundred people at once. The control shows what happens without the guard."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from db.models import Enterprise, Event, Person, SignUp
from db.session import Database
from services import events, seats

SEATS, PEOPLE = 80, 500


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


async def test_eighty_seats_are_eighty_seats_and_the_rest_is_a_line(
    database: Database, now: datetime
) -> None:
    """However many press 报名 or 候补 at once, in transactions of their own; then forty give theirs
    back at once, and the first forty in line have an offer each."""
    event_id, people = await crowd(database, now)

    door = asyncio.Semaphore(50)  # nobody waits longer for a connection than the pool lets them

    async def come(person: Person) -> events.Place:
        async with door, database.session() as session:
            try:
                async with session.begin_nested():
                    return await events.sign_up(session, person, event_id, now)
            except events.EventFull:
                return await events.join(session, person, event_id, now)

    async def leave(person: Person) -> None:
        async with database.session() as session:
            await events.cancel(session, person.id, event_id, now)

    places = await asyncio.gather(*map(come, people))
    assert await sold(database) == (SEATS, PEOPLE, PEOPLE)
    waiting = sorted(place.position for place in places if place.position)
    assert waiting == list(range(1, PEOPLE - SEATS + 1))
    line = sorted(
        (place.position, person.id)
        for place, person in zip(places, people, strict=True)
        if place.position
    )
    inside = [p for p, place in zip(people, places, strict=True) if place.state == "new"]
    assert len(inside) == SEATS
    await asyncio.gather(*map(leave, inside[:40]))
    assert (await sold(database))[0] == SEATS
    async with database.reading() as connection:
        offered = await connection.scalars(select(SignUp.person_id).filter_by(state="offered"))
        assert set(offered) == {person for _, person in line[:40]}


async def test_two_colleagues_at_once_for_the_last_place_of_their_firm(
    database: Database, now: datetime
) -> None:
    """One has it, the other is told who has."""
    event_id, people = await crowd(database, now)
    async with database.session() as session:
        (await events.get(session, event_id)).per_firm = 2
        await events.sign_up(session, people[0], event_id, now)

    async def come(person: Person) -> str:
        try:
            async with database.session() as session:
                return (await events.sign_up(session, person, event_id, now)).state
        except seats.FirmFull as full:
            return f"{len(full.facts['colleagues'])} of {full.facts['limit']}"

    answers = await asyncio.gather(*map(come, people[1:9]))
    assert sorted(answers) == ["2 of 2"] * 7 + ["new"]
    assert (await sold(database))[0] == 2


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
    """The same crowd, count then insert in the driver's default transaction: more than eighty.

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
