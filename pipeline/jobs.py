"""Work that falls due: claimed, run in one transaction, tried again with growing pauses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.base import fixed
from db.models import Job
from db.session import Database
from pipeline.clock import Clock
from pipeline.due import whenever
from pipeline.guard import guarded
from pipeline.ownership import LEASE
from pipeline.work import Aside, Letter, Work

log = logging.getLogger(__name__)

JOB_TIMEOUT = 45.0  # seconds; below the lease
TRIES = 5
AT_ONCE = 6
PAUSE = timedelta(seconds=10)
UNOWNED = {"owner": None, "lease_until": None}

Do = Callable[..., Coroutine[Any, Any, None]]
"""A kind of job: `do(work, **payload)`. It plans its own continuation if there is more to do."""


@dataclass(frozen=True)
class Slow:
    """A kind of job with a part that takes long and must hold no lock: what
    `prepare(aside, **payload)` gives is handed to `do(work, prepared=…, **payload)`."""

    prepare: Callable[..., Coroutine[Any, Any, Any]]
    do: Do


@dataclass(frozen=True)
class Due:
    id: int
    kind: str
    payload: dict[str, Any]
    attempts: int


class Jobs:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        owner: str,
        kinds: Mapping[str, Do | Slow],
        deliver: Callable[[list[Letter]], None],
        data: dict[str, Any] | None = None,
    ) -> None:
        self.due = asyncio.Event()
        self._database = database
        self._clock = clock
        self._owner = owner
        self._kinds = kinds
        self._deliver = deliver
        self._data = {} if data is None else data

    async def run(self) -> None:
        """Do what falls due, until cancelled; woken by `due`. A job may be prepared while another
        one is done."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(whenever(self.due, self.round))

    async def round(self) -> bool:
        """Do one job. False: none is due."""
        async with self._database.writing() as connection:
            due = await self._claim(connection)
        if due is None:
            return False
        try:
            async with guarded(JOB_TIMEOUT):
                letters = await self._do(due)
        except Exception as error:
            log.exception("job %s (%s) failed", due.id, due.kind)
            await self._failed(due, error)
        else:
            self._deliver(letters)
        return True

    async def _claim(self, connection: AsyncConnection) -> Due | None:
        now = self._clock.now()
        mine = {"me": self._owner, "now": now, "until": now + LEASE}
        taken = await connection.execute(_NEXT, mine)
        row = taken.one_or_none()
        return Due(row.id, row.kind, row.payload, row.attempts) if row else None

    async def _do(self, due: Due) -> list[Letter]:
        do = self._kinds[due.kind]
        if isinstance(do, Slow):
            aside = Aside(self._database, self._clock.now(), self._data, self.due.set)
            prepared = await do.prepare(aside, **due.payload)
            do = partial(do.do, prepared=prepared)
        async with self._database.writing() as connection:
            mine = await connection.execute(
                update(Job).where(*self._mine(due)).values(state="done", **UNOWNED)
            )
            if not mine.rowcount:  # it took too long to begin, and another runner has it
                return []
            work = Work(connection, self._clock.now(), self._owner, data=self._data)
            await do(work, **due.payload)
            return await work.finish()

    async def _failed(self, due: Due, error: Exception) -> None:
        attempts = due.attempts + 1
        async with self._database.writing() as connection:
            await connection.execute(
                update(Job)
                .where(*self._mine(due))
                .values(
                    state="failed" if attempts >= TRIES else "waiting",
                    attempts=attempts,
                    due_at=self._clock.now() + PAUSE * 2**attempts,
                    error=f"{error!r}"[:500],
                    **UNOWNED,
                )
            )

    def _mine(self, due: Due) -> tuple[ColumnElement[bool], ...]:
        return Job.id == due.id, Job.owner == self._owner, Job.state == "claimed"


_NEXT = (
    update(Job)
    .where(
        Job.id
        == select(Job.id)
        .where(Job.state == fixed("waiting"), Job.due_at <= bindparam("now"))
        .order_by(Job.due_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)  # SQLite has no such lock, and leaves it out
        .scalar_subquery()
    )
    .values(state="claimed", owner=bindparam("me"), lease_until=bindparam("until"))
    .returning(Job.id, Job.kind, Job.payload, Job.attempts)
)
