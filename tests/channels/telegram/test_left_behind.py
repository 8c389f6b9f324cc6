"""What a dead process left in a chat is said before anything new."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from channels import updates
from db.models import Chat as ChatRow
from db.models import Outgoing
from pipeline.inbox import Raw
from tests.conftest import Engine
from tests.emulators.telegram import TelegramEmulator
from tests.pipeline.small import bot

TOKEN = "123456:" + "T" * 30
LEFT = [("claimed", "1"), ("sending", "2"), ("claimed", "3")]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 1000))
    monkeypatch.setattr("pipeline.delivery.PORTION", 1)  # each is claimed by itself


async def heard_after_a_crash(folder: Path, now: datetime, engine: Engine) -> list[str]:
    """Three replies were left; somebody writes as soon as the next process is there."""
    async with TelegramEmulator(TOKEN) as telegram:
        hua = telegram.user("华")
        await hua.says("4")
        more: dict[str, Any] = {"telegram_token": TOKEN, "telegram_base_url": telegram.base_url}
        async with bot(folder, now, engine, settings=more) as chat:
            programme = chat.programme
            async with programme.database.writing() as connection:
                await connection.execute(
                    insert(ChatRow).values(id=hua.id, channel="telegram", address=str(hua.id))
                )
                await connection.execute(
                    insert(Outgoing),
                    [{"chat_id": hua.id, "method": "send_message", "params": {"text": text},
                      "priority": 0, "due_at": now - timedelta(minutes=int(text)), "state": state,
                      "owner": "elsewhere:1:x", "lease_until": now - timedelta(minutes=1)}
                     for state, text in LEFT],
                )  # fmt: skip
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
