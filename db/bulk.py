"""One statement for very many rows: what SQLAlchemy prepares for each of them is prepared once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.sql.compiler import SQLCompiler

FEW = 100  # rows: the statement as SQLAlchemy remembers it is ready sooner


async def execute(
    where: AsyncConnection | AsyncSession,
    statement: Any,
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Each row gives a value for each of `names`: columns of an INSERT, bound parameters of an
    UPDATE. What else the statement binds is the same for all; defaults of columns do not count."""
    connection = where if isinstance(where, AsyncConnection) else await where.connection()
    rows = [*rows]
    if len(rows) < FEW:
        if rows:
            few = [dict(zip(names, row, strict=True)) for row in rows]
            await connection.execute(statement, few)
        return
    bound: SQLCompiler = statement.compile(
        dialect=connection.dialect, column_keys=names, for_executemany=True
    )
    order = [*(bound.positiontup or ())]
    others = [name for name in order if name not in names]
    told = _processed(bound, connection.dialect, names)
    same = [bound.params[name] for name in others]
    for place, process in _processed(bound, connection.dialect, others):
        same[place] = process(same[place])
    in_order = itemgetter(*([*names, *others].index(name) for name in order))
    found = []
    for row in rows:
        values = [*row, *same]
        for place, process in told:
            values[place] = process(values[place])
        found.append(in_order(values))
    await connection.exec_driver_sql(str(bound), found)


def _processed(
    bound: SQLCompiler, dialect: Dialect, names: Sequence[str]
) -> list[tuple[int, Callable[[Any], Any]]]:
    """Where a value stands that is stored otherwise than it is given, and how."""
    kinds = (bound.binds[name].type.dialect_impl(dialect) for name in names)
    found = ((place, kind.bind_processor(dialect)) for place, kind in enumerate(kinds))
    return [(place, process) for place, process in found if process is not None]
