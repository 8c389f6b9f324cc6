"""The programme with one handler, and python-telegram-bot alone: what the spine is tested with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from telegram import Update
from telegram.ext import Application, ApplicationBuilder, JobQueue, MessageHandler, filters

from application import Contents, Handler
from bench.turns import InMemory
from db.session import Database
from pipeline.turn import Turn, in_turn
from tests.chat import Chat, chatting
from tests.conftest import Engine
from tests.waiting import eventually

Do = Callable[[Update, Turn], Awaitable[None]]


async def echo(update: Update, turn: Turn) -> None:
    assert update.message is not None
    turn.reply("broadcasts/notice", text=update.message.text, sender=None, event=None)


@asynccontextmanager
async def bot(
    folder: Path,
    now: datetime,
    engine: Engine,
    do: Do = echo,
    settings: dict[str, Any] | None = None,
    **jobs: Any,
) -> AsyncIterator[Chat]:
    """The programme with one handler."""

    async def callback(update: Update, turn: Turn) -> None:
        await do(update, turn)

    handlers: list[Handler] = [MessageHandler(filters.ALL, in_turn(callback))]
    contents = Contents(lambda: handlers, None, jobs)
    url = await engine.town(folder, demo=False)
    more = settings or {}
    async with chatting(folder, now, contents=contents, url=url, demo=False, **more) as chat:
        yield chat


async def count(database: Database, column: Any, *where: Any) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.count(column)).where(*where)) or 0


async def until(condition: Callable[[], object]) -> None:
    """Like `eventually`, for what needs no waiting to look at."""

    async def holds() -> bool:
        return bool(condition())

    await eventually(holds)


@asynccontextmanager
async def bare(
    handler: Any, *, clock: bool = False
) -> AsyncIterator[Application[Any, Any, Any, Any, Any, Any]]:
    """python-telegram-bot without us, on a network in memory."""
    request = InMemory()
    builder = ApplicationBuilder().token("1:x").request(request).get_updates_request(request)
    queue: Any = JobQueue() if clock else None
    application: Any = builder.updater(None).job_queue(queue).build()
    application.add_handler(handler)
    await application.initialize()
    yield application
    await application.shutdown()
