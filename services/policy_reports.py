"""What people say of an answer. Two who call it wrong, or one of the staff, take it out of service.

An answer is a clause with a question: of the same clause other questions are answered as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AnswerReport, Asker, Clause
from db.upsert import insert
from errors import Refused
from search.questions import alike
from services import audit

ENOUGH = 2
"""How many people have to call an answer wrong."""


class NotAsked(Refused):
    """An old button: what was asked is not known any more."""


class NoSuchReport(Refused):
    """The clause of the report is gone."""


@dataclass(frozen=True)
class Reported:
    """`pulled`: the answer is out of service. `first`: that the staff do not know of it yet."""

    report: AnswerReport
    clause: Clause
    pulled: bool
    first: bool


async def say(
    session: AsyncSession, clause_id: int, person_id: int, *, right: bool, staff: bool,
    now: datetime,
) -> Reported:  # fmt: skip
    """Note what the person thinks of the answer that they got; whoever says it twice says it once.
    NotAsked if they got none."""
    asked = select(Asker.question).filter_by(clause_id=clause_id, person_id=person_id)
    question = await session.scalar(asked)
    clause = await session.get(Clause, clause_id)
    if question is None or clause is None:
        raise NotAsked
    before = await pulled(session, clause_id, question)
    said = {"right": right, "by_staff": staff, "created_at": now, "lifted_at": None}
    row = {"clause_id": clause_id, "question": question, "person_id": person_id, **said}
    statement = insert(session, AnswerReport).values(row)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["clause_id", "question", "person_id"], set_=said
        )
    )
    audit.note(session, person_id, "answer.right" if right else "answer.wrong",
               f"clause:{clause_id}", None, question, now)  # fmt: skip
    report = await _of(session, clause_id, question, person_id)
    after = await pulled(session, clause_id, question)
    if after and not before:
        audit.note(session, person_id, "answer.pulled", f"clause:{clause_id}", None, question, now)
    return Reported(report, clause, after, not right and not before)


async def pulled(session: AsyncSession, clause_id: int, question: str) -> bool:
    """Whether this clause no longer answers this question."""
    against = [r for r in await _against(session, clause_id) if alike(r.question, question)]
    people = {report.person_id for report in against}
    return any(report.by_staff for report in against) or len(people) >= ENOUGH


async def pull(session: AsyncSession, report_id: int, who: int, now: datetime) -> AnswerReport:
    """One tap of the staff, on what somebody reported."""
    report = await _get(session, report_id)
    report.by_staff, report.lifted_at = True, None
    audit.note(session, who, "answer.pulled", f"clause:{report.clause_id}", None,
               report.question, now)  # fmt: skip
    await session.flush()
    return report


async def lift(session: AsyncSession, report_id: int, who: int, now: datetime) -> AnswerReport:
    """The answer is right after all: no report of it counts any more."""
    report = await _get(session, report_id)
    same = [r.id for r in await _against(session, report.clause_id)
            if alike(r.question, report.question)]  # fmt: skip
    await session.execute(
        update(AnswerReport).where(AnswerReport.id.in_(same)).values(lifted_at=now)
    )
    audit.note(session, who, "answer.lifted", f"clause:{report.clause_id}", report.question,
               None, now)  # fmt: skip
    return report


async def _against(session: AsyncSession, clause_id: int) -> Sequence[AnswerReport]:
    found = select(AnswerReport).where(
        AnswerReport.clause_id == clause_id,
        AnswerReport.right.is_(False),
        AnswerReport.lifted_at.is_(None),
    )
    return (await session.scalars(found.execution_options(populate_existing=True))).all()


async def _of(session: AsyncSession, clause_id: int, question: str, person_id: int) -> AnswerReport:
    mine = select(AnswerReport).filter_by(
        clause_id=clause_id, question=question, person_id=person_id
    )
    return (await session.scalars(mine.execution_options(populate_existing=True))).one()


async def _get(session: AsyncSession, report_id: int) -> AnswerReport:
    report = await session.get(AnswerReport, report_id)
    if report is None:
        raise NoSuchReport
    return report
