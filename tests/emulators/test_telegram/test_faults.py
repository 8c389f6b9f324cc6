"""The network misbehaves: each knob, and what took effect."""

import asyncio
import time
from datetime import timedelta

import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut

from tests.emulators.telegram import TelegramEmulator, User
from tests.emulators.test_telegram.conftest import until


async def test_a_limit_tells_how_long_to_wait(tg: TelegramEmulator, bot: Bot, hua: User) -> None:
    """429 with retry_after, as often as asked, and nothing is accepted."""
    tg.limit(retry_after=7, times=2)
    for _ in range(2):
        with pytest.raises(RetryAfter) as error:
            await bot.send_message(hua.id, "一")
        assert error.value.retry_after == timedelta(seconds=7)
    assert tg.refused[-1].error == "Too Many Requests: retry after 7"
    await bot.send_message(hua.id, "二")
    assert [call.text for call in tg.accepted] == ["二"]


async def test_a_limit_may_hold_for_one_chat(tg: TelegramEmulator, bot: Bot, hua: User) -> None:
    """Other chats are written to meanwhile."""
    rui = tg.user("瑞科")
    await rui.starts()
    tg.limit(retry_after=1, chat=hua.id)
    await bot.send_message(rui.id, "一")
    with pytest.raises(RetryAfter):
        await bot.send_message(hua.id, "一")


async def test_a_lost_answer_is_an_accepted_message(
    tg: TelegramEmulator, bot: Bot, hua: User
) -> None:
    """The bot sees a network error, the person sees the message: once more and it is double."""
    tg.lose_answers()
    with pytest.raises(NetworkError):
        await bot.send_message(hua.id, "一")
    assert [call.text for call in tg.accepted] == ["一"]
    await bot.send_message(hua.id, "一")
    assert [message.text for message in hua.messages] == ["一", "一"]


async def test_a_slow_call_takes_its_time(tg: TelegramEmulator, bot: Bot, hua: User) -> None:
    """Longer than the bot waits, it is a time-out that took effect."""
    tg.slow(0.5)
    with pytest.raises(TimedOut):
        await bot.send_message(hua.id, "一", read_timeout=0.05)
    await hua.waits_for("一")


async def test_a_gateway_error_is_html(tg: TelegramEmulator, bot: Bot, hua: User) -> None:
    """5xx with a page instead of JSON; nothing is accepted."""
    tg.fail(status=503)
    with pytest.raises(NetworkError, match="Service Unavailable"):
        await bot.send_message(hua.id, "一")
    assert tg.accepted == []


async def test_garbage_is_half_an_answer(tg: TelegramEmulator, bot: Bot, hua: User) -> None:
    """Status 200, JSON cut off, and the message is there."""
    tg.garbage()
    with pytest.raises(TelegramError, match="Invalid server response"):
        await bot.send_message(hua.id, "一")
    assert hua.last.text == "一"


async def test_a_poll_meets_only_faults_for_polls(tg: TelegramEmulator, bot: Bot) -> None:
    """Or a polling bot would use up what was meant for its sends."""
    tg.fail(502)
    await bot.get_updates()
    tg.fail(502, method="getUpdates")
    with pytest.raises(NetworkError):
        await bot.get_updates()
    with pytest.raises(NetworkError):
        await bot.get_me()


async def test_a_lost_batch_comes_again(tg: TelegramEmulator, bot: Bot, hua: User) -> None:
    """A poll's answer that was lost confirmed nothing."""
    tg.lose_answers(method="getUpdates")
    with pytest.raises(NetworkError):
        await bot.get_updates()
    assert len(await bot.get_updates()) == 1


async def test_a_taken_port_is_an_error(tg: TelegramEmulator) -> None:
    """Two emulators do not share a port."""
    with pytest.raises(OSError):
        await TelegramEmulator(port=tg.server.port).__aenter__()


async def test_the_emulator_stops_at_once() -> None:
    """Whatever is under way: a long poll or a slow call of half a minute."""
    async with TelegramEmulator() as tg, Bot("123456:TEST", base_url=tg.base_url) as bot:
        poll = asyncio.create_task(bot.get_updates(timeout=30))
        tg.slow(30, method="getMe")
        slow = asyncio.create_task(bot.get_me())
        await until(lambda: tg.world.updates.waiting and not tg.api.faults.waiting)
        began = time.monotonic()
        await tg.__aexit__(None, None, None)
        assert time.monotonic() - began < 5
        assert await poll == ()
        await slow
