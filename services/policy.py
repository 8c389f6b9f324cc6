"""Answers to policy questions: a clause, word for word, or an honest "it does not say".

The same question gets the same answer: retrieval finds clauses, the gate checks that one states
what was asked, and nothing is ever put into words that no document has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Clause, Gap
from errors import Refused
from search.clauses import ClauseHit
from services import policy_gate as gate
from services.policy_gate import Objection, Reading
from services.policy_knowledge import Knowledge, Source, knowledge
from services.policy_words import vocabulary

Status = Literal["answered", "not_stated", "escalate", "declined", "smalltalk"]

SURE, NEAR = 0.3, 0.2
"""Coverage from which a clause answers, and from which it is shown as a guess."""
ALSO, INSTEAD = 0.6, 0.8
"""How near to the best score a clause is named too, or may answer in its place."""
WIDE = 30
OFF_TOPIC = ("other_matter", "elsewhere")
QUOTE = 240
PAGE = 600


class NoSuchClause(Refused):
    """The clause of an old button is no longer in force."""


@dataclass(frozen=True)
class Citation:
    """`quote` is word for word if `verbatim`, else a sentence of our digest."""

    clause_id: int
    document: str
    number: str | None
    clause: str
    heading: str
    quote: str
    lead: str | None
    departments: tuple[str, ...]
    status: str
    verbatim: bool
    as_of: date


@dataclass(frozen=True)
class Passed:
    """A deadline of the cited clause that lies behind us."""

    quote: str
    day: date
    what: str


@dataclass(frozen=True)
class Answer:
    """`reason` says what was asked for or why nobody but a person can answer; `score` is the
    coverage of the first citation, not a mixed number."""

    question: str
    status: Status
    citations: tuple[Citation, ...] = ()
    missing: str | None = None
    passed: tuple[Passed, ...] = ()
    score: float = 0.0
    reason: str | None = None

    @property
    def department(self) -> str | None:
        """Whom a ticket about this goes to."""
        return self.citations[0].lead if self.citations else None


@dataclass(frozen=True)
class ClauseView:
    """One page of a clause in full."""

    citation: Citation
    text: str
    page: int
    pages: int
    passed: tuple[Passed, ...]


async def ask(
    session: AsyncSession, text: str, now: datetime, previous: int | None = None
) -> Answer:
    """The answer to a message. `previous` is the clause of the answer before, for what only
    makes sense after it."""
    manner = gate.manners(text)
    if manner is not None:
        return _mannered(text, manner)
    known = await knowledge(session)
    before = known.sources.get(previous) if previous else None
    if before is not None and (step := _step(text)) is not None:
        return _neighbour(known, text, before, step, now)
    several = [part for part in _parts(text) if gate.is_ours(part)]
    if len(several) > 1:
        answers = [_answer(known, part, now, None) for part in several]
        if all(answer.status == "answered" for answer in answers):
            return _together(text, answers)
    return _answer(known, text, now, before)


def _mannered(text: str, manner: gate.Manner) -> Answer:
    status: dict[str, Status] = {"smalltalk": "smalltalk", "complaint": "escalate"}
    return Answer(text, status.get(manner, "declined"), reason=manner)


def _answer(known: Knowledge, text: str, now: datetime, before: Source | None) -> Answer:
    reading = gate.read(text, now)
    if reading.own_case:
        return Answer(text, "escalate", reason="case")
    if before is not None and _points_back(text, known):
        hit = ClauseHit(before.id, 1.0, 1.0, ())
        return _judged(known, text, reading, [hit], now)
    if _asks_outline(text):
        return _outline(known, text, now)
    hits = known.index.search(_with_topic(text, before), WIDE)
    return _judged(known, text, reading, hits, now)


def _judged(
    known: Knowledge, text: str, reading: Reading, hits: Sequence[ClauseHit], now: datetime
) -> Answer:
    """The first clause that nothing speaks against; else what speaks against the nearest."""
    if not hits or hits[0].coverage < NEAR:
        score = hits[0].coverage if hits else 0.0
        outcome: Status = "escalate" if gate.is_ours(text) else "declined"
        return Answer(text, outcome, score=score, reason="far")
    against = {hit.id: list(gate.objections(reading, known.sources[hit.id])) for hit in hits}
    about = [hit for hit in hits if not any(o.reason in OFF_TOPIC for o in against[hit.id])]
    best = (about or hits)[0]
    good = [hit for hit in hits if not against[hit.id] and hit.score >= ALSO * best.score]
    if not good or good[0].score < INSTEAD * best.score:
        return _refused(known, text, reading, best, against[best.id], now)
    if good[0].coverage < SURE:
        cited = _cite_all(known, good, reading)
        return Answer(text, "escalate", cited, score=best.coverage, reason="unsure")
    source = known.sources[good[0].id]
    cited = _cite_all(known, good, reading)
    return Answer(text, "answered", cited, None, _passed(source, now), good[0].coverage,
                  _reason(reading))  # fmt: skip


def _reason(reading: Reading) -> str | None:
    return "department" if reading.asks_for("department") else None


def _refused(
    known: Knowledge, text: str, reading: Reading, hit: ClauseHit,
    against: Sequence[Objection], now: datetime,
) -> Answer:  # fmt: skip
    """A person takes over where one objection says so; else the clause is shown for what it is."""
    taken = next((o for o in against if o.outcome == "escalate"), None)
    if taken is not None or hit.coverage < SURE:
        reason = taken.reason if taken else "unsure"
        return Answer(text, "escalate", missing=taken.missing if taken else None,
                      score=hit.coverage, reason=reason)  # fmt: skip
    missing = against[0]
    cited = (_cite(known.sources[hit.id], hit, reading),)
    return Answer(text, "not_stated", cited, missing.missing, (), hit.coverage, missing.reason)


# Citations.


def _cite_all(
    known: Knowledge, hits: Iterable[ClauseHit], reading: Reading
) -> tuple[Citation, ...]:
    return tuple(_cite(known.sources[hit.id], hit, reading) for hit in list(hits)[:3])


def _cite(source: Source, hit: ClauseHit, reading: Reading) -> Citation:
    quote = source.closing if reading.asks_for("department") else None
    return _citation(source, quote or _quote(source, hit, gate.stating(reading)))


def _citation(source: Source, quote: str) -> Citation:
    return Citation(
        clause_id=source.id, document=source.document, number=source.number, clause=source.ref,
        heading=source.heading, quote=quote, lead=next(iter(source.departments), None),
        departments=source.departments, status=source.status, verbatim=source.official,
        as_of=source.as_of,
    )  # fmt: skip


def _quote(source: Source, hit: ClauseHit, stating: re.Pattern[str] | None) -> str:
    """The sentences that match best, with what stands between them if it is short."""
    parts = source.sentences
    order = [place for place, _ in hit.sentences if place < len(parts)] or [0]
    if stating is not None:
        order.sort(key=lambda place: not stating.search(parts[place]))
    quote = parts[order[0]]
    for place in order[1:3]:
        span = range(min(order[0], place), max(order[0], place) + 1)
        longer = "".join(parts[i] for i in span)
        if len(longer) <= QUOTE and len(longer) > len(quote) and longer in source.text:
            quote = longer
    return quote.strip()


def _passed(source: Source, now: datetime) -> tuple[Passed, ...]:
    found = (Passed(d["quote"], date.fromisoformat(d["date"]), d["what"]) for d in source.dates)
    return tuple(p for p in found if p.day < now.date())


# What only makes sense after another answer.


def _step(text: str) -> int | None:
    words = vocabulary()["question"]
    if re.search(words["next"], text):
        return 1
    return -1 if re.search(words["previous"], text) else None


def _neighbour(known: Knowledge, text: str, source: Source, step: int, now: datetime) -> Answer:
    beside = known.beside(source, step) or source
    return Answer(text, "answered", (_citation(beside, beside.text[:QUOTE]),), None,
                  _passed(beside, now), 1.0, "neighbour")  # fmt: skip


def _points_back(text: str, known: Knowledge) -> bool:
    """A question that names no subject: 谁负责, 这条什么时候截止."""
    words = vocabulary()["question"]
    left = re.sub(words["pointing"], "", text)
    for kind in gate.kinds():
        left = kind.ask.sub("", left)
    return not re.sub(r"[\W_]", "", known.index.synonyms.read(left).said)


def _with_topic(text: str, before: Source | None) -> str:
    """A question that goes on (那高校呢) is asked of the subject before."""
    goes_on = before is not None and re.match(vocabulary()["question"]["follow_up"], text)
    return f"{text} {before.steps[-1]}" if goes_on and before is not None else text


def _parts(text: str) -> list[str]:
    parts = (part.strip() for part in re.split(vocabulary()["question"]["split"], text))
    return [part for part in parts if len(part) >= 5]


def _together(text: str, answers: Sequence[Answer]) -> Answer:
    """Two questions in one message: the first citation of each."""
    firsts = {answer.citations[0].clause_id: answer for answer in answers}.values()
    return Answer(
        text, "answered", tuple(answer.citations[0] for answer in firsts)[:3], None,
        tuple(p for answer in firsts for p in answer.passed),
        min(answer.score for answer in firsts), "several",
    )  # fmt: skip


def _asks_outline(text: str) -> bool:
    return bool(re.search(vocabulary()["question"]["outline"], text))


def _outline(known: Knowledge, text: str, now: datetime) -> Answer:
    """How the plan is built: its parts by name, each at its first clause."""
    parts: dict[str, Source] = {}
    for source in sorted(known.sources.values(), key=lambda s: (not s.official, s.position)):
        if source.ours and source.departments and len(source.steps) > 1:
            parts.setdefault(source.steps[0], source)
    cited = tuple(_citation(source, title) for title, source in parts.items())
    if not cited:
        return Answer(text, "escalate", reason="far")
    return Answer(text, "answered", cited, None, (), 1.0, "outline")


# One clause in full, and what nobody could answer.


async def clause(session: AsyncSession, clause_id: int, now: datetime, page: int = 1) -> ClauseView:
    """A page of the clause; NoSuchClause if it is gone or replaced."""
    known = await knowledge(session)
    source = known.sources.get(clause_id)
    if source is None:
        raise NoSuchClause
    pages = max(1, -(-len(source.text) // PAGE))
    page = min(max(page, 1), pages)
    text = source.text[(page - 1) * PAGE : page * PAGE]
    return ClauseView(_citation(source, text), text, page, pages, _passed(source, now))


async def cited(session: AsyncSession, clause_id: int | None) -> Clause | None:
    """The clause that a ticket was thought to be about."""
    return None if clause_id is None else await session.get(Clause, clause_id)


async def beside(session: AsyncSession, clause_id: int, step: int, now: datetime) -> ClauseView:
    """The clause after (step 1) or before (-1); at the end of the document the same one."""
    known = await knowledge(session)
    source = known.sources.get(clause_id)
    if source is None:
        raise NoSuchClause
    found = known.beside(source, step) or source
    return await clause(session, found.id, now)


async def record_gap(
    session: AsyncSession, answer: Answer, person_id: int | None, now: datetime
) -> None:
    """Keep what could not be answered; what was answered, or was no question, leaves nothing."""
    if answer.status not in ("not_stated", "escalate"):
        return
    topic = answer.citations[0].clause if answer.citations else answer.reason or "policy"
    session.add(Gap(person_id=person_id, topic=topic[:40], text=answer.question, created_at=now))
    await session.flush()


def template(answer: Answer) -> str:
    """The template that says this answer; its one variable is `answer`."""
    return f"policy/{answer.status}"


def answer_row(answer: Answer, text: str) -> dict[str, Any]:
    """What `ask --json` prints; `text` is the answer as its template says it."""
    cited = [
        {"document": c.document, "clause": c.clause, "quote": c.quote, "lead": c.lead,
         "departments": list(c.departments), "status": c.status}
        for c in answer.citations
    ]  # fmt: skip
    return {"q": answer.question, "status": answer.status, "answer": text, "citations": cited,
            "score": round(answer.score, 3)}  # fmt: skip
