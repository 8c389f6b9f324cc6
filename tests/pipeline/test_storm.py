"""A notice while the network says no again and again, on a clock that jumps from one deadline to
the next: what takes minutes is over in a second, and every moment is known.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from telegram.ext import ExtBot

from bench.turns import InMemory
from db.models import Chat, Outgoing
from db.session import Database
from pipeline import delivery as delivering
from pipeline.clock import Clock
from pipeline.delivery import Delivery
from pipeline.pace import Network, Pace
from pipeline.work import BROADCAST, REPLY, Letter
from tests.conftest import Engine

LIMIT, PEOPLE = 25, 400
ROOMS = 5  # the last of the chats are groups


class Jumping(asyncio.SelectorEventLoop):
    """Nothing happens by itself, so the time of the next deadline is now."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = 0.0
        selector = self._selector  # type: ignore[attr-defined]
        select = selector.select

        def jump(timeout: float | None = None) -> Any:
            found = select(0)
            if not found and timeout:
                self.moment += timeout
            return found

        selector.select = jump

    def time(self) -> float:
        return self.moment


class LoopClock(Clock):
    """The programme's clock goes as the loop's."""

    def __init__(self, begin: datetime, loop: Jumping) -> None:
        super().__init__(begin)
        self._begin, self._loop = begin, loop

    def now(self) -> datetime:
        return self._begin + timedelta(seconds=self._loop.time())


