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
from services.policy_reading import STEPS
from services.policy_words import vocabulary

Status = Literal["answered", "not_stated", "escalate", "declined", "smalltalk"]

SURE, SURE_OF_LAW, NEAR = 0.22, 0.3, 0.12
"""Coverage from which a clause answers, an article does, and either is shown as a guess."""
SOME, ENOUGH = 0.3, 0.7
"""Evidence, in telling words, from which a clause is shown as a guess, and from which it answers."""
MORE, LESS = 0.12, 0.75
"""How much more of a question a law has to know than the programme's own documents."""
BESIDE = 0.5
"""How much of a question has to stand in the same breath as the figure or date asked for."""
NEARBY = 0.35
"""How near to its best sentence others of a clause are what the question is about."""
ALSO, INSTEAD, SLACK, LIKE = 0.6, 0.8, 0.05, 0.5
"""How near to the best score a clause is named too, or may answer in its place."""
WIDE = 30
OFF_TOPIC = ("other_matter", "elsewhere")
TAKEN_OVER = (*OFF_TOPIC, "opinion")
QUOTE = 240
PAGE = 600


class NoSuchClause(Refused):
    """The clause of an old button is no longer in force."""


@dataclass(frozen=True)
class Citation:
    """`quote` is word for word if `verbatim`, else a sentence of our digest. `everywhere` names
    who has to carry the task out besides the departments."""

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
    everywhere: str | None = None

    @property
    def title(self) -> str:
        """Its own heading, without those above it."""
        return self.heading.split(STEPS)[-1]


@dataclass(frozen=True)
class Passed:
    """A deadline of the cited clause that lies behind us."""

    quote: str
    day: date
    what: str


@dataclass(frozen=True)
class Answer:
    """`reason` says what was asked for or why nobody but a person can answer; `score` is the
    coverage of the first citation, not a mixed number. `department` leads in the matter, as far as
    that is known: a ticket goes there. `outline` lists the plan's parts and what is in each."""

    question: str
    status: Status
    citations: tuple[Citation, ...] = ()
    missing: str | None = None
    passed: tuple[Passed, ...] = ()
    score: float = 0.0
    reason: str | None = None
    department: str | None = None
    outline: tuple[tuple[str, tuple[str, ...]], ...] = ()


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
    if _asks_outline(text):
        return _outline(known, text)
    asked = _with_topic(text, before)
    if _names_nothing(reading, known):
        if before is not None:
            return _judged(known, reading, [ClauseHit(before.id, 1.0, 1.0, 1.0, ())], now, SURE)
        about = reading.about
        if about is None:
            return Answer(text, "escalate", reason="unclear")
        asked = about
    plan = _judged(known, reading, known.programme.search(asked, WIDE), now, SURE)
    if _names_plan(text):
        return plan
    law = _judged(known, reading, known.laws.search(asked, WIDE), now, SURE_OF_LAW)
    return law if _law_comes_first(plan, law) else plan


def _law_comes_first(plan: Answer, law: Answer) -> bool:
    """The programme's own documents answer, unless they do not and a law does, or a law knows
    clearly more of the question."""
    knows_more = law.score > plan.score + MORE
    if plan.status == "answered":
        return law.status == "answered" and knows_more
    if law.status != "answered":
        return law.status == "not_stated" and knows_more
    other_matter = plan.reason in (*OFF_TOPIC, "far", "unsure")
    return other_matter or law.score > LESS * plan.score


def _judged(
    known: Knowledge, reading: Reading, hits: Sequence[ClauseHit], now: datetime, sure: float
) -> Answer:
    """The first clause that nothing speaks against; else what speaks against the nearest."""
    text = reading.question
    if not hits or hits[0].coverage < NEAR or hits[0].evidence < SOME:
        score = hits[0].coverage if hits else 0.0
        outcome: Status = "escalate" if gate.is_ours(text) else "declined"
        return Answer(text, outcome, score=score, reason="far")
    against = {hit.id: _objections(known, reading, hit) for hit in hits}
    about = [hit for hit in hits if not any(o.reason in OFF_TOPIC for o in against[hit.id])]
    best = (about or hits)[0]
    good = [hit for hit in hits if not against[hit.id] and hit.score >= ALSO * best.score]
    if best is not next(iter(good), None):
        noted = any(o.reason == "silent" for o in against[best.id])
        good = [] if noted else [hit for hit in good if _stands_in(known, reading, hit, best)]
    if not good:
        return _refused(known, reading, best, against[best.id], sure)
    cited = _cite_all(known, good, reading)
    if good[0].coverage < sure or good[0].evidence < ENOUGH:
        return Answer(text, "escalate", cited, score=best.coverage, reason="unsure")
    passed = _passed(known.sources[good[0].id], now)
    return Answer(text, "answered", cited, None, passed, good[0].coverage, _reason(reading),
                  cited[0].lead)  # fmt: skip


