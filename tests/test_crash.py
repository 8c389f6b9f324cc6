"""kill -9 in the middle of a form, and between commit and delivery.

The program runs in a process of its own and is killed at a named point or at a random moment;
what people see is judged where they see it: at the emulator of Telegram, a third process that
nobody kills, and in what the page would show.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import Engine
from tests.emulators.telegram import TelegramProcess
from tests.server import started
from tests.waiting import eventually

ROUNDS = int(os.environ.get("ZHIQIAO_TEST_KILLS", "4"))
FORM = [
    ("注册", "请您知悉"),
    ("同意，开始注册", "统一社会信用代码"),
    ("91430100MA4L16JQ9D", "企业全称"),
    ("长沙知桥测试装备有限公司", "怎么称呼"),
    ("王工", "联系电话"),
    ("13812345678", "哪个市州"),
    ("长沙", "哪些产业"),
    ("工程机械", "请核对"),
    ("提交", "注册好了"),
]
log = logging.getLogger(__name__)
MARK = "（重发）"


class Person:
    """Somebody on Telegram, and what they were sent: every message that was accepted."""

    def __init__(self, telegram: TelegramProcess) -> None:
        self._telegram = telegram

    async def says(self, text: str) -> None:
        await self._telegram.user("华", "says", text=text)

    async def heard(self) -> list[str]:
        accepted = await self._telegram.accepted()
        return [call["text"] for call in accepted if call["method"] == "sendMessage"]

    async def hears(self, text: str) -> None:
        async def there() -> bool:
            return any(text in one for one in await self.heard())

        await eventually(there)
        assert await there(), f"{text} never arrived"


@pytest.fixture
async def settings(sqlite_engine: Engine, tmp_path: Path) -> dict[str, str]:
    """Of a programme that finds its tables there: it makes them elsewhere."""
    await sqlite_engine.url(tmp_path)
    return {"DEMO": "false"}


@pytest.mark.parametrize("point", ["in_turn", "before_send", "after_send"])
async def test_a_kill_at_a_named_point_loses_nothing(
    tmp_path: Path, settings: dict[str, str], point: str
) -> None:
    """The form goes on at the same step and each question arrives once; only a message that the
    network had accepted unrecorded may come again, and then it says so."""
    async with TelegramProcess() as telegram:
        settings |= {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_BASE_URL": telegram.base_url}
        hua = Person(telegram)
        async with started(tmp_path, settings, module=("tests.crashing", point, "4")) as run:
            for said, asked in FORM[:3]:
                await hua.says(said)
                await hua.hears(asked)
            said, asked = FORM[3]
            await hua.says(said)
            await run.wait()
        async with started(tmp_path, settings):
            await hua.hears(asked)
            for said, asked in FORM[4:6]:
                await hua.says(said)
                await hua.hears(asked)
        again = await repeated(hua)
        assert len(again) == (point == "after_send") and all(FORM[3][1] in text for text in again)


async def test_random_kills_lose_nothing(tmp_path: Path, settings: dict[str, str]) -> None:
    """Killed again and again at any moment, the form is filled in the end, and each answer counts
    once. More rounds: ZHIQIAO_TEST_KILLS."""
    seed = random.randrange(10**6)
    log.warning("seed %s", seed)
    moments = random.Random(seed)
    async with TelegramProcess() as telegram:
        settings |= {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_BASE_URL": telegram.base_url}
        hua = Person(telegram)
        for at in range(ROUNDS):
            said, asked = FORM[at % len(FORM)]
            after = str(moments.randrange(1, 60))
            await hua.says(said)
            async with started(
                tmp_path, settings, module=("tests.crashing", "random", after)
            ) as run:
                await run.wait()
        async with started(tmp_path, settings):
            for at in range(ROUNDS, len(FORM)):
                said, asked = FORM[at]
                await hua.says(said)
                await hua.hears(asked)
        await hua.hears("注册好了")
        await repeated(hua)


async def repeated(hua: Person) -> list[str]:
    """What arrived more than once and says so; what does not say so fails at once."""
    heard = await hua.heard()
    plain = Counter(text for text in heard if not text.startswith(MARK))
    assert [text for text, times in plain.items() if times > 1] == []
    again = {text.removeprefix(MARK) for text in heard if text.startswith(MARK)}
    return [text for text in again if plain[text]]


async def test_asked_to_stop_it_leaves_nothing_uncertain(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    """SIGTERM while twenty people are being answered: what is on its way arrives, the process ends
    by itself within ten seconds, and the next start says the rest, each once and unmarked."""
    async with TelegramProcess() as telegram:
        settings |= {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_BASE_URL": telegram.base_url}
        people = [f"member{number}" for number in range(20)]
        async with started(tmp_path, settings) as run:
            await telegram.knob("slow", seconds=0.2, times=10, method="sendMessage")
            for name in people:
                await telegram.user(name, "says", text="菜单")

            async def some_heard() -> bool:
                return len(await telegram.accepted()) > 2

            await eventually(some_heard)
            asked = time.monotonic()
            run.signal(signal.SIGTERM)
            assert await run.wait() == 0 and time.monotonic() - asked < 10
        with sqlite3.connect(tmp_path / "zhiqiao.db") as database:
            rows = database.execute("SELECT 1 FROM outbox WHERE state = 'sending'")
            assert rows.fetchall() == []
        async with started(tmp_path, settings):

            async def all_heard() -> bool:
                return len({call["chat_id"] for call in await telegram.accepted()}) == len(people)

            await eventually(all_heard)
        said = Counter((call["chat_id"], call["text"]) for call in await telegram.accepted()
                       if call["method"] == "sendMessage")  # fmt: skip
        assert {chat for chat, _ in said} and set(said.values()) == {1}
        assert not any(text.startswith(MARK) for _, text in said)
        assert len({chat for chat, _ in said}) == len(people)
