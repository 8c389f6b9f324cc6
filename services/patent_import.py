"""Taking in a patent list: every good line at once, told line by line.

A patent is known by its application number, else by a publication number. What the file says
counts; what it leaves empty stays; what another owner has is not touched.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ImportColumn, Segment
from db.upsert import insert
from services import batches, queue, wish_watch
from services.apart import Reading
from services.batches import Changes, Told
from services.lists import Problem
from services.patent_cells import PATENTS
from services.patent_changes import Shelves, changes, made
from services.patent_known import Known, known_to
from services.patent_owners import is_short_for, same_owner
from services.patent_rows import PatentRow
from services.patent_words import ended_by

DOUBLED = frozenset({"doubled", "doubled_otherwise"})


@dataclass
class Line:
    """What becomes of a line. `action`: import, warn (comes in, and is shown), reject, duplicate;
    `result` of one that comes in: new, changed, same."""

    row: PatentRow
    action: str = "import"
    result: str | None = None

    def as_row(self) -> dict[str, Any]:
        return {"action": self.action, "result": self.result} | asdict(self.row)


@dataclass
class Report:
    """A dry run has no `batch`. `unknown` are columns that nobody has explained yet."""

    owner: str | None
    unknown: list[str]
    without: list[str]
    batch: int | None = None
    lines: list[Line] = field(default_factory=list)

    @property
    def results(self) -> Counter[str | None]:
        return Counter(line.result for line in self.lines)

    @property
    def actions(self) -> Counter[str]:
        return Counter(line.action for line in self.lines)

    @property
    def fixed(self) -> int:
        return sum(bool(line.row.fixed) for line in self.lines)

    @property
    def without_tier(self) -> int:
        return sum(line.result == "new" and line.row.tier is None for line in self.lines)

    def problems(self, *actions: str) -> list[Problem]:
        return [p for line in self.lines if line.action in actions for p in line.row.problems]

    @property
    def every_problem(self) -> list[Problem]:
        return [problem for line in self.lines for problem in line.row.problems]

    def as_row(self) -> dict[str, Any]:
        """What the command line prints for scripts."""
        return {
            "batch": self.batch, "owner": self.owner, "lines": len(self.lines),
            **{result: self.results[result] for result in ("new", "changed", "same")},
            **{action: self.actions[action] for action in ("warn", "reject", "duplicate")},
            "fixed": self.fixed, "unknown": self.unknown, "without": self.without,
            "rows": [line.as_row() for line in self.lines],
        }  # fmt: skip


async def take_in(
    session: AsyncSession,
    name: str,
    reading: Reading,
    now: datetime,
    *,
    dry_run: bool = False,
    university: str | None = None,
    by: int | None = None,
    sent: int | None = None,
    told: Told | None = None,
) -> Report:
    """Take in what is good of a list; a list of a named `university` brings only its own."""
    report = Report(reading.owner, reading.unknown, reading.without)
    shelves = Shelves({s.name: s.id for s in await session.scalars(select(Segment))}, now)
    known = await known_to(session, reading.rows)
    found = Changes()
    with _without_collecting():
        for row in reading.rows:
            _check_owner(row, university, reading.owner)
            line = Line(row)
            if not row.refused:
                line.result = _place(row, known, shelves, found, reading.owner)
            line.action = _action(row)
            report.lines.append(line)
    if not dry_run:
        more = {"demo": False, "updated_at": now}
        report.batch = await batches.write(
            session, PATENTS.name, name, found, more, now, by=by, sent=sent, told=told
        )
        await _tell_later(session, report.batch, found, now)
        await wish_watch.patents_changed(session, now)
    return report


async def remembered(session: AsyncSession, owner: str | None) -> dict[str, str]:
    """What was said of this university's columns, or of those of lists that name none."""
    rows = await session.execute(
        select(ImportColumn.header, ImportColumn.field).where(ImportColumn.owner == (owner or ""))
    )
    return {row.header: row.field for row in rows}


async def remember(session: AsyncSession, owner: str | None, told: Mapping[str, str]) -> None:
    for header, name in told.items():
        row = {"owner": owner or "", "header": header[:200], "field": name}
        statement = insert(session, ImportColumn).values(row)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["owner", "header"], set_={"field": statement.excluded.field}
            )
        )


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Among very many new things that all stay, looking for garbage is in vain."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _check_owner(row: PatentRow, university: str | None, owner: str | None) -> None:
    if not row.applicants:
        return
    said = "、".join(row.applicants)
    if university and not any(same_owner(name, university) for name in row.applicants):
        row.wrong("applicant", "not_yours", said)
    elif owner and owner not in row.applicants:
        row.wrong("applicant", "another_owner", said)


def _place(
    row: PatentRow, known: Known, shelves: Shelves, found: Changes, owner: str | None
) -> str | None:
    """New, changed or the same; None where the line must not come in after all."""
    there = known.find(row)
    if there is None:
        if not row.title:
            row.wrong("title", "title_missing")
            return None
        patent = made(row, shelves, owner or "")
        known.add(patent | {"line": row})
        found.new.append(patent)
        return "new"
    if "line" in there:
        _doubled(row, there["line"])
        return None
    owners = [name for name in there["applicant"].split("、") if name]
    mine = row.applicants or [owner or ""]
    if owners and any(mine) and not any(same_owner(a, b) for a in mine for b in owners):
        row.wrong("applicant", "other_owner", there["applicant"])
        return None
    row.applicants = [_full(name, owners) for name in row.applicants]
    there["line"] = row
    change = changes(row, there, shelves)
    if change:
        found.changed[there["id"]] = change
        known.add(there | {name: after for name, (_, after) in change.items()})
    return "changed" if change else "same"


def _doubled(row: PatentRow, first: PatentRow) -> None:
    otherwise = row.title and first.title and row.title != first.title
    row.wrong("number", "doubled_otherwise" if otherwise else "doubled",
              f"{first.sheet} {first.line}".strip())  # fmt: skip


def _full(name: str, owners: list[str]) -> str:
    if name in owners:
        return name
    return next((owner for owner in owners if is_short_for(name, owner)), name)


def _action(row: PatentRow) -> str:
    reasons = {problem.reason for problem in row.problems}
    if reasons & DOUBLED:
        return "duplicate"
    return "reject" if row.refused else "warn" if reasons else "import"


async def _tell_later(session: AsyncSession, batch: int, found: Changes, now: datetime) -> None:
    """Firms whose matches are gone by this hear of it, when the batch is there."""
    lost = [
        id for id, change in found.changed.items()
        if "status" in change and ended_by(change["status"][1])
    ]  # fmt: skip
    if lost:
        await queue.plan(session, "patents.gone", f"patents.gone:{batch}", now, ids=lost)
