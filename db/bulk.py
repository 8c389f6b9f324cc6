"""One statement for very many rows or numbers: what SQLAlchemy prepares for each of them is
prepared once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.sql.compiler import SQLCompiler

from db.upsert import on_postgres

Where = AsyncConnection | AsyncSession
FEW = 100  # rows: the statement as SQLAlchemy remembers it is ready sooner


async def execute(
    where: Where,
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
    others = [name for name in bound.positiontup or () if name not in names]
    columns: dict[str, Iterable[Any]] = dict(zip(names, zip(*rows, strict=True), strict=True))
    columns |= {name: [bound.params[name]] * len(rows) for name in others}
    for name, values in columns.items():
        kind = bound.binds[name].type.dialect_impl(connection.dialect)
        if process := kind.bind_processor(connection.dialect):
            columns[name] = _processed(process, values)
    in_order = [columns[name] for name in bound.positiontup or ()]
    await connection.exec_driver_sql(str(bound), [*zip(*in_order, strict=True)])


def one_of(where: Where, column: Any, numbers: Iterable[int]) -> ColumnElement[bool]:
    """As `column.in_(numbers)`, of any length; a hundred times sooner ready for thousands."""
    found: ColumnElement[bool]
    if on_postgres(where):
        found = column == func.any(bindparam(None, [*numbers], ARRAY(BigInteger)))
    else:
        each = func.json_each(json.dumps([*numbers])).table_valued("value")
        found = column.in_(select(each.c.value))
    return found


def _processed(process: Callable[[Any], Any], values: Iterable[Any]) -> Iterator[Any]:
    """Most rows of one column hold the same object as the row before: that is processed once."""
    last, made = object(), None
    for value in values:
        if value is not last:
            last, made = value, process(value)
        yield made
