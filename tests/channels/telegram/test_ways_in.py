"""Polling and webhook against an emulator as strict as Telegram: nothing makes them deaf."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from telegram import Bot, Update
from telegram.ext import ApplicationBuilder, ContextTypes, MessageHandler, filters
from telegram.request import HTTPXRequest

from channels.telegram.poller import Poller
from channels.telegram.webhook import PATH, Webhook
from db.models import Incoming
from db.session import Database
from pipeline.clock import Clock
from pipeline.inbox import Inbox
from serving import _announce_webhook
from tests.conftest import Engine
from tests.emulators.serving import HOST, Server
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.telegram.http import BotApi
from tests.pipeline.small import bot, until
from tests.waiting import eventually

TOKEN = "123456:" + "T" * 30
SECRET = "s" * 40
SHAPES: list[Any] = [
    5, None, "x", [], {}, {"message": 5}, {"update_id": True}, {"update_id": "7"},
    {"update_id": -1}, {"update_id": 1.5}, {"update_id": 2**70}, {"callback_query": {"from": []}},
    {"message": {"chat": {"id": True}}}, {"message": {"chat": {"id": 2**70}}},
    {"message": {"chat": {"id": 1}, "text": "\ud800\x00"}}, {"poll": {"id": "1"}},
]  # fmt: skip


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(TOKEN) as telegram:
        yield telegram


@pytest.fixture
def inbox(database: Database, now: datetime) -> Inbox:
    return Inbox(database, Clock(now))


@asynccontextmanager
async def polling(telegram: TelegramEmulator, inbox: Inbox) -> AsyncIterator[None]:
    async with HTTPXRequest() as request:
        task = asyncio.create_task(Poller(request, telegram.base_url + TOKEN, inbox).run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def texts(database: Database) -> list[str]:
    """What was stored, as far as it says something."""
    async with database.reading() as connection:
        rows = await connection.scalars(select(Incoming.raw).order_by(Incoming.id))
        found = [row.get("message") for row in rows]
    return [one["text"] for one in found if isinstance(one, dict) and "text" in one]


async def stored(database: Database, text: str) -> bool:
    async def there() -> bool:
        return text in await texts(database)

    await eventually(there)
    return await there()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The methods that were called, in order."""
    made: list[str] = []
    run = BotApi._run

    async def noted(self: BotApi, args: Any) -> Any:
        made.append(args.method)
        return await run(self, args)

    monkeypatch.setattr(BotApi, "_run", noted)
    return made


@pytest.mark.parametrize("shape", SHAPES, ids=repr)
async def test_no_shape_of_an_update_makes_the_poller_deaf(
    telegram: TelegramEmulator, database: Database, inbox: Inbox, shape: Any
) -> None:
    """What comes with it and after it is stored, on both engines."""
    hua = telegram.user("华")
    await hua.says("before")
    telegram.inject(shape)
    await hua.says("beside")
    async with polling(telegram, inbox):
        assert await stored(database, "beside")
        await hua.says("after")
        assert await stored(database, "after")
    said = [text for text in await texts(database) if text in ("before", "beside", "after")]
    assert said == ["before", "beside", "after"]


async def test_what_cannot_be_confirmed_is_not_asked_for_without_end(
    telegram: TelegramEmulator, sqlite_engine: Engine, tmp_path: Path, now: datetime,
    calls: list[str],
) -> None:  # fmt: skip
    """An update without a number stays until the next one confirms it: wait, do not spin."""
    database = Database(await sqlite_engine.url(tmp_path))
    telegram.inject("no object")
    async with polling(telegram, Inbox(database, Clock(now))):
        await asyncio.sleep(0.4)
        assert calls.count("getUpdates") <= 2
        await telegram.user("华").says("good")
        assert await stored(database, "good")
    await database.close()


