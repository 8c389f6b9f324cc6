"""The programme at work behind its web page, in one event loop, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.routing import Route
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from application import Programme, at_work
from channels.router import Router
from channels.telegram import presence
from channels.telegram.api import Api
from channels.telegram.poller import Poller
from channels.telegram.updates import KINDS
from channels.telegram.webhook import PATH, Webhook
from channels.web.app import Page, web_app
from channels.web.seats import Seats, SignedIn, ThreePhones
from conversations.actions import ENTERPRISE, Repertoire
from services import invitations

log = logging.getLogger(__name__)

PAUSE = 30.0  # seconds before Telegram is told again where we are
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


async def serve(programme: Programme, announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; what was being handled is finished first."""
    settings = programme.settings
    seats = _seats(programme)
    page = Page(programme.database, programme.clock, programme.inbox, seats, programme.readers)
    hosts = frozenset[str]() if settings.web_sign_in else LOCAL_HOSTS
    webhooks = _webhooks(programme)
    doors = frozenset(route.path for route in webhooks)
    app = web_app(page, [*seats.routes(), *webhooks], hosts=hosts, doors=doors)
    config = uvicorn.Config(
        app, settings.web_host, settings.web_port, log_config=None, access_log=False,
        timeout_graceful_shutdown=3, ws_max_size=64 * 1024, lifespan="off",
    )  # fmt: skip
    async with at_work(programme), _telegram(programme), _networks(programme):
        await _Server(config, announce).serve()


class _Server(uvicorn.Server):
    """Says where it listens, and leaves the signals to us: its own handling raises them again
    when it ends, which would kill the process before the outbox has drained."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[str], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._announce(f"http://{host}:{port}")

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, self.handle_exit, one, None)
        try:
            yield
        finally:
            for one in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(one)


def _seats(programme: Programme) -> Seats:
    if not programme.settings.web_sign_in:
        return ThreePhones(programme.chats)

    async def redeem(code: str) -> str | None:
        async with programme.database.session() as session:
            return await invitations.redeem(session, code, programme.clock.now())

    return SignedIn(programme.chats, redeem)


def _webhooks(programme: Programme) -> list[Route]:
    settings, routes = programme.settings, list[Route]()
    if settings.telegram_webhook_url:
        secret = settings.telegram_secret.get_secret_value()
        routes.append(Webhook(secret, programme.inbox).route())
    return [*routes, *(route for one in programme.connections for route in one.routes())]


@asynccontextmanager
async def _networks(programme: Programme) -> AsyncIterator[None]:
    """What the networks want us to do meanwhile is done; their ways in are routes."""
    works = [work for one in programme.connections for work in one.work()]
    tasks = [asyncio.create_task(work()) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _telegram(programme: Programme) -> AsyncIterator[None]:
    """Telegram's way in: a webhook it is told of, or a poller that runs meanwhile."""
    settings = programme.settings
    token = settings.telegram_token.get_secret_value()
    if not token:
        yield
        return
    async with HTTPXRequest() as request:
        url = f"{settings.telegram_base_url}{token}"
        poller = Poller(request, url, programme.inbox)
        way_in = (
            _announce_webhook(programme) if settings.telegram_webhook_url
            else programme.duties.alone("telegram.poll", poller.run)
        )  # fmt: skip
        tasks = [
            asyncio.create_task(way_in),
            asyncio.create_task(_introduce(programme, Api(request, url))),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _introduce(programme: Programme, api: Api) -> None:
    """Learn our name and show our commands, as soon as Telegram answers."""
    bot, table = programme.application.bot, programme.application.bot_data["repertoire"]
    router = bot.request
    assert isinstance(router, Router)
    assert isinstance(table, Repertoire)
    while True:
        try:
            router.username = router.username or await presence.name(api)
            await bot.get_me()  # python-telegram-bot keeps what the router answers
            chats = await programme.chats.with_roles("telegram")
            await presence.show_commands(
                api, table.commands(ENTERPRISE),
                {chat: table.commands(role) for chat, role in chats.items()},
            )  # fmt: skip
            return
        except (ConnectionError, TelegramError, ValueError) as error:
            log.warning("Telegram did not hear of our commands: %r", error)
            await asyncio.sleep(PAUSE)


async def _announce_webhook(programme: Programme) -> None:
    """Tell Telegram where we are, until it has heard: the page works without it meanwhile."""
    settings = programme.settings
    while True:
        try:
            await programme.application.bot.set_webhook(
                settings.telegram_webhook_url.rstrip("/") + PATH,
                secret_token=settings.telegram_secret.get_secret_value(),
                allowed_updates=KINDS,
                max_connections=1,  # Telegram then keeps the order
            )
            return
        except TelegramError as error:
            log.warning("Telegram did not hear of the webhook: %r", error)
            await asyncio.sleep(PAUSE)
