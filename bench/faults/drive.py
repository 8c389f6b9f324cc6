"""Says what people say, kills the programme, and waits until all is quiet."""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import func, select

from bench.faults.lives import Life, Lives
from bench.faults.scenario import Someone
from db.models import Incoming, Job, Outgoing
from db.session import Database
from pipeline.clock import Clock
from tests.emulators.serving import HOST
from tests.emulators.telegram import TelegramProcess
from tests.emulators.wecom import WeComProcess

log = logging.getLogger(__name__)

WINDOWS = (
    "sent", "stored", "turn", "fan_out", "notice", "remind", "move", "committed", "sending",
)  # fmt: skip
CYCLE = (*WINDOWS, "random")
"""Random: from outside, at any moment, also of the start."""
PASSAGES = {"fan_out": 3, "notice": 4, "remind": 2, "move": 2}
MANY = 8
UP = 2.0  # seconds within which a random kill comes
PATIENCE = 30.0  # seconds until a window counts as missed
QUIET = 120.0  # seconds that nothing may move
BREATH = 20  # kills after which one life is left alone until all is quiet
SOON = timedelta(minutes=1)  # what falls due later concerns no run
LOOK = "broadcasts.look"  # tells the organizer that all have a notice, a minute later
GUESTS = 10


@dataclass
class Said:
    """`owed`: by their sayers, messages of which the network was told that they arrived."""

    owed: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    notices: int = 0
    guests: dict[int, list[int]] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)


@dataclass
class Ends:
    """How lives ended: kills by their windows, and what should not have been."""

    windows: Counter[str] = field(default_factory=Counter)
    crashed: int = 0
    hung: int = 0
    restless: int = 0


