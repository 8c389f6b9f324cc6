"""A list that somebody sent, read and tried: what would happen, and the file with its problems.

Reading takes long and holds no lock; the trial itself only reads.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zlib import crc32

from sqlalchemy.ext.asyncio import AsyncSession

from db.session import Database, session_on
from errors import Refused
from services import (
    apart,
    assessment_export,
    enterprise_import,
    event_import,
    files,
    patent_import,
)
from services.apart import Reading
from services.assessment_rows import ASSESSMENTS
from services.enterprise_rows import FIRMS
from services.event_cells import EVENTS
from services.lists import Problem
from services.patent_cells import PATENTS

Report = patent_import.Report | enterprise_import.Report | assessment_export.Ticked
TAKE_IN: dict[str, Callable[..., Coroutine[Any, Any, Any]]] = {
    PATENTS.name: patent_import.take_in,
    FIRMS.name: enterprise_import.take_in,
    EVENTS.name: event_import.take_in,
    ASSESSMENTS: assessment_export.take_back_in,
}
ALL = 0  # instead of a mark: every column that is unknown


class FileGone(Refused):
    """No facts. What was sent is there no more."""


@dataclass(frozen=True)
class Said:
    """What somebody said of an unknown column, named by its mark, or of all of them."""

    mark: int
    field: str


@dataclass(frozen=True)
class Trial:
    """`learnt` is what was said of columns, to be remembered. `marked` is the file with its wrong
    cells in red, where any are wrong."""

    name: str
    reading: Reading
    report: Report | None = None
    learnt: dict[str, str] | None = None
    marked: bytes | None = None


def mark_of(header: str) -> int:
    """A number for a header that a button can carry."""
    return crc32(header.encode())


async def read(database: Database, file: int, said: Said | None = None) -> Trial:
    """Read a stored file with what is remembered of its owner's columns, and what was `said`."""
    async with database.reading() as connection, session_on(connection) as session:
        found = await files.content(session, file)
    if found is None:
        raise FileGone
    name, content = found
    reading, learnt = await known_columns(database, name, content, "", said)
    return Trial(name, reading, learnt=learnt)


async def known_columns(
    database: Database,
    name: str,
    content: bytes,
    wanted: str,
    said: Said | None = None,
    told: dict[str, str] | None = None,
) -> tuple[Reading, dict[str, str]]:
    """The reading with every column that somebody explained, and what was learnt just now."""
    learnt = dict(told or {})
    reading = await apart.read(content, wanted, name, learnt)
    if not reading.unknown or reading.kind != PATENTS.name:
        return reading, learnt
    async with database.reading() as connection, session_on(connection) as session:
        known = await patent_import.remembered(session, reading.owner)
    if said is not None:
        learnt |= {
            header: said.field for header in reading.unknown
            if said.mark in (ALL, mark_of(header))
        }  # fmt: skip
    if not {*known, *learnt} & set(reading.unknown):
        return reading, learnt
    return await apart.read(content, wanted, name, known | learnt), learnt


async def attempt(
    database: Database,
    file: int,
    now: datetime,
    why: Callable[[Problem], str],
    column: str,
    said: Said | None = None,
    by: int | None = None,
) -> Trial:
    """What taking it in would do, if `by` does it. `why` puts a problem into words, under the
    header `column`."""
    sent = await read(database, file, said)
    if sent.reading.kind == PATENTS.name and sent.reading.unknown:
        return sent
    async with database.reading() as connection, session_on(connection) as session:
        report = await tried(session, sent, now, by)
        found = await files.content(session, file)
    marked = None
    if found and report.every_problem:
        kind = sent.reading.kind
        marked = await apart.marked(found[1], kind, report.every_problem, why, column)
    return replace(sent, report=report, marked=marked)


async def tried(session: AsyncSession, sent: Trial, now: datetime, by: int | None = None) -> Report:
    take_in = TAKE_IN[sent.reading.kind]
    report: Report = await take_in(session, sent.name, sent.reading, now, dry_run=True, by=by)
    return report
