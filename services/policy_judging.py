"""From what was found to what is said: which clause answers, if any, and what is missing if not.

The marks below were set on the development questions so that what must not be answered is not,
and then so that as much as possible of the rest is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from search.clauses import ClauseHit
from search.questions import alike
from services import policy_gate as gate
from services.policy_answers import Answer, Citation, cite, passed
from services.policy_gate import Objection, Reading
from services.policy_knowledge import Knowledge, Source

SURE, SURE_OF_LAW, NEAR = 0.2, 0.25, 0.12
"""Coverage from which a clause answers, an article does, and either is shown as a guess."""
STRANGE = 0.3
"""Coverage below which a question without a word of our field is not for us."""
ENOUGH, SOME = 0.5, 0.3
"""Evidence (in telling words) from which a clause answers, and from which it is a guess."""
ALSO, INSTEAD, SLACK = 0.6, 0.8, 0.05
"""How near to the best a clause is named too; how near it answers instead, and knows as much."""
NAMED = 3
"""How many clauses are named, whether they answer or are only near."""
LEAN = 0.9
"""How much liker questions without an answer have to be than any sentence of the clauses."""
ALIKE = 0.5
"""How much of a question another has to say for its answer to be one of this kind too."""
BESIDE = 0.5
"""How much of a question has to stand in the same breath as the figure or date asked for."""
NEARBY = 0.35
"""How near to its best sentence others of an article are what the question is about."""

OTHER = ("other_matter", "elsewhere")
TAKEN_OVER = (*OTHER, "opinion")
BREATH = re.compile("[，；。：\n]")


def approved(known: Knowledge, reading: Reading, hits: Sequence[ClauseHit]) -> Answer | None:
    """What the staff approved answers the questions that it was approved for, and no others."""
    for hit in hits:
        source = known.sources[hit.id]
        if source.approved and any(alike(reading.said, asked) for asked in source.aliases):
            cited = (cite(source, hit, reading),)
            return Answer(reading.question, "answered", cited, score=hit.coverage,
                          reason="approved", department=cited[0].lead)  # fmt: skip
    return None


def judged(
    known: Knowledge, reading: Reading, hits: Sequence[ClauseHit], now: datetime,
    nothing: Sequence[ClauseHit] = (),
) -> Answer:  # fmt: skip
    """The answer by the first clause that nothing speaks against; else what speaks against the
    nearest. `hits` are best first, `nothing` the kinds of questions that nothing answers."""
    hits = [hit for hit in hits if not known.sources[hit.id].approved]
    answer = _judged(known, reading, hits, now, nothing)
    if answer.status == "declined":
        return answer
    return replace(answer, near=_near(known, reading, hits, answer.citations))


def _near(
    known: Knowledge, reading: Reading, hits: Sequence[ClauseHit], cited: Sequence[Citation]
) -> tuple[Citation, ...]:
    """What comes next, so that there are three."""
    named = {citation.clause_id for citation in cited}
    rest = [hit for hit in hits if hit.id not in named]
    own = any(known.sources[id_].ours for id_ in named)
    left = max(0, NAMED - len(named))
    near = rest[:left] if own or not left else _with_own(known, rest, left)
    return tuple(cite(known.sources[hit.id], hit, reading) for hit in near)


def _with_own(known: Knowledge, hits: Sequence[ClauseHit], count: int) -> Sequence[ClauseHit]:
    """The first of them; the last is one of the programme's own where no other is and there is one,
    since what is asked here is mostly about that."""
    first = hits[:count]
    own = [hit for hit in hits if known.sources[hit.id].ours][:1]
    if not own or any(known.sources[hit.id].ours for hit in first):
        return first
    return [*first[:-1], *own]


def _judged(
    known: Knowledge, reading: Reading, hits: Sequence[ClauseHit], now: datetime,
    nothing: Sequence[ClauseHit],
) -> Answer:  # fmt: skip
    ours = gate.is_ours(reading.said)
    if not hits or hits[0].coverage < (NEAR if ours else STRANGE) or hits[0].evidence < SOME:
        score = hits[0].coverage if hits else 0.0
        return Answer(reading.question, "escalate" if ours else "declined", score=score,
                      reason="far")  # fmt: skip
    if rather := _rather_unanswered(known, reading, hits, nothing):
        return _refused(known.sources[hits[0].id], reading, hits[0], [rather])
    against = cache(lambda hit: _objections(known, known.sources[hit.id], reading, hit))
    best = next((h for h in hits if not any(o.reason in OTHER for o in against(h))), hits[0])
    rivals = (hit for hit in hits if hit.score >= ALSO * best.score)
    good = [hit for hit in rivals if not against(hit)]
    if against(best):
        noted = any(objection.reason == "silent" for objection in against(best))
        good = [] if noted else [hit for hit in good if _stands_in(known, reading, hit, best)]
    if not good:
        return _refused(known.sources[best.id], reading, best, against(best))
    return _answered(known, reading, good, now)


def _rather_unanswered(
    known: Knowledge, reading: Reading, hits: Sequence[ClauseHit], nothing: Sequence[ClauseHit]
) -> Objection | None:
    """What speaks against every clause: the question is liker to those that nothing answers."""
    likest = max(nothing, key=lambda hit: hit.likeness, default=None)
    if likest is None or likest.likeness * LEAN <= max(hit.likeness for hit in hits):
        return None
    asked = (kind.name for kind, _ in reading.asked)
    return gate.objection(next(asked, known.unanswered[likest.id]))


def _answered(
    known: Knowledge, reading: Reading, good: Sequence[ClauseHit], now: datetime
) -> Answer:
    named = _with_own(known, good, NAMED)
    cited = tuple(cite(known.sources[hit.id], hit, reading) for hit in named)
    answer = Answer(
        reading.question, "answered", cited, score=good[0].coverage, department=cited[0].lead,
        reason="department" if reading.asks_for("department") else None,
    )  # fmt: skip
    if good[0].coverage < _sure(known.sources[good[0].id]) or good[0].evidence < ENOUGH:
        return replace(answer, status="escalate", reason="unsure")
    return replace(answer, passed=passed(known.sources[good[0].id], now))


def _refused(
    source: Source, reading: Reading, hit: ClauseHit, against: Sequence[Objection]
) -> Answer:
    """A person takes over where it is another matter; what else is missing the clause is shown
    for, or a person asked, as the first kind of answer asked for has it."""
    first = next((o for o in against if o.reason in TAKEN_OVER), against[0])
    lead = next(iter(source.departments), None)
    if first.outcome == "not_stated" and hit.coverage < _sure(source):
        first = Objection("unsure", "escalate")
    cited = (cite(source, hit, reading),) if first.outcome == "not_stated" else ()
    return Answer(
        reading.question, first.outcome, cited, first.missing, (), hit.coverage, first.reason, lead
    )


def _sure(source: Source) -> float:
    return SURE_OF_LAW if source.is_law else SURE


def _objections(
    known: Knowledge, source: Source, reading: Reading, hit: ClauseHit
) -> list[Objection]:
    """A clause of the programme is short and one matter; an article may rule on many. What is
    missing is not, where the clause is known to answer a like question that asks for it too."""
    near = source.text
    if source.is_law and hit.sentences:
        best = max(score for _, score in hit.sentences)
        near = "\n".join(
            source.sentences[i] for i, score in hit.sentences if score >= NEARBY * best
        )
    found = gate.objections(reading, source, near)
    return [o for o in found if not _known_to_answer(known, source, reading, o.reason)]


def _known_to_answer(known: Knowledge, source: Source, reading: Reading, reason: str) -> bool:
    if reason in gate.exact():
        return False
    like = source.aliases_asking(reason)
    return any(known.index.knows(reading.said, alias) >= ALIKE for alias in like)


def _stands_in(known: Knowledge, reading: Reading, hit: ClauseHit, best: ClauseHit) -> bool:
    """Whether a clause may answer in the place of the best: one about as near, or one that says
    what was asked for right beside the words of the question."""
    if hit.score >= INSTEAD * best.score and hit.coverage >= best.coverage - SLACK:
        return True
    stating, source = gate.stating(reading), known.sources[hit.id]
    if stating is None:
        return False
    beside = (part for part in BREATH.split(source.text) if stating.search(part))
    return any(known.index.knows(reading.said, part) >= BESIDE for part in beside)
