"""What falls due: a look at all of it, and the loop of those who wait for some of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy import bindparam, or_, select

from db.base import fixed
from db.models import Job, Outgoing
from db.session import Database
from pipeline.inbox import WAITING

log = logging.getLogger(__name__)


async def whenever(due: asyncio.Event, one_round: Callable[[], Awaitable[bool]]) -> None:
    """Each time `due` is set, go round until a round finds nothing more; until cancelled.

    An error (the database is away) is logged, and the next tick tries again.
    """
    while True:
        await due.wait()
        due.clear()
        try:
            while await one_round():
                pass
        except Exception:
            log.exception("could not claim what is due; it is tried again")


async def anything(database: Database, now: datetime) -> bool:
    """Whether an update, a job or a letter can be taken: one look, where three are begun to take
    one."""
    async with database.reading() as connection:
        return bool(await connection.scalar(_ANYTHING, {"now": now}))


_ANYTHING = select(
    or_(
        WAITING.exists(),
        select(Job.id)
        .where(Job.state == fixed("waiting"), Job.due_at <= bindparam("now"))
        .exists(),
        select(Outgoing.id)
        .where(Outgoing.state == fixed("waiting"), Outgoing.due_at <= bindparam("now"))
        .exists(),
    )
)
