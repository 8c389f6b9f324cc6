"""Taking in an enterprise list: all of a file's good lines at once, and back out again.

A firm is known by its code, else by its name. What the file says counts; what it leaves empty
stays. Nothing is written where the file cannot be read at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Column, bindparam, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Base
from db.models import Enterprise, ImportBatch
from db.upsert import insert
from errors import Refused
from services import audit
from services.apart import Reading, read_firms
from services.enterprise_rows import FirmRow, Problem

FIELDS = ("name", "uscc", "city", "size", "park", "contact", "phone", "tags")
FIRMS = Base.metadata.tables["enterprises"]
CHUNK = 1000  # rows a statement, ids a list
KIND = "enterprises"
UNDO = timedelta(hours=24)
PARTS = {"enterprise_segments", "claims"}  # of a firm: they go with it


class BatchUnknown(Refused):
    """Facts: batch. No such import, or it was undone already."""


class BatchSettled(Refused):
    """Facts: until. The day in which it could be undone has passed."""


@dataclass
class Report:
    """`skipped` lines are out, of `incomplete` ones a cell is. A dry run has no `batch`."""

    batch: int | None = None
    lines: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: list[Problem] = field(default_factory=list)
    incomplete: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Undone:
    """`kept` firms are in use by now and stay."""

    removed: int
    restored: int
    kept: int


@dataclass
class Known:
    """What is in the database, by what firms are known by; rows of this file are added."""

    by_code: dict[str, dict[str, Any]]
    by_name: dict[str, dict[str, Any]]

    def find(self, row: FirmRow) -> dict[str, Any] | None:
        """The firm that the row speaks of; ValueError where its name has another code."""
        if row.uscc and row.uscc in self.by_code:
            return self.by_code[row.uscc]
        firm = self.by_name.get(row.name)
        if firm and row.uscc and firm["uscc"]:
            raise ValueError("code_mismatch")
        return firm

    def add(self, firm: dict[str, Any]) -> None:
        self.by_name.setdefault(firm["name"], firm)
        if firm["uscc"]:
            self.by_code[firm["uscc"]] = firm


async def import_file(
    session: AsyncSession, path: Path, now: datetime, *, dry_run: bool = False
) -> Report:
    """Take in what is good of a file; see Report for the rest."""
    reading = await read_firms(await asyncio.to_thread(path.read_bytes))
    return await take_in(session, path.name, reading, now, dry_run=dry_run)


async def take_in(
    session: AsyncSession,
    name: str,
    reading: Reading,
    now: datetime,
    *,
    dry_run: bool = False,
    by: int | None = None,
    sent: int | None = None,
) -> Report:
    """The same for what was read already, by an organizer from the file that they sent."""
    report, problems = Report(), list(reading.problems)
    known = await _known(session)
    new, changed = [], list[dict[str, Any]]()
    for row in reading.rows:
        try:
            firm = known.find(row)
        except ValueError as wrong:
            problems.append(Problem(row.line, "uscc", str(wrong), row.uscc or ""))
            continue
        if firm is not None and "line" in firm:
            problems.append(Problem(row.line, "name", "doubled", str(firm["line"])))
        elif firm is None:
            known.add(made := {name: getattr(row, name) for name in FIELDS} | {"line": row.line})
            new.append(made)
        else:
            changed.append({"id": firm["id"], **_changes(row, firm)})
            firm["line"] = row.line
    _count(report, problems, new, changed)
    if not dry_run:
        changes = await _write(session, new, changed, now)
        batch = ImportBatch(
            kind=KIND, file=name[:200], changes=changes, created_at=now, by=by, sent=sent
        )
        session.add(batch)
        await session.flush()
        report.batch = batch.id
        audit.note(session, by, "enterprises.imported", f"batch:{batch.id}", None,
                   f"{report.created}+{report.updated}", now)  # fmt: skip
    return report


async def kind_of(session: AsyncSession, batch_id: int) -> str | None:
    """What was taken in as this batch."""
    return await session.scalar(select(ImportBatch.kind).where(ImportBatch.id == batch_id))


async def batch_of(session: AsyncSession, sent: int) -> int | None:
    """The batch that a file became."""
    return await session.scalar(select(ImportBatch.id).where(ImportBatch.sent == sent))


def _changes(row: FirmRow, firm: dict[str, Any]) -> dict[str, list[Any]]:
    """{column: [before, after]} of what the row says and the firm does not say yet."""
    told = {name: getattr(row, name) for name in FIELDS if getattr(row, name)}
    if row.tags:
        told["tags"] = [*firm["tags"], *(tag for tag in row.tags if tag not in firm["tags"])]
    return {name: [firm[name], said] for name, said in told.items() if said != firm[name]}


def _count(
    report: Report, problems: list[Problem], new: Sequence[Any], changed: Sequence[dict[str, Any]]
) -> None:
    for problem in problems:
        partial = problem.column not in ("name", "uscc")
        (report.incomplete if partial else report.skipped).append(problem)
    report.created = len(new)
    report.updated = sum(len(change) > 1 for change in changed)
    report.unchanged = len(changed) - report.updated
    report.lines = len(new) + len(changed) + len(report.skipped)


async def _known(session: AsyncSession) -> Known:
    columns = [getattr(Enterprise, name) for name in ("id", *FIELDS)]
    known = Known({}, {})
    for row in await session.execute(select(*columns).order_by(Enterprise.id)):
        known.add(dict(row._mapping))
    return known


async def _write(
    session: AsyncSession,
    new: list[dict[str, Any]],
    changed: list[dict[str, Any]],
    now: datetime,
) -> dict[str, Any]:
    """Write them down; what to undo."""
    created: list[int] = []
    more = {"created_at": now, "demo": False, "state": "active"}
    statement = insert(session, Enterprise).returning(
        Enterprise.id, sort_by_parameter_order=True
    )  # fmt: skip
    for chunk in _chunks(new):
        rows = [{name: firm[name] for name in FIELDS} | more for firm in chunk]
        created += await session.scalars(statement, rows)
    updated = {str(row["id"]): {k: v for k, v in row.items() if k != "id"} for row in changed}
    updated = {id: change for id, change in updated.items() if change}
    await _set(session, [(int(id), {k: v[1] for k, v in c.items()}) for id, c in updated.items()])
    return {"created": created, "updated": updated}


async def _set(session: AsyncSession, news: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Rows that change the same columns go together: few statements for many rows."""
    kinds: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for id, values in news:
        kinds.setdefault(tuple(sorted(values)), []).append({"its_id": id, **values})
    connection = await session.connection()  # a session would send each row by itself
    for names, rows in kinds.items():
        statement = (
            update(FIRMS)
            .where(FIRMS.c.id == bindparam("its_id"))
            .values({name: bindparam(name) for name in names})
        )
        for chunk in _chunks(rows):
            await connection.execute(statement, chunk)


