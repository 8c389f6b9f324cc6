"""Webhook delivery: posted until it is taken, in order within a chat."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot

from tests.emulators.serving import HOST, Server
from tests.emulators.telegram import TelegramEmulator, User
from tests.emulators.test_telegram.conftest import until


class Receiver:
    """A bot's webhook that keeps what it takes; it refuses with each of `statuses` first."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.posts: list[tuple[str, Any]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.server = Server(Starlette(routes=[Route("/hook", self.take, methods=["POST"])]), 0)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server.port}/hook"

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for _, update in self.posts]

    async def take(self, request: Request) -> Response:
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        update = await request.json()
        if self.statuses:
            return Response(status_code=self.statuses.pop(0))
        self.posts.append((secret, update))
        await self.open.wait()
        return Response()

    async def has(self, count: int) -> None:
        await until(lambda: len(self.posts) >= count)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.server.start()
    yield receiver
    await receiver.server.stop()


async def test_updates_are_posted_with_the_secret(bot: Bot, hua: User, receiver: Receiver) -> None:
    """What waited, then what comes, each once and in order."""
    await bot.set_webhook(receiver.url, secret_token="s-1")
    await hua.says("一")
    await receiver.has(2)
    assert receiver.texts == ["/start", "一"]
    assert {secret for secret, _ in receiver.posts} == {"s-1"}
    assert (await bot.get_webhook_info()).pending_update_count == 0


async def test_a_refused_post_is_repeated(bot: Bot, hua: User, receiver: Receiver) -> None:
    """Until 2xx; the last refusal is told by getWebhookInfo."""
    receiver.statuses = [500, 403]
    await bot.set_webhook(receiver.url, max_connections=7, allowed_updates=["message"])
    await receiver.has(1)
    assert receiver.texts == ["/start"]
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections) == (receiver.url, 7)
    assert info.allowed_updates == ("message",)
    assert info.last_error_message == "Wrong response from the webhook: 403 Forbidden"


async def test_chats_do_not_wait_for_each_other(
    tg: TelegramEmulator, bot: Bot, hua: User, receiver: Receiver
) -> None:
    """While one chat's post hangs, another chat's is delivered, the same chat's is not."""
    receiver.open.clear()
    await bot.set_webhook(receiver.url)
    await hua.says("一")
    await tg.user("瑞科").says("二")
    await receiver.has(2)
    assert sorted(receiver.texts) == ["/start", "二"]
    receiver.open.set()
    await receiver.has(3)
    assert receiver.texts[2] == "一"


async def test_max_connections_holds(
    tg: TelegramEmulator, bot: Bot, hua: User, receiver: Receiver
) -> None:
    """With one connection, a second chat waits for the first."""
    receiver.open.clear()
    await bot.set_webhook(receiver.url, max_connections=1)
    await tg.user("瑞科").says("二")
    await receiver.has(1)
    await asyncio.sleep(0.05)
    assert receiver.texts == ["/start"]
    receiver.open.set()
    await receiver.has(2)


async def test_a_post_can_come_twice(
    tg: TelegramEmulator, bot: Bot, hua: User, receiver: Receiver
) -> None:
    """The same update_id, although the first was answered with 200."""
    await bot.set_webhook(receiver.url)
    tg.deliver_twice()
    await hua.says("一")
    await receiver.has(3)
    assert receiver.posts[1] == receiver.posts[2]


async def test_nothing_is_lost_while_nobody_listens(bot: Bot, hua: User) -> None:
    """A connection that fails is noted, and the update waits for another way."""
    await bot.set_webhook("http://127.0.0.1:9/hook")
    async with asyncio.timeout(5):
        while (await bot.get_webhook_info()).last_error_message is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await bot.delete_webhook()
    assert len(await bot.get_updates()) == 1