@dataclass
class Storm(InMemory):
    """Telegram, which at random wants quiet for 1 to 30 s: in one chat, in a group, everywhere."""

    loop: Jumping
    chance: random.Random
    share: float = 0.05
    quiet: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    sent: list[tuple[float, int]] = field(default_factory=list)
    wanted: Counter[str] = field(default_factory=Counter)
    inside: Counter[str] = field(default_factory=Counter)

    async def do_request(self, url: str, method: str, *args: Any, **kw: Any) -> tuple[int, bytes]:
        if not url.endswith("sendMessage"):
            return await super().do_request(url, method, *args, **kw)
        data = args[0] if args else kw["request_data"]
        chat, now = int(data.parameters["chat_id"]), self.loop.time()
        for scope, who in (("chat", chat), ("all", 0)):
            if now < self.quiet[who]:
                self.inside[scope] += 1
                return self._no(self.quiet[who] - now)
        if self.chance.random() < self.share:
            scope, seconds = self.chance.choice(["chat", "all"]), self.chance.randint(1, 30)
            self.wanted[scope] += 1
            self.quiet[0 if scope == "all" else chat] = now + seconds
            return self._no(seconds)
        self.sent.append((now, chat))
        return await super().do_request(url, method, *args, **kw)

    def _no(self, seconds: float) -> tuple[int, bytes]:
        after = int(-(-seconds // 1))
        words = f"Too Many Requests: retry after {after}"
        body = {"ok": False, "error_code": 429, "description": words,
                "parameters": {"retry_after": after}}  # fmt: skip
        return 429, json.dumps(body).encode()

    def most_in_a_second(self) -> int:
        at = [moment for moment, _ in self.sent]
        return max(sum(1 for other in at if one <= other < one + 0.999) for one in at)


@dataclass
class Play:
    """A notice on its way to everybody."""

    loop: Jumping
    storm: Storm
    database: Database
    delivery: Delivery
    clock: LoopClock

    async def left(self) -> int:
        async with self.database.reading() as connection:
            states = await connection.scalars(select(Outgoing.state))
            return sum(state in ("waiting", "claimed", "sending") for state in states)

    async def to_the_end(self, during: Callable[[Play], Any] | None = None) -> None:
        running = asyncio.create_task(self.delivery.run())
        while await self.left():
            self.delivery.due.set()
            if during is not None:
                await during(self)
            await asyncio.sleep(1)
        running.cancel()


async def _play(url: str, now: datetime, loop: Jumping, seed: int, share: float) -> Play:
    database, clock = Database(url), LoopClock(now, loop)
    storm = Storm(loop, random.Random(seed), share)
    bot: ExtBot[None] = ExtBot("1:x", request=storm, get_updates_request=storm)
    await bot.initialize()
    network = Network(Pace(LIMIT, 1, 0.3), tells_repetitions=False)

    async def network_of(_chat: int) -> Network:
        return network

    chats = [n if n <= PEOPLE - ROOMS else -n for n in range(1, PEOPLE + 1)]
    rows = [
        {"chat_id": chat, "method": "send_message", "params": {"text": f"{chat}"},
         "priority": BROADCAST, "due_at": now, "state": "waiting", "about": "broadcast:1"}
        for chat in chats
    ]  # fmt: skip
    async with database.writing() as connection:
        await connection.execute(
            insert(Chat), [{"id": c, "channel": "telegram", "address": f"{c}"} for c in chats]
        )
        await connection.execute(insert(Outgoing), rows)
    delivery = Delivery(database, clock, bot, "me", network_of, lambda _chats: None)
    return Play(loop, storm, database, delivery, clock)


def played(
    engine: Engine, folder: Path, now: datetime, act: Callable[[Play], Any],
    seed: int = 1, share: float = 0.0,
) -> Play:  # fmt: skip
    url = asyncio.run(engine.url(folder))
    loop = Jumping()

    async def whole() -> Play:
        play = await _play(url, now, loop, seed, share)
        await act(play)
        await play.delivery.drain()
        await play.database.close()
        return play

    try:
        return loop.run_until_complete(whole())
    finally:
        loop.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_in_a_storm_of_429_nothing_is_sent_inside_a_halt_and_all_arrive(
    sqlite_engine: Engine, tmp_path: Path, now: datetime, seed: int
) -> None:
    """In one chat never; where all are meant, the network does not say so, and the one who is told
    second learns it. Never more than the limit in any second; everybody has it once."""
    play = played(sqlite_engine, tmp_path, now, Play.to_the_end, seed, share=0.05)
    storm = play.storm
    assert storm.wanted["chat"] > 3 and storm.wanted["all"] > 3
    assert storm.inside["chat"] == 0
    assert storm.inside["all"] <= 2 * storm.wanted["all"]
    assert storm.most_in_a_second() <= LIMIT
    assert sorted(Counter(chat for _, chat in storm.sent).values()) == [1] * PEOPLE


def test_the_pace_is_kept_filled(sqlite_engine: Engine, tmp_path: Path, now: datetime) -> None:
    """The network's limit is what a notice waits for, from portion to portion."""
    sent = played(sqlite_engine, tmp_path, now, Play.to_the_end).storm.sent
    assert (len(sent) - 1) / (sent[-1][0] - sent[0][0]) >= 0.99 * LIMIT


def test_control_a_portion_at_a_time_leaves_the_pace_idle(
    sqlite_engine: Engine, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it would be if each portion were waited for, with a network that takes a while."""

    async def by_portions(self: Delivery) -> None:
        while await self.round():
            await self.drain()

    slow = Storm.do_request

    async def a_while(self: Storm, *args: Any, **kw: Any) -> tuple[int, bytes]:
        await asyncio.sleep(0.2)
        return await slow(self, *args, **kw)

    monkeypatch.setattr(Storm, "do_request", a_while)
    rates = []
    for run in (by_portions, Delivery.run):
        monkeypatch.setattr(Delivery, "run", run)
        (folder := tmp_path / run.__name__).mkdir()
        sent = played(sqlite_engine, folder, now, Play.to_the_end).storm.sent
        rates.append((len(sent) - 1) / (sent[-1][0] - sent[0][0]) / LIMIT)
    assert rates[0] < 0.9 and rates[1] >= 0.99


def test_a_reply_goes_before_a_broadcast_also_in_its_own_chat(
    sqlite_engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """Whoever presses something while everybody is written to is answered with the next place; who
    has a letter of the notice in line has that one first, and then, a second later, the reply."""
    put: dict[int, float] = {}

    async def replies(play: Play) -> None:
        if play.loop.time() >= 3 and not put:
            held = next(chat for chat, queue in play.delivery._queues.items() if queue)
            for chat in (9_999, held):
                put[chat] = play.loop.time()
                letter = Letter(chat, "send_message", {"text": "r"}, REPLY, id=10_000 + chat)
                play.delivery.put([letter])

    async def act(play: Play) -> None:
        await play.to_the_end(replies)

    storm = played(sqlite_engine, tmp_path, now, act).storm
    own = [at - begun for chat, begun in put.items() for at, to in storm.sent if to == chat]
    assert own[0] <= 2 / LIMIT
    assert own[1] <= 3 / LIMIT and own[2] <= own[1] + 1 + 2 / LIMIT


def test_stopped_at_sixty_per_cent_the_rest_is_sent_nothing(
    sqlite_engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """What is in hand is finished; after that nothing leaves."""
    stopped: list[int] = []

    async def stops(play: Play) -> None:
        if len(play.storm.sent) >= 0.6 * PEOPLE and not stopped:
            waiting = update(Outgoing).where(Outgoing.state == "waiting")
            async with play.database.writing() as connection:
                await connection.execute(waiting.values(state="cancelled"))
            stopped.append(len(play.storm.sent))

    async def act(play: Play) -> None:
        await play.to_the_end(stops)

    sent = played(sqlite_engine, tmp_path, now, act).storm.sent
    assert stopped[0] <= len(sent) <= stopped[0] + 2 * delivering.PORTION < PEOPLE
