"""One poller at a time, however many processes there are, and no gap when one dies."""

from __future__ import annotations

import asyncio
import signal
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from channels.telegram.webhook import HEADER, PATH
from db.models import Lease
from pipeline.duties import LOOK, TERM, Duties
from tests.channels.telegram.phones import TOKEN, beside
from tests.conftest import Engine
from tests.emulators.telegram import TelegramEmulator, TelegramProcess
from tests.pipeline.small import until
from tests.server import started
from tests.waiting import eventually

SECRET = "s" * 40


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 1000))
    monkeypatch.setattr("pipeline.duties.LOOK", 0.2)


def conflicts(telegram: TelegramEmulator) -> list[str]:
    return [call.error for call in telegram.refused if "Conflict" in call.error]


async def owner(duties: Duties) -> str | None:
    async with duties._database.reading() as connection:
        return await connection.scalar(select(Lease.owner))


def test_a_take_over_stays_below_fifteen_seconds() -> None:
    """From the last renewal of the dead to the first look of the living."""
    assert TERM.total_seconds() + 2 * LOOK < 15


@pytest.mark.usefixtures("quick")
async def test_of_two_programmes_one_polls(
    tmp_path: Path, now: datetime, postgres_engine: Engine
) -> None:
    """Both stand on one database: no conflict, and when one goes the other goes on at once."""
    url = await postgres_engine.town(tmp_path, demo=False)
    async with TelegramEmulator(TOKEN) as telegram:
        hua = telegram.user("华")
        async with beside(telegram, tmp_path / "b", now, postgres_engine, url=url, demo=False):
            async with beside(telegram, tmp_path / "a", now, postgres_engine, url=url, demo=False):
                for _ in range(3):
                    await hua.says("菜单")
                    await hua.waits_for("知桥")
                    await asyncio.sleep(0.3)
            await hua.says("菜单")
            await hua.waits_for("知桥")
        assert conflicts(telegram) == []


@pytest.mark.usefixtures("quick")
async def test_control_without_the_lease_they_are_in_conflict(
    tmp_path: Path, now: datetime, postgres_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def always(self: Duties, name: str) -> bool:
        return True

    monkeypatch.setattr(Duties, "_try", always)
    url = await postgres_engine.town(tmp_path, demo=False)
    async with TelegramEmulator(TOKEN) as telegram:
        async with (
            beside(telegram, tmp_path / "a", now, postgres_engine, url=url, demo=False),
            beside(telegram, tmp_path / "b", now, postgres_engine, url=url, demo=False),
        ):
            await until(lambda: conflicts(telegram))
        assert conflicts(telegram)


@pytest.mark.usefixtures("quick")
async def test_a_machine_that_is_gone_is_replaced_when_its_term_ends(
    tmp_path: Path, now: datetime, postgres_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot give anything up, and nobody here can see that it is dead."""
    url = await postgres_engine.town(tmp_path, demo=False)
    async with TelegramEmulator(TOKEN) as telegram:
        hua = telegram.user("华")
        async with beside(telegram, tmp_path / "a", now, postgres_engine, url=url, demo=False) as a:
            await hua.says("菜单")
            await hua.waits_for("知桥")
            gone = await owner(a.programme.duties)

            async def nothing(name: str) -> None: ...

            monkeypatch.setattr(a.programme.duties, "_give_up", nothing)
        async with beside(telegram, tmp_path / "b", now, postgres_engine, url=url, demo=False) as b:
            await asyncio.sleep(0.6)
            assert await owner(b.programme.duties) == gone  # it might still live
            b.clock.forward(TERM)
            await hua.says("菜单")
            await hua.waits_for("知桥")
            assert await owner(b.programme.duties) != gone


async def test_of_two_processes_the_other_takes_over_after_a_kill(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    """kill -9 of the one that polls, on the engine that one file holds: what is said meanwhile
    is answered within fifteen seconds."""
    await sqlite_engine.url(tmp_path)
    async with TelegramProcess(TOKEN) as telegram:
        settings = {
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_BASE_URL": telegram.base_url,
            "DEMO": "false",
        }

        async def answers(count: int) -> None:
            async def there() -> bool:
                return len(await telegram.messages("华")) >= count

            await eventually(there)
            assert len(await telegram.messages("华")) == count

        async with started(tmp_path, settings) as first:
            await telegram.user("华", "says", text="菜单")
            await answers(1)
            async with started(tmp_path, settings):
                first.signal(signal.SIGKILL)
                await first.wait()
                await telegram.user("华", "says", text="菜单")
                begun = time.monotonic()
                await answers(2)
                assert time.monotonic() - begun < 15
        assert [call for call in await telegram.refused() if "Conflict" in call["error"]] == []


@pytest.mark.usefixtures("quick")
async def test_a_duty_whose_database_is_away_is_kept_for_a_while_and_no_longer(
    chat: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can have taken it before its term ends; after that somebody may have."""
    monkeypatch.setattr("pipeline.duties.LOOK", 0.05)
    duties, running = chat.programme.duties, asyncio.Event()

    async def work() -> None:
        running.set()
        try:
            await asyncio.sleep(60)
        finally:
            running.clear()

    task = asyncio.create_task(duties.alone("x", work))
    await until(running.is_set)

    async def away(connection: Any, name: str) -> bool:
        raise OSError("away")

    monkeypatch.setattr(duties, "_take", away)
    await asyncio.sleep(0.3)
    assert running.is_set()
    monkeypatch.setattr("pipeline.duties.TERM", TERM * 0.04)
    await until(lambda: not running.is_set())
    assert not running.is_set()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_webhook_is_reached_through_a_proxy(sqlite_engine: Engine, tmp_path: Path) -> None:
    """By the public name and with what proxies add, while the page beside it, which has no
    sign-in, answers to this machine's names alone; a prefix of the proxy's does not matter."""
    await sqlite_engine.url(tmp_path)
    async with TelegramProcess(TOKEN) as telegram:
        settings = {
            "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_BASE_URL": telegram.base_url, "DEMO": "false",
            "TELEGRAM_WEBHOOK_URL": "https://bot.example.org/zhiqiao/", "TELEGRAM_SECRET": SECRET,
        }  # fmt: skip
        async with (
            started(tmp_path, settings) as running,
            httpx.AsyncClient(base_url=running.address, trust_env=False) as proxy,
        ):
            named = {
                "Host": "bot.example.org", "X-Forwarded-For": "149.154.167.220",
                "X-Forwarded-Proto": "https", "X-Forwarded-Host": "bot.example.org",
            }  # fmt: skip
            user = {"id": 50000001, "first_name": "-", "is_bot": False}
            message = {"message_id": 1, "date": 1, "text": "菜单", "from": user,
                       "chat": {"id": 50000001, "type": "private"}}  # fmt: skip
            update = {"update_id": 1, "message": message}
            secret = {HEADER: SECRET}
            assert (await proxy.get("/", headers=named)).status_code == 421
            assert (await proxy.post(PATH, json=update, headers=named)).status_code == 403
            answer = await proxy.post(PATH, json=update, headers=named | secret)
            assert answer.status_code == 200
            info = await proxy.post(f"{telegram.base_url}{TOKEN}/getWebhookInfo")
            hook = info.json()["result"]
            assert hook["url"] == f"https://bot.example.org/zhiqiao{PATH}"
