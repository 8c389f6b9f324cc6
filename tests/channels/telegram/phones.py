"""The whole programme on an emulator of Telegram, as `serving.py` connects it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from application import at_work
from db.models import Chat as ChatRow
from serving import _telegram
from tests.chat import Chat, chatting
from tests.conftest import Engine
from tests.emulators.telegram import TelegramEmulator
from tests.pipeline.small import until

TOKEN = "123456:" + "T" * 30


@asynccontextmanager
async def on_telegram(
    folder: Path, now: datetime, engine: Engine, *, demo: bool = False, **more: Any
) -> AsyncIterator[tuple[TelegramEmulator, Chat]]:
    """Polling, with its name learned and its commands shown."""
    async with (
        TelegramEmulator(TOKEN) as telegram,
        beside(telegram, folder, now, engine, demo=demo, **more) as chat,
    ):
        await until(lambda: "default::" in telegram.world.commands)
        yield telegram, chat


@asynccontextmanager
async def beside(
    telegram: TelegramEmulator, folder: Path, now: datetime, engine: Engine, **more: Any
) -> AsyncIterator[Chat]:
    demo = more.get("demo", True)
    url = more.pop("url", None) or await engine.town(folder, demo=demo)
    settings = {"telegram_token": TOKEN, "telegram_base_url": telegram.base_url, **more}
    async with (
        chatting(folder, now, url=url, **settings) as chat,
        at_work(chat.programme),
        _telegram(chat.programme),
    ):
        yield chat


async def chat_row(chat: Chat, id: int) -> Any:
    async with chat.programme.database.reading() as connection:
        return (await connection.execute(select(ChatRow).where(ChatRow.id == id))).one_or_none()
