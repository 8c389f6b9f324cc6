"""Work that falls due: once, in one transaction, never the end of its runner."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Gap, Job
from pipeline.jobs import Do, Jobs, Slow
from pipeline.work import Aside, Work
from services import queue
from tests.chat import Chat
from tests.conftest import Engine
from tests.pipeline.small import bot, count

OURS = Job.kind == "test"


async def plan(chat: Chat, now: datetime, key: str = "once") -> None:
    async with chat.programme.database.session() as session:
        await queue.plan(session, "test", key, now)


async def job(chat: Chat) -> Any:
    async with chat.programme.database.reading() as connection:
        return (await connection.execute(select(Job).where(OURS))).one()


async def test_pauses_grow_and_the_fifth_failure_is_the_last(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    """The row keeps the reason; what it had written is gone each time."""
    moments: list[datetime] = []

    async def fails(work: Work) -> None:
        moments.append(work.now)
        work.session.add(Gap(topic="job", text="x", created_at=work.now))
        await work.flush()
        raise RuntimeError("the reason")

    async with bot(tmp_path, now, engine, test=fails) as chat:
        await plan(chat, now)
        for _ in range(400):
            await chat.later(timedelta(seconds=5))
            if (row := await job(chat)).state == "failed":
                break
        assert (row.state, row.attempts) == ("failed", 5)
        assert "the reason" in row.error
        assert await count(chat.programme.database, Gap.id) == 0
    pauses = [(b - a).total_seconds() for a, b in itertools.pairwise(moments)]
    assert len(pauses) == 4
    assert all(b >= 1.5 * a for a, b in itertools.pairwise(pauses))


async def hangs() -> None:
    await asyncio.sleep(60)


async def cancels() -> None:
    raise asyncio.CancelledError


async def exits() -> None:
    raise SystemExit


@pytest.mark.parametrize("poison", [hangs, cancels, exits])
async def test_no_job_ends_the_runner(
    tmp_path: Path,
    now: datetime,
    sqlite_engine: Engine,
    poison: Callable[[], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It counts as failed, and the next one is done."""
    monkeypatch.setattr("pipeline.jobs.JOB_TIMEOUT", 0.1)
    ran: list[str] = []

    async def sometimes(work: Work) -> None:
        ran.append("")
        if len(ran) == 1:
            await poison()

    async with bot(tmp_path, now, sqlite_engine, test=sometimes) as chat:
        await plan(chat, now, "first")
        await plan(chat, now, "second")
        runner = asyncio.create_task(chat.programme.jobs.run())
        for _ in range(2):
            chat.programme.jobs.due.set()
            await asyncio.sleep(0.25)
        assert not runner.done()
        database = chat.programme.database
        assert await count(database, Job.id, OURS, Job.state == "done") == 1
        assert await count(database, Job.id, OURS, Job.attempts == 1) == 1
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)


async def test_a_runner_that_lost_its_job_does_nothing(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    """Its lease ran out before it began, and another runner has done it."""
    runs: list[str] = []

    async def note(work: Work) -> None:
        runs.append("")

    async with bot(tmp_path, now, engine, test=note) as chat:
        programme = chat.programme
        slow = Jobs(programme.database, chat.clock, "slow", {"test": note}, lambda letters: None)
        await plan(chat, now)
        async with programme.database.writing() as connection:
            due = await slow._claim(connection)
        assert due is not None
        await chat.later(timedelta(minutes=5))
        assert runs == []  # held by somebody else, as long as nobody looks
        await programme.delivery.recover()
        await chat.settle()
        assert runs == [""]
        await slow._do(due)
        await slow._failed(due, RuntimeError())
        assert runs == [""]
        assert (await job(chat)).state == "done"


async def test_a_job_is_prepared_while_another_one_is_done(chat: Chat, now: datetime) -> None:
    """What one plans before its long part need not wait for that to end."""
    met = asyncio.Barrier(2)
    done = list[int]()

    async def prepare(aside: Aside, part: int = 0) -> int:
        if part == 0:
            async with aside.database.session() as session:
                await queue.plan(session, "test", "second", aside.now, part=1)
            aside.wake()
        await met.wait()
        return part

    async def note(work: Work, prepared: int, part: int = 0) -> None:
        done.append(prepared)

    await plan(chat, now)
    kinds: dict[str, Do | Slow] = {"test": Slow(prepare, note)}
    database = chat.programme.database
    jobs = Jobs(database, chat.clock, "two", kinds, lambda letters: None)
    running = asyncio.create_task(jobs.run())
    jobs.due.set()
    async with asyncio.timeout(30):
        while len(done) < 2:  # noqa: ASYNC110 -- jobs tell nobody
            await asyncio.sleep(0.01)
    running.cancel()
    assert sorted(done) == [0, 1]
