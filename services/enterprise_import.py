"""Taking in an enterprise list: all of a file's good lines at once.

A firm is known by its code, else by its name. What the file says counts; what it leaves empty
stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services import batches
from services.apart import Reading
from services.batches import SHELVES, Changes
from services.enterprise_rows import FIRMS, FirmRow
from services.lists import Problem

FIELDS = SHELVES[FIRMS.name].fields


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

    @property
    def every_problem(self) -> list[Problem]:
        return [*self.skipped, *self.incomplete]


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
    report, problems = Report(), list(reading.problems)
    known = await _known(session)
    changes, met = Changes(), 0
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
            changes.new.append(made)
        else:
            met += 1
            if change := _changes(row, firm):
                changes.changed[firm["id"]] = change
            firm["line"] = row.line
    _count(report, problems, changes, met)
    if not dry_run:
        more = {"created_at": now, "demo": False, "state": "active"}
        report.batch = await batches.write(
            session, FIRMS.name, name, changes, more, now, by=by, sent=sent
        )
    return report


def _changes(row: FirmRow, firm: dict[str, Any]) -> dict[str, list[Any]]:
    """{column: [before, after]} of what the row says and the firm does not say yet."""
    told = {name: getattr(row, name) for name in FIELDS if getattr(row, name)}
    if row.tags:
        told["tags"] = [*firm["tags"], *(tag for tag in row.tags if tag not in firm["tags"])]
    return {name: [firm[name], said] for name, said in told.items() if said != firm[name]}


def _count(report: Report, problems: Sequence[Problem], changes: Changes, met: int) -> None:
    for problem in problems:
        partial = problem.column not in ("name", "uscc")
        (report.incomplete if partial else report.skipped).append(problem)
    report.created, report.updated = len(changes.new), len(changes.changed)
    report.unchanged = met - report.updated
    report.lines = report.created + met + len(report.skipped)


async def _known(session: AsyncSession) -> Known:
    known = Known({}, {})
    for row in await batches.stored(session, FIRMS.name):
        known.add(row)
    return known
