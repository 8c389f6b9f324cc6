"""The main job, end to end, on each network, with not a line of the programme changed for it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from telegram.request import HTTPXRequest

from application import at_work
from channels.telegram.poller import Poller
from channels.terminal.console import Console
from services import invitations
from tests import scenario
from tests.chat import Chat, Somebody, chatting
from tests.conftest import Engine
from tests.emulators.telegram import TelegramEmulator, User
from tests.waiting import eventually

SEATS = (("企业", "ent"), ("组织者", "org"), ("工作人员", "staff"))
TOKEN = "123456:TEST"


class InPage:
    """Somebody at the web page."""

    def __init__(self, somebody: Somebody) -> None:
        self._somebody = somebody

    async def says(self, text: str) -> None:
        await self._somebody.says(text)

    async def taps(self, label: str) -> None:
        await self._somebody.taps(label)

    async def sees(self, *texts: str) -> None:
        for text in texts:
            assert text in self._somebody.seen, f"{text} is not in: {self._somebody.seen}"


async def test_the_main_job_on_the_page(engine: Engine, tmp_path: Path, now: datetime) -> None:
    """Three phones, one database of either kind."""
    async with chatting(tmp_path, now, url=await engine.url(tmp_path)) as chat:

        async def move_to(moment: datetime) -> None:
            chat.clock.move_to(moment)
            await chat.settle()

        people = [InPage(await chat.somebody(name, role)) for name, role in SEATS]
        await scenario.play(people, move_to)


class AtTerminal:
    """Somebody at a keyboard: choices are numbers, and what is printed is all there is."""

    def __init__(self, chat: Chat, name: str, role: str) -> None:
        self._chat = chat
        self._name = name
        self._role = role
        self._printed: list[str] = []

    async def says(self, text: str) -> None:
        self._printed.clear()
        await self._visit(text)

    async def taps(self, label: str) -> None:
        choices = re.findall(r"\[(\d+)\] (.+)", "\n".join(self._printed))
        numbers = {shown: number for number, shown in choices}
        await self.says(numbers[scenario.meant(label, list(numbers))])

    async def sees(self, *texts: str) -> None:
        await self._visit()
        for text in texts:
            assert text in "\n".join(self._printed), f"{text} is not in: {self._printed}"

    async def _visit(self, *lines: str) -> None:
        programme = self._chat.programme

        async def typed() -> AsyncIterator[str]:
            for line in lines:
                yield line

        console = Console(
            programme.database, programme.clock, programme.chats, programme.inbox,
            programme.settle, self._printed.append,
        )  # fmt: skip
        await console.chat(self._name, self._role, typed())


async def test_the_main_job_in_the_terminal(chat: Chat) -> None:
    """The weakest channel is the specification: plain text and numbered replies suffice."""

    async def move_to(moment: datetime) -> None:
        chat.clock.move_to(moment)

    people = [AtTerminal(chat, name, role) for name, role in SEATS]
    await scenario.play(people, move_to)


class OnTelegram:
    """Somebody with Telegram, over HTTP, as strict as the real one."""

    def __init__(self, user: User) -> None:
        self._user = user
        self._read = 0

    async def says(self, text: str) -> None:
        self._act()
        await self._user.says(text)

    async def taps(self, label: str) -> None:
        shown = [
            button
            for message in sorted(self._user.messages, key=lambda message: message.seen)
            for row in message.buttons
            for button in row
        ]
        self._act()
        await self._user.taps(scenario.meant(label, shown))

    async def sees(self, *texts: str) -> None:
        await eventually(lambda: self._has(texts))
        for text in texts:
            assert text in self._new, f"{text} is not in: {self._new}"

    async def _has(self, texts: Sequence[str]) -> bool:
        return all(text in self._new for text in texts)

    @property
    def _new(self) -> str:
        news = [m for m in self._user.messages if m.seen > self._read]
        return "\n".join(f"{m.text}\n{m.file_name or ''}" for m in news)

    def _act(self) -> None:
        self._read = max((m.seen for m in self._user.messages), default=0)


async def test_the_main_job_on_telegram(
    engine: Engine, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Polled over HTTP from a strict Bot API; roles come by one-time codes."""
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 1000))  # the paces have their own test
    async with TelegramEmulator(TOKEN) as telegram:
        settings: dict[str, Any] = {
            "telegram_token": TOKEN,
            "telegram_base_url": telegram.base_url,
        }
        url = await engine.url(tmp_path)
        async with chatting(tmp_path, now, url=url, **settings) as chat, polling(chat, telegram):

            async def move_to(moment: datetime) -> None:
                chat.clock.move_to(moment)

            people = [telegram.user(name) for name in ("企业", "组织者", "工作人员")]
            for person, role in zip(people, ("ent", "org", "staff"), strict=True):
                await person.starts(await code(chat, role))
                await OnTelegram(person).sees("已为您开通")
            await scenario.play([OnTelegram(person) for person in people], move_to)
        assert telegram.refused == []


async def code(chat: Chat, role: str) -> str:
    async with chat.programme.database.session() as session:
        return await invitations.invite(session, role, chat.clock.now())


@asynccontextmanager
async def polling(chat: Chat, telegram: TelegramEmulator) -> AsyncIterator[None]:
    async with at_work(chat.programme), HTTPXRequest() as request:
        poller = Poller(request, telegram.base_url + TOKEN, chat.programme.inbox)
        task = asyncio.create_task(poller.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
