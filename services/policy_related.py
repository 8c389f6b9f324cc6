"""Other questions about the matter of an answer, so that whoever asks one finds the others.

They are what the staff approved on the same clause, then questions that the clause is known to
answer with other words than those just quoted. A question is only offered if it has that answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from search.questions import alike
from services.policy_answers import Answer, Related
from services.policy_knowledge import Knowledge, Source

MOST = 2
LOOKED_AT = 12
"""How many of a clause's questions are held against its sentences."""

Ask = Callable[[str], Answer]


def related(known: Knowledge, answer: Answer, today: date, ask: Ask) -> tuple[Related, ...]:
    """At most two, what the staff approved first; `ask` says what a question is answered."""
    first = known.sources[answer.citations[0].clause_id]
    said = [answer.question, *(first.questions if first.approved else ())]
    found: list[Related] = []
    for one in _about(known, first, answer.citations[0].quote, today):
        new = not any(alike(one.question, other) for other in said)
        if new and _leads(known, one, ask):
            found.append(one)
            said.append(one.question)
        if len(found) == MOST:
            break
    return tuple(found)


def question(known: Knowledge, source: int, mark: str) -> str | None:
    """The question that was offered, as long as it is known."""
    there = known.sources.get(source)
    asked = (Related(source, text) for text in (there.questions if there else ()))
    return next((one.question for one in asked if one.mark == mark), None)


def _about(known: Knowledge, first: Source, told: str, today: date) -> Iterator[Related]:
    about = first.about if first.approved else first.id
    for source in known.approved_about.get(about or 0, ()):
        if source.until is None or source.until >= today:
            yield Related(source.id, source.questions[0])
    clause = known.sources.get(about or 0)
    if clause is not None:
        yield from (one for one, words in _around(known, clause) if words not in told)


def _around(known: Knowledge, clause: Source) -> Sequence[tuple[Related, str]]:
    """Questions about a clause, with the words that answer."""
    if clause.id not in known.around:
        known.around[clause.id] = _by_sentence(known, clause)
    return known.around[clause.id]


def _by_sentence(known: Knowledge, source: Source) -> list[tuple[Related, str]]:
    """A question for each sentence that answers one."""
    if source.approved:
        return []
    found: dict[str, str] = {}
    for text in source.questions[:LOOKED_AT]:
        place = known.index.sentence(source.id, text)
        if place is not None and place < len(source.sentences):
            found.setdefault(source.sentences[place], text)
    return [(Related(source.id, text), words) for words, text in found.items()]


def _leads(known: Knowledge, one: Related, ask: Ask) -> bool:
    """Whether the question is answered by that source; asked once while all is as it is."""
    if one.question not in known.leads:
        answer = ask(one.question)
        cited = answer.citations[0].clause_id if answer.status == "answered" else None
        known.leads[one.question] = cited
    return known.leads[one.question] == one.source
