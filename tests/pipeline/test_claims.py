"""Who may handle a chat: one worker at a time, in fair order, and never one that came too late."""

from __future__ import annotations

import asyncio
import os
import socket
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from telegram import Update

from application import at_work
from channels import updates
from db.models import Chat as ChatRow
from db.models import Incoming
from pipeline import inbox
from pipeline.inbox import Raw
from pipeline.ownership import is_dead, new_owner
from pipeline.turn import Turn
from pipeline.worker import Worker
from tests.chat import Chat
from tests.conftest import Engine
from tests.pipeline.small import Do, bot, count, echo
from tests.waiting import eventually

CHATS, EACH = 8, 6


class Watched:
    """A handler that notes who is in a chat while it works there."""

    def __init__(self) -> None:
        self.inside: dict[int, int] = defaultdict(int)
        self.most = 0
        self.handled: dict[int, list[str]] = defaultdict(list)

    async def handle(self, update: Update, turn: Turn) -> None:
        assert update.message is not None
        self.inside[turn.chat_id] += 1
        self.most = max(self.most, self.inside[turn.chat_id])
        await asyncio.sleep(0.005)
        self.inside[turn.chat_id] -= 1
        self.handled[turn.chat_id].append(update.message.text or "")
        await echo(update, turn)


def worker(chat: Chat, owner: str) -> Worker:
    """One more worker on the same database, as another process would have."""
    programme = chat.programme

    async def silent(*_: Any) -> None: ...

    return Worker(
        programme.database, programme.clock, programme.inbox, owner,
        parse=lambda raw: Update.de_json(raw, programme.application.bot),
        process=programme.application.process_update, fetch=silent,
        deliver=lambda letters: None, alarm=silent,
    )  # fmt: skip


async def crowd(chat: Chat, now: datetime) -> list[int]:
    """Several chats, each with several updates waiting."""
    ids = [(await chat.somebody(f"人{n}")).chat_id for n in range(CHATS)]
    await chat.programme.inbox.put_all(
        [
            Raw("web", f"{id}-{n}", id, updates.text(id, str(n), now), sequence=n)
            for n in range(EACH)
            for id in ids
        ]
    )
    return ids


async def work_off(chat: Chat, *workers: Worker) -> None:
    async def run(one: Worker) -> None:
        while await one.round() or await count(
            chat.programme.database, Incoming.id, Incoming.state == "new"
        ):
            pass

    await asyncio.gather(*map(run, workers))


