"""What a database and an index need before anybody chats: loaded once, kept up to date."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.actions import ENTERPRISE
from conversations.intents import read_intent
from db.session import Database
from handlers import forms
from search.patents import PatentIndex
from search.shelf import IndexBusy
from services import (
    assessment_digest,
    demo,
    industries,
    need_chasing,
    patents,
    policy_import,
    policy_knowledge,
    push_rounds,
    wish_watch,
)
from settings import Settings

log = logging.getLogger(__name__)


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
        await assessment_digest.plan(session, now)
        await wish_watch.plan(session, now)
        await push_rounds.plan(session, now)
        await fresh_index(session, index)


async def warm(database: Database) -> None:
    """Learn to read wishes and index the clauses, so that no message waits for it in its turn."""
    read_intent("", ENTERPRISE)
    async with database.session() as session:
        await policy_knowledge.knowledge(session)


async def fresh_index(session: AsyncSession, index: PatentIndex) -> None:
    """Rebuild the index where it was built from something else than the database holds now."""
    stamp = await patents.stamp(session)
    if index.stamp != stamp:
        texts = await patents.texts(session)
        try:
            await asyncio.to_thread(index.rebuild, texts, stamp)
        except IndexBusy:
            log.info("another process is building the patent index")
