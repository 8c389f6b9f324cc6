"""PostgreSQL goes on with what a killed process asked it to commit, and its successor waits."""

from __future__ import annotations

import asyncio
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
from tests.conftest import Engine
from tests.emulators.telegram import TelegramEmulator
from tests.pipeline.small import bot
from tests.waiting import eventually

TOKEN = "123456:" + "T" * 30
DEAD = f"{HOST}:999999999:x"
HOLD = 7  # the lock on which a commit waits here, as it may for a busy disk
SLOW_COMMIT = (
    f"CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN PERFORM pg_advisory_xact_lock({HOLD}); RETURN NULL; END $$",
    "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW WHEN (NEW.owner LIKE '%:999999999:x') EXECUTE FUNCTION slow()",
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


async def heard_after_the_kill(folder: Path, now: datetime, engine: Engine) -> list[str]:
    """The dead one's answer becomes real, if ever, just after its successor looked what is left."""
    async with TelegramEmulator(TOKEN) as telegram:
        hua = telegram.user("华")
        more: dict[str, Any] = {"telegram_token": TOKEN, "telegram_base_url": telegram.base_url}
        async with bot(folder, now, engine, settings=more) as chat:
            programme, database = chat.programme, chat.programme.database

            async def says(said: str) -> None:
                body = updates.text(hua.id, said, now)
                await programme.inbox.put(Raw("telegram", said, hua.id, body, int(said)))

            async with database.writing() as connection:
                for sql in SLOW_COMMIT:
                    await connection.execute(text(sql))
            await hua.says("/start")
            await says("1")
            dead = Database(database.url.render_as_string(hide_password=False), DEAD)
            (claim,) = (await inbox.claim(dead, DEAD, now))[hua.id]
            async with database.writing() as holder:
                await holder.execute(text(f"SELECT pg_advisory_xact_lock({HOLD})"))
                await killed_in_its_commit(dead, claim, now)
                await programme.delivery.recover()
            await eventually(lambda: _none(database, BUSY))
            await says("2")
            await programme.settle()
            await programme.delivery.recover()
            await programme.settle()
            await dead.close()
        return [call.text.replace("📢 通知\n\n", "").split("\n")[0] for call in telegram.accepted]


async def test_a_commit_that_outlives_its_process_keeps_its_place(
    tmp_path: Path, now: datetime, postgres_engine: Engine
) -> None:
    assert await heard_after_the_kill(tmp_path, now, postgres_engine) == ["1", "2"]


async def test_control_not_waited_for_it_comes_too_late(
    tmp_path: Path, now: datetime, postgres_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.delivery.is_dead", lambda name: False)
    assert await heard_after_the_kill(tmp_path, now, postgres_engine) == ["2", "1"]
