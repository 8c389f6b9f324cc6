"""Answers to policy questions: a clause, word for word, or an honest "it does not say".

The same question gets the same answer: retrieval finds clauses, the gate checks that one states
what was asked, and nothing is ever put into words that no document has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Clause
from errors import Refused
from search.clauses import ClauseHit
from search.tokens import normalise
from services import gaps, policy_reports
from services import policy_gate as gate
from services.policy_answers import (
    Answer,
    Citation,
    Passed,
    Related,
    Status,
    citation,
    passed,
    quote,
)
from services.policy_duties import duties
from services.policy_gate import Reading
from services.policy_judging import approved, judged
from services.policy_knowledge import Knowledge, Source, knowledge
from services.policy_related import question as offered
from services.policy_related import related
from services.policy_words import question

__all__ = [
    "Answer", "Citation", "ClauseView", "NoSuchClause", "Passed", "Related", "answer_row", "ask",
    "beside", "cited", "clause", "given", "record_gap", "related_question", "template",
    "with_related",
]  # fmt: skip

WIDE = 30
"""How many clauses are looked at: the one that answers may use other words than the nearest."""
PAGE = 600
LISTS = ("outline", "duties", "several")
"""Answers that are about several clauses anyway."""


class NoSuchClause(Refused):
    """The clause of an old button is no longer in force."""


@dataclass(frozen=True)
class ClauseView:
    """One page of a clause in full."""

    citation: Citation
    text: str
    page: int
    pages: int
    passed: tuple[Passed, ...]


async def ask(
    session: AsyncSession,
    text: str,
    now: datetime,
    previous: int | None = None,
    left_open: str | None = None,
) -> Answer:
    """The answer to a message. `previous` is the clause of the answer before, for what only
    makes sense after it; `left_open` the question before, where nothing answered it: what goes on
    from it asks for the same thing."""
    manner = gate.manners(text)
    if manner is not None:
        return _mannered(text, manner)
    if left_open and question("follow_up").match(normalise(text)):
        text, previous = f"{left_open} {text}", None
    answer = await _asked(session, text, now, previous)
    if answer.status == "answered":
        clause_id = answer.citations[0].clause_id
        if await policy_reports.pulled(session, clause_id, text):
            return Answer(text, "escalate", reason="pulled", department=answer.department)
    return answer


async def with_related(session: AsyncSession, answer: Answer, now: datetime) -> Answer:
    """The answer, with other questions about the same matter that are answered."""
    if answer.status != "answered" or answer.reason in LISTS:
        return answer
    known = await knowledge(session)
    others = related(known, answer, now.date(), lambda text: given(known, text, now))
    return replace(answer, related=others)


async def related_question(session: AsyncSession, source: int, mark: str) -> str:
    """The question that was offered with an answer; NoSuchClause where it is not known any more."""
    found = offered(await knowledge(session), source, mark)
    if found is None:
        raise NoSuchClause
    return found


async def _asked(session: AsyncSession, text: str, now: datetime, previous: int | None) -> Answer:
    return given(await knowledge(session), text, now, previous)


def given(known: Knowledge, text: str, now: datetime, previous: int | None = None) -> Answer:
    """The answer that this knowledge gives, whatever people have said of it."""
    before = known.sources.get(previous) if previous else None
    if before is not None and (step := _step(text)) is not None:
        return _neighbour(known, text, before, step, now)
    several = [part for part in _parts(text) if gate.is_ours(part)]
    if len(several) > 1 and (answers := _each(known, several, now)):
        return _together(text, answers)
    return _answer(known, text, now, before)


def _mannered(text: str, manner: gate.Manner) -> Answer:
    status: dict[str, Status] = {"smalltalk": "smalltalk", "complaint": "escalate"}
    return Answer(text, status.get(manner, "declined"), reason=manner)


def _answer(known: Knowledge, text: str, now: datetime, before: Source | None) -> Answer:
    said = known.index.written(text)
    reading = gate.read(text, said, now)
    if known.approved_about:
        hits = _hits(known, known.index.search(said, WIDE), now)
        if answer := approved(known, reading, hits):
            return answer
    if found := duties(known, text, said, now.date()):
        return found
    if question("outline").search(said):
        return _outline(known, text)
    asked: str | None = said
    if _names_nothing(reading, known):
        if before is not None:
            return judged(known, reading, [ClauseHit(before.id, 1.0, 1.0, 1.0, 1.0, ())], now)
        asked = reading.about
    elif before is not None and question("follow_up").match(said):
        asked = f"{said} {before.steps[-1]}"
    if asked is None:
        return Answer(text, "escalate", reason="unclear")
    return _looked_up(known, reading, asked, now)


def _looked_up(known: Knowledge, reading: Reading, asked: str, now: datetime) -> Answer:
    answer = _judged(known, reading, asked, now)
    if answer.reason in ("far", "unsure") and reading.about:
        return _judged(known, reading, reading.about, now)
    return answer


def _judged(known: Knowledge, reading: Reading, asked: str, now: datetime) -> Answer:
    """By what is near; only by the programme's own documents, where the question names them."""
    found = known.index.search(asked, WIDE)
    hits = _hits(known, found, now)
    if question("names_plan").search(reading.said):
        hits = [hit for hit in hits if not known.sources[hit.id].is_law]
    return judged(known, reading, hits, now, [hit for hit in found if hit.id in known.unanswered])


def _hits(known: Knowledge, found: Sequence[ClauseHit], now: datetime) -> list[ClauseHit]:
    """The sources among them that hold today."""
    sources = ((hit, known.sources.get(hit.id)) for hit in found)
    today = now.date()
    return [hit for hit, s in sources if s and (s.until is None or s.until >= today)]


