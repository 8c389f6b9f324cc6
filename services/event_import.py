"""Taking in a list of events: its good lines become drafts, all at once.

An event is known by its name and its time. A list never changes one that is there: people have
signed up for that, and are told of changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event
from services import batches, enterprise_import, event_rights
from services.apart import Reading
from services.batches import Changes, Row
from services.event_cells import EVENTS
from services.event_rows import EventLine
from services.lists import Problem

MOST = 500  # events of one list
MORE = {
    "state": "draft",
    "taken": 0,
    "sequence": 0,
    "demo": False,
    "industries": [],
    "questions": [],
}


@dataclass
class Report(enterprise_import.Report):
    """`new` are the events that are drafts then."""

    new: list[Row] = field(default_factory=list)


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
    """Take in what is good of a list, by an organizer from the file that they sent; see Report for
    the rest."""
    report, changes = Report(), Changes()
    own = await event_rights.city_of(session, by)
    known = await _known(session, now)
    for listed in reading.rows[:MOST]:
        line = EventLine(listed, now)
        row = line.row()
        if row and known.has(row):
            report.unchanged += 1
            continue
        if row and _may(row, line, own) and known.is_new(row, line):
            changes.new.append(row)
            report.incomplete += line.problems
        else:
            report.skipped.append(line.worst)
    for listed in reading.rows[MOST : MOST + 1]:
        report.skipped.append(Problem(listed.line, "event", "too_many", "", listed.sheet))
    report.created, report.new = len(changes.new), changes.new
    report.lines = len(reading.rows)
    if not dry_run:
        more = MORE | {"created_by": by}
        report.batch = await batches.write(
            session, EVENTS.name, name, changes, more, now, by=by, sent=sent
        )
    return report


def _may(row: Row, line: EventLine, own: str | None) -> bool:
    if own not in (None, row["city"]):
        line.wrong("city", "not_your_city", row["city"])
        return False
    return True


class Known:
    """The events that are there and not over, and those of this file; by name, with the time."""

    def __init__(self, there: Iterable[tuple[str, str, datetime]]) -> None:
        self._there: dict[tuple[str, str], set[datetime]] = defaultdict(set)
        for title, city, begin in there:
            self._there[title, city].add(begin)
        self._lines: dict[tuple[str, str, datetime], int] = {}

    def has(self, row: Row) -> bool:
        """The same name, place and time: nothing to do."""
        there = row["starts_at"] in self._there[row["title"], row["city"]]
        return there and (row["title"], row["city"], row["starts_at"]) not in self._lines

    def is_new(self, row: Row, line: EventLine) -> bool:
        key = (row["title"], row["city"], row["starts_at"])
        if key in self._lines:
            line.wrong("event", "doubled", str(self._lines[key]))
            return False
        if self._there[key[:2]]:
            line.wrong("starts_at", "event_moved", "")
            return False
        self._lines[key] = line.number
        return True


async def _known(session: AsyncSession, now: datetime) -> Known:
    rows = await session.execute(
        select(Event.title, Event.city, Event.starts_at).where(
            Event.state != "cancelled", Event.starts_at > now
        )
    )
    return Known((title, city, begin) for title, city, begin in rows)
