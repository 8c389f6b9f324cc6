"""The main job in a real browser, against the program as `make run` starts it."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright

from tests import scenario
from tests.server import served
from tests.waiting import eventually

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        said = "NO BROWSER TEST: there is no chromium (apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


class OnScreen:
    """Somebody at one of the phones, found as a person with a screen reader finds it."""

    def __init__(self, page: Page, name: str) -> None:
        self._phone = page.get_by_role("region", name=name, exact=True)
        self._read = 0

    async def says(self, text: str) -> None:
        await self._act()
        await self._phone.get_by_role("textbox", name="消息").fill(text)
        await self._phone.get_by_role("button", name="发送", exact=True).click()

    async def taps(self, label: str) -> None:
        await self._act()
        exact = self._log.get_by_role("button", name=label, exact=True)
        some = self._log.get_by_role("button", name=label)
        await (exact if await exact.count() else some).last.click()

    async def sees(self, *texts: str) -> None:
        await eventually(lambda: self._has(texts))
        for text in texts:
            assert text in await self._new()

    async def _has(self, texts: Sequence[str]) -> bool:
        new = await self._new()
        return all(text in new for text in texts)

    @property
    def _log(self) -> Locator:
        return self._phone.get_by_role("log")

    async def _new(self) -> str:
        """What stands in the log below what was there before the last act."""
        return (await self._log.inner_text())[self._read :]

    async def _act(self) -> None:
        self._read = len(await self._log.inner_text())


@asynccontextmanager
async def program(data_dir: Path, port: int, now: datetime) -> AsyncIterator[str]:
    async with served(data_dir, {"WEB_PORT": str(port)}, "--now", now.isoformat()) as address:
        yield address


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.mark.browser
async def test_the_main_job_in_a_browser(browser: Browser, tmp_path: Path, now: datetime) -> None:
    """Three phones side by side; the clock is moved by starting the program again later."""
    port = free_port()
    async with AsyncExitStack() as running:
        address = await running.enter_async_context(program(tmp_path, port, now))
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(address)

        async def move_to(moment: datetime) -> None:
            await running.aclose()
            await running.enter_async_context(program(tmp_path, port, moment))

        people = [OnScreen(page, name) for name in ("企业", "组织者", "工作人员")]
        await scenario.play(people, move_to)
        if picture := os.environ.get("ZHIQIAO_TEST_SCREENSHOT"):
            await page.screenshot(path=picture)
        assert problems == []
