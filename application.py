"""Everything wired together: the database, the channels, python-telegram-bot, the workers."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    BaseHandler,
    CallbackContext,
    ContextTypes,
    JobQueue,
)
from telegram.request import BaseRequest, HTTPXRequest

from channels.calls import Channel
from channels.chats import Chats
from channels.connection import Connection, Surroundings
from channels.kf.assembly import Kf
from channels.router import LOCAL_TOKEN, Router
from channels.telegram.files import Fetcher, Wanted
from channels.terminal.connection import Terminal
from channels.web.connection import WebPage
from channels.wecom.assembly import WeCom
from db.session import Database
from pipeline.clock import Clock
from pipeline.delivery import Delivery
from pipeline.due import anything
from pipeline.duties import Duties
from pipeline.inbox import Claim, Inbox
from pipeline.jobs import Do, Jobs, Slow
from pipeline.outbox import Rules, no_rules
from pipeline.ownership import new_owner
from pipeline.pace import Network, Pace
from pipeline.turn import DESK, Turn
from pipeline.work import Work
from pipeline.worker import Fetch, Worker
from preparing import follow, refresh, ticket_key
from processes import Processes
from search.patents import PatentIndex
from search.wishes import WishIndex
from settings import Settings

log = logging.getLogger(__name__)

# httpcore looks for it before each call, and would go through the whole path for it each time.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]

TICK = 1.0  # seconds
DRAIN = 10.0  # seconds that a stop waits for what is on its way
NETWORKS: tuple[type[Connection], ...] = (WebPage, Terminal, WeCom, Kf)
"""Every network but Telegram, whose language all others are spoken to in; Kf needs the app of WeCom
before it."""
TELEGRAM_PACE = (25, 1, 0.3)  # messages a second: over all chats, in one, in a group

Ptb = Application[Any, Any, Any, Any, Any, Any]
Handler = BaseHandler[Update, Turn, None]


@dataclass(frozen=True)
class Contents:
    """What bot.py lists: the handlers in order, the repertoire of actions and forms, the jobs, the
    names of the forms that keep files, the roles whose document outside a form is a list, what
    stands open where a picture is read, and the rules that judge messages when they fall due."""

    handlers: Callable[[], list[Handler]]
    repertoire: object
    jobs: Mapping[str, Do | Slow]
    keep_files: frozenset[str] = frozenset()
    send_lists: frozenset[str] = frozenset()
    reads_pictures: str = ""
    rules: Rules = no_rules


@dataclass
class Programme:
    """One process's share of the programme."""

    settings: Settings
    clock: Clock
    database: Database
    chats: Chats
    inbox: Inbox
    application: Ptb
    worker: Worker
    delivery: Delivery
    jobs: Jobs
    duties: Duties
    patents: PatentIndex
    wishes: WishIndex
    processes: Processes
    readers: set[asyncio.Event]
    connections: list[Connection]

    def tick(self) -> None:
        """Whatever is due may go; the clock owns nothing but this."""
        self.jobs.due.set()
        self.delivery.due.set()

    async def settle(self) -> None:
        """Handle all that waits and is due, until nothing is left."""
        while await anything(self.database, self.clock.now()) and await self._round():
            await self.delivery.drain()
        await self.delivery.drain()
        await refresh(self.database, self.patents)

    async def _round(self) -> bool:
        return await self.worker.round() or await self.jobs.round() or await self.delivery.round()

    def wake_readers(self) -> None:
        _wake(self.readers)


@asynccontextmanager
async def assembled(
    settings: Settings,
    clock: Clock,
    contents: Contents,
) -> AsyncIterator[Programme]:
    """The programme at rest: everything there, nothing running by itself yet."""
    owner = new_owner()
    database = Database(settings.database, owner)
    await database.migrate()
    programme = _wire(settings, clock, database, owner, contents)
    programme.application.bot_data.update(
        repertoire=contents.repertoire,
        patents=programme.patents,
        wishes=programme.wishes,
        processes=programme.processes,
        settings=settings,
        ticket_key=ticket_key(settings),
        networks={one.network.name: one.network for one in programme.connections},
    )
    programme.application.add_handlers(contents.handlers())
    programme.application.add_error_handler(_note_error)
    await programme.application.initialize()
    await programme.delivery.recover()
    try:
        yield programme
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN):
                await programme.delivery.drain()
        await programme.application.shutdown()
        for connection in programme.connections:
            await connection.close()
        programme.processes.close()
        await database.close()


