"""kill -9 again and again: `python -m bench.faults --kills 200 --database postgresql --json`.

Some hundred people on Telegram and WeCom write to the programme, an organizer sends notices to all
of them, publishes events whose reminders fall due, and moves some; meanwhile the programme is
killed, at each named window (bench/faults/child.py) as often, and at random moments besides. The
networks' emulators are processes of their own that nobody kills, and what they accepted is all that
counts (bench/faults/judge.py). `--control` takes away what the programme promises by; it must
lose and double, or this experiment could find nothing.

The last line is one JSON object; `seed` repeats the run's choices.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import socket
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import String, cast, literal, select

from bench.faults.drive import Drive
from bench.faults.judge import judge, listen
from bench.faults.lives import Lives
from bench.faults.scenario import Someone, populate
from bench.turns import postgres
from channels.chats import FIRST_ALLOTTED
from db.models import Broadcast, Outgoing
from db.session import Database
from pipeline.clock import Clock
from services import working_time
from tests.emulators.serving import HOST
from tests.emulators.telegram import TelegramProcess
from tests.emulators.wecom import WeComProcess
from tests.emulators.wecom.emulator import AGENT_ID, CORP_ID, KEYS, SECRET

PEOPLE = 100
MORNING = 10  # o'clock in China: when the run's clock begins, so that nothing waits for the day
ZONE = ZoneInfo("Asia/Shanghai")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--minutes", type=float, default=60, help="no more kills after these")
    options.add_argument("--people", type=int, default=PEOPLE)
    options.add_argument("--seed", type=int, default=random.randrange(10**6))
    options.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    options.add_argument("--control", action="store_true", help="without the promises")
    options.add_argument(
        "--folder", type=Path, help="where to leave database, log, and what was heard"
    )
    options.add_argument("--json", action="store_true", help="nothing but the last line")
    asked = options.parse_args()
    if not asked.json:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
        logging.getLogger("httpx").setLevel(logging.WARNING)
        print(f"{asked.kills} kills, seed {asked.seed}, on {asked.database}")
    server = postgres() if asked.database == "postgresql" else None
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        url = server.get_uri() if server else ""
        report = asyncio.run(run(asked, folder, url))
    if server:
        server.cleanup()
    print(json.dumps(report))
    sys.exit(not report["good"])


async def run(asked: argparse.Namespace, folder: Path, url: str) -> dict[str, Any]:
    begun = time.monotonic()
    url, offset = url or f"sqlite:///{folder / 'zhiqiao.db'}", _until_morning()
    people = [Someone.numbered(number) for number in range(1, asked.people + 1)]
    async with TelegramProcess() as telegram, WeComProcess() as wecom:
        order = {
            "settings": _settings(folder, url, telegram, wecom), "offset": offset.total_seconds(),
            "control": asked.control,
        }  # fmt: skip
        clock, database = Clock(), Database(url)
        clock.forward(offset)
        drive = Drive(
            people, telegram, wecom, database, clock, random.Random(asked.seed), order
        )  # fmt: skip
        chats = await _prepare(drive, people, telegram, wecom, database, clock)
        async with Lives(folder / "log") as lives:
            kills = await drive.run(lives, asked.kills, 60 * asked.minutes)
        held = await _held(database, {chat: who for who, chat in chats.items()})
        await database.close()
        ears = await listen(people, telegram, wecom)
    heard = {who: [vars(one) for one in all_heard] for who, all_heard in ears.items()}
    await asyncio.to_thread((folder / "heard.json").write_text, json.dumps(heard))
    verdict = judge(people, drive.said, ears, held)
    ends = drive.ends
    good = verdict.good and not (ends.crashed or ends.hung or ends.restless)
    return {
        "kills": kills, "database": asked.database, "seed": asked.seed,
        "control": asked.control, **asdict(verdict), **vars(ends),
        "people": asked.people, "notices": drive.said.notices, "events": len(drive.said.guests),
        "seconds": round(time.monotonic() - begun), "good": good != asked.control,
    }  # fmt: skip


def _until_morning() -> timedelta:
    """Of the next day that is worked."""
    now = datetime.now(ZONE)
    morning = now.replace(hour=MORNING, minute=0, second=0)
    while not working_time.is_working_day(morning.date()):
        morning += timedelta(days=1)
    return morning - now


def _settings(
    folder: Path, url: str, telegram: TelegramProcess, wecom: WeComProcess
) -> dict[str, Any]:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    return {
        "data_dir": str(folder), "database_url": url, "demo": False, "web_port": port,
        "telegram_token": telegram.token, "telegram_base_url": telegram.base_url,
        "wecom_corp_id": CORP_ID, "wecom_agent_id": AGENT_ID, "wecom_secret": SECRET,
        "wecom_token": KEYS.token, "wecom_aes_key": KEYS.aes_key,
        "wecom_base_url": wecom.base_url, "wecom_per_second": 100,
    }  # fmt: skip


async def _prepare(
    drive: Drive, people: list[Someone], telegram: TelegramProcess, wecom: WeComProcess,
    database: Database, clock: Clock,
) -> dict[int, int]:  # fmt: skip
    """Everybody has written once, and is known; who is in which chat."""
    offset = (clock.now() - datetime.now(ZONE)).total_seconds()
    for network in (telegram, wecom):
        await network.knob("later", seconds=offset)
    await wecom.knob("pace", per_minute=10**6, per_hour=10**6)
    await wecom.knob("answer_within", seconds=5, pause=1)
    chats = {}
    for someone in people:
        if someone.network == "telegram":
            chats[someone.id] = (await telegram.user(someone.name, "says", text="hello"))["chat_id"]
        else:
            await wecom.member(someone.name)
            chats[someone.id] = FIRST_ALLOTTED + someone.id
    organizer = (await telegram.user("organizer", "says", text="hello"))["chat_id"]
    await database.migrate()
    async with database.session() as session:
        await populate(session, people, chats, organizer, CORP_ID, clock.now())
    return chats


async def _held(database: Database, who: dict[int, int]) -> set[tuple[int, str]]:
    """The notices that are held, by their persons: the organizer is told of each."""
    about = literal("broadcast:") + cast(Broadcast.id, String)
    query = select(Outgoing.chat_id, Broadcast.text).join(Broadcast, about == Outgoing.about)
    async with database.reading() as connection:
        rows = await connection.execute(query.where(Outgoing.state == "held"))
        return {(who[row.chat_id], row.text.removesuffix("x")) for row in rows}


if __name__ == "__main__":
    main()
