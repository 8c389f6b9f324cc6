"""PostgreSQL goes on with a COMMIT whose client does not hear of it any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import TextClause, text

from channels import updates
from db.session import Database
from pipeline import inbox
from pipeline.inbox import Raw
from pipeline.ownership import HOST
from pipeline.work import Letter, Work
from tests.chat import Chat
from tests.conftest import Engine
from tests.emulators.telegram import TelegramEmulator, User
from tests.pipeline.small import bot
from tests.waiting import eventually

TOKEN = "123456:" + "T" * 30
DEAD = f"{HOST}:999999999:x"
HOLD = 7  # the lock on which a commit waits here, as it may for a busy disk
SLOW_COMMIT = (
    f"CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN PERFORM pg_advisory_xact_lock({HOLD}); RETURN NULL; END $$",
    "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION slow()",
)
BUSY = text(
    f"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{DEAD}' AND state <> 'idle'"
)
HELD = text(
    f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {HOLD} AND NOT granted"
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 1000))


async def _some(database: Database, query: TextClause) -> bool:
    async with database.reading() as connection:
        return bool(await connection.scalar(query))


async def _none(database: Database, query: TextClause) -> bool:
    return not await _some(database, query)


async def killed_in_its_commit(database: Database, claim: inbox.Claim, now: datetime) -> None:
    """A process that answers an update, and is gone before it hears that this is committed."""
    killed: Any = None

    async def turn() -> None:
        nonlocal killed
        async with database.writing() as connection:
            killed = (await connection.get_raw_connection()).driver_connection
            assert await inbox.take(connection, claim)
            work = Work(connection, now, DEAD)
            work.letters.append(Letter(claim.chat_id, "send_message", {"text": "1"}))
            await work.finish()

    committing = asyncio.create_task(turn())
    await eventually(lambda: _some(database, HELD))
    killed.terminate()  # what the end of a process does to its connections
    await asyncio.gather(committing, return_exceptions=True)


@dataclass
class Rehearsal:
    """The programme, in which somebody writes 1 and 2 while commits can be held."""

    chat: Chat
    hua: User

    async def says(self, said: str) -> None:
        body = updates.text(self.hua.id, said, self.chat.clock.now())
        raw = Raw("telegram", said, self.hua.id, body, int(said))
        await self.chat.programme.inbox.put(raw)

    @asynccontextmanager
    async def holding(self) -> AsyncIterator[None]:
        """No commit of a letter ends before this does."""
        async with self.chat.programme.database.writing() as holder:
            await holder.execute(text(f"SELECT pg_advisory_xact_lock({HOLD})"))
            yield


@asynccontextmanager
async def rehearsed(
    folder: Path, now: datetime, engine: Engine, heard: list[str]
) -> AsyncIterator[Rehearsal]:
    async with TelegramEmulator(TOKEN) as telegram:
        hua = telegram.user("华")
        await hua.says("/start")
        more: dict[str, Any] = {"telegram_token": TOKEN, "telegram_base_url": telegram.base_url}
        async with bot(folder, now, engine, settings=more) as chat:
            async with chat.programme.database.writing() as connection:
                for sql in SLOW_COMMIT:
                    await connection.execute(text(sql))
            yield Rehearsal(chat, hua)
        said = [call.text.replace("📢 通知\n\n", "").split("\n")[0] for call in telegram.accepted]
        heard.extend(said)


async def heard_after_the_kill(folder: Path, now: datetime, engine: Engine) -> list[str]:
    """The dead one's answer becomes real, if ever, just after its successor looked what is left."""
    heard = list[str]()
    async with rehearsed(folder, now, engine, heard) as there:
        programme, database = there.chat.programme, there.chat.programme.database
        await there.says("1")
        dead = Database(database.url.render_as_string(hide_password=False), DEAD)
        (claim,) = (await inbox.claim(dead, DEAD, now))[there.hua.id]
        async with there.holding():
            await killed_in_its_commit(dead, claim, now)
            await programme.delivery.recover()
        await eventually(lambda: _none(database, BUSY))
        await there.says("2")
        await programme.settle()
        await programme.delivery.recover()
        await programme.settle()
        await dead.close()
    return heard


async def test_a_commit_that_outlives_its_process_keeps_its_place(
    tmp_path: Path, now: datetime, postgres_engine: Engine
) -> None:
    assert await heard_after_the_kill(tmp_path, now, postgres_engine) == ["1", "2"]


async def test_control_not_waited_for_it_comes_too_late(
    tmp_path: Path, now: datetime, postgres_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.delivery.is_dead", lambda name: False)
    assert await heard_after_the_kill(tmp_path, now, postgres_engine) == ["2", "1"]


async def test_a_commit_whose_answer_was_lost_is_delivered_in_its_place(
    tmp_path: Path, now: datetime, postgres_engine: Engine, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """The connection breaks as a turn commits: it is not done again, and no later answer comes
    before its own."""
    caplog.set_level(logging.CRITICAL)
    finish, lost, heard = Work.finish, list[Any](), list[str]()

    async def finishing(self: Work) -> list[Letter]:
        lost.append((await self.connection.get_raw_connection()).driver_connection)
        return await finish(self)

    async with rehearsed(tmp_path, now, postgres_engine, heard) as there:
        programme = there.chat.programme
        monkeypatch.setattr(Work, "finish", finishing)
        await there.says("1")
        async with there.holding():
            handling = asyncio.create_task(programme.worker.round())
            await eventually(lambda: _some(programme.database, HELD))
            lost[0].terminate()
        await handling
        await there.says("2")
        await programme.settle()
    assert heard == ["1", "2"] and len(lost) == 2
