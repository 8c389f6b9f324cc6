"""Connections to PostgreSQL that rested."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.session import Database
from tests.conftest import Postgres


async def cut(engine: Postgres, database: Database) -> None:
    """The server ends the connection that the next transaction would use."""
    async with database.reading() as connection:
        pid = await connection.scalar(text("SELECT pg_backend_pid()"))
    await engine.command(f"SELECT pg_terminate_backend({pid}, 5000)")


async def works(database: Database) -> bool:
    async with database.writing() as connection:
        return bool(await connection.scalar(text("SELECT true")))


async def test_a_connection_that_was_cut_while_it_rested_is_replaced(
    postgres_engine: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody meets it; only in the first second it may be met, and the next has another."""
    database = Database(await postgres_engine.url(tmp_path))
    monkeypatch.setattr("db.postgres.RESTED", 0.0)
    await cut(postgres_engine, database)
    assert await works(database)
    monkeypatch.setattr("db.postgres.RESTED", 60.0)
    await cut(postgres_engine, database)
    with pytest.raises(DBAPIError):
        await works(database)
    assert await works(database)
    await database.close()
