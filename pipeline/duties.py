"""Duties that one process has at a time, of however many there are: polling Telegram.

Who has one renews its lease; when that process dies another takes over within a few seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Lease
from db.session import Database
from db.upsert import insert
from pipeline.clock import Clock
from pipeline.ownership import is_dead

log = logging.getLogger(__name__)

TERM = timedelta(seconds=10)
"""How long a duty is whose owner is not heard of. With LOOK it bounds a take-over."""

LOOK = 2.0  # seconds between renewals, and between looks for a duty that nobody has


class Duties:
    def __init__(self, database: Database, clock: Clock, owner: str) -> None:
        self._database = database
        self._clock = clock
        self._owner = owner

    async def alone(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work whenever the duty is ours, until cancelled; it stops before another may
        begin."""
        task: asyncio.Task[None] | None = None
        renewed = 0.0
        try:
            while True:
                at = asyncio.get_running_loop().time()
                ours = await self._try(name)
                if ours:
                    renewed = at
                elif ours is None:  # nobody can have taken it before its term ends
                    ours = task is not None and at - renewed < TERM.total_seconds() - 2 * LOOK
                if ours and (task is None or task.done()):
                    log.info("this process has the duty %s", name)
                    task = asyncio.create_task(_run(work))
                elif not ours and task is not None:
                    log.warning("the duty %s went to another process", name)
                    await _stop(task)
                    task = None
                await asyncio.sleep(LOOK)
        finally:
            if task is not None:
                await _stop(task)
                await self._give_up(name)

    async def _try(self, name: str) -> bool | None:
        """Take or renew it; None where the database does not answer."""
        try:
            async with asyncio.timeout(LOOK), self._database.writing() as connection:
                return await self._take(connection, name)
        except Exception as error:
            log.warning("the duty %s could not be renewed: %r", name, error)
            return None

    async def _take(self, connection: AsyncConnection, name: str) -> bool:
        now = self._clock.now()
        mine = {"owner": self._owner, "until": now + TERM}
        made = await connection.execute(
            insert(connection, Lease).values(name=name, **mine).on_conflict_do_nothing()
        )
        if made.rowcount == 1:
            return True
        has = await connection.scalar(select(Lease.owner).where(Lease.name == name))
        free = or_(Lease.owner == self._owner, Lease.until <= now)
        if has is not None and is_dead(has):
            free = Lease.owner == has
        taken = await connection.execute(update(Lease).where(Lease.name == name, free).values(mine))
        return taken.rowcount == 1

    async def _give_up(self, name: str) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                delete(Lease).where(Lease.name == name, Lease.owner == self._owner)
            )


async def _run(work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
