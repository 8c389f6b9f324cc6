"""A list's lines written at once, and taken out again within a day: what all imports share.

Nothing is written where the file cannot be read at all; what it leaves empty stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    bindparam,
    delete,
    exists,
    false,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from db import bulk
from db.base import Base
from db.models import Enterprise, Event, ImportBatch, Patent
from db.upsert import insert
from errors import Refused
from services import audit

CHUNK = 1000  # rows a statement, ids a list
UNDO = timedelta(hours=24)

Row = dict[str, Any]
Told = Callable[[int], None]
"""Told how many rows were written, again and again."""


class BatchUnknown(Refused):
    """Facts: batch. No such import, or it was undone already."""


class BatchSettled(Refused):
    """Facts: until. The day in which it could be undone has passed."""


@dataclass(frozen=True)
class Shelf:
    """What a kind of list is written into. `fields` come from the file, `parts` are tables that
    belong to a row and go with it, `dated` is the column that says when a row was changed, and
    `known_by` one that no two rows share."""

    model: type[Base]
    fields: tuple[str, ...]
    parts: frozenset[str]
    dated: str = ""
    known_by: str = ""

    @property
    def name(self) -> str:
        return str(self.model.__tablename__)


SHELVES = {
    "enterprises": Shelf(
        Enterprise,
        ("name", "uscc", "city", "size", "park", "contact", "phone", "tags"),
        frozenset({"enterprise_segments", "claims"}),
    ),
    "events": Shelf(
        Event,
        ("title", "kind", "starts_at", "ends_at", "city", "venue", "capacity", "per_firm",
         "signup_until", "agenda"),
        frozenset(),
    ),
    "patents": Shelf(
        Patent,
        (
            "number", "publication", "kind", "title", "filed_on", "granted_on", "rough_dates",
            "status", "status_since", "applicant", "inventors", "ipc", "college", "segment_id",
            "modes", "open_licence", "price", "price_low", "price_high", "price_unit", "maturity",
            "tier", "abstract", "problem", "effect", "keywords",
        ),
        frozenset({"matches", "offers"}),
        dated="updated_at",
        known_by="number",
    ),
}  # fmt: skip


@dataclass
class Changes:
    """New rows, and {column: [before, after]} of old ones, by id."""

    new: list[Row] = field(default_factory=list)
    changed: dict[int, dict[str, list[Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Undone:
    """`kept` rows are in use by now and stay."""

    kind: str
    removed: int
    restored: int
    kept: int


async def stored(session: AsyncSession, kind: str, *where: ColumnElement[bool]) -> list[Row]:
    """What is there already, with its ids."""
    shelf = SHELVES[kind]
    columns = [_columns(shelf)[name] for name in ("id", *shelf.fields)]
    rows = await session.execute(select(*columns).where(*where).order_by(columns[0]))
    names = ("id", *shelf.fields)
    return [dict(zip(names, row, strict=True)) for row in rows]


async def write(
    session: AsyncSession,
    kind: str,
    file: str,
    changes: Changes,
    more: Row,
    now: datetime,
    *,
    by: int | None = None,
    sent: int | None = None,
    told: Told | None = None,
) -> int:
    """Everything or nothing; the batch. `more` is what every new row has besides."""
    shelf = SHELVES[kind]
    created = await _create(session, shelf, changes.new, more, told)
    news = [
        (id, {name: values[1] for name, values in change.items()})
        for id, change in changes.changed.items()
    ]
    await _set(session, shelf, news, now, told)
    changed = {str(id): _plain(change) for id, change in changes.changed.items()}
    batch = ImportBatch(
        kind=kind, file=file[:200], by=by, sent=sent, created_at=now,
        changes={"created": created, "updated": changed},
    )  # fmt: skip
    session.add(batch)
    await session.flush()
    counts = f"{len(created)}+{len(changed)}"
    audit.note(session, by, f"{kind}.imported", f"batch:{batch.id}", None, counts, now)
    return batch.id


async def batch_of(session: AsyncSession, sent: int) -> int | None:
    """The batch that a file became."""
    return await session.scalar(select(ImportBatch.id).where(ImportBatch.sent == sent))


async def check_undo(
    session: AsyncSession, batch_id: int, now: datetime, kind: str = ""
) -> ImportBatch:
    """The batch, while it can be taken back."""
    batch = await session.get(ImportBatch, batch_id, populate_existing=True)
    if batch is None or batch.undone_at is not None or kind not in ("", batch.kind):
        raise BatchUnknown(batch=batch_id)
    if now > (until := batch.created_at + UNDO):
        raise BatchSettled(until=until)
    return batch


async def undo(
    session: AsyncSession, batch_id: int, now: datetime, by: int | None = None, kind: str = ""
) -> Undone:
    """Take a batch back: rows that it made and nobody uses go, what it changed is as before."""
    batch = await check_undo(session, batch_id, now, kind)
    shelf = SHELVES[batch.kind]
    batch.undone_at = now
    audit.note(session, by, f"{batch.kind}.undone", f"batch:{batch_id}", None, None, now)
    created = batch.changes["created"]
    removed = 0
    for ids in chunks(created):
        removed += await _remove(session, shelf, ids)
    restored = 0
    for chunk in chunks(list(batch.changes["updated"].items())):
        before = {int(id): change for id, change in chunk}
        restored += await _restore(session, shelf, before, now)
    await session.flush()
    return Undone(batch.kind, removed, restored, len(created) - removed)


async def _create(
    session: AsyncSession, shelf: Shelf, new: list[Row], more: Row, told: Told | None
) -> list[int]:
    created: list[int] = []
    for chunk in chunks(new):
        created += await _created(session, shelf, chunk, more)
        if told:
            told(len(chunk))
    return created


async def _created(session: AsyncSession, shelf: Shelf, new: Sequence[Row], more: Row) -> list[int]:
    """Very many are written without their ids; these are asked for afterwards."""
    key, add = _columns(shelf)["id"], insert(session, shelf.model)
    if not shelf.known_by or len(new) < bulk.FEW:
        rows = [{name: row[name] for name in shelf.fields} | more for row in new]
        return list(await session.scalars(add.returning(key), rows))
    await bulk.execute(
        session, add.values(**more), shelf.fields, map(itemgetter(*shelf.fields), new)
    )
    known_by = _columns(shelf)[shelf.known_by]
    these = [row[shelf.known_by] for row in new]
    return list(await session.scalars(select(key).where(known_by.in_(these)).order_by(key)))


async def _set(
    session: AsyncSession,
    shelf: Shelf,
    news: Sequence[tuple[int, Row]],
    now: datetime,
    told: Told | None = None,
) -> None:
    """Rows that change the same columns go together: few statements for many rows."""
    dated = {shelf.dated: now} if shelf.dated else {}
    kinds: dict[tuple[str, ...], list[Row]] = {}
    for id, values in news:
        kinds.setdefault(tuple(sorted(values)), []).append({"its_id": id, **values, **dated})
    connection = await session.connection()  # a session would send each row by itself
    table = Base.metadata.tables[shelf.name]
    for names, rows in kinds.items():
        statement = (
            update(table)
            .where(table.c.id == bindparam("its_id"))
            .values({name: bindparam(name) for name in (*names, *dated)})
        )
        for chunk in chunks(rows):
            await connection.execute(statement, chunk)
            if told:
                told(len(chunk))


async def _remove(session: AsyncSession, shelf: Shelf, ids: Sequence[int]) -> int:
    key = _columns(shelf)["id"]
    used = or_(false(), *(exists().where(column == key) for column in _pointers(shelf)))
    gone = await session.execute(
        delete(shelf.model)
        .where(key.in_(ids), ~used)
        .returning(key)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


def _pointers(shelf: Shelf) -> Iterator[Column[Any]]:
    """What points to a row and is more than a part of it."""
    yield from (
        column
        for table in Base.metadata.sorted_tables
        if table.name not in shelf.parts
        for column in table.columns
        if any(key.column.table.name == shelf.name for key in column.foreign_keys)
    )


async def _restore(
    session: AsyncSession, shelf: Shelf, changes: dict[int, dict[str, list[Any]]], now: datetime
) -> int:
    """What somebody changed since stays as they said."""
    columns = _columns(shelf)
    rows = await session.execute(
        select(*(columns[name] for name in ("id", *shelf.fields))).where(columns["id"].in_(changes))
    )
    news = []
    for row in rows.mappings():
        back = {
            name: _back(columns[name], before)
            for name, (before, after) in changes[row["id"]].items()
            if _json(row[name]) == after
        }
        if back:
            news.append((row["id"], back))
    await _set(session, shelf, news, now)
    return len(news)


def _columns(shelf: Shelf) -> Any:
    return shelf.model.__table__.columns


def _plain(change: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: [_json(value) for value in values] for name, values in change.items()}


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _back(column: Column[Any], value: Any) -> Any:
    if isinstance(value, str) and isinstance(column.type, Date):
        return date.fromisoformat(value)
    return value


def chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """As many at once as a statement takes."""
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
