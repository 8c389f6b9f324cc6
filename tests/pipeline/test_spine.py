"""The way of one message: what is stored, claimed, tried again, and left without a trace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from telegram import Update
from telegram.ext import MessageHandler, filters

from channels import updates
from db.models import Chat as ChatRow
from db.models import Gap, Incoming, Outgoing
from db.session import Database
from pipeline import inbox
from pipeline.batch import Batch
from pipeline.clock import Clock
from pipeline.inbox import Inbox, Raw
from pipeline.ownership import is_dead, new_owner
from pipeline.turn import Turn
from pipeline.work import Work
from services import queue
from tests.conftest import Engine
from tests.pipeline.small import bare, bot, count, echo


async def test_an_update_is_stored_when_put_returns_and_once(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    """Repeated deliveries, in one batch or later, leave one row."""
    async with bot(tmp_path, now, engine) as chat:
        someone = await chat.somebody("华")
        raw = Raw("web", "same", someone.chat_id, updates.text(someone.chat_id, "x", now))
        await asyncio.gather(*(chat.programme.inbox.put(raw) for _ in range(20)))
        await chat.programme.inbox.put(raw)
        assert await count(chat.programme.database, Incoming.id) == 1


async def test_updates_of_a_chat_are_handled_in_the_networks_order(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    """Also when parallel deliveries arrive shuffled."""
    async with bot(tmp_path, now, engine) as chat:
        someone = await chat.somebody("华")
        for number in (3, 1, 5, 2, 4):
            body = updates.text(someone.chat_id, f"第{number}条", now)
            await chat.programme.inbox.put(
                Raw("web", str(number), someone.chat_id, body, sequence=number)
            )
        await chat.settle()
        said = [bubble.text.split("\n")[2] for bubble in someone.messages]
        assert said == [f"第{number}条" for number in range(1, 6)]


async def test_a_failed_turn_leaves_no_trace_and_is_set_aside_after_three_tries(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    """What it wrote and said is gone; the person is told, the organizers are, the chat goes on."""
    tries = 0

    async def fails(update: Update, turn: Turn) -> None:
        nonlocal tries
        if update.message and update.message.text == "坏":
            tries += 1
            turn.session.add(Gap(topic="x", text="x", created_at=turn.now))
            await turn.session.flush()
            turn.reply("menu/staff")
            raise RuntimeError("broken")
        await echo(update, turn)

    async with bot(tmp_path, now, engine, fails) as chat:
        someone, organizer = await chat.somebody("华"), await chat.somebody("组织", "org")
        await organizer.says("在")
        await someone.says("坏")
        assert tries == 3
        assert "没有办成" in someone.last
        assert "搁置" in organizer.last
        assert await count(chat.programme.database, Gap.id) == 0
        assert len(someone.messages) == 1
        await someone.says("好")
        assert "好" in someone.last


async def test_control_a_unit_of_work_around_the_update_commits_half_of_it(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    """python-telegram-bot catches a callback's error inside process_update: a transaction that
    stands around it sees no error and commits."""
    saw: list[BaseException] = []

    async def fails(update: Update, context: Any) -> None:
        raise RuntimeError("broken")

    async def noted(update: object, context: Any) -> None:
        saw.append(context.error)

    async with bare(MessageHandler(filters.ALL, fails)) as application:
        application.add_error_handler(noted)
        update = Update.de_json(updates.text(1, "x", now) | {"update_id": 1}, application.bot)
        await application.process_update(update)  # raises nothing
    assert len(saw) == 1


POISONS: dict[str, Callable[[], BaseException]] = {
    "cancelled": asyncio.CancelledError,
    "exit": SystemExit,
    "recursion": RecursionError,
}


@pytest.mark.parametrize("poison", [*POISONS, "hang"])
async def test_no_handler_ends_the_worker(
    tmp_path: Path, now: datetime, sqlite_engine: Engine, poison: str, monkeypatch: Any
) -> None:
    """Whatever it raises, and if it never returns: the next update is handled."""
    monkeypatch.setattr("pipeline.worker.TURN_TIMEOUT", 0.2)
    monkeypatch.setattr("pipeline.worker.PAUSE", 0.0)

    async def poisonous(update: Update, turn: Turn) -> None:
        if update.message and update.message.text == "毒":
            if poison == "hang":
                await asyncio.sleep(60)
            raise POISONS[poison]()
        await echo(update, turn)

    async with bot(tmp_path, now, sqlite_engine, poisonous) as chat:
        someone = await chat.somebody("华")
        await someone.says("毒")
        assert "没有办成" in someone.last
        await someone.says("好")
        assert "好" in someone.last


async def test_control_a_cancelled_handler_ends_ptbs_own_fetcher(now: datetime) -> None:
    """The next update in python-telegram-bot's queue is never handled, and it says it runs."""
    handled: list[int] = []

    async def cancels(update: Update, context: Any) -> None:
        handled.append(update.update_id)
        raise asyncio.CancelledError

    async with bare(MessageHandler(filters.ALL, cancels)) as application:
        await application.start()
        for id in (1, 2):
            raw = updates.text(1, "x", now) | {"update_id": id}
            await application.update_queue.put(Update.de_json(raw, application.bot))
        await asyncio.sleep(0.1)
        assert handled == [1]
        assert application.running
        await application.stop()


