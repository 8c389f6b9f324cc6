"""What a department has to do: the clauses that it leads, then those where it takes part."""

from __future__ import annotations

import re
from datetime import date

from search.tokens import normalise
from services.policy_answers import Answer, citation
from services.policy_knowledge import Knowledge, Source
from services.policy_words import question


def duties(known: Knowledge, text: str, said: str, today: date) -> Answer | None:
    """All clauses of the departments whose duties are asked for; None where nothing of the kind is
    asked."""
    named = _asked_of(known, said)
    if not named:
        return None
    lead, part = list[Source](), list[Source]()
    for source in sorted(
        known.sources.values(), key=lambda s: (not s.ours, s.document, s.position)
    ):
        if source.until is not None and source.until < today:
            continue
        if source.departments and source.departments[0] in named:
            lead.append(source)
        elif {*source.departments, source.everywhere} & {*named}:
            part.append(source)
    cited = tuple(citation(s, s.closing or s.sentences[0]) for s in (*lead, *part))
    if not cited:
        return None
    head = next((name for name in named if name in cited[0].departments), None)
    return Answer(text, "answered", cited, None, (), 1.0, "duties", head, named=named)


def _asked_of(known: Knowledge, said: str) -> tuple[str, ...]:
    """The departments whose duties are asked for, by any of their names; none where the question
    has a subject besides."""
    left = normalise(said)
    if not question("duties").search(left):
        return ()
    named: list[str] = []
    for name, departments in known.named_departments.items():
        if name in left:
            left = left.replace(name, " ")
            named += departments
    left = question("duty_words").sub("", left)
    return () if re.search(r"\w", left) else tuple(dict.fromkeys(named))
