"""What kind of answer a question asks for, and whether a clause gives it.

Retrieval finds a clause about nearly anything. What keeps the answers honest is this gate: a
clause that does not state the kind of thing asked for is not an answer, however near it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Literal, Protocol

from search.tokens import normalise
from services.policy_words import question, vocabulary

Outcome = Literal["not_stated", "escalate"]
Manner = Literal["smalltalk", "complaint", "abuse", "injection", "outside"]

YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


class Text(Protocol):
    """What the gate needs to know of a clause."""

    @property
    def text(self) -> str: ...
    @property
    def departments(self) -> tuple[str, ...]: ...
    @property
    def silent(self) -> tuple[tuple[re.Pattern[str], str], ...]: ...


@dataclass(frozen=True)
class Kind:
    """A kind of answer: how people ask for it, how a text that gives it looks, and where to look
    when nothing else is named."""

    name: str
    outcome: Outcome
    missing: str
    ask: re.Pattern[str]
    unless: re.Pattern[str]
    states: str | None
    about: str | None

    def asked_in(self, text: str) -> re.Match[str] | None:
        return None if self.unless.search(text) else self.ask.search(text)


@dataclass(frozen=True)
class Objection:
    """Why a clause is no answer: what it does not state, and who has to answer then."""

    reason: str
    outcome: Outcome
    missing: str | None = None


@dataclass(frozen=True)
class Reading:
    """A question as the gate reads it. `asked` pairs each kind with the words that ask for it,
    `claims` are what it wants to be confirmed."""

    question: str
    said: str
    asked: tuple[tuple[Kind, re.Match[str]], ...]
    ideas: tuple[re.Pattern[str], ...]
    years: frozenset[str]
    own_case: bool
    elsewhere: bool
    together: bool
    claims: tuple[re.Pattern[str], ...] = ()

    @property
    def about(self) -> str | None:
        """What to look under if the question names no subject, as its kind has it."""
        return next((kind.about for kind, _ in self.asked if kind.about), None)

    def asks_for(self, kind: str) -> bool:
        return any(found.name == kind for found, _ in self.asked)


def manners(text: str) -> Manner | None:
    """What a message is that is no question about policy; None if it may be one."""
    said = normalise(text).strip()
    bare = re.sub(r"[\W_]+", "", said)
    if _talk("smalltalk", "full").fullmatch(bare):
        return "smalltalk"
    if _talk("injection", "part").search(said):
        return "injection"
    rude = _talk("abuse", "part").search(said)
    if _talk("complaint", "part").search(said) and (rude or not is_ours(said)):
        return "complaint"
    if _outside(said):
        return "outside"
    if is_ours(said):
        return None
    if rude:
        return "abuse"
    return "smalltalk" if _talk("smalltalk", "part").search(said) else None


def _outside(said: str) -> bool:
    """Matters of daily life; a strong word of our field keeps most of them in."""
    if _talk("outside", "always").search(said):
        return True
    kept = _talk("outside", "unless").search(said)
    return not kept and bool(_talk("outside", "part").search(said))


def is_ours(text: str) -> bool:
    """Whether a word of our field occurs."""
    return bool(question("domain").search(normalise(text)))


def asking(text: str) -> Iterator[str]:
    """The names of the kinds of answer that a text asks for; "case" for a matter of one's own."""
    said = normalise(text)
    yield from (kind.name for kind in kinds() if kind.asked_in(said))
    if _own_case(said):
        yield "case"


def read(text: str, written: str, now: datetime) -> Reading:
    """`written` is the text with its pinyin in signs."""
    said = normalise(written)
    asked = ((kind, kind.asked_in(said)) for kind in kinds())
    return Reading(
        question=text,
        said=said,
        asked=tuple((kind, found) for kind, found in asked if found),
        ideas=tuple(idea for idea in _ideas() if idea.search(said)),
        years=frozenset(YEAR.findall(said)) | frozenset(_named_years(said, now)),
        own_case=_own_case(said),
        elsewhere=bool(_rules()["elsewhere"].search(said)),
        together=bool(_rules()["together"].search(said)),
        claims=tuple(claim for claim in _claims() if claim.search(said))
        if _rules()["confirm"].search(said)
        else (),
    )


def _own_case(said: str) -> bool:
    return bool(_rules()["case"].search(said) and not _rules()["not_case"].search(said))


