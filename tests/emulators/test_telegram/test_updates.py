"""getUpdates and webhooks: nothing is lost that was not confirmed."""

import asyncio
from typing import Any

import httpx
import pytest
from telegram import Bot, Update
from telegram.error import Conflict
from telegram.ext import Application, CommandHandler

from tests.emulators.telegram import TelegramEmulator, User
from tests.emulators.test_telegram.conftest import Refused, until


def texts(updates: tuple[Update, ...]) -> list[str | None]:
    return [update.effective_message.text for update in updates if update.effective_message]


async def test_an_update_stays_until_an_offset_confirms_it(bot: Bot, hua: User) -> None:
    """Each call returns what waits; an offset forgets everything below it."""
    await hua.says("一")
    first = await bot.get_updates()
    assert texts(first) == texts(await bot.get_updates()) == ["/start", "一"]
    assert texts(await bot.get_updates(offset=first[1].update_id)) == ["一"]
    assert await bot.get_updates(offset=first[1].update_id + 1) == ()
    assert await bot.get_updates() == ()


async def test_a_negative_offset_counts_from_the_end(bot: Bot, hua: User) -> None:
    """And forgets all before."""
    await hua.says("一")
    assert texts(await bot.get_updates(offset=-1)) == ["一"]
    assert texts(await bot.get_updates()) == ["一"]


async def test_at_most_100_come_at_once(bot: Bot, hua: User) -> None:
    """The limit may be lower, not higher."""
    for number in range(100):
        await hua.says(str(number))
    assert len(await bot.get_updates(limit=1000)) == 100
    assert len(await bot.get_updates(limit=3)) == 3


async def test_a_long_poll_ends_with_the_first_update(
    tg: TelegramEmulator, bot: Bot, hua: User
) -> None:
    """Or empty, when its time is over."""
    start = await bot.get_updates()
    offset = start[-1].update_id + 1
    poll = asyncio.create_task(bot.get_updates(offset=offset, timeout=30))
    await until(lambda: tg.world.updates.waiting)
    await hua.says("一")
    assert texts(await poll) == ["一"]
    assert await bot.get_updates(offset=offset + 1, timeout=1) == ()


async def test_two_polls_at_once_are_a_conflict(tg: TelegramEmulator, bot: Bot, hua: User) -> None:
    """The older one is terminated with 409, the newer one goes on."""
    offset = tg.next_update_id
    older = asyncio.create_task(bot.get_updates(offset=offset, timeout=30))
    await until(lambda: tg.world.updates.waiting)
    async with Bot("123456:TEST", base_url=tg.base_url) as other:
        newer = asyncio.create_task(other.get_updates(offset=offset, timeout=30))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await older
        await hua.says("一")
        assert texts(await newer) == ["一"]


async def test_a_dead_bots_poll_takes_nothing_with_it(
    tg: TelegramEmulator, bot: Bot, hua: User
) -> None:
    """A bot that is killed while it polls has confirmed nothing; the next poll works at once."""
    query = {"offset": str(tg.next_update_id), "timeout": "30"}
    async with httpx.AsyncClient(timeout=0.1) as dying:
        with pytest.raises(httpx.ReadTimeout):
            await dying.get(f"{tg.base_url}123456:TEST/getUpdates", params=query)
    await hua.says("一")
    assert texts(await bot.get_updates(offset=int(query["offset"]), timeout=30)) == ["一"]


async def test_only_wanted_kinds_are_queued(bot: Bot, hua: User) -> None:
    """allowed_updates holds for what comes later, until it is changed."""
    await bot.get_updates(allowed_updates=["my_chat_member"])
    await hua.says("一")
    await hua.blocks()
    await hua.unblocks()
    updates = await bot.get_updates()
    members = [update.my_chat_member for update in updates if update.my_chat_member]
    assert [str(change.new_chat_member.status) for change in members] == ["kicked", "member"]
    assert texts(updates)[0] == "/start" and "一" not in texts(updates)


async def test_updates_are_kept_for_a_day(tg: TelegramEmulator, bot: Bot, hua: User) -> None:
    """After 24 hours an update is gone."""
    tg.later(24 * 3600 - 5)
    assert len(await bot.get_updates()) == 1
    tg.later(10)
    assert await bot.get_updates() == ()


async def test_after_a_quiet_week_ids_may_start_lower(
    tg: TelegramEmulator, bot: Bot, hua: User
) -> None:
    """An offset from before confirms nothing: the same update comes again and again."""
    tg.next_update_id = 117_314_199
    await hua.says("一")
    for _ in range(2):
        (update,) = await bot.get_updates(offset=727_334_708)
        assert update.update_id == 117_314_199
    assert await bot.get_updates(offset=update.update_id + 1) == ()


async def test_an_update_can_come_twice(tg: TelegramEmulator, bot: Bot, hua: User) -> None:
    """Although it was confirmed; then it is gone."""
    offset = tg.next_update_id + 1
    tg.deliver_twice()
    await hua.says("一")
    assert texts(await bot.get_updates(offset=offset - 1)) == ["一"]
    assert texts(await bot.get_updates(offset=offset)) == ["一"]
    assert await bot.get_updates(offset=offset) == ()


@pytest.mark.parametrize(
    "shape", [{"message": 1}, {"update_id": 7, "x": "\ud83d"}, [], "x", None, {"poll": {}}]
)
async def test_any_shape_can_be_injected(tg: TelegramEmulator, shape: Any) -> None:
    """The poison is delivered as it is, with an id where an object has none."""
    tg.inject(shape)
    expected = {"update_id": tg.next_update_id - 1} | shape if isinstance(shape, dict) else shape
    assert await tg.world.updates.poll(0, 100, 0) == [expected]


async def test_ptbs_own_polling_answers_a_person(tg: TelegramEmulator, hua: User) -> None:
    """A real Application reads /start with its payload and replies."""

    async def greet(update: Update, context: Any) -> None:
        assert update.message is not None
        await update.message.reply_text(f"你好 {context.args}")

    builder = Application.builder().token("123456:TEST").base_url(tg.base_url)
    application = builder.build()
    application.add_handler(CommandHandler("start", greet))
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling()
        await tg.user("瑞科").starts("event_12")
        await tg.user("瑞科").waits_for("你好 ['event_12']")
        await application.updater.stop()
        await application.stop()


async def test_a_webhook_and_polling_exclude_each_other(tg: TelegramEmulator, bot: Bot) -> None:
    """setWebhook ends a poll; getUpdates is a conflict until deleteWebhook."""
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await until(lambda: tg.world.updates.waiting)
    await bot.set_webhook("https://example.org/hook")
    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await poll
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()
    await bot.set_webhook("https://example.org/hook")
    await bot.set_webhook("")
    assert await bot.get_updates() == ()


@pytest.mark.parametrize(
    ("url", "secret", "words"),
    [
        ("http://example.org/", "", "bad webhook: An HTTPS URL must be provided for webhook"),
        (
            "https://example.org:8000/",
            "",
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ("https://example.org/", "密", "secret token contains unallowed characters"),
        ("https://example.org/", "x" * 257, "secret token is too long"),
    ],
)
async def test_a_webhook_is_checked(
    bot: Bot, refused: Refused, url: str, secret: str, words: str
) -> None:
    """https, four ports, a secret of [A-Za-z0-9_-]{1,256}."""
    with refused(f"Bad Request: {words}"):
        await bot.set_webhook(url, secret_token=secret)
