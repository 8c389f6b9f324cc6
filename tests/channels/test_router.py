"""The seam under python-telegram-bot: each call goes to the network of its chat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Bot, Message
from telegram.error import BadRequest
from telegram.request import HTTPXRequest

from channels.calls import Call
from channels.chats import FIRST_ALLOTTED, Chats
from channels.router import Router
from db.session import Database
from pipeline.clock import Clock
from tests.emulators.telegram import TelegramEmulator

TOKEN = "123456:" + "T" * 30


class Noting:
    """A channel that keeps what it is asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.calls: list[Call] = []

    async def call(self, call: Call) -> Any:
        self.calls.append(call)
        if call.method != "sendMessage":
            return True
        return {"message_id": 9, "date": 1, "chat": {"id": call.chat_id, "type": "private"}}


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(TOKEN) as telegram:
        yield telegram


@pytest.fixture
def chats(database: Database) -> Chats:
    return Chats(database, Clock())


@pytest.fixture
def web() -> Noting:
    return Noting("web")


def bot_on(router: Router, base_url: str = "http://nowhere/bot") -> Bot:
    return Bot(TOKEN, base_url=base_url, request=router, get_updates_request=router)


async def test_calls_go_where_their_chat_is(
    telegram: TelegramEmulator, chats: Chats, web: Noting
) -> None:
    """By the chat, or by the name that a callback begins with."""
    here = await chats.open("web", "a")
    hua = telegram.user("华")
    await hua.says("hello")
    router = Router(chats, [web], HTTPXRequest())
    async with bot_on(router, telegram.base_url) as bot:
        assert isinstance(await bot.send_message(here, "to the page"), Message)
        await bot.send_message(hua.id, "to Telegram")
        await bot.answer_callback_query("web:7")
        with pytest.raises(BadRequest, match="uery"):
            await bot.answer_callback_query("4000000001")
    assert [call.method for call in web.calls] == ["sendMessage", "answerCallbackQuery"]
    assert [call.text for call in telegram.accepted] == ["to Telegram"]


async def test_a_chat_of_nobody_is_refused_as_telegram_would(chats: Chats, web: Noting) -> None:
    """An id that was never allotted, and one of Telegram's where there is no Telegram."""
    async with bot_on(Router(chats, [web])) as bot:
        for nobody in (FIRST_ALLOTTED + 10**6, 5):
            with pytest.raises(BadRequest, match="hat not found"):
                await bot.send_message(nobody, "x")
    assert web.calls == []


async def test_a_start_asks_nobody_who_we_are(chats: Chats) -> None:
    """It must not hang on Telegram being reachable."""
    async with bot_on(Router(chats, [])) as bot:
        assert bot.id == 123456


async def test_chats_that_open_in_one_moment_get_ids_of_their_own(chats: Chats) -> None:
    """And whoever comes twice is at home in one chat; on both engines."""
    ids = await asyncio.gather(*(chats.open("web", f"visitor{n // 2}") for n in range(40)))
    assert len(set(ids)) == 20
    assert ids[::2] == ids[1::2]
    assert min(ids) >= FIRST_ALLOTTED