@pytest.mark.parametrize(
    "body",
    [{"message": 5}, {"message": {"chat": 3}}, {"callback_query": {"id": {}}}, {}, {"x": [1]}],
)
async def test_an_update_that_cannot_be_parsed_stops_nobody(
    tmp_path: Path, now: datetime, sqlite_engine: Engine, body: dict[str, Any], monkeypatch: Any
) -> None:
    """It was stored raw; it is set aside, or ignored, and the chat goes on."""
    monkeypatch.setattr("pipeline.worker.PAUSE", 0.0)
    async with bot(tmp_path, now, sqlite_engine) as chat:
        someone = await chat.somebody("华")
        await chat.programme.inbox.put(Raw("web", "bad", someone.chat_id, body))
        await someone.says("好")
        assert "好" in someone.last
        assert await count(chat.programme.database, Incoming.id, Incoming.state == "new") == 0


async def test_a_worker_that_lost_its_chat_commits_nothing(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    """Its lease ran out and another one claimed the chat: the epoch has grown."""
    async with bot(tmp_path, now, engine) as chat:
        someone, database = await chat.somebody("华"), chat.programme.database
        body = updates.text(someone.chat_id, "x", now)
        await chat.programme.inbox.put(Raw("web", "k", someone.chat_id, body))
        slow = await inbox.claim(database, "slow", chat.clock.now())
        assert await inbox.claim(database, "quick", chat.clock.now()) == {}
        later = chat.clock.now() + timedelta(minutes=5)
        quick = await inbox.claim(database, "quick", later)
        async with database.writing() as connection:
            assert not await inbox.take(connection, slow[someone.chat_id][0])
            assert await inbox.take(connection, quick[someone.chat_id][0])
            assert not await inbox.take(connection, quick[someone.chat_id][0])


async def test_what_a_dead_process_held_is_free_at_the_next_start(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    """Without waiting for the lease, if it ran on this machine and its pid is gone."""
    dead = new_owner().split(":")[0] + ":999999999:x"
    assert is_dead(dead)
    assert not is_dead(new_owner())
    async with bot(tmp_path, now, engine) as chat:
        someone, database = await chat.somebody("华"), chat.programme.database
        await someone.says("一")
        async with database.writing() as connection:
            lease = chat.clock.now() + timedelta(hours=1)
            await connection.execute(update(ChatRow).values(owner=dead, lease_until=lease))
            await connection.execute(
                update(Outgoing).values(state="claimed", owner=dead, lease_until=lease)
            )
        await chat.programme.delivery.recover()
        await chat.settle()
        assert await count(database, Outgoing.id, Outgoing.state == "sent") == 1
        await someone.says("二")
        assert "二" in someone.last


async def test_many_writes_share_commits_and_a_failure_reaches_its_waiters() -> None:
    """A batch that fails fails all that wait for it; the next one works."""
    commits: list[list[int]] = []

    async def write(items: list[int]) -> None:
        await asyncio.sleep(0)
        if 13 in items:
            raise OSError("disk full")
        commits.append(items)

    batch = Batch(write)
    await asyncio.gather(*map(batch.add, range(10)))
    assert len(commits) <= 2
    with pytest.raises(OSError, match="disk full"):
        await batch.add(13)
    await batch.add(14)
    assert commits[-1] == [14]


async def test_a_job_runs_once_and_a_failed_one_comes_back(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    """With growing pauses; what it wrote when it failed is gone."""
    runs: list[int] = []

    async def sometimes(work: Work, number: int) -> None:
        runs.append(number)
        work.session.add(Gap(topic="job", text="x", created_at=work.now))
        if len(runs) < 3:
            raise RuntimeError("not yet")

    async with bot(tmp_path, now, engine, test=sometimes) as chat:
        async with chat.programme.database.session() as session:
            for _ in range(2):
                await queue.plan(session, "test", "once", now, number=7)
        for _ in range(6):
            await chat.later(timedelta(minutes=5))
        assert runs == [7, 7, 7]
        assert await count(chat.programme.database, Gap.id) == 1


async def test_two_processes_never_run_the_same_job(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    """Fifty jobs, two runners at once."""
    runs: list[int] = []

    async def note(work: Work, number: int) -> None:
        runs.append(number)
        await asyncio.sleep(0)

    async with bot(tmp_path, now, engine, test=note) as chat:
        async with chat.programme.database.session() as session:
            for number in range(50):
                await queue.plan(session, "test", f"job{number}", now, number=number)

        async def run() -> None:
            while await chat.programme.jobs.round():
                pass

        await asyncio.gather(run(), run())
        assert sorted(runs) == list(range(50))


async def test_the_inbox_survives_a_write_that_fails(tmp_path: Path, now: datetime) -> None:
    """The sender hears of it and may repeat; nothing is half stored."""
    database = Database(f"sqlite:///{tmp_path}/empty.db")  # no tables yet
    box = Inbox(database, Clock(now))
    raw = Raw("web", "k", 2**52, {})
    with pytest.raises(Exception, match="no such table"):
        await box.put(raw)
    await database.migrate()
    await box.put(raw)
    assert await count(database, Incoming.id) == 1
    await database.close()


async def test_a_flood_in_one_chat_starves_no_other(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    """A claim takes at most so many of each chat, and who was served longest ago comes first."""
    async with bot(tmp_path, now, engine) as chat:
        people = [await chat.somebody(f"人{number}") for number in range(4)]
        for number in range(100):
            body = updates.text(people[0].chat_id, f"{number}", now)
            await chat.programme.inbox.put(Raw("web", f"f{number}", people[0].chat_id, body))
        for person in people[1:]:
            body = updates.text(person.chat_id, "x", now)
            await chat.programme.inbox.put(
                Raw("web", "x" + str(person.chat_id), person.chat_id, body)
            )
        claims = await inbox.claim(chat.programme.database, "me", chat.clock.now())
        assert {len(claims[person.chat_id]) for person in people[1:]} == {1}
        assert len(claims[people[0].chat_id]) == inbox.UPDATES_A_CHAT