class Drive:
    """`order` is what every life is told."""

    def __init__(
        self, people: list[Someone], telegram: TelegramProcess, wecom: WeComProcess,
        database: Database, clock: Clock, chance: random.Random, order: dict[str, Any],
    ) -> None:  # fmt: skip
        self.said, self.ends = Said(), Ends()
        self._people, self._telegram, self._wecom = people, telegram, wecom
        self._database = database
        self._clock = clock
        self._chance = chance
        self._order = order
        self._writing = set[asyncio.Task[None]]()
        self._lines: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._counts = Counter[int]()
        self._connected = False

    async def run(self, lives: Lives, kills: int, seconds: float) -> int:
        """Kill so often, or as often as there is time for; how often it was."""
        until = time.monotonic() + seconds
        await self.breathe(lives)
        done = 0
        while done < kills and time.monotonic() < until:
            await self.kill(lives, CYCLE[done % len(CYCLE)])
            done += 1
            if done % BREATH == 0:
                await self.breathe(lives)
        await self.breathe(lives)
        return done

    async def kill(self, lives: Lives, window: str) -> None:
        """A life that ends in this window."""
        await self._deeds(window)
        number = self._chance.randint(1, PASSAGES.get(window, MANY))
        life = await lives.begin(window=window, number=number, **self._order)
        patience = self._chance.uniform(0, UP) if window == "random" else PATIENCE
        until = time.monotonic() + patience
        while not await life.goes(min(1.0, until - time.monotonic())):
            if time.monotonic() >= until:
                life.signal(signal.SIGKILL)
                await life.gone.wait()
            else:
                self._some_write(0.03)
        self.ends.crashed += life.code != -signal.SIGKILL
        self.ends.windows[life.died or "random"] += 1
        log.info("%s: %s", window, life.died or life.code)

    async def breathe(self, lives: Lives) -> None:
        """A life that is left alone until all is quiet, and asked to end."""
        life = await lives.begin(window="", number=0, **self._order)
        assert await life.comes_up(QUIET), f"it did not start: {life.code}"
        log.info("up, %s left", await self._left())
        await self._connect()
        await self._until_quiet(life)
        life.signal(signal.SIGTERM)
        if not await life.goes(PATIENCE):
            self.ends.hung += 1
            life.signal(signal.SIGKILL)
            await life.gone.wait()
        self.ends.crashed += life.code not in (0, -signal.SIGKILL)
        log.info("all quiet: %s", life.code)

    async def _connect(self) -> None:
        """Tell WeCom our address once; it gives us a second for the answer, each time."""
        url = f"http://{HOST}:{self._order['settings']['web_port']}/wecom/callback"
        while not self._connected:
            try:
                await self._wecom.connect(url)
                self._connected = True
            except AssertionError as error:
                log.info("WeCom does not take our address yet: %s", error)

    # What is said

    async def _deeds(self, window: str) -> None:
        """What a life needs to come to its window, among talk; now and then all of it."""
        self._some_write(0.1)
        all_of_it = self._chance.random() < 0.05
        if all_of_it or window in ("fan_out", "notice"):
            self.said.notices += 1
            await self._orders(f"notice {self.said.notices}")
        if all_of_it or window == "remind":
            await self._orders(f"event {self._invited()}")
        if all_of_it or window == "move":
            await self._orders(f"meeting {self._invited()}")
            moved = len(self.said.guests)
            self.said.moved.add(moved)
            await self._orders(f"move {moved}")

    def _invited(self) -> str:
        number = len(self.said.guests) + 1
        everybody = [one.id for one in self._people]
        self.said.guests[number] = sorted(self._chance.sample(everybody, GUESTS))
        return f"{number} {','.join(map(str, self.said.guests[number]))}"

    async def _orders(self, text: str) -> None:
        await self._telegram.user("organizer", "says", text=text)

    def _some_write(self, share: float) -> None:
        """This share of them, one to three messages each."""
        for someone in self._people:
            if self._chance.random() < share:
                for _ in range(self._chance.randint(1, 3)):
                    task = asyncio.create_task(self.writes(someone))
                    self._writing.add(task)
                    task.add_done_callback(self._writing.discard)

    async def writes(self, someone: Someone) -> None:
        """The next message of somebody, when their network is done with the last."""
        async with self._lines[someone.id]:
            text = f"m{someone.id}-{self._counts[someone.id]}"
            self._counts[someone.id] += 1
            if await self._taken(someone, text):
                self.said.owed[someone.id].append(text)

    async def _taken(self, someone: Someone, text: str) -> bool:
        """Telegram keeps it until it is taken; WeCom tries three times."""
        if someone.network == "telegram":
            await self._telegram.user(someone.name, "says", text=text)
            return True
        delivery = await self._wecom.user(someone.name, "says", text=text)
        return any(attempt["status"] == 200 for attempt in delivery["attempts"])

    # Until nothing is left

    async def _until_quiet(self, life: Life) -> None:
        """Or until nothing has moved for long, which the judge will find."""
        left, calm, moved = -1, 0, time.monotonic()
        while calm < 2 and not life.gone.is_set():
            before, left = left, await self._left()
            calm = 0 if left else calm + 1
            moved = time.monotonic() if left != before else moved
            if time.monotonic() - moved > QUIET:
                self.ends.restless += 1
                return
            await asyncio.sleep(0.3)

    async def _left(self) -> int:
        """What is under way: to us, in us, and from us."""
        soon = self._clock.now() + SOON
        waiting = (
            select(func.count()).where(Incoming.state == "new"),
            select(func.count()).where(Outgoing.state.in_(("waiting", "claimed", "sending"))),
            select(func.count()).where(
                Job.state.in_(("waiting", "claimed")), Job.due_at < soon, Job.kind != LOOK
            ),
        )
        async with self._database.reading() as connection:
            counts = [await connection.scalar(query) or 0 for query in waiting]
        return sum(counts) + len(self._writing) + await self._unfetched()

    async def _unfetched(self) -> int:
        async with httpx.AsyncClient(trust_env=False) as client:
            url = f"{self._telegram.base_url}{self._telegram.token}/getWebhookInfo"
            answer = (await client.get(url)).json()
        return int(answer["result"]["pending_update_count"])