@pytest.mark.filterwarnings("ignore")
async def test_control_ptbs_updater_polls_a_poison_update_for_ever(
    telegram: TelegramEmulator, calls: list[str]
) -> None:
    """The same offset again and again; the good update behind it is never handled."""
    logging.getLogger("telegram.ext.Updater").setLevel(100)
    handled: list[int] = []

    async def handle(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        handled.append(update.update_id)

    builder = ApplicationBuilder().token(TOKEN).base_url(telegram.base_url).job_queue(None)
    application: Any = builder.build()
    application.add_handler(MessageHandler(filters.ALL, handle))
    telegram.inject({"message": 5})
    await telegram.user("华").says("good")
    async with application:
        await application.start()
        await application.updater.start_polling()
        await until(lambda: calls.count("getUpdates") > 10)
        telegram.world.updates.entries.clear()  # or its stop would stumble over it too
        await application.updater.stop()
        await application.stop()
    assert handled == []
    assert calls.count("getUpdates") > 10


async def test_another_poller_is_waited_out(
    telegram: TelegramEmulator, database: Database, inbox: Inbox
) -> None:
    """409 while somebody else polls: we come back, and miss nothing."""
    async with polling(telegram, inbox), Bot(TOKEN, base_url=telegram.base_url) as other:
        await asyncio.sleep(0.1)
        rival = asyncio.create_task(other.get_updates(timeout=1))
        await asyncio.sleep(0.1)
        assert "Conflict" in str([call.error for call in telegram.refused])
        await telegram.user("华").says("hello")
        await rival
        assert await stored(database, "hello")


async def test_a_webhook_of_an_earlier_start_is_taken_back(
    telegram: TelegramEmulator, database: Database, inbox: Inbox
) -> None:
    """Telegram refuses to be polled while it knows of one."""
    async with Bot(TOKEN, base_url=telegram.base_url) as somebody:
        await somebody.set_webhook("http://127.0.0.1:9/nobody")
    async with polling(telegram, inbox):
        await telegram.user("华").says("hello")
        assert await stored(database, "hello")


async def test_an_update_that_comes_twice_is_stored_once(
    telegram: TelegramEmulator, database: Database, inbox: Inbox
) -> None:
    """Confirmed, and sent again all the same."""
    telegram.deliver_twice(2)
    async with polling(telegram, inbox):
        for text in ("one", "two", "three"):
            await telegram.user("华").says(text)
            assert await stored(database, text)
    assert await texts(database) == ["one", "two", "three"]


@pytest.fixture
async def site(inbox: Inbox) -> AsyncIterator[str]:
    """The address of a server that has our webhook."""
    server = Server(Starlette(routes=[Webhook(SECRET, inbox).route()]), 0)
    await server.start()
    yield f"http://{HOST}:{server.port}"
    await server.stop()


async def test_a_posted_update_of_any_shape_holds_nobody_up(
    telegram: TelegramEmulator, database: Database, site: str
) -> None:
    """Telegram repeats what is refused, and with one connection the rest waits behind it."""
    async with Bot(TOKEN, base_url=telegram.base_url) as somebody:
        for shape in SHAPES:
            telegram.inject(shape)
        await telegram.user("华").says("after")
        await somebody.set_webhook(site + PATH, secret_token=SECRET, max_connections=1)
        assert await stored(database, "after")


async def test_a_start_without_telegram_tells_it_later(
    tmp_path: Path, now: datetime, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page must not wait for Telegram; the webhook is announced when it is back, with the
    secret, and for what we understand: who lets us in or shows us out is part of it."""
    monkeypatch.setattr("serving.PAUSE", 0.05)
    async with TelegramEmulator(TOKEN) as telegram:
        telegram.fail(502, times=2, method="setWebhook")
        more = {
            "telegram_token": TOKEN, "telegram_base_url": telegram.base_url,
            "telegram_secret": SECRET, "telegram_webhook_url": "http://127.0.0.1:9/",
        }  # fmt: skip
        async with bot(tmp_path, now, sqlite_engine, settings=more) as chat:
            await _announce_webhook(chat.programme)
        hook = telegram.api.webhook
        assert hook is not None
        assert (hook.url, hook.secret) == (f"http://127.0.0.1:9{PATH}", SECRET)
        assert hook.max_connections == 1
        assert "my_chat_member" in telegram.world.updates.allowed
        assert "message" in telegram.world.updates.allowed


async def test_a_start_after_a_quiet_week_hears_lower_ids(
    telegram: TelegramEmulator, inbox: Inbox, database: Database
) -> None:
    """The process that stored the high ids is gone; the next asks from the beginning, and goes on
    from what it heard last."""
    for first, said in ((727334708, "before"), (117314199, "after")):
        telegram.next_update_id = first
        await telegram.user("华").says(said)
        async with polling(telegram, inbox):
            assert await stored(database, said)
            await telegram.user("华").says(f"{said}, again")
            assert await stored(database, f"{said}, again")
    assert await texts(database) == ["before", "before, again", "after", "after, again"]
