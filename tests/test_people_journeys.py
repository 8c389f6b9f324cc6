"""Registering and leaving on each network, with not a line of the programme changed for it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests import people_scenario
from tests.chat import Chat, chatting
from tests.conftest import Engine
from tests.emulators.telegram import TelegramEmulator
from tests.scenario import MoveTo, Phone
from tests.test_journeys import TOKEN, AtTerminal, InPage, OnTelegram, code, polling

SEATS = (("王", "ent"), ("李", "ent"), ("组织者", "org"), ("赵", "ent"))


async def play(people: list[Any], move_to: MoveTo) -> None:
    phones: list[Phone] = people
    await people_scenario.register(phones, move_to)
    await people_scenario.leave(phones, move_to)


async def test_registering_and_leaving_on_the_page(
    engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """Four phones, one database of either kind."""
    async with chatting(tmp_path, now, url=await engine.url(tmp_path)) as chat:

        async def move_to(moment: datetime) -> None:
            chat.clock.move_to(moment)
            await chat.settle()

        await play([InPage(await chat.somebody(name, role)) for name, role in SEATS], move_to)


async def test_registering_and_leaving_in_the_terminal(chat: Chat) -> None:
    """Plain text and numbered replies suffice."""

    async def move_to(moment: datetime) -> None:
        chat.clock.move_to(moment)

    await play([AtTerminal(chat, name, role) for name, role in SEATS], move_to)


async def test_registering_and_leaving_on_telegram(
    engine: Engine, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over HTTP from a strict Bot API that refuses nothing we send."""
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 1000))
    async with TelegramEmulator(TOKEN) as telegram:
        settings: dict[str, Any] = {"telegram_token": TOKEN, "telegram_base_url": telegram.base_url}
        url = await engine.url(tmp_path)
        async with chatting(tmp_path, now, url=url, **settings) as chat, polling(chat, telegram):

            async def move_to(moment: datetime) -> None:
                chat.clock.move_to(moment)

            people = [telegram.user(name) for name, _ in SEATS]
            for person, (_, role) in zip(people, SEATS, strict=True):
                await person.starts(await code(chat, role))
                await OnTelegram(person).sees("已为您开通")
            await play([OnTelegram(person) for person in people], move_to)
        assert telegram.refused == []
