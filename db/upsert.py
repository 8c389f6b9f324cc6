"""INSERT with ON CONFLICT, which both engines have and SQLAlchemy spells per dialect."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from db.base import Base


def insert(where: AsyncConnection | AsyncSession, model: type[Base]) -> Any:
    """An INSERT into the model's table that has `.on_conflict_do_nothing()` and `_do_update`."""
    return _dialect(where).insert(model.__table__)


def renewal(
    where: AsyncConnection | AsyncSession, model: type[Base], key: str, *columns: str,
    only: ColumnElement[bool] | None = None,
) -> Any:  # fmt: skip
    """An INSERT that sets these columns where the key is there, `only` (a constant) if that holds;
    built once."""
    return _renewal(_dialect(where), model, key, columns, only)


@cache
def _renewal(dialect: Any, model: type[Base], key: str, columns: tuple[str, ...], only: Any) -> Any:
    statement = dialect.insert(model.__table__)
    renewed = {column: statement.excluded[column] for column in columns}
    return statement.on_conflict_do_update(index_elements=[key], set_=renewed, where=only)


def _dialect(where: AsyncConnection | AsyncSession) -> Any:
    return postgresql if on_postgres(where) else sqlite


def on_postgres(where: AsyncConnection | AsyncSession) -> bool:
    bind = where if isinstance(where, AsyncConnection) else where.get_bind()
    return bind.dialect.name == "postgresql"