async def test_two_workers_are_never_in_one_chat(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    """Each update once, each chat in order, nobody beside anybody."""
    watched = Watched()
    async with bot(tmp_path, now, engine, watched.handle) as chat:
        ids = await crowd(chat, now)
        await work_off(chat, *(worker(chat, f"worker{n}") for n in range(3)))
    assert watched.most == 1
    assert watched.handled == {id: [str(n) for n in range(EACH)] for id in ids}


async def test_control_without_lease_and_epoch_updates_are_handled_twice(
    tmp_path: Path, now: datetime, postgres_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def take(connection: AsyncConnection, claim: inbox.Claim) -> bool:
        mine = update(Incoming).where(Incoming.id == claim.id)
        await connection.execute(mine.values(state="done"))
        return True

    waiting = select(Incoming.chat_id).where(Incoming.state == "new")
    monkeypatch.setattr("pipeline.inbox._FREE", select(ChatRow.id).where(ChatRow.id.in_(waiting)))
    monkeypatch.setattr("pipeline.inbox.take", take)
    watched = Watched()
    async with bot(tmp_path, now, postgres_engine, watched.handle) as chat:
        await crowd(chat, now)
        await work_off(chat, *(worker(chat, f"worker{n}") for n in range(3)))
    assert sum(map(len, watched.handled.values())) > CHATS * EACH


async def test_a_flood_keeps_nobody_waiting(tmp_path: Path, now: datetime, engine: Engine) -> None:
    """One chat with a thousand updates takes its share of a claim and leaves others theirs, also
    when it writes first and its id is the lowest."""
    async with bot(tmp_path, now, engine) as chat:
        people = [(await chat.somebody(f"人{n}")).chat_id for n in range(20)]
        flood, *others = people
        put = [Raw("web", f"f{n}", flood, updates.text(flood, "x", now)) for n in range(1000)]
        put += [Raw("web", f"o{id}", id, updates.text(id, "x", now)) for id in others]
        await chat.programme.inbox.put_all(put)
        database, served = chat.programme.database, set[int]()
        for _ in range(2):
            claims = await inbox.claim(database, "me", chat.clock.now())
            assert max(map(len, claims.values())) <= 20
            served |= {id for id, its in claims.items() if its}
            async with database.writing() as connection:
                await inbox.release(connection, "me", list(claims))
        assert served == set(people)


async def test_a_try_that_ends_too_late_changes_nothing(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    """It hung, its chat went to another worker, who is done: its failure must not bring the
    update back. The control is the write without the claim's condition."""
    async with bot(tmp_path, now, engine) as chat:
        someone, database = await chat.somebody("华"), chat.programme.database
        body = updates.text(someone.chat_id, "x", now)
        await chat.programme.inbox.put(Raw("web", "k", someone.chat_id, body))
        slow = (await inbox.claim(database, "slow", chat.clock.now()))[someone.chat_id][0]
        chat.clock.forward(timedelta(minutes=5))
        await chat.settle()
        async with database.writing() as connection:
            assert await inbox.failed(connection, slow, TimeoutError()) is None
        assert await count(database, Incoming.id, Incoming.state == "done") == 1
        async with database.writing() as connection:
            await connection.execute(update(Incoming).values(state="new"))
        await chat.settle()
        assert len(someone.messages) == 2


async def answered_beside_a_hang(chat: Chat, now: datetime) -> bool:
    """While one chat's turn hangs, somebody else writes."""
    hanging, quick = await chat.somebody("华"), await chat.somebody("瑞")
    async with at_work(chat.programme):
        body = updates.text(hanging.chat_id, "hang", now)
        await chat.programme.inbox.put(Raw("web", "h", hanging.chat_id, body))
        await asyncio.sleep(0.1)
        body = updates.text(quick.chat_id, "hello", now)
        await chat.programme.inbox.put(Raw("web", "q", quick.chat_id, body))

        async def heard() -> bool:
            await quick.read()
            return bool(quick.messages)

        async with asyncio.timeout(0.8):
            await eventually(heard)
    return await heard()


async def hang(update: Update, turn: Turn) -> None:
    assert update.message is not None
    if update.message.text == "hang":
        await asyncio.sleep(60)
    await echo(update, turn)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.worker.PAUSE", 0.0)
    monkeypatch.setattr("pipeline.worker.TURN_TIMEOUT", 1.0)
    monkeypatch.setattr("pipeline.worker.ROUND", 0.05)


@pytest.mark.usefixtures("hasty")
async def test_a_turn_that_hangs_holds_up_nobody_else(
    tmp_path: Path, now: datetime, postgres_engine: Engine
) -> None:
    """The others' next updates are claimed beside it. (On SQLite it holds the write lock, so the
    others wait until it is cut off.)"""
    async with bot(tmp_path, now, postgres_engine, hang) as chat:
        assert await answered_beside_a_hang(chat, now)


@pytest.mark.usefixtures("hasty")
async def test_control_waiting_for_every_chat_of_a_round_lets_one_hold_up_all(
    tmp_path: Path, now: datetime, postgres_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.worker.ROUND", 60.0)
    async with bot(tmp_path, now, postgres_engine, hang) as chat:
        with pytest.raises(TimeoutError):
            await answered_beside_a_hang(chat, now)


async def test_a_stop_begins_no_more_turns(tmp_path: Path, now: datetime, engine: Engine) -> None:
    """What waits stays stored, and its chat is free for the next start."""
    stopping: list[asyncio.Task[None]] = []

    async def stops(update: Update, turn: Turn) -> None:
        if not stopping:
            stopping.append(asyncio.create_task(chat.programme.worker.stop()))
            await asyncio.sleep(0)
        await echo(update, turn)

    do: Do = stops
    async with bot(tmp_path, now, engine, do) as chat:
        someone = await chat.somebody("华")
        body = updates.text(someone.chat_id, "x", now)
        await chat.programme.inbox.put_all(
            [Raw("web", f"k{n}", someone.chat_id, body) for n in range(5)]
        )
        await chat.programme.worker.round()
        await asyncio.gather(*stopping)
        database = chat.programme.database
        assert await count(database, Incoming.id, Incoming.state == "new") == 4
        assert len(await inbox.claim(database, "next", chat.clock.now())) == 1


def test_a_pid_of_ours_under_another_name_is_a_start_before_this_one() -> None:
    """In a container every start has the same pid; elsewhere a living process keeps its leases."""
    host, parent = socket.gethostname(), os.getppid()
    assert is_dead(f"{host}:{os.getpid()}:before")
    assert not is_dead(new_owner())
    assert not is_dead(f"{host}:{parent}:x")
    assert not is_dead(f"elsewhere:{os.getpid()}:x")
    assert not is_dead("nonsense")
