"""What a dead process left in a chat is said before anything new."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from channels import updates
from db.models import Chat as ChatRow
from db.models import Outgoing
from db.session import Database
from pipeline.inbox import Raw
from pipeline.ownership import LEASE
from pipeline.work import Letter, Work
from tests.conftest import Engine
from tests.emulators.telegram import TelegramEmulator
from tests.pipeline.small import bot

TOKEN = "123456:" + "T" * 30
LEFT = [("claimed", "1"), ("sending", "2"), ("claimed", "3")]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 1000))
    monkeypatch.setattr("pipeline.delivery.PORTION", 1)  # each is claimed by itself


async def leave(database: Database, id: int, now: datetime, left: list[tuple[str, str]]) -> None:
    async with database.writing() as connection:
        await connection.execute(insert(ChatRow).values(id=id, channel="telegram", address=str(id)))
        await connection.execute(
            insert(Outgoing),
            [{"chat_id": id, "method": "send_message", "params": {"text": text},
              "priority": 0, "due_at": now - timedelta(minutes=int(text)), "state": state,
              "owner": "elsewhere:1:x", "lease_until": now - timedelta(minutes=1)}
             for state, text in left],
        )  # fmt: skip


async def heard_after_a_crash(folder: Path, now: datetime, engine: Engine) -> list[str]:
    """Three replies were left; somebody writes as soon as the next process is there."""
    async with TelegramEmulator(TOKEN) as telegram:
        hua = telegram.user("华")
        await hua.says("4")
        more: dict[str, Any] = {"telegram_token": TOKEN, "telegram_base_url": telegram.base_url}
        async with bot(folder, now, engine, settings=more) as chat:
            programme = chat.programme
            await leave(programme.database, hua.id, now, LEFT)
            await programme.delivery.recover()
            await programme.inbox.put(Raw("telegram", "1", hua.id, updates.text(hua.id, "4", now)))
            await programme.worker.round()
            await programme.delivery.drain()
            await programme.settle()
        return [call.text.replace("📢 通知\n\n", "").split("\n")[0] for call in telegram.accepted]


async def test_nothing_new_overtakes_what_a_dead_process_left(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    """Also where one of them may have arrived, and says so; and where the first, which had to wait,
    is due the last."""
    assert await heard_after_a_crash(tmp_path, now, engine) == ["1", "（重发）2", "3", "4"]


async def test_control_without_the_line_it_does(
    tmp_path: Path, now: datetime, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(*_: Any) -> list[Any]:
        return []

    monkeypatch.setattr("pipeline.outbox.lines", nobody)
    assert (await heard_after_a_crash(tmp_path, now, sqlite_engine))[0] == "4"


async def test_a_line_that_is_claimed_in_parts_keeps_its_order(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """A reply comes between two parts of what was left; it goes back, and neither part does."""
    async with TelegramEmulator(TOKEN) as telegram:
        hua = telegram.user("华")
        await hua.says("你好")
        more: dict[str, Any] = {"telegram_token": TOKEN, "telegram_base_url": telegram.base_url}
        async with bot(tmp_path, now, sqlite_engine, settings=more) as chat:
            delivery, database = chat.programme.delivery, chat.programme.database
            await leave(database, hua.id, now, [("claimed", "1"), ("claimed", "2")])
            await delivery.recover()
            delivery._outcomes._linger = 0.2  # what goes back is written down after the next claim
            async with database.writing() as connection:
                reply = Work(connection, now, "here")
                reply.letters.append(Letter(hua.id, "send_message", {"text": "3"}))
                letters = await reply.finish()
            first = await delivery._claim()
            delivery.put(letters + first.letters)
            delivery.put((await delivery._claim()).letters)
            await delivery.drain()
            await chat.programme.settle()
        assert [call.text for call in telegram.accepted] == ["1", "2", "3"]


async def test_nothing_new_overtakes_what_could_not_be_written_down(
    tmp_path: Path, now: datetime, sqlite_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """The database is away as a reply is about to leave: that, and what comes, waits until its
    lease has ended and it was found again."""
    caplog.set_level(logging.CRITICAL)
    async with TelegramEmulator(TOKEN) as telegram:
        hua = telegram.user("华")
        await hua.says("你好")
        more: dict[str, Any] = {"telegram_token": TOKEN, "telegram_base_url": telegram.base_url}
        async with bot(tmp_path, now, sqlite_engine, settings=more) as chat:
            delivery, mark = chat.programme.delivery, chat.programme.delivery._sending._write

            async def away(ids: list[int]) -> None:
                delivery._sending._write = mark
                raise OSError("the database is away")

            delivery._sending._write = away
            for text in ("1", "2"):
                body = updates.text(hua.id, text, now)
                await chat.programme.inbox.put(Raw("telegram", text, hua.id, body, int(text)))
                await chat.settle()
            assert telegram.accepted == []
            await chat.later(LEASE + timedelta(seconds=1))
            await delivery.recover()
            await chat.later(LEASE)
        said = [call.text.replace("📢 通知\n\n", "").split("\n")[0] for call in telegram.accepted]
        assert said == ["1", "2"]
