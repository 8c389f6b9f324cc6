"""What falls due for several processes at once: each row has one owner, each reminder is one."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from copy import copy
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from application import Contents, Programme, assembled
from channels.chats import FIRST_ALLOTTED
from db.models import Chat, Job, Outgoing, Person, SignUp
from db.session import Database
from handlers import attention, events
from pipeline import outbox
from pipeline.clock import Clock
from pipeline.jobs import Do, Slow
from services import due_rules
from services.event_drafts import EventAnswers
from settings import Settings
from tests.announcing import announced
from tests.conftest import Engine, Postgres

ROWS, PORTION, PEOPLE = 600, 20, 30
JOBS: dict[str, Do | Slow] = {"events.remind": events.remind, "attention.missed": attention.missed}
START = timedelta(days=10)


async def claims(database: Database, owner: str, now: datetime) -> list[int]:
    mine: list[int] = []
    more = True
    while more:
        async with database.writing() as connection:
            taken = await outbox.claim_due(connection, owner, now, PORTION, due_rules.judge)
        more = taken.more
        mine += [letter.id for letter in taken.letters]
    return mine


async def both_claim(url: str, now: datetime) -> Counter[int]:
    """Two processes' databases, the same rows due in the same moment."""
    first, second = Database(url), Database(url)
    row = {"method": "send_message", "params": {}, "due_at": now, "topic": "notices",
           "state": "waiting", "attempts": 0}  # fmt: skip
    async with first.writing() as connection:
        await connection.execute(insert(Outgoing), [{"chat_id": n, **row} for n in range(ROWS)])
    got = await asyncio.gather(claims(first, "first", now), claims(second, "second", now))
    await first.close()
    await second.close()
    return Counter(id for mine in got for id in mine)


async def test_a_row_that_is_due_has_one_owner(
    engine: Engine, tmp_path: Path, now: datetime
) -> None:
    claimed = await both_claim(await engine.url(tmp_path), now)
    assert len(claimed) == ROWS and set(claimed.values()) == {1}


async def test_control_without_the_lock_rows_have_two(
    postgres_engine: Postgres, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked = copy(outbox._DUE)
    unlocked._for_update_arg = None
    monkeypatch.setattr(outbox, "_DUE", unlocked)
    claimed = await both_claim(await postgres_engine.url(tmp_path), now)
    assert max(claimed.values()) > 1


async def crowd(database: Database, now: datetime) -> int:
    """An event with many who come."""
    answers = EventAnswers("一月一对接", "对接会", now + START, "长沙", "三楼", PEOPLE)
    async with database.session() as session:
        for n in range(1, PEOPLE + 1):
            session.add(Person(id=n, created_at=now))
            session.add(Chat(id=FIRST_ALLOTTED + n, channel="web", address=str(n), person_id=n))
        await session.flush()
        event = await announced(session, answers, now)
        rows = [{"event_id": event.id, "person_id": n, "code": str(n), "state": "confirmed",
                 "created_at": now, "answers": {}} for n in range(1, PEOPLE + 1)]  # fmt: skip
        await session.execute(insert(SignUp), rows)
    return event.id


async def work(programme: Programme) -> None:
    for _ in range(30):
        await programme.jobs.round()
        while await programme.delivery.round():
            pass
        await asyncio.sleep(0)


async def test_two_processes_remind_each_person_once(
    engine: Engine, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In three rounds, written ten at a time; then both sleep over the end of it and say so once.
    A control of the claim is above."""
    monkeypatch.setattr("services.rounds.CHUNK", 10)
    clock, url = Clock(now), await engine.url(tmp_path)
    settings = Settings(data_dir=tmp_path, database_url=url, demo=False)
    contents = Contents(list, None, JOBS, rules=due_rules.judge)
    async with AsyncExitStack() as stack:
        both = [await stack.enter_async_context(assembled(settings, clock, contents)) for _ in "ab"]
        database = both[0].database
        event = await crowd(database, now)
        for before in (timedelta(days=7), timedelta(days=1)):
            clock.move_to(now + START - before)
            await asyncio.gather(*map(work, both))
        clock.move_to(now + START + timedelta(minutes=1))
        await asyncio.gather(*map(work, both))
        clock.forward(timedelta(minutes=2))
        await asyncio.gather(*map(work, both))
        by_state = select(Outgoing.state, Outgoing.about, func.count()).group_by(
            Outgoing.state, Outgoing.about
        )
        async with database.reading() as connection:
            told = {(state, about): n for state, about, n in await connection.execute(by_state)}
            waiting = await connection.scalar(select(func.count(Job.id)).filter_by(state="waiting"))
            people = select(func.count(Outgoing.chat_id.distinct())).filter_by(about=None)
            missed = await connection.scalar(people)
    assert told == {
        ("sent", f"event:{event}"): 2 * PEOPLE,
        ("expired", f"event:{event}"): PEOPLE,
        ("sent", None): PEOPLE,
    }
    assert (waiting, missed) == (0, PEOPLE)