def _stands_in(known: Knowledge, reading: Reading, hit: ClauseHit, best: ClauseHit) -> bool:
    """Whether a clause may answer in the place of the best: one about as near, or one that says
    what was asked for right beside the words of the question."""
    if hit.score >= INSTEAD * best.score and hit.coverage >= best.coverage - SLACK:
        return True
    stating, source = gate.stating(reading), known.sources[hit.id]
    if stating is None:
        return False
    beside = [part for part in re.split("[，；。：\n]", source.text) if stating.search(part)]
    index = known.laws if source.is_law else known.programme
    return any(index.knows(reading.question, part) >= BESIDE for part in beside)


def _objections(known: Knowledge, reading: Reading, hit: ClauseHit) -> list[Objection]:
    """A clause of the programme is short and one matter; an article may rule on many."""
    source = known.sources[hit.id]
    if not source.is_law:
        return list(gate.objections(reading, source, source.text))
    best = max((score for _, score in hit.sentences), default=0.0)
    near = [place for place, score in hit.sentences if score >= NEARBY * best]
    parts = [part for i, part in enumerate(source.sentences) if i in near]
    return list(gate.objections(reading, source, "\n".join(parts) or source.text))


def _reason(reading: Reading) -> str | None:
    return "department" if reading.asks_for("department") else None


def _refused(
    known: Knowledge, reading: Reading, hit: ClauseHit, against: Sequence[Objection], sure: float
) -> Answer:
    """A person takes over where it is another matter; what else is missing the clause is shown
    for, or a person asked, as the first kind of answer asked for has it."""
    source, text = known.sources[hit.id], reading.question
    lead = next(iter(source.departments), None)
    first = next((o for o in against if o.reason in TAKEN_OVER), against[0] if against else None)
    if first is None or (first.outcome == "not_stated" and hit.coverage < sure):
        return Answer(text, "escalate", score=hit.coverage, reason="unsure", department=lead)
    cited = (_cite(source, hit, reading),) if first.outcome == "not_stated" else ()
    return Answer(text, first.outcome, cited, first.missing, (), hit.coverage, first.reason, lead)


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
        as_of=source.as_of, everywhere=source.everywhere,
    )  # fmt: skip


def _quote(source: Source, hit: ClauseHit, stating: re.Pattern[str] | None) -> str:
    """The sentence that matches best (one that states what was asked for, if any does), with its
    likes and what stands between them as long as it stays short."""
    parts = source.sentences
    order = [place for place, _ in hit.sentences if place < len(parts)] or [*range(len(parts))]
    order = [place for place in order if not source.is_heading(parts[place])] or order
    if stating is not None:
        order.sort(key=lambda place: not stating.search(parts[place]))
    scores = dict(hit.sentences)
    quote = parts[order[0]]
    for place in order[1:3]:
        span = range(min(order[0], place), max(order[0], place) + 1)
        longer = source.text[
            source.starts[span[0]] : source.starts[span[-1]] + len(parts[span[-1]])
        ]
        alike = scores.get(place, 0.0) >= LIKE * scores.get(order[0], 0.0)
        if alike and len(quote) < len(longer) <= QUOTE:
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
    cited = _citation(beside, beside.text)
    return Answer(text, "answered", (cited,), None, _passed(beside, now), 1.0, None, cited.lead)


def _names_plan(text: str) -> bool:
    return bool(re.search(vocabulary()["question"]["names_plan"], text))


def _names_nothing(reading: Reading, known: Knowledge) -> bool:
    """A question without a subject: 谁负责, 这条什么时候截止, 能补多少钱."""
    left = re.sub(vocabulary()["question"]["pointing"], "", reading.text)
    for _, found in reading.asked:
        left = left.replace(found.group(), " ")
    return not re.sub(r"[\W_]", "", known.programme.synonyms.read(left).said)


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
        min(answer.score for answer in firsts), "several", answers[0].department,
    )  # fmt: skip


def _asks_outline(text: str) -> bool:
    return bool(re.search(vocabulary()["question"]["outline"], text))


def _outline(known: Knowledge, text: str) -> Answer:
    """How the plan is built: its parts by name, each at its first clause, and what is in each."""
    parts: dict[str, list[Source]] = {}
    for source in sorted(known.sources.values(), key=lambda s: s.position):
        if source.ours and source.departments and len(source.steps) > 1:
            parts.setdefault(source.steps[0], []).append(source)
    if not parts:
        return Answer(text, "escalate", reason="far")
    cited = [_citation(sources[0], title) for title, sources in parts.items()]
    hit = next(iter(known.programme.search(text, 1)), None)
    if hit is not None and all(hit.id != citation.clause_id for citation in cited):
        cited.append(_citation(known.sources[hit.id], _quote(known.sources[hit.id], hit, None)))
    outline = tuple((title, tuple(s.steps[-1] for s in tasks)) for title, tasks in parts.items())
    return Answer(text, "answered", tuple(cited), None, (), 1.0, "outline", cited[0].lead, outline)


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
