"""SQLite inside the event loop.

A thread hop per statement costs more than the statement (RELIABILITY: 112 turns a second over
aiosqlite against 2,078 on a kept connection), so this dialect runs Python's own sqlite3 where it
is awaited. Nothing blocks for long: one connection writes, so nobody waits for a lock inside the
process, and a lock held by another process is waited for in `begin_immediate`, asleep.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import LRUCache, await_only

LOCK_TIMEOUT = 10.0  # seconds
PRAGMAS: tuple[str, ...] = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA journal_size_limit = 67108864",
)


COMPILED: LRUCache[Any, Any] = LRUCache(2000)


class InlineSqlite(SQLiteDialect_pysqlite):
    """pysqlite that SQLAlchemy's asyncio layer accepts: its calls return without suspending."""

    driver = "inline"
    is_async = True
    supports_statement_cache = True

    # A statement compiles the same for every file, so all engines share what one has compiled.
    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool

    def get_driver_connection(self, connection: Any) -> Any:
        return connection

    def create_connect_args(self, url: URL) -> Any:
        args, options = super().create_connect_args(url)
        return args, {**options, "factory": _Connection, "check_same_thread": False}


class _Cursor(sqlite3.Cursor):
    """What SQLAlchemy asks of a cursor behind asyncio: one await a statement, a soft close."""

    def execute(self, *args: Any) -> _Cursor:
        await_only(_at_once())
        return super().execute(*args)

    def executemany(self, *args: Any) -> _Cursor:
        await_only(_at_once())
        return super().executemany(*args)

    async def _async_soft_close(self) -> None:
        """Nothing to return to a pool: the rows are read where they are used."""


class _Connection(sqlite3.Connection):
    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


async def _at_once() -> None:
    """SQLAlchemy takes a statement that never awaits for a wrong driver, and says so."""


registry.register("sqlite.inline", __name__, "InlineSqlite")


def write_engine(url: URL) -> AsyncEngine:
    """The engine of all that changes something: one connection, transactions begin IMMEDIATE.

    The driver's own default begins only at the first write and loses updates without an error.
    """
    engine = create_async_engine(
        url, pool_size=1, max_overflow=0, pool_timeout=60,
        execution_options={"compiled_cache": COMPILED},
    )  # fmt: skip
    _prepare(engine, read_only=False)
    event.listen(engine.sync_engine, "begin", begin_immediate)
    return engine


def read_engine(url: URL) -> AsyncEngine:
    """The engine of questions: beside the writer, and unable to write."""
    engine = create_async_engine(
        url, pool_size=4, max_overflow=4, execution_options={"compiled_cache": COMPILED}
    )
    _prepare(engine, read_only=True)
    event.listen(engine.sync_engine, "begin", lambda c: _driver(c).execute("BEGIN"))
    return engine


def begin_immediate(connection: Connection) -> None:
    """Take the write lock now, or sleep and try again while another process has it."""
    give_up = time.monotonic() + LOCK_TIMEOUT
    while True:
        try:
            _driver(connection).execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise OperationalError("BEGIN IMMEDIATE", None, error) from error
        await_only(asyncio.sleep(0.002))


def _driver(connection: Connection) -> sqlite3.Connection:
    """For what is said at every beginning and needs no statement of SQLAlchemy's."""
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _prepare(engine: AsyncEngine, *, read_only: bool) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(pragma)
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if mode != "wal":
            raise RuntimeError(f"SQLite refused write-ahead logging and uses {mode}")
        # Waiting happens in begin_immediate; the driver's own wait would stop the event loop.
        connection.execute("PRAGMA busy_timeout = 0")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
