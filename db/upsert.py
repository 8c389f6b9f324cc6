"""INSERT with ON CONFLICT, which both engines have and SQLAlchemy spells per dialect."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from db.base import Base


def insert(where: AsyncConnection | AsyncSession, model: type[Base]) -> Any:
    """An INSERT into the model's table that has `.on_conflict_do_nothing()` and `_do_update`."""
    bind = where if isinstance(where, AsyncConnection) else where.get_bind()
    dialect = postgresql if bind.dialect.name == "postgresql" else sqlite
    return dialect.insert(model.__table__)
