"""The schema that the migrations build is the one that the models declare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

import db.models  # noqa: F401  (registers the tables)
from db.base import Base
from db.session import Database


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


async def test_migrations_and_models_agree(database: Database) -> None:
    """A model that changed without a migration would fail at a user's next start."""
    async with database.writing() as connection:
        assert await connection.run_sync(_differences) == []


async def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    """Every start migrates."""
    database = Database(f"sqlite:///{tmp_path}/fresh.db")
    await database.migrate()
    await database.migrate()
    async with database.writing() as connection:
        assert await connection.run_sync(_differences) == []
    await database.close()
