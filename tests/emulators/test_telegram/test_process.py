"""The emulator in a process of its own, driven over HTTP."""

import base64
from collections.abc import AsyncIterator

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import RetryAfter

from tests.emulators.telegram import TelegramProcess


@pytest.fixture
async def remote() -> AsyncIterator[TelegramProcess]:
    async with TelegramProcess() as remote:
        yield remote


async def test_a_whole_chat_over_the_control_api(remote: TelegramProcess) -> None:
    """People act, knobs turn, and the truth is read from outside the bot."""
    started = await remote.user("华锐", "starts")
    data = base64.b64encode(b"rows").decode()
    await remote.user("华锐", "sends_document", name="需求.xlsx", data=data)
    await remote.knob("limit", retry_after=1, method="sendMessage")
    await remote.knob("next_update_id", update_id=5)
    await remote.knob("inject", update={"message": 1})
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("报名", callback_data="up")]])
    async with Bot("123456:TEST", base_url=remote.base_url) as bot:
        with pytest.raises(RetryAfter):
            await bot.send_message(started["chat_id"], "路演")
        await bot.send_message(started["chat_id"], "路演", reply_markup=markup)
    await remote.user("华锐", "taps", label="报名")
    (message,) = await remote.messages("华锐")
    assert (message["text"], message["buttons"]) == ("路演", [["报名"]])
    assert [call["method"] for call in await remote.accepted()] == ["sendMessage"]
    assert await remote.accepted(since=1) == []
    assert [call["error"] for call in await remote.refused()] == [
        "Too Many Requests: retry after 1"
    ]
    answer = await remote.client.get("/bot123456:TEST/getUpdates")
    updates = answer.json()["result"]
    assert [sorted(update) for update in updates] == [
        ["message", "update_id"],
        ["callback_query", "update_id"],
    ]
    with pytest.raises(AssertionError, match="no '取消' among"):
        await remote.user("华锐", "taps", label="取消")
    with pytest.raises(AssertionError, match="no verb dances"):
        await remote.user("华锐", "dances")
