"""A notice to the whole province: `python -m bench.broadcast [--json]`.

written    the rows of 22,400 recipients, by the job that writes them, chunk by chunk; meanwhile
           somebody else writes a small row again and again, and how long that takes is what others
           wait. Beside it the same in one transaction, as one would do without chunks.
delivered  messages that the emulator of Telegram (a process of its own, which refuses more than 30
           a second, or than one a second in a chat) accepted a second, as a share of the pace that
           we set ourselves; and how many it refused.

The machine's other work shows in these figures: `load` is what it had to do when they were taken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, insert, select

from application import TELEGRAM_PACE, Contents, Programme, assembled, at_work
from bench.turns import postgres
from bot import CONTENTS
from db.models import Chat, Enterprise, Gap, Outgoing, Person
from pipeline.clock import Clock
from services import broadcasts, notice_limits, notice_runs
from settings import Settings
from tests.emulators.telegram import TelegramProcess

PROVINCE, DELIVERED = 22_400, 500
FIRST = 50_000_001  # the emulator's first person
NOON = datetime(2026, 11, 25, 12, tzinfo=ZoneInfo("Asia/Shanghai"))  # no quiet hours come between
PAUSE = 0.005  # seconds between two rows of somebody else


@asynccontextmanager
async def programme(contents: Contents = CONTENTS, **settings: Any) -> AsyncIterator[Programme]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR", ".")) as folder:
        ours = Settings(data_dir=Path(folder), demo=False, **settings)
        async with assembled(ours, Clock(NOON), contents) as running:
            yield running


async def people(running: Programme, count: int) -> None:
    """So many firms, each with one person on Telegram; and two organizers."""
    now, numbers = NOON, range(1, count + 1)
    firms = [{"id": n, "name": f"企业{n}", "tags": [], "created_at": now} for n in numbers]
    persons: list[dict[str, Any]] = [
        {"id": n, "enterprise_id": n, "role": "ent", "created_at": now} for n in numbers
    ]
    persons += [
        {"id": count + n, "enterprise_id": None, "role": "org", "created_at": now} for n in (1, 2)
    ]
    chats = [
        {"id": FIRST + n - 1, "channel": "telegram", "address": str(FIRST + n - 1),
         "person_id": n, "heard_at": now}
        for n in numbers
    ]  # fmt: skip
    async with running.database.writing() as connection:
        await connection.execute(insert(Enterprise), firms)
        await connection.execute(insert(Person), persons)
        await connection.execute(insert(Chat), chats)


async def begin(running: Programme, count: int, text: str) -> int:
    """A notice to all of them, agreed to."""
    now = running.clock.now()
    async with running.database.session() as session:
        notice = await broadcasts.draft(session, count + 1, now, text)
        await notice_runs.send(session, notice.id, count + 1, now)
        if notice.state == "asked":
            await notice_runs.agree(session, notice.id, count + 2, now)
        return notice.id


async def written(running: Programme) -> dict[str, float]:
    """Seconds for all rows, and what another writer waited."""
    waits: list[float] = []
    other = asyncio.create_task(somebody_else(running, waits))
    await asyncio.sleep(0.2)
    waits.clear()
    began = time.perf_counter()
    while await running.jobs.round():
        pass
    seconds = time.perf_counter() - began
    other.cancel()
    rows = await how_many(running)
    assert rows == PROVINCE, rows
    return {"seconds": round(seconds, 2), "rows_a_second": round(rows / seconds), **_of(waits)}


async def somebody_else(running: Programme, waits: list[float]) -> None:
    now = running.clock.now()
    while True:
        began = time.perf_counter()
        async with running.database.writing() as connection:
            await connection.execute(insert(Gap).values(topic="bench", text="x", created_at=now))
        waits.append(time.perf_counter() - began)
        await asyncio.sleep(PAUSE)


def _of(waits: list[float]) -> dict[str, float]:
    p99 = statistics.quantiles(waits, n=100)[-1] if len(waits) > 1 else max(waits, default=0.0)
    return {"others_p99_ms": round(1000 * p99, 1), "others_max_ms": round(1000 * max(waits), 1)}


async def how_many(running: Programme, *where: Any) -> int:
    async with running.database.reading() as connection:
        rows = select(func.count()).select_from(Outgoing)
        return await connection.scalar(rows.where(*where)) or 0


async def province(url: str, text: str, chunk: int) -> dict[str, float]:
    shipped = notice_limits.settings()
    notice_limits.settings = lambda: {**shipped, "chunk": chunk}  # type: ignore[assignment]
    try:
        async with programme(database_url=url) as running:
            await people(running, PROVINCE)
            await begin(running, PROVINCE, text)
            return await written(running)
    finally:
        notice_limits.settings = lambda: shipped  # type: ignore[assignment]


async def delivered(count: int) -> dict[str, float]:
    """Accepted by Telegram a second, between the first and the last."""
    async with TelegramProcess() as telegram:
        for number in range(count):
            await telegram.user(f"u{number}", "starts")
        await telegram.knob("pace", per_second=30, per_chat=1)
        async with programme(
            telegram_token=SecretStr(telegram.token), telegram_base_url=telegram.base_url
        ) as running:
            await people(running, count)
            await begin(running, count, "明天活动照常")
            async with at_work(running):
                await until_sent(running, count)
        at = [call["at"] for call in await telegram.accepted()]
        refused = [one for one in await telegram.refused() if "Too Many" in one["error"]]
    rate = (len(at) - 1) / (at[-1] - at[0])
    return {
        "accepted": len(at),
        "a_second": round(rate, 2),
        "share_of_pace": round(rate / TELEGRAM_PACE[0], 4),
        "refused_429": len(refused),
        "most_in_a_second": max(sum(1 for other in at if one <= other < one + 1) for one in at),
    }


async def until_sent(running: Programme, count: int) -> None:
    async with asyncio.timeout(60 + count / 5):
        while True:
            if await how_many(running, Outgoing.state == "sent") >= count:
                return
            await asyncio.sleep(0.5)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    options.add_argument("--count", type=int, default=DELIVERED, help="messages to deliver")
    asked = options.parse_args()
    logging.disable(logging.CRITICAL)
    server, found = postgres(), dict[str, Any]()
    found["load"] = os.getloadavg()[0]
    for name, url in (("sqlite", ""), ("postgresql", server.get_uri())):
        found[name] = {}
        kinds = [("chunks", "通知", notice_limits.settings()["chunk"])]
        if name == "sqlite":
            kinds += [("with_variables", "{企业}您好", kinds[0][2]), ("at_once", "通知", PROVINCE)]
        for kind, text, chunk in kinds:
            found[name][kind] = asyncio.run(province(url, text, chunk))
    server.cleanup()
    found["delivered"] = asyncio.run(delivered(asked.count))
    if asked.json:
        print(json.dumps(found))
        return
    show(found)


def show(found: dict[str, Any]) -> None:
    table = Table(
        "database", "how", "seconds (aim < 1)", "rows a second", "others wait p99", "most"
    )
    for name in ("sqlite", "postgresql"):
        for kind, one in found[name].items():
            table.add_row(
                name, kind, f"{one['seconds']}", f"{one['rows_a_second']}",
                f"{one['others_p99_ms']} ms", f"{one['others_max_ms']} ms",
            )  # fmt: skip
    sent = found["delivered"]
    Console().print(
        table,
        f"delivered: {sent['a_second']} a second, {100 * sent['share_of_pace']:.1f} % of the pace "
        f"(aim ≥ 95 %), {sent['refused_429']} refused, at most {sent['most_in_a_second']} in a "
        f"second; load {found['load']:.1f}",
    )


if __name__ == "__main__":
    main()
