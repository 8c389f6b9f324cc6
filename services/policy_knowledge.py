"""What the answers draw on: the clauses in force, ready to be searched.

Our own digest answers where no official text was imported; it always helps to find the clause.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Clause, Document, StaffAnswer
from search.clauses import ClauseIndex, Entry
from search.questions import Synonyms
from search.tokens import normalise
from services import policy_gate as gate
from services.policy_passages import STEPS, sentences
from services.policy_words import law_words, pattern, vocabulary

KNOWLEDGE = Path(__file__).parents[1] / "data" / "knowledge"
OWN = 1.22
"""How much before the laws the programme's own documents come: what is asked here is mostly about
them. Chosen on the questions of data/knowledge that are left out in turn."""
APPROVED = -1000
"""Approved answers have the ids below: they and clauses stand in one index."""
Silent = tuple[tuple[re.Pattern[str], str], ...]


@dataclass(frozen=True)
class Source:
    """One clause, or an answer that the staff `approved`, as answers use it; it holds `until` a
    day. `silent` says what people ask and it does not state. `questions` are those among the
    aliases that people could have asked; `about` is the clause of an approved answer."""

    id: int
    document: str
    number: str | None
    status: str
    official: bool
    as_of: date
    position: int
    ref: str
    heading: str
    text: str
    departments: tuple[str, ...]
    dates: tuple[dict[str, str], ...]
    silent: Silent = ()
    aliases: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    about: int | None = None
    ours: bool = False
    everywhere: str | None = None
    holding: tuple[str, int] = ("document", 0)
    until: date | None = None
    approved: bool = False

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        return tuple(sentences(self.text))

    def span(self, first: int, last: int) -> str:
        """The text from one sentence to another, word for word."""
        start = self._starts[first]
        return self.text[start : self._starts[last] + len(self.sentences[last])]

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        found: list[int] = []
        for sentence in self.sentences:
            found.append(self.text.index(sentence, found[-1] + 1 if found else 0))
        return tuple(found)

    def is_heading(self, sentence: str) -> bool:
        """A sentence that only names the clause says nothing on its own."""
        return self.steps[-1] in sentence and len(sentence) < len(self.steps[-1]) + 6

    def aliases_asking(self, kind: str) -> Sequence[str]:
        """The questions that it is known to answer and that ask for a kind of thing."""
        return self._aliases_by_kind.get(kind, ())

    @cached_property
    def _aliases_by_kind(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for alias in self.aliases:
            for kind in gate.asking(alias):
                found.setdefault(kind, []).append(alias)
        return found

    @property
    def is_law(self) -> bool:
        return bool(pattern("article").match(self.ref))

    @property
    def steps(self) -> list[str]:
        """The headings above the clause and its own, outermost first."""
        return self.heading.split(STEPS)

    @property
    def closing(self) -> str | None:
        """The bracket at the end of a clause that names its departments, word for word."""
        found = pattern("departments").search(self.text)
        return found.group() if found else None


@dataclass(frozen=True)
class Knowledge:
    """The clauses and approved answers by id, and the index that finds them. `unanswered` names
    the kinds of questions that nothing answers, by their ids in the index. `around` and
    `leads` keep which questions are about the matter of a clause, and where they lead."""

    sources: dict[int, Source]
    index: ClauseIndex
    unanswered: dict[int, str]
    around: dict[int, Sequence[tuple[Any, str]]] = field(default_factory=dict, compare=False)
    leads: dict[str, int | None] = field(default_factory=dict, compare=False)

    def beside(self, source: Source, step: int) -> Source | None:
        """The clause `step` places on in the same document."""
        return self._by_place.get((source.document, source.official, source.position + step))

    @cached_property
    def approved_about(self) -> dict[int, list[Source]]:
        """What the staff approved, by the clause that it is about; 0 where there is none."""
        found: dict[int, list[Source]] = {}
        for source in self.sources.values():
            if source.approved:
                found.setdefault(source.about or 0, []).append(source)
        return found

    @cached_property
    def named_departments(self) -> dict[str, list[str]]:
        """Every name that people have for a department of these clauses, longest first."""
        found: dict[str, list[str]] = {}
        everyday = {row["means"]: row["says"] for row in vocabulary()["synonyms"]}
        everyday |= vocabulary()["question"]["everywhere"]
        for source in self.sources.values():
            for name in filter(None, (*source.departments, source.everywhere)):
                short = pattern("department_level").sub("", name)
                for called in map(normalise, (name, short, *everyday.get(name, ()))):
                    if name not in found.setdefault(called, []):
                        found[called].append(name)
        return dict(sorted(found.items(), key=lambda item: -len(item[0])))

    @cached_property
    def _by_place(self) -> dict[tuple[str, bool, int], Source]:
        return {(s.document, s.official, s.position): s for s in self.sources.values()}


Holding = tuple[str, int]
"""What sources come from: ("document", its id) or ("answer", its id)."""


@dataclass(frozen=True)
class _Kept:
    """`stamp` changes with anything here; `versions` tell what has."""

    stamp: tuple[Any, ...]
    versions: dict[Holding, int]
    known: Knowledge


_kept: WeakKeyDictionary[Engine, _Kept] = WeakKeyDictionary()


async def knowledge(session: AsyncSession) -> Knowledge:
    """What is in force; only what came or changed is read again."""
    engine = session.get_bind().engine
    stamp = await _stamp(session)
    kept = _kept.get(engine)
    if kept is None or kept.stamp != stamp:
        kept = _kept[engine] = await _brought_up(session, kept, stamp)
    return kept.known


async def _stamp(session: AsyncSession) -> tuple[Any, ...]:
    documents = select(func.count(), func.max(Document.id), func.sum(Document.version))
    answers = select(func.count(), func.max(StaffAnswer.id), func.sum(StaffAnswer.version)).where(
        StaffAnswer.approved_at.is_not(None)
    )
    return (*(await session.execute(documents)).one(), *(await session.execute(answers)).one())


async def _brought_up(session: AsyncSession, kept: _Kept | None, stamp: tuple[Any, ...]) -> _Kept:
    before = kept.versions if kept else {}
    versions = await _versions(session)
    changed = {holding for holding, version in versions.items() if before.get(holding) != version}
    gone = {holding for holding in before if holding not in versions} | changed
    old = kept.known.sources.values() if kept else ()
    stays = {source.id: source for source in old if source.holding not in gone}
    coming = [*await _clauses(session, changed), *await _answers(session, changed)]
    sources = stays | {source.id: source for source in coming}
    return _Kept(stamp, versions, _same_or_built(kept, sources, coming))


async def _versions(session: AsyncSession) -> dict[Holding, int]:
    """What is in force: our digest where no official text of that number is."""
    rows = (
        await session.execute(
            select(Document.id, Document.version, Document.official, Document.number)
            .where(Document.status == status("current"))
            .order_by(Document.id)
        )
    ).all()
    official = {row.number for row in rows if row.official}
    found: dict[Holding, int] = {
        ("document", row.id): row.version
        for row in rows
        if row.official or row.number not in official
    }
    answers = select(StaffAnswer.id, StaffAnswer.version).where(
        StaffAnswer.retired_at.is_(None), StaffAnswer.approved_at.is_not(None)
    )
    return found | {("answer", row.id): row.version for row in await session.execute(answers)}


async def _clauses(session: AsyncSession, holdings: Collection[Holding]) -> list[Source]:
    rows = await session.execute(
        select(Clause, Document)
        .join(Document)
        .where(Document.id.in_(_ids("document", holdings)))
        .order_by(Document.id, Clause.position)
        .execution_options(populate_existing=True)
    )
    return [_source(clause, document) for clause, document in rows]


async def _answers(session: AsyncSession, holdings: Collection[Holding]) -> list[Source]:
    rows = await session.scalars(
        select(StaffAnswer)
        .where(StaffAnswer.id.in_(_ids("answer", holdings)))
        .order_by(StaffAnswer.id)
        .execution_options(populate_existing=True)
    )
    return [approved_source(answer) for answer in rows]


def _ids(kind: str, holdings: Collection[Holding]) -> list[int]:
    return [id_ for what, id_ in holdings if what == kind]


def status(name: str) -> str:
    return str(vocabulary()["status"][name])


def _source(clause: Clause, document: Document) -> Source:
    note = digest_notes(document.number).get(clause.ref, {})
    own_words = tuple(note.get("facts", ())) if document.official else ()
    questions = asked(document, clause)
    return Source(
        id=clause.id, document=document.title, number=document.number, status=document.status,
        official=document.official, as_of=document.imported_at.date(), position=clause.position,
        ref=clause.ref, heading=clause.heading, text=clause.text,
        departments=tuple(clause.departments), dates=tuple(clause.dates),
        silent=tuple((re.compile(s["ask"]), s["missing"]) for s in note.get("silent", ())),
        aliases=(*note.get("aliases", ()), *own_words, *questions), questions=questions,
        ours=bool(note),
        everywhere=digest()["everywhere"] if note and clause.departments else None,
        holding=("document", document.id), until=document.valid_until,
    )  # fmt: skip


def with_source(known: Knowledge, source: Source) -> Knowledge:
    """What would be known with this, too; `known` stays as it is."""
    return _build(known.sources | {source.id: source})


def approved_source(answer: StaffAnswer) -> Source:
    """An answer of the staff is found by the questions that it answers."""
    since = (answer.approved_at or answer.created_at).date()
    questions = (answer.question, *answer.aliases)
    return Source(
        id=APPROVED - answer.id, document=status("approved_title"), number=None,
        status=status("approved"), official=False, as_of=since, position=0,
        ref=answer.question[:40], heading=answer.question[:60], text=answer.text,
        departments=(answer.department,) if answer.department else (), dates=(),
        aliases=questions, questions=questions, about=answer.clause_id,
        holding=("answer", answer.id), until=answer.expires_on, approved=True,
    )  # fmt: skip


def _same_or_built(
    kept: _Kept | None, sources: dict[int, Source], coming: Sequence[Source]
) -> Knowledge:
    """Two databases that hold the same texts share the index, which takes long to build; one that
    nobody shares is changed where it stands."""
    others = [other.known for other in _kept.values() if other is not kept]
    for known in others:
        if known.sources == sources:
            return known
    if kept is None or any(known.index is kept.known.index for known in others):
        return _build(sources)
    gone = [id_ for id_ in kept.known.sources if id_ not in sources]
    kept.known.index.put(map(_entry, coming), gone)
    return replace(kept.known, sources=sources, around={}, leads={})


def _build(sources: dict[int, Source]) -> Knowledge:
    kinds = dict(enumerate(unanswered(), 1))
    nothing = [
        Entry(-place, "", (), tuple(unanswered()[kind]), always=True)
        for place, kind in kinds.items()
    ]
    index = ClauseIndex([*map(_entry, sources.values()), *nothing], synonyms())
    return Knowledge(sources, index, {-place: kind for place, kind in kinds.items()})


def _entry(source: Source) -> Entry:
    named = () if source.official else ("、".join(source.departments),)
    parts = (*source.sentences, *filter(None, named))
    favour = 1.0 if source.is_law else OWN
    document = "" if source.approved else source.document
    return Entry(source.id, source.heading, parts, source.aliases, favour, document)


@cache
def synonyms() -> Synonyms:
    rows = [(row["means"], row["says"]) for row in vocabulary()["synonyms"]]
    rows += [row for topic in law_words().values() for row in topic.items()]
    return Synonyms.of(rows, vocabulary()["question"]["fillers"])


# The digest: what the plan says, in our own words.


@cache
def digest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((KNOWLEDGE / "plan.json").read_text(encoding="utf-8"))
    return found


@cache
def unanswered() -> dict[str, list[str]]:
    """By kind, questions that no document answers."""
    found: dict[str, list[str]] = tomllib.loads(
        (KNOWLEDGE / "unanswered.toml").read_text(encoding="utf-8")
    )
    return found


@cache
def _asked_of_articles() -> dict[tuple[str, str], dict[str, Any]]:
    laws = tomllib.loads((KNOWLEDGE / "asked_laws.toml").read_text(encoding="utf-8"))
    return {(law, row["ref"]): row for law, rows in laws.items() for row in rows}


@cache
def _asked_of_plan() -> dict[str, Any]:
    return tomllib.loads((KNOWLEDGE / "asked_plan.toml").read_text(encoding="utf-8"))


def asked(document: Document, clause: Clause) -> tuple[str, ...]:
    """Questions that are known to be answered by this clause. Those about an article are not used
    where a revised law has something else under its number."""
    plan = _asked_of_plan()
    if document.number == plan["document"]:
        return tuple(plan["clauses"].get(clause.ref, {}).get("asked", ()))
    row = _asked_of_articles().get((document.title, clause.ref))
    return tuple(row["asked"]) if row and row["holds"] in clause.text else ()


@cache
def digest_notes(number: str | None) -> dict[str, dict[str, Any]]:
    """Our notes on the clauses of the document with this number, by ref."""
    plan = digest()
    return {c["ref"]: c for c in plan["clauses"]} if number == plan["number"] else {}
