"""The firms' assessments in rows, to be keyed into the national platform, and back again.

What was exported stands: the platform has it as it was. What a firm has not agreed on among its
own people waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import Assessment, Enterprise, ImportBatch, Patent
from services import audit, batches
from services.apart import Reading
from services.assessment_rows import ASSESSMENTS, Returned
from services.assessment_states import PROPOSED, VALID
from services.lists import Problem
from services.patent_numbers import NotAPatentNumber, canonical


@dataclass(frozen=True)
class Line:
    """One row for the platform; nobody's name or telephone is in it."""

    row: Assessment
    patent: Patent
    firm: Enterprise


@dataclass(frozen=True)
class Outlook:
    """`new` were in no file yet, `again` were and did not come back, `disputed` wait for a firm's
    admin, `registered` the platform has."""

    new: int
    again: int
    disputed: int
    registered: int


@dataclass(frozen=True)
class Unknown:
    """A line of a returned file that is none of ours, with what it said."""

    line: int
    said: str


@dataclass(frozen=True)
class Ticked:
    """`ticked` are registered from now on, `before` were already, of `open` ones the file says
    that they are not."""

    ticked: int
    before: int
    open: int
    unknown: Sequence[Unknown]
    batch: int | None = None

    @property
    def every_problem(self) -> Sequence[Problem]:
        """Its lines are named in words: there is no cell to mark."""
        return ()


@dataclass(frozen=True)
class Unticked:
    batch: int
    count: int


async def outlook(session: AsyncSession) -> Outlook:
    def counted(*where: ColumnElement[bool]) -> Any:
        found = select(func.count(Assessment.id)).where(Assessment.state == VALID, *where)
        return found.scalar_subquery()

    fresh, agreed = Assessment.registered_at.is_(None), ~_disputed()
    counts = select(
        counted(fresh, agreed, Assessment.exported_at.is_(None)),
        counted(fresh, agreed, Assessment.exported_at.is_not(None)),
        counted(fresh, _disputed()),
        counted(~fresh),
    )
    return Outlook(*(await session.execute(counts)).one())


async def export(
    session: AsyncSession, now: datetime, by: int | None = None, *, dry_run: bool = False
) -> list[Line]:
    """Everything that the platform does not have; from now on it stands as it is."""
    rows = await session.execute(
        select(Assessment, Patent, Enterprise)
        .join(Patent, Patent.id == Assessment.patent_id)
        .join(Enterprise, Enterprise.id == Assessment.enterprise_id)
        .where(Assessment.state == VALID, Assessment.registered_at.is_(None), ~_disputed())
        .order_by(Enterprise.id, Assessment.id)
        .with_for_update(of=Assessment)
        .execution_options(populate_existing=True)
    )
    lines = [Line(*row) for row in rows]
    if not dry_run:
        for line in lines:
            line.row.exported_at = line.row.exported_at or now
        audit.note(session, by, "assessments.exported", ASSESSMENTS, None, str(len(lines)), now)
        await session.flush()
    return lines


async def take_back_in(
    session: AsyncSession,
    name: str,
    reading: Reading,
    now: datetime,
    *,
    dry_run: bool = False,
    by: int | None = None,
    sent: int | None = None,
) -> Ticked:
    """Tick what a returned file says the platform has; twice is once."""
    known, unknown = await _known(session), list[Unknown]()
    ticked, before, left = dict[int, None](), 0, 0
    for line in reading.rows:
        row = known.find(line)
        if row is None:
            unknown.append(Unknown(line.line, line.said))
        elif row.registered_at is not None or row.id in ticked:
            before += 1
        elif line.registered:
            ticked[row.id] = None
        else:
            left += 1
    batch = None if dry_run else await _tick(session, name, list(ticked), now, by, sent)
    return Ticked(len(ticked), before, left, unknown, batch)


async def undo(session: AsyncSession, batch_id: int, now: datetime, by: int | None) -> Unticked:
    """The platform does not have them after all; within a day."""
    batch = await batches.check_undo(session, batch_id, now, ASSESSMENTS)
    batch.undone_at = now
    ids = batch.changes["ticked"]
    await _set(session, ids, registered_at=None)
    audit.note(session, by, "assessments.unticked", f"batch:{batch_id}", None, str(len(ids)), now)
    return Unticked(batch_id, len(ids))


async def _tick(
    session: AsyncSession,
    name: str,
    ids: Sequence[int],
    now: datetime,
    by: int | None,
    sent: int | None,
) -> int:
    exported = func.coalesce(Assessment.exported_at, now)
    await _set(session, ids, registered_at=now, exported_at=exported)
    batch = ImportBatch(
        kind=ASSESSMENTS, file=name[:200], changes={"ticked": ids}, created_at=now, by=by, sent=sent
    )
    session.add(batch)
    await session.flush()
    audit.note(session, by, "assessments.ticked", f"batch:{batch.id}", None, str(len(ids)), now)
    return batch.id


async def _set(session: AsyncSession, ids: Sequence[int], **values: Any) -> None:
    for some in batches.chunks(ids):
        rows = update(Assessment).where(Assessment.id.in_(some))
        statement = rows.values(**values).execution_options(synchronize_session=False)
        await session.execute(statement)


@dataclass(frozen=True)
class Known:
    """The valid assessments, by our number; and by patent with the firm's code or name."""

    by_id: dict[str, Any]
    by_firm: dict[tuple[str, str], Any]

    def find(self, line: Returned) -> Any | None:
        """The row that a line means; none where its number and what stands beside it differ."""
        number, uscc = _canonical(line.number), line.uscc.upper()
        if line.id:
            row = self.by_id.get(line.id)
            same = row and number in ("", row.number) and uscc in ("", row.uscc or "")
            return row if same else None
        return self.by_firm.get((number, uscc)) or self.by_firm.get((number, line.firm))


async def _known(session: AsyncSession) -> Known:
    rows = await session.execute(
        select(Assessment.id, Assessment.registered_at, Patent.number, Enterprise.uscc,
               Enterprise.name)
        .join(Patent, Patent.id == Assessment.patent_id)
        .join(Enterprise, Enterprise.id == Assessment.enterprise_id)
        .where(Assessment.state == VALID)
    )  # fmt: skip
    known = Known({}, {})
    for row in rows:
        known.by_id[str(row.id)] = row
        for firm in filter(None, (row.uscc, row.name)):
            known.by_firm[row.number, firm] = row
    return known


def _canonical(number: str) -> str:
    try:
        return canonical(number) if number else ""
    except NotAPatentNumber:
        return number


def _disputed() -> ColumnElement[bool]:
    """Whether somebody of the firm sees it differently, and its admin has not decided."""
    other = aliased(Assessment)
    return (
        select(other.id)
        .where(
            other.enterprise_id == Assessment.enterprise_id,
            other.patent_id == Assessment.patent_id,
            other.state == PROPOSED,
        )
        .exists()
    )
