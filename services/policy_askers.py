"""Who was answered from a clause, and is told when it says something else or is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapidfuzz import fuzz, process
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AnswerReport, Asker, Clause, Document, Person
from db.upsert import insert
from services import queue
from services.policy_answers import Answer

REMEMBERED = timedelta(days=365)
LIKE = 60
"""How much of a text (in a hundred) another has that took its place."""
JUST_NOW = timedelta(minutes=10)
KIND = "policy.changed"


@dataclass(frozen=True)
class Change:
    """What one person is told: `clauses` with the question that each answered; of `gone` ones the
    id is that of the clause that took their place, if any did."""

    document: str
    clauses: Sequence[tuple[int, str, str]]
    gone: Sequence[tuple[int | None, str, str]] = ()


@dataclass(frozen=True)
class Lost:
    """Somebody who was answered from a clause that is not in force any more."""

    person: int
    clause: int
    ref: str
    text: str
    question: str


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


async def let_go(
    session: AsyncSession, going: Sequence[Clause], now: datetime, new: Sequence[Clause] = ()
) -> list[Lost]:
    """Whoever was answered from clauses that go, and rests on them no more; where a new one says
    the same under the same number, they rest on that."""
    there, ids = {(clause.ref, clause.text): clause.id for clause in new}, [c.id for c in going]
    rows = await session.execute(
        select(Asker, Clause)
        .join(Clause, Clause.id == Asker.clause_id)
        .where(Clause.id.in_(ids), Asker.asked_at > now - REMEMBERED)
        .order_by(Asker.person_id, Clause.position)
    )
    found: list[Lost] = []
    for asker, clause in rows:
        if same := there.get((clause.ref, clause.text)):
            asker.clause_id = same
        else:
            found.append(Lost(asker.person_id, clause.id, clause.ref, clause.text, asker.question))
    await session.flush()
    await session.execute(delete(Asker).where(Asker.clause_id.in_(ids)))
    return found


async def tell_of_change(
    session: AsyncSession, document: Document, changed: Sequence[str], lost: Sequence[Lost],
    now: datetime,
) -> int:  # fmt: skip
    """Plan to tell whoever was answered from these clauses, or `lost` what they were answered from;
    how many people that are. What is lost has its like in `document`, if anywhere."""
    ids = [clause.id for clause in document.clauses if clause.ref in changed]
    mine = (Asker.clause_id.in_(ids), Asker.asked_at > now - REMEMBERED)
    people = set(await session.scalars(select(Asker.person_id).where(*mine).distinct()))
    texts = {clause.id: clause.text for clause in document.clauses}
    liker = {one.clause: _likest(one.text, texts) for one in lost}
    gone = [(one.person, liker[one.clause], one.ref, one.question) for one in lost]
    people |= {one.person for one in lost}
    if people:
        key = f"{KIND}:{document.id}:{document.version}"
        await queue.plan(
            session, KIND, key, now, document_id=document.id, clause_ids=ids, gone=gone
        )
    return len(people)


def _likest(text: str, among: dict[int, str]) -> int | None:
    """The clause that says nearly the same, whatever its number is now."""
    found = process.extractOne(text, among, scorer=fuzz.ratio, score_cutoff=LIKE)
    return found[2] if found else None


async def changes(
    session: AsyncSession, document_id: int, clause_ids: Sequence[int],
    gone: Sequence[tuple[int, int | None, str, str]], now: datetime,
) -> dict[int, Change]:  # fmt: skip
    """By person, what changed of what they were answered, and what is gone."""
    document = await session.get(Document, document_id)
    title = document.title if document else ""
    told = await _changed(session, clause_ids, now)
    lost: dict[int, list[tuple[int | None, str, str]]] = {}
    for person, instead, ref, question in gone:
        lost.setdefault(person, []).append((instead, ref, question))
    there = select(Person.id).where(Person.id.in_({*told, *lost}))
    return {
        person: Change(title, told.get(person, ()), lost.get(person, ()))
        for person in await session.scalars(there.order_by(Person.id))
    }


async def _changed(
    session: AsyncSession, clause_ids: Sequence[int], now: datetime
) -> dict[int, list[tuple[int, str, str]]]:
    rows = await session.execute(
        select(Asker.person_id, Clause.id, Clause.ref, Asker.question)
        .join(Clause, Clause.id == Asker.clause_id)
        .where(Clause.id.in_(clause_ids), Asker.asked_at > now - REMEMBERED)
        .order_by(Asker.person_id, Clause.position)
    )
    found: dict[int, list[tuple[int, str, str]]] = {}
    for person_id, clause_id, ref, question in rows:
        found.setdefault(person_id, []).append((clause_id, ref, question))
    return found


async def forget(session: AsyncSession, people: Sequence[int]) -> None:
    """What they asked and what they said of answers is gone with them."""
    await session.execute(delete(Asker).where(Asker.person_id.in_(people)))
    theirs = AnswerReport.person_id.in_(people)
    await session.execute(delete(AnswerReport).where(theirs, AnswerReport.by_staff.is_(False)))
