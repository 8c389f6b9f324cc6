"""The database as the rest sees it: one object with a way to write and a way to read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
)

from db import postgres, sqlite

MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """`writing` is a transaction that commits at the end, `reading` one that cannot change. `name`
    is what the server is told of who asks."""

    def __init__(self, url: str, name: str = "") -> None:
        self.url = _with_driver(make_url(url))
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._write = self._engine(name)
        self._read = sqlite.read_engine(self.url) if self.is_sqlite else self._write

    def _engine(self, name: str) -> AsyncEngine:
        if self.is_sqlite:
            if self.url.database:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            return sqlite.write_engine(self.url)
        return postgres.pooled_engine(self.url, name)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        async with self._write.begin() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        async with self._read.connect() as connection:
            yield connection

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A unit of work of its own: what a command line or a job does outside a turn."""
        async with self.writing() as connection, session_on(connection) as session:
            yield session
            await session.flush()

    async def migrate(self) -> None:
        """Bring the schema to the newest revision; called at every start."""
        async with self._write.connect() as connection:
            await connection.run_sync(_upgrade)
            await connection.commit()

    async def bury(self, dead: Callable[[str], bool]) -> None:
        """Return when nothing is under way any more for those of these names that are dead.
        PostgreSQL still ends a COMMIT whose client was killed; SQLite's writer is the client."""
        if self.is_sqlite:
            return
        async with self._write.connect() as connection:
            names = [name for name in (await connection.execute(_NAMES)).scalars() if dead(name)]
            if names:
                await connection.execute(_END, {"names": names})

    async def close(self) -> None:
        await self._write.dispose()
        if self._read is not self._write:
            await self._read.dispose()


_OURS = "FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user"
_NAMES = text(f"SELECT DISTINCT application_name {_OURS}")
_END = text(  # each is waited for; what it was asked to commit it has committed by then, or never
    f"SELECT pg_terminate_backend(pid, 30000) {_OURS} AND application_name IN :names"
).bindparams(bindparam("names", expanding=True))


def session_on(connection: AsyncConnection) -> AsyncSession:
    """The ORM over a transaction that somebody else commits."""
    return AsyncSession(
        bind=connection, expire_on_commit=False, join_transaction_mode="rollback_only"
    )


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


@cache
def _newest() -> str | None:
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def _upgrade(connection: Connection) -> None:
    if MigrationContext.configure(connection).get_current_revision() == _newest():
        return
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _with_driver(url: URL) -> URL:
    drivers = {"sqlite": "sqlite+inline", "postgresql": "postgresql+asyncpg"}
    return url.set(drivername=drivers.get(url.get_backend_name(), url.drivername))
