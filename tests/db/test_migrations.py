"""The schema that the migrations build is the one that the models declare."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, select, text

import db.models  # noqa: F401  (registers the tables)
from db.base import Base
from db.models import Match, Need
from db.session import Database, alembic_config


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


def _old_needs(connection: Connection) -> None:
    """A database of the version before needs had a life, with one in each state."""
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "0002")
    at = "2026-11-01 01:00:00+00:00"
    connection.execute(
        text("INSERT INTO enterprises (id, name, tags, state, demo, created_at)"
             f" VALUES (1, '甲', '[]', 'active', false, '{at}')")
    )  # fmt: skip
    for id, state in enumerate(("open", "parked", "closed"), 1):
        connection.execute(
            text("INSERT INTO needs (id, enterprise_id, problem, modes, state, demo, created_at)"
                 f" VALUES ({id}, 1, '磨损', '[]', '{state}', false, '{at}')")
        )  # fmt: skip
        connection.execute(
            text("INSERT INTO patents (id, number, kind, title, abstract, keywords, ipc,"
                 " applicant, inventors, status, modes, open_licence, demo, updated_at)"
                 f" VALUES ({id}, '{id}', '发明', '一', '', '[]', '[]', '乙', '[]', '有效', '[]',"
                 f" false, false, '{at}')")
        )  # fmt: skip
        connection.execute(
            text("INSERT INTO matches (need_id, patent_id, score, coverage, terms, created_at)"
                 f" VALUES ({id}, {id}, 1, 1, '[]', '{at}')")
        )  # fmt: skip
    command.upgrade(config, "head")


async def test_old_needs_keep_their_place(tmp_path: Path) -> None:
    """What was open is published and asked about in ninety days; the matches stay."""
    database = Database(f"sqlite:///{tmp_path}/old.db")
    async with database._write.connect() as connection:
        await connection.run_sync(_old_needs)
        await connection.commit()
    async with database.session() as session:
        rows = (await session.scalars(select(Need).order_by(Need.id))).all()
        assert [need.state for need in rows] == ["published", "parked", "closed"]
        assert [need.published_at is not None for need in rows] == [True, True, False]
        assert rows[0].published_at == rows[0].created_at
        ahead = (rows[0].chase_at or rows[0].created_at) - datetime.now(UTC)
        assert timedelta(days=89) < ahead <= timedelta(days=90)
        assert [rows[at].chase_at for at in (1, 2)] == [None, None]
        assert await session.scalar(select(func.count(Match.id))) == 3
    await database.close()
