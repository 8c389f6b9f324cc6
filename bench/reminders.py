"""Ten thousand reminders in the same minute: `python -m bench.reminders`.

An event begins in an hour and all of its people are reminded at once. How late is each message, on
a network without limits (the web page), and on Telegram's emulator, whose limit decides: there the
share of it that is used counts. Beside it stands a loop that only sends, one after the other, and
keeps nothing: of the ratio, what is above one is what rows, rules and marks cost. The last line is
one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import func, insert, select
from telegram.ext import ApplicationBuilder

from application import TELEGRAM_PACE, Contents, Programme, assembled, at_work
from bench.turns import InMemory, postgres
from channels.chats import FIRST_ALLOTTED
from db.models import Chat, Outgoing, Person, SignUp
from handlers import events as jobs
from pipeline.clock import Clock
from pipeline.jobs import Do, Slow
from services import due_rules, event_drafts, event_reminders
from services.working_time import ZONE
from settings import Settings
from tests.emulators.telegram import TelegramEmulator

BEFORE = event_reminders.ROUNDS["1h"]
SOON = timedelta(seconds=2)
STALLED = 60.0  # seconds that nothing may move in the end
LOOP = 1000  # messages of the bare loop
NOON = 12
JOBS: dict[str, Do | Slow] = {"events.remind": jobs.remind}


@dataclass
class Report:
    """Lateness in seconds. `limit` is what Telegram allows a second; `share` how much of it was
    used; `ratio` the processor's time beside a bare loop's."""

    network: str
    database: str
    people: int
    sent: int
    twice: int
    p50: float
    p99: float
    last: float
    a_second: float
    ratio: float | None = None
    share: float | None = None

    @property
    def good(self) -> bool:
        return self.sent == self.people and not self.twice


@asynccontextmanager
async def web(folder: Path, url: str, people: int) -> AsyncIterator[tuple[Programme, list[int]]]:
    async with _programme(Settings(data_dir=folder, database_url=url, demo=False)) as programme:
        yield programme, [FIRST_ALLOTTED + n for n in range(people)]


@asynccontextmanager
async def telegram(
    folder: Path, url: str, people: int
) -> AsyncIterator[tuple[Programme, list[int]]]:
    async with TelegramEmulator() as emulator:
        users = [emulator.user(f"user{n}") for n in range(people)]
        for user in users:
            await user.says("/start")
        settings = Settings(
            data_dir=folder, database_url=url, demo=False,
            telegram_token=SecretStr(emulator.world.token),
            telegram_base_url=emulator.base_url,
        )  # fmt: skip
        async with _programme(settings) as programme:
            yield programme, [user.id for user in users]


@asynccontextmanager
async def _programme(settings: Settings) -> AsyncIterator[Programme]:
    """On a clock that shows noon, so that no quiet hours come between."""
    noon = datetime.now(ZONE).replace(hour=NOON, minute=0, second=0, microsecond=0)
    contents = Contents(list, None, JOBS, rules=due_rules.judge)
    async with assembled(settings, Clock(noon), contents) as programme:
        yield programme


async def run(network: str, people: int, folder: Path, url: str) -> Report:
    where = {"web": web, "telegram": telegram}[network]
    async with where(folder, url, people) as (programme, chats):
        due = await crowd(programme, network, chats)
        async with at_work(programme):
            begun, worked = time.monotonic(), time.process_time()
            await until_sent(programme, people)
            seconds = time.monotonic() - begun - SOON.total_seconds()
            worked = time.process_time() - worked
        report = await judged(programme, network, people, due, max(seconds, 0.001))
        if network == "telegram":
            report.share = round(report.a_second / TELEGRAM_PACE[0], 2)
        else:
            report.ratio = round(worked / people / await loop(), 2)
        return report


async def crowd(programme: Programme, network: str, chats: list[int]) -> datetime:
    """An event to which all of them come; when they are to be reminded."""
    now = programme.clock.now()
    due = now + SOON
    answers = event_drafts.EventAnswers(
        "一月一对接", "对接会", due + BEFORE, "长沙", "三楼", len(chats)
    )
    people = range(1, len(chats) + 1)
    async with programme.database.session() as session:
        await session.execute(
            insert(Person),
            [{"id": n, "role": "ent", "demo": False, "created_at": now} for n in people],
        )
        rows: list[dict[str, Any]] = [
            {"id": chat, "channel": network, "address": str(chat), "person_id": n}
            for n, chat in zip(people, chats, strict=True)
        ]
        await session.execute(insert(Chat), rows)
        draft = await event_drafts.create(session, 1, answers, now)
        event = await event_drafts.publish(session, 1, draft.id, now)
        rows = [
            {"event_id": event.id, "person_id": n, "code": str(n), "state": "confirmed",
             "created_at": now, "answers": {}}
            for n in people
        ]  # fmt: skip
        await session.execute(insert(SignUp), rows)
    return due


async def until_sent(programme: Programme, people: int) -> None:
    """Until all is sent, or nothing has moved for long."""
    sent, moved = -1, time.monotonic()
    while sent < people and time.monotonic() - moved < STALLED:
        await asyncio.sleep(1.0)
        before = sent
        async with programme.database.reading() as connection:
            done = select(func.count(Outgoing.id)).where(Outgoing.state == "sent")
            sent = await connection.scalar(done) or 0
        moved = time.monotonic() if sent != before else moved


async def judged(
    programme: Programme, network: str, people: int, due: datetime, seconds: float
) -> Report:
    async with programme.database.reading() as connection:
        rows = await connection.execute(
            select(Outgoing.chat_id, Outgoing.sent_at).where(Outgoing.state == "sent")
        )
        told = [(chat, at) for chat, at in rows if at is not None]
    late = sorted((at - due).total_seconds() for _, at in told) or [0.0]
    database = "sqlite" if programme.database.is_sqlite else "postgresql"
    return Report(
        network, database, people, len(told), len(told) - len({chat for chat, _ in told}),
        round(statistics.median(late), 2), round(late[int(len(late) * 0.99) - 1], 2),
        round(late[-1], 2), round(len(told) / seconds, 1),
    )  # fmt: skip


async def loop() -> float:
    """Seconds of work a message, of a bot that sends in memory and keeps nothing."""
    request = InMemory()
    builder = ApplicationBuilder().token("1:x").request(request).get_updates_request(request)
    application = builder.updater(None).job_queue(None).build()
    await application.initialize()
    begun = time.process_time()
    for chat in range(LOOP):
        await application.bot.send_message(chat, "x")
    seconds = (time.process_time() - begun) / LOOP
    await application.shutdown()
    return seconds


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=10_000, help="on the web page")
    options.add_argument("--telegram", type=int, default=500, help="on Telegram; 0 leaves it out")
    options.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    options.add_argument("--json", action="store_true", help="nothing but the last line")
    asked = options.parse_args()
    logging.disable(logging.WARNING)
    reports = []
    for network, people in (("web", asked.people), ("telegram", asked.telegram)):
        if not people:
            continue
        server = postgres() if asked.database == "postgresql" else None
        with tempfile.TemporaryDirectory() as folder:
            url = server.get_uri() if server else ""
            report = asyncio.run(run(network, people, Path(folder), url))
        if server is not None:
            with suppress(Exception):
                server.cleanup()
        reports.append(report)
        if not asked.json:
            print(
                f"{report.network}, {report.database}: {report.sent} of {report.people}, late by "
                f"{report.p50} / {report.p99} / {report.last} s (p50, p99, last), "
                f"{report.a_second} a second, "
                + (f"{report.share:.0%} of the limit" if report.share is not None
                   else f"{report.ratio} times a bare loop")
            )  # fmt: skip
    good = all(report.good for report in reports)
    print(json.dumps({"good": good, "runs": [asdict(report) for report in reports]}))
    sys.exit(not good)


if __name__ == "__main__":
    main()