def _names_nothing(reading: Reading, known: Knowledge) -> bool:
    """A question without a subject: 谁负责, 这条什么时候截止, 能补多少钱."""
    left = list(reading.said)
    asking = [found for _, found in reading.asked]
    for found in (*asking, *question("pointing").finditer(reading.said)):
        left[found.start() : found.end()] = " " * len(found.group())
    said = known.index.said("".join(left))
    return len(re.sub(r"[\W_]", "", said)) < 2


def _step(text: str) -> int | None:
    """Which way a message goes on from a clause: 下一条, 上一条."""
    if question("next").search(text):
        return 1
    return -1 if question("previous").search(text) else None


def _neighbour(known: Knowledge, text: str, source: Source, step: int, now: datetime) -> Answer:
    beside = known.beside(source, step) or source
    cited = citation(beside, beside.text)
    return Answer(text, "answered", (cited,), None, passed(beside, now), 1.0, None, cited.lead)


def _parts(text: str) -> list[str]:
    parts = (part.strip() for part in question("split").split(text))
    return [part for part in parts if len(part) >= 5]


def _each(known: Knowledge, parts: Sequence[str], now: datetime) -> list[Answer]:
    """The answer to each of several questions; none as soon as one of them has none."""
    answers: list[Answer] = []
    for part in parts:
        answers.append(_answer(known, part, now, None))
        if answers[-1].status != "answered":
            return []
    return answers


def _together(text: str, answers: Sequence[Answer]) -> Answer:
    """Two questions in one message: the first citation of each."""
    firsts = [*{answer.citations[0].clause_id: answer for answer in answers}.values()]
    cited = tuple(answer.citations[0] for answer in firsts)[:3]
    over = tuple(p for answer in firsts for p in answer.passed)
    score = min(answer.score for answer in firsts)
    return Answer(text, "answered", cited, None, over, score, "several", cited[0].lead)


def _outline(known: Knowledge, text: str) -> Answer:
    """How the plan is built: its parts by name, each at its first clause, and what is in each;
    where the whole is asked for, also the clause on what it is all for."""
    parts: dict[str, list[Source]] = {}
    for source in sorted(known.sources.values(), key=lambda s: s.position):
        if source.ours and source.departments and len(source.steps) > 1:
            parts.setdefault(source.steps[0], []).append(source)
    if not parts:
        return Answer(text, "escalate", reason="far")
    cited = [citation(sources[0], title) for title, sources in parts.items()]
    if question("whole").search(text):
        for hit in known.index.search(text, 1):
            cited.append(citation(known.sources[hit.id], quote(known.sources[hit.id], hit, None)))
    outline = tuple((title, tuple(s.steps[-1] for s in tasks)) for title, tasks in parts.items())
    return Answer(
        text, "answered", tuple(cited), score=1.0, reason="outline", department=cited[0].lead,
        outline=outline,
    )  # fmt: skip


# One clause in full, and what nobody could answer.


async def clause(session: AsyncSession, clause_id: int, now: datetime, page: int = 1) -> ClauseView:
    """A page of the clause; NoSuchClause if it is gone or replaced."""
    return _view(_source(await knowledge(session), clause_id), page, now)


async def beside(session: AsyncSession, clause_id: int, step: int, now: datetime) -> ClauseView:
    """The clause after (step 1) or before (-1); at the end of the document the same one."""
    known = await knowledge(session)
    source = _source(known, clause_id)
    return _view(known.beside(source, step) or source, 1, now)


def _source(known: Knowledge, clause_id: int) -> Source:
    if clause_id not in known.sources:
        raise NoSuchClause
    return known.sources[clause_id]


def _view(source: Source, page: int, now: datetime) -> ClauseView:
    pages = max(1, -(-len(source.text) // PAGE))
    page = min(max(page, 1), pages)
    text = source.text[(page - 1) * PAGE : page * PAGE]
    return ClauseView(citation(source, text), text, page, pages, passed(source, now))


async def departments(session: AsyncSession, clause_id: int, now: datetime) -> ClauseView:
    """The clause in the words that name who is responsible; all of it where none does."""
    source = _source(await knowledge(session), clause_id)
    words = source.closing or source.text[:PAGE]
    return ClauseView(citation(source, words), words, 1, 1, passed(source, now))


async def cited(session: AsyncSession, clause_id: int | None) -> Clause | None:
    """The clause that a ticket was thought to be about."""
    return None if clause_id is None else await session.get(Clause, clause_id)


async def record_gap(
    session: AsyncSession, answer: Answer, person_id: int | None, now: datetime
) -> None:
    """Keep what could not be answered; what was answered, or was no question, leaves nothing."""
    if answer.status not in ("not_stated", "escalate"):
        return
    topic = answer.citations[0].clause if answer.citations else answer.reason or "policy"
    await gaps.count(session, person_id, topic[:40], answer.question, now)


def template(answer: Answer) -> str:
    """The template that says this answer; its one variable is `answer`."""
    return f"policy/{answer.status}"


def answer_row(answer: Answer, text: str) -> dict[str, Any]:
    """What `ask --json` prints; `text` is the answer as its template says it. What is cited comes
    before what is only near."""
    return {
        "q": answer.question,
        "status": answer.status,
        "answer": text,
        "citations": [_citation_row(found) for found in (*answer.citations, *answer.near)],
        "score": round(answer.score, 3),
    }


def _citation_row(found: Citation) -> dict[str, Any]:
    return {
        "document": found.document,
        "clause": found.clause,
        "quote": found.quote,
        "lead": found.lead,
        "departments": list(found.departments),
        "status": found.status,
    }
