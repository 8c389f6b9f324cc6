"""Many members, and a WeCom that misbehaves: `python -m bench.soak --faults 0.05`.

Every message is posted by the emulator of WeCom to the real callback, echoed by a handler, and
sent back over HTTP. Meanwhile a share of them meets a fault: an answer of ours that WeCom did not
hear, the same post twice at once, two in the wrong order, a token that dies, an answer of WeCom's
that is lost or slow, 45009, -1. Then the laws are checked:

handled   every message exactly once, and in each chat in the order in which WeCom brought them
heard     every answer exactly once by its member, in that order

The pauses after 45009, a token that died twice and a lost answer are shortened, or a run would
take hours. The last
line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from pydantic import SecretStr
from sqlalchemy import func, select
from starlette.applications import Starlette
from telegram import Update
from telegram.ext import MessageHandler, filters

from application import Contents, Handler, Programme, assembled, at_work
from bench.turns import postgres
from channels.wecom.assembly import WeCom
from db.models import Chat, Incoming, Outgoing
from pipeline.clock import Clock
from pipeline.turn import Turn, in_turn
from serving import _webhooks
from settings import Settings
from tests.emulators.serving import HOST, Server
from tests.emulators.wecom import User, WeComEmulator
from tests.emulators.wecom.callbacks import Attempt, Delivery

SAID = re.compile(r"m\d+-\d+")
EACH = 20  # messages a member, who may hear 25 a minute
AT_ONCE = 12  # members who write at the same time
PATIENCE = 300.0  # seconds that nothing may move in the end
SLOW = 0.5  # seconds


@dataclass
class Report:
    """`resent`: sends whose answer was lost, made again and dropped by WeCom, so heard once."""

    callbacks: int
    seed: int
    database: str
    faults: dict[str, int] = field(default_factory=dict)
    posts: int = 0
    lost: int = 0
    handled_twice: int = 0
    out_of_order: int = 0
    unheard: int = 0
    heard_twice: int = 0
    heard_out_of_order: int = 0
    dropped: int = 0
    resent: int = 0
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        wrong = (self.lost, self.handled_twice, self.out_of_order, self.unheard, self.heard_twice,
                 self.heard_out_of_order, self.dropped)  # fmt: skip
        return not any(wrong)

    def as_json(self) -> str:
        rate = round(self.callbacks / self.seconds, 1)
        return json.dumps(asdict(self) | {"good": self.good, "a_second": rate})


class Trip:
    """When WeCom began to bring each message, and when it first had its answer."""

    def __init__(self, wecom: WeComEmulator) -> None:
        self.began: dict[str, float] = {}
        self.taken: dict[str, float] = {}
        self.posts = 0
        self.deaf = 0
        self._once = wecom.callbacks._once
        wecom.callbacks._once = self._noted  # type: ignore[method-assign]

    async def _noted(self, delivery: Delivery, bad: bool, wrong: bool) -> Attempt:
        said = str(delivery.fields["Content"])
        self.posts += 1
        self.began.setdefault(said, time.monotonic())
        attempt = await self._once(delivery, bad, wrong)
        if attempt.status == 200:
            self.taken.setdefault(said, time.monotonic())
            if self.deaf:  # our answer does not reach WeCom, which posts again
                self.deaf -= 1
                return Attempt(0, attempt.seconds)
        return attempt

    def before(self, one: str, other: str) -> bool:
        """Whether the network brought the one before it began to bring the other."""
        return self.taken[one] < self.began[other]


class Mischief:
    """At a share of the messages something goes wrong, by a chance that the seed decides."""

    def __init__(
        self, wecom: WeComEmulator, trip: Trip, share: float, chance: random.Random
    ) -> None:
        self.done: Counter[str] = Counter()
        self._share = share
        self._chance = chance
        self._kinds: dict[str, Callable[[], object]] = {
            "retry": lambda: setattr(trip, "deaf", trip.deaf + 1),
            "duplicate": wecom.duplicate,
            "reorder": wecom.reorder,
            "token": wecom.kill_token,
            "lost": lambda: wecom.lose_answers(1, "message/send"),
            "slow": lambda: wecom.delay(SLOW, 1, "message/send"),
            "45009": lambda: wecom.next_errors([45009], "message/send"),
            "-1": lambda: wecom.next_errors([-1], "message/send"),
        }

    def maybe(self) -> None:
        if self._chance.random() < self._share:
            kind = self._chance.choice(list(self._kinds))
            self._kinds[kind]()
            self.done[kind] += 1


async def echo(update: Update, turn: Turn) -> None:
    assert update.message is not None
    turn.reply("broadcasts/notice", text=update.message.text, sender=None, event=None)


@contextmanager
def hurried() -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(patch("channels.wecom.limits.FREQUENCY_PAUSE", 0.2))
        stack.enter_context(patch("channels.wecom.limits.STOPPED", 0.2))  # a token died twice
        stack.enter_context(patch("channels.wecom.limits.BUSY_PAUSE", 0.05))
        stack.enter_context(patch("pipeline.delivery.RETRY", timedelta(seconds=0.5)))
        yield


@asynccontextmanager
async def programme(wecom: WeComEmulator, folder: Path, url: str) -> AsyncIterator[Programme]:
    """At work, and known to WeCom."""
    settings = Settings(
        data_dir=folder, database_url=url, demo=False, wecom_corp_id=wecom.corpid,
        wecom_agent_id=wecom.agentid, wecom_secret=SecretStr(wecom.secret),
        wecom_token=SecretStr(wecom.token), wecom_aes_key=SecretStr(wecom.aes_key),
        wecom_base_url=wecom.base_url, wecom_per_second=100,
    )  # fmt: skip
    handlers: list[Handler] = [MessageHandler(filters.ALL, in_turn(echo))]
    async with assembled(settings, Clock(), Contents(lambda: handlers, None, {})) as running:
        server = Server(Starlette(routes=_webhooks(running)), 0)
        await server.start()
        try:
            async with at_work(running):
                await wecom.connect(f"http://{HOST}:{server.port}/wecom/callback")
                yield running
        finally:
            await server.stop()


async def run(callbacks: int, share: float, seed: int, folder: Path, url: str = "") -> Report:
    report = Report(callbacks, seed, "postgresql" if url.startswith("postgres") else "sqlite")
    begun = time.monotonic()
    with hurried():
        async with WeComEmulator() as wecom:
            trip = Trip(wecom)
            mischief = Mischief(wecom, trip, share, random.Random(seed))
            async with programme(wecom, folder, url) as running:
                users = [wecom.user(f"Member{n}") for n in range(max(1, callbacks // EACH))]
                await everybody_writes(wecom, users, callbacks, mischief)
                await until_quiet(running)
                order = await handled(running)
            judge(report, order, users, trip)
            report.faults, report.posts = dict(mischief.done), trip.posts
            report.dropped, report.resent = wecom.dropped, resent(wecom)
    report.seconds = round(time.monotonic() - begun, 1)
    return report


async def everybody_writes(
    wecom: WeComEmulator, users: list[User], callbacks: int, mischief: Mischief
) -> None:
    """Each one thing after the other, as people do, and many at a time."""
    room = asyncio.Semaphore(AT_ONCE)

    async def writes(number: int, user: User) -> None:
        for message in range(number, callbacks, len(users)):
            async with room:
                mischief.maybe()
                await user.says(f"m{number}-{message}")

    await asyncio.gather(*(writes(number, user) for number, user in enumerate(users)))
    wecom.callbacks.mischief.reordered = len(wecom.callbacks.held)  # who waits for company goes
    await wecom.callbacks._release()


async def until_quiet(running: Programme) -> None:
    """Until nothing waits, or nothing has moved for long."""
    new, unsent = Incoming.state == "new", Outgoing.state.in_(("waiting", "claimed", "sending"))
    left, moved = -1, time.monotonic()
    while left and time.monotonic() - moved < PATIENCE:
        before = left
        async with running.database.reading() as connection:
            counts = [
                await connection.scalar(select(func.count()).where(where)) or 0
                for where in (new, unsent)
            ]
        spools = [one.callback.spool for one in running.connections if isinstance(one, WeCom)]
        left = sum(counts) + sum(len(spool._unsettled) for spool in spools)
        moved = time.monotonic() if left != before else moved
        await asyncio.sleep(0.2)


async def handled(running: Programme) -> dict[str, list[str]]:
    """Of each member what was answered, in the order of the turns."""
    query = select(Chat.address, Outgoing.params).join(Chat, Chat.id == Outgoing.chat_id)
    order = defaultdict[str, list[str]](list)
    async with running.database.reading() as connection:
        for address, params in await connection.execute(query.order_by(Outgoing.id)):
            order[address.partition("/")[2]] += SAID.findall(params.get("text", ""))
    return order


def judge(report: Report, order: dict[str, list[str]], users: list[User], trip: Trip) -> None:
    done = Counter(said for all_said in order.values() for said in all_said)
    heard = {u.userid: [s for m in u.messages if m.by_bot for s in SAID.findall(m.text)]
             for u in users}  # fmt: skip
    told = Counter(said for all_said in heard.values() for said in all_said)
    report.lost = len(trip.began.keys() - done.keys()) + report.callbacks - len(trip.began)
    report.handled_twice = sum(times > 1 for times in done.values())
    report.unheard = len(done.keys() - told.keys())
    report.heard_twice = sum(times > 1 for times in told.values())
    for name, all_said in order.items():
        report.out_of_order += sum(
            trip.before(later, earlier)
            for place, earlier in enumerate(all_said)
            for later in all_said[place + 1 :]
        )
        report.heard_out_of_order += heard[name] != all_said


def resent(wecom: WeComEmulator) -> int:
    bodies = Counter(
        json.dumps(call.body, sort_keys=True)
        for call in wecom.calls
        if call.path == "message/send" and call.errcode == 0
    )
    return sum(times - 1 for times in bodies.values())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--callbacks", type=int, default=20_000)
    options.add_argument("--faults", type=float, default=0.05, help="share of messages")
    options.add_argument("--seed", type=int, default=random.randrange(10**6))
    options.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    options.add_argument("--json", action="store_true", help="nothing but the last line")
    asked = options.parse_args()
    logging.disable(logging.CRITICAL)  # each fault is a line, and meant
    if not asked.json:
        print(f"{asked.callbacks} callbacks, seed {asked.seed}, on {asked.database}")
    server = postgres() if asked.database == "postgresql" else None
    with tempfile.TemporaryDirectory() as folder:
        url = server.get_uri() if server else ""
        report = asyncio.run(run(asked.callbacks, asked.faults, asked.seed, Path(folder), url))
    if server:
        server.cleanup()
    print(report.as_json())
    sys.exit(not report.good)


if __name__ == "__main__":
    main()
