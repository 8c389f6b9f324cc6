"""Who was answered from a clause, and is told when it says something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AnswerReport, Asker, Clause, Document
from db.upsert import insert
from services import queue
from services.policy_answers import Answer

REMEMBERED = timedelta(days=365)
JUST_NOW = timedelta(minutes=10)
KIND = "policy.changed"


@dataclass(frozen=True)
class Change:
    """What one person is told: `clauses` with the question that each answered."""

    document: str
    clauses: Sequence[tuple[int, str, str]]


async def remember(session: AsyncSession, answer: Answer, person_id: int, now: datetime) -> None:
    """The person rests on the first clause of an answer; the newest question counts."""
    if answer.status != "answered" or answer.citations[0].clause_id < 0:
        return
    asked = {"question": answer.question[:200], "asked_at": now}
    row = {"clause_id": answer.citations[0].clause_id, "person_id": person_id, **asked}
    statement = insert(session, Asker).values(row)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["clause_id", "person_id"], set_=asked)
    )


async def asked(session: AsyncSession, person_id: int, clause_id: int, now: datetime) -> str | None:
    """The question that this person was answered from the clause just now."""
    mine = select(Asker.question).filter_by(person_id=person_id, clause_id=clause_id)
    return await session.scalar(mine.where(Asker.asked_at > now - JUST_NOW))


async def tell_of_change(
    session: AsyncSession, document: Document, changed: Sequence[str], now: datetime
) -> int:
    """Plan to tell whoever was answered from these clauses; how many that are."""
    ids = [clause.id for clause in document.clauses if clause.ref in changed]
    mine = (Asker.clause_id.in_(ids), Asker.asked_at > now - REMEMBERED)
    people = await session.scalar(select(func.count(Asker.person_id.distinct())).where(*mine))
    if people:
        key = f"{KIND}:{document.id}:{document.version}"
        await queue.plan(session, KIND, key, now, document_id=document.id, clause_ids=ids)
    return people or 0


async def changes(
    session: AsyncSession, document_id: int, clause_ids: Sequence[int], now: datetime
) -> dict[int, Change]:
    """By person, what changed of what they were answered."""
    rows = await session.execute(
        select(Asker.person_id, Document.title, Clause.id, Clause.ref, Asker.question)
        .join(Clause, Clause.id == Asker.clause_id)
        .join(Document, Document.id == Clause.document_id)
        .where(Document.id == document_id, Clause.id.in_(clause_ids))
        .where(Asker.asked_at > now - REMEMBERED)
        .order_by(Asker.person_id, Clause.position)
    )
    found: dict[int, tuple[str, list[tuple[int, str, str]]]] = {}
    for person_id, title, clause_id, ref, question in rows:
        found.setdefault(person_id, (title, []))[1].append((clause_id, ref, question))
    return {person: Change(title, clauses) for person, (title, clauses) in found.items()}


async def forget(session: AsyncSession, people: Sequence[int]) -> None:
    """What they asked and what they said of answers is gone with them."""
    await session.execute(delete(Asker).where(Asker.person_id.in_(people)))
    theirs = AnswerReport.person_id.in_(people)
    await session.execute(delete(AnswerReport).where(theirs, AnswerReport.by_staff.is_(False)))
