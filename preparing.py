"""What a database and an index need before anybody chats: loaded once, kept up to date."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import secrets
from contextlib import suppress
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.actions import ENTERPRISE
from conversations.intents import read_intent
from db.session import Database, session_on
from handlers import forms
from search.patents import PatentIndex
from search.shelf import IndexBusy
from services import (
    assessment_digest,
    demo,
    event_cadence,
    industries,
    need_chasing,
    patents,
    policy_import,
    policy_knowledge,
    push_rounds,
    ticket_clock,
    wish_watch,
)
from settings import Settings

log = logging.getLogger(__name__)

FOLLOW = 0.5  # seconds
KEY_FILE, KEY_BYTES = "tickets.key", 32


async def prepare(
    database: Database, index: PatentIndex, settings: Settings, now: datetime
) -> None:
    """Industries and the knowledge digest; the demo data on the first start of an empty one."""
    async with database.session() as session:
        first_start = not await policy_import.has_documents(session)
        await industries.load(session)
        await policy_import.load_digest(session, now)
        if settings.demo and first_start and await demo.is_empty(session):
            await demo.load(session, now)
        await forms.plan_offer(session, now)
        await need_chasing.plan(session, now)
        await ticket_clock.plan_weekly(session, "desk.calendar", now)
        await ticket_clock.plan_weekly(session, "cards.remind", now)
        await assessment_digest.plan(session, now)
        await wish_watch.plan(session, now)
        await push_rounds.plan(session, now)
        await event_cadence.plan(session, now)
        await fresh_index(session, index)


def ticket_key(settings: Settings) -> bytes:
    """What signs the tickets of events: as it is set, else made at the first start."""
    if said := settings.ticket_key.get_secret_value():
        return said.encode()
    file = settings.data_dir / KEY_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "wb") as empty:
            empty.write(secrets.token_bytes(KEY_BYTES))
    return file.read_bytes()


async def warm(database: Database) -> None:
    """Learn to read wishes and index the clauses, so that no message waits for it in its turn; nor
    for the collector to walk through what was learned, which stays."""
    read_intent("", ENTERPRISE)
    async with database.session() as session:
        await policy_knowledge.knowledge(session)
    gc.freeze()


async def fresh_index(session: AsyncSession, index: PatentIndex) -> None:
    """Bring the index to what the database holds now: by what changed, else by all of it."""
    stamp = await patents.stamp(session)
    built = index.stamp
    if built == stamp:
        return
    since = patents.stamped_at(built)
    texts = await patents.texts(session, since=since)
    try:
        if since is None:
            await asyncio.to_thread(index.rebuild, texts, stamp)
        else:
            gone = await asyncio.to_thread(lambda: index.ids) - await patents.all_ids(session)
            await asyncio.to_thread(index.update, texts, stamp, gone)
    except IndexBusy:
        log.info("another process is building the patent index")


async def refresh(database: Database, index: PatentIndex) -> None:
    """The same outside a unit of work, holding no lock."""
    async with database.reading() as connection, session_on(connection) as session:
        await fresh_index(session, index)


async def follow(database: Database, index: PatentIndex) -> None:
    """Keep the index of this process fresh while it runs: a change is found within a second."""
    while True:
        await asyncio.sleep(FOLLOW)
        try:
            await refresh(database, index)
        except Exception:
            log.exception("the patent index could not be brought up to date")
