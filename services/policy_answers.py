"""What an answer consists of, and how a clause is cited: always by words that it has."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from search.clauses import ClauseHit
from services import policy_gate as gate
from services.policy_gate import Reading
from services.policy_knowledge import Source
from services.policy_passages import STEPS

Status = Literal["answered", "not_stated", "escalate", "declined", "smalltalk"]

LIKE = 0.5
"""How near to the best sentence's score another one is quoted with it."""
QUOTE = 240
"""How long a quote of several sentences may get, in signs."""


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
    def stored(self) -> int | None:
        """The id of the clause; None for an answer of the staff, which is none."""
        return self.clause_id if self.clause_id > 0 else None

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
class Related:
    """A question that the source of this id is known to answer; `mark` finds it there again."""

    source: int
    question: str

    @property
    def mark(self) -> str:
        return f"{zlib.crc32(self.question.encode()):08x}"


@dataclass(frozen=True)
class Answer:
    """`reason` says what was asked for or why nobody but a person can answer; `score` is the
    coverage of the first citation, not a mixed number. `department` leads in the matter, as far as
    that is known: a ticket goes there. `near` comes next to what is cited, without being an answer.
    `outline` lists the plan's parts and what is in each, `related` other questions about the same
    matter; `named` the departments whose duties these are."""

    question: str
    status: Status
    citations: tuple[Citation, ...] = ()
    missing: str | None = None
    passed: tuple[Passed, ...] = ()
    score: float = 0.0
    reason: str | None = None
    department: str | None = None
    near: tuple[Citation, ...] = ()
    outline: tuple[tuple[str, tuple[str, ...]], ...] = ()
    related: tuple[Related, ...] = ()
    named: tuple[str, ...] = ()


def cite(source: Source, hit: ClauseHit, reading: Reading) -> Citation:
    """The clause with the sentence that answers: who leads stands in its closing bracket."""
    closing = source.closing if reading.asks_for("department") else None
    return citation(source, closing or quote(source, hit, gate.stating(reading)))


def citation(source: Source, words: str) -> Citation:
    return Citation(
        clause_id=source.id, document=source.document, number=source.number, clause=source.ref,
        heading=source.heading, quote=words, lead=next(iter(source.departments), None),
        departments=source.departments, status=source.status, verbatim=source.official,
        as_of=source.as_of, everywhere=source.everywhere,
    )  # fmt: skip


def quote(source: Source, hit: ClauseHit, stating: re.Pattern[str] | None) -> str:
    """The sentence that matches best (one that states what was asked for, if any does), with its
    likes and what stands between them as long as it stays short."""
    order, scores = _telling(source, hit, stating), dict(hit.sentences)
    first = order[0]
    words = source.span(first, first)
    for place in order[1:3]:
        longer = source.span(min(first, place), max(first, place))
        alike = scores.get(place, 0.0) >= LIKE * scores.get(first, 0.0)
        if alike and len(words) < len(longer) <= QUOTE:
            words = longer
    return words.strip()


def _telling(source: Source, hit: ClauseHit, stating: re.Pattern[str] | None) -> Sequence[int]:
    """The sentences worth quoting, best first; one that only names the clause comes last."""
    parts = source.sentences
    found = [place for place, _ in hit.sentences if place < len(parts)] or [*range(len(parts))]
    said = [place for place in found if not source.is_heading(parts[place])] or found
    return sorted(said, key=lambda place: stating is not None and not stating.search(parts[place]))


def passed(source: Source, now: datetime) -> tuple[Passed, ...]:
    """The clause's deadlines before today."""
    found = (Passed(d["quote"], date.fromisoformat(d["date"]), d["what"]) for d in source.dates)
    return tuple(p for p in found if p.day < now.date())
