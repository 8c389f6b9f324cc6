"""PostgreSQL: a pool whose connections are tried before use, when they have rested."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

RESTED = 1.0
"""Seconds after which a connection may be gone unnoticed. SQLAlchemy's own trial (pre-ping) comes
before every use, and is three of the seven journeys of a small transaction."""


def pooled_engine(url: URL, name: str = "") -> AsyncEngine:
    """`name` is what the server is told of who asks."""
    engine = create_async_engine(
        url, pool_size=8, max_overflow=8,
        connect_args={"server_settings": {"application_name": name}} if name else {},
    )  # fmt: skip
    dialect = engine.sync_engine.dialect

    @event.listens_for(engine.sync_engine, "checkin")
    def rests(_connection: Any, record: Any) -> None:
        record.info["since"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def tries(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("since", time.monotonic()) < RESTED:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            if dialect.is_disconnect(error, connection, None):
                raise InvalidatePoolError from error
            raise

    return engine