async def check_undo(
    session: AsyncSession, batch_id: int, now: datetime, kind: str = KIND
) -> ImportBatch:
    """The batch of this kind, while it can be taken back."""
    batch = await session.get(ImportBatch, batch_id, populate_existing=True)
    if batch is None or batch.kind != kind or batch.undone_at is not None:
        raise BatchUnknown(batch=batch_id)
    if now > (until := batch.created_at + UNDO):
        raise BatchSettled(until=until)
    return batch


async def undo(
    session: AsyncSession, batch_id: int, now: datetime, by: int | None = None
) -> Undone:
    """Take a batch back: firms that it made and nobody uses go, what it changed is as before."""
    batch = await check_undo(session, batch_id, now)
    batch.undone_at = now
    audit.note(session, by, "enterprises.undone", f"batch:{batch_id}", None, None, now)
    removed = 0
    for ids in _chunks(batch.changes["created"]):
        removed += await _remove(session, ids)
    restored = 0
    for chunk in _chunks(list(batch.changes["updated"].items())):
        restored += await _restore(session, {int(id): change for id, change in chunk})
    await session.flush()
    return Undone(removed, restored, len(batch.changes["created"]) - removed)


async def _remove(session: AsyncSession, ids: list[int]) -> int:
    used = or_(*(exists().where(column == Enterprise.id) for column in _pointers()))
    gone = await session.execute(
        delete(Enterprise)
        .where(Enterprise.id.in_(ids), ~used)
        .returning(Enterprise.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


def _pointers() -> Iterator[Column[Any]]:
    """What points to a firm and is more than a part of it."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns if table.name not in PARTS else ():
            if any(key.column.table.name == "enterprises" for key in column.foreign_keys):
                yield column


async def _restore(session: AsyncSession, changes: dict[int, dict[str, list[Any]]]) -> int:
    """What somebody changed since stays as they said."""
    columns = [getattr(Enterprise, name) for name in ("id", *FIELDS)]
    rows = await session.execute(select(*columns).where(Enterprise.id.in_(changes)))
    news = []
    for row in rows:
        back = {k: b for k, (b, a) in changes[row.id].items() if getattr(row, k) == a}
        if back:
            news.append((row.id, back))
    await _set(session, news)
    return len(news)


def _chunks(rows: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