def objection(name: str) -> Objection:
    """What speaks against an answer to a question of this kind."""
    kind = next((kind for kind in kinds() if kind.name == name), None)
    if kind is not None:
        return Objection(name, kind.outcome, kind.missing)
    if name == "premise":
        return Objection(name, "not_stated", str(vocabulary()["premise"]["missing"]))
    return Objection(name, "escalate")


def objections(reading: Reading, clause: Text, near: str) -> Iterator[Objection]:
    """All that speaks against answering from this clause; none if it answers. `near` is the part
    of its text that the question is about: a figure elsewhere in a long article is no answer."""
    if reading.own_case:
        yield Objection("case", "escalate")
    text = _folded(clause.text)
    yield from _missing_ideas(reading, text)
    for pattern, missing in clause.silent:
        if pattern.search(reading.said):
            yield Objection("silent", "not_stated", missing)
    near = _folded(near)
    yield from (o for kind, found in reading.asked if (o := _missing(kind, found, clause, near)))
    if any(year not in text for year in reading.years):
        yield Objection("year", "not_stated", _rules_words("year"))
    yield from _wrong_figures(reading, text)
    if any(not claim.search(text) for claim in reading.claims):
        yield objection("premise")


@lru_cache(4096)
def _folded(text: str) -> str:
    return normalise(text)


def stating(reading: Reading) -> re.Pattern[str] | None:
    """What a sentence looks like that gives the first kind of answer asked for."""
    looks = (_states(kind, found) for kind, found in reading.asked if kind.states)
    return next(looks, None)


def _missing_ideas(reading: Reading, text: str) -> Iterator[Objection]:
    for idea in reading.ideas:
        if not idea.search(text):
            yield Objection("other_matter", "escalate")
    if reading.elsewhere and not (reading.together and _rules()["outward"].search(text)):
        yield Objection("elsewhere", "escalate")


def _missing(kind: Kind, found: re.Match[str], clause: Text, text: str) -> Objection | None:
    if kind.name == "department":
        stated = bool(clause.departments)
    else:
        stated = bool(kind.states and _states(kind, found).search(text))
    return None if stated else Objection(kind.name, kind.outcome, kind.missing)


def _wrong_figures(reading: Reading, text: str) -> Iterator[Objection]:
    """A figure that the clause does not have, where the clause has no figure to set it right."""
    said = question("figure").findall(reading.said)
    if any(figure not in text for figure in said) and not question("figure").search(text):
        yield Objection("figure", "not_stated", _rules_words("figure"))


def _states(kind: Kind, found: re.Match[str]) -> re.Pattern[str]:
    unit = found.groupdict().get("unit") or ""
    return re.compile((kind.states or "(?!)").replace("{unit}", re.escape(unit)))


def _named_years(text: str, now: datetime) -> Iterator[str]:
    for word, step in vocabulary()["question"]["years"].items():
        if word in text:
            yield str(now.year + step)


def _rules_words(name: str) -> str:
    return str(vocabulary()["question"]["missing"][name])


@cache
def kinds() -> tuple[Kind, ...]:
    return tuple(
        Kind(k["name"], k["outcome"], k["missing"], re.compile(k["ask"]),
             re.compile(k.get("unless", "(?!)")), k.get("states"), k.get("about"))
        for k in vocabulary()["kinds"]
    )  # fmt: skip


@cache
def _claims() -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, vocabulary()["premise"]["claims"]))


@cache
def exact() -> frozenset[str]:
    """The kinds where only the very figure is an answer."""
    return frozenset(vocabulary()["question"]["exact"])


@cache
def _ideas() -> tuple[re.Pattern[str], ...]:
    rows = vocabulary()["art"]["ideas"]
    return tuple(re.compile("|".join(map(re.escape, row))) for row in rows)


@cache
def _talk(manner: str, where: str) -> re.Pattern[str]:
    return re.compile(vocabulary()["talk"][manner][where])


@cache
def _rules() -> dict[str, re.Pattern[str]]:
    words = vocabulary()
    return {name: re.compile(source) for name, source in {
        "case": words["case"]["part"],
        "not_case": words["case"]["unless"],
        "elsewhere": words["elsewhere"]["named"],
        "together": words["elsewhere"]["with"],
        "outward": words["elsewhere"]["within"],
        "confirm": words["premise"]["confirm"],
    }.items()}  # fmt: skip
