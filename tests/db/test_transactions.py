"""The guards of the database, each beside the control that shows why it is there."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from db.session import Database
from db.sqlite import begin_immediate
from tests.conftest import DURABLE

TASKS, STEPS = 20, 10


async def _count_up(engine: AsyncEngine, pause: float = 0.0) -> int:
    """Many tasks read a number and write it back one higher; how often that was lost."""

    async def one() -> None:
        for _ in range(STEPS):
            async with engine.begin() as connection:
                n = await connection.scalar(text("SELECT n FROM counter"))
                await asyncio.sleep(pause)
                await connection.execute(text("UPDATE counter SET n = :n"), {"n": (n or 0) + 1})

    await asyncio.gather(*(one() for _ in range(TASKS)))
    async with engine.connect() as connection:
        return TASKS * STEPS - (await connection.scalar(text("SELECT n FROM counter")) or 0)


@pytest.fixture
async def counter(sqlite_engine: object, tmp_path: Path) -> str:
    file = tmp_path / "counter.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE counter (n INTEGER)")
        connection.execute("INSERT INTO counter VALUES (0)")
    connection.close()
    return f"sqlite:///{file}"


async def test_no_update_is_lost(counter: str) -> None:
    """A transaction that reads and then writes sees nobody in between."""
    database = Database(counter)
    assert await _count_up(database._write) == 0
    await database.close()


async def test_control_the_drivers_own_transactions_lose_updates(counter: str) -> None:
    """Without BEGIN IMMEDIATE the driver begins at the first write: what was read is stale."""
    engine = create_async_engine(counter.replace("sqlite:", "sqlite+inline:"), pool_size=TASKS)
    try:
        lost = await _count_up(engine)
    except Exception as error:
        assert "locked" in str(error)
        return
    finally:
        await engine.dispose()
    assert lost > 0


async def test_a_writer_of_another_process_is_waited_for(counter: str) -> None:
    """Its lock is slept on, and the event loop goes on meanwhile."""
    database = Database(counter)
    other = sqlite3.connect(counter.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.005)
            beats += 1

    beating = asyncio.create_task(beat())
    asyncio.get_running_loop().call_later(0.1, other.execute, "COMMIT")
    async with database.writing() as connection:
        await connection.execute(text("UPDATE counter SET n = 7"))
    beating.cancel()
    assert beats > 5
    other.close()
    await database.close()


async def test_the_reading_side_cannot_write(counter: str) -> None:
    """A question that tries to change something is refused by SQLite itself."""
    database = Database(counter)
    with pytest.raises(Exception, match="readonly"):
        async with database.reading() as connection:
            await connection.execute(text("UPDATE counter SET n = 1"))
    await database.close()


@pytest.mark.parametrize(
    ("pragma", "expected"), [("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 2)]
)
async def test_connections_are_set_up(
    counter: str, pragma: str, expected: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bare connection has foreign keys off, no WAL; ours never."""
    monkeypatch.setattr("db.sqlite.PRAGMAS", DURABLE)
    database = Database(counter)
    async with database.writing() as connection:
        assert await connection.scalar(text(f"PRAGMA {pragma}")) == expected
    await database.close()


def test_every_write_engine_begins_immediately() -> None:
    """The guard hangs on an event; a database without it would look the same until it loses."""
    from sqlalchemy import event

    database = Database("sqlite://")
    assert event.contains(database._write.sync_engine, "begin", begin_immediate)