@asynccontextmanager
async def at_work(programme: Programme) -> AsyncIterator[None]:
    """Workers, sender and clock run while this is open."""
    application = programme.application
    await application.start()
    queue = application.job_queue
    assert isinstance(queue, JobQueue)
    queue.run_repeating(
        _tick(programme), interval=TICK, first=0,
        # A late tick is still wanted, many late ones are one: the defaults would drop both.
        job_kwargs={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )  # fmt: skip
    running = [
        asyncio.create_task(work)
        for work in (
            programme.worker.run(), programme.delivery.run(), programme.delivery.look_after(),
            programme.jobs.run(), follow(programme.database, programme.patents),
        )
    ]  # fmt: skip
    try:
        yield
    finally:
        await programme.worker.stop()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await application.stop()


def _wire(
    settings: Settings, clock: Clock, database: Database, owner: str, contents: Contents
) -> Programme:
    # PTB's RetryAfter warns of a change to come unless this is set.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    readers = set[asyncio.Event]()
    chats, inbox = Chats(database, clock), Inbox(database, clock)
    duties = Duties(database, clock, owner)
    connections = _connections(Surroundings(settings, database, clock, chats, inbox, duties))
    application = _application(settings, chats, [one.channel for one in connections])
    manners = {one.network.name: one.network for one in connections}
    manners["telegram"] = Network(Pace(*TELEGRAM_PACE), tells_repetitions=False)

    async def network_of(chat_id: int) -> Network:
        return manners.get(await chats.channel_of(chat_id) or "", Network())

    delivery = Delivery(
        database, clock, application.bot, owner, network_of, lambda _chats: _wake(readers),
        contents.rules,
    )  # fmt: skip
    wanted = Wanted(contents.keep_files, contents.send_lists, contents.reads_pictures)
    fetcher = Fetcher(database, clock, application.bot, wanted)
    worker = Worker(
        database, clock, inbox, owner,
        parse=lambda raw: Update.de_json(raw, application.bot),
        process=application.process_update,
        fetch=_fetch(fetcher, connections),
        deliver=delivery.put,
        alarm=_alarm,
    )  # fmt: skip
    patents = PatentIndex(settings.data_dir / "index")
    wishes = WishIndex(settings.data_dir / "wishes", patents.corpus)
    jobs = Jobs(database, clock, owner, contents.jobs, delivery.put, application.bot_data)
    return Programme(
        settings, clock, database, chats, inbox, application, worker, delivery, jobs,
        duties, patents, wishes, Processes(), readers, connections,
    )  # fmt: skip


def _application(settings: Settings, chats: Chats, channels: list[Channel]) -> Ptb:
    token = settings.telegram_token.get_secret_value()
    telegram = HTTPXRequest(connection_pool_size=16) if token else None
    router = Router(chats, channels, telegram, settings.telegram_username if token else "")
    return (
        ApplicationBuilder()
        .token(token or LOCAL_TOKEN)
        .base_url(settings.telegram_base_url)
        .base_file_url(settings.telegram_base_url.removesuffix("/bot") + "/file/bot")
        .request(router)
        .get_updates_request(_Unused())
        .updater(None)
        .context_types(ContextTypes(context=Turn))
        .build()
    )


class _Unused(BaseRequest):
    """PTB wants a second request for its Updater, which we do not use: it would confirm updates
    to Telegram before they are stored."""

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    @property
    def read_timeout(self) -> float | None:
        return None

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        raise NotImplementedError


def _connections(around: Surroundings) -> list[Connection]:
    for kind in NETWORKS:
        if (connection := kind.connect(around)) is not None:
            around.connected[connection.network.name] = connection
    return list(around.connected.values())


def _fetch(telegram: Fetcher, connections: list[Connection]) -> Fetch:
    by_name = {one.network.name: one.fetch for one in connections}

    async def fetch(claim: Claim) -> None:
        await by_name.get(claim.source, telegram.fetch)(claim)

    return fetch


def _wake(readers: set[asyncio.Event]) -> None:
    for reader in readers:
        reader.set()


def _tick(programme: Programme) -> Any:
    async def tick(_context: CallbackContext[Any, Any, Any, Any]) -> None:
        programme.tick()

    return tick


async def _note_error(_update: object, context: CallbackContext[Any, Any, Any, Any]) -> None:
    """PTB catches what a handler raises; the worker, who owns the update, must hear of it."""
    DESK.get().error = context.error


async def _alarm(work: Work, claim: Claim) -> None:
    """Say to the person that it is not their fault, and to the organizers what to look for."""
    work.say(claim.chat_id, "trouble/sorry", number=claim.id)
    for organizer in await work.people("org"):
        await work.notify(organizer, "trouble/alarm", number=claim.id, source=claim.source)
