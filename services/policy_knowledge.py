"""What the answers draw on: the clauses in force, ready to be searched.

Our own digest answers where no official text was imported; it always helps to find the clause.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Clause, Document
from search.clauses import ClauseIndex, Entry
from search.questions import Synonyms
from services.policy_passages import STEPS, sentences
from services.policy_words import pattern, vocabulary

DIGEST = Path(__file__).parents[1] / "data" / "knowledge" / "plan.json"
Silent = tuple[tuple[re.Pattern[str], str], ...]


@dataclass(frozen=True)
class Source:
    """One clause as answers use it. `silent` says what people ask and it does not state."""

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
    ours: bool = False
    everywhere: str | None = None

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
    """The clauses by id, and an index of each shelf: the programme's own documents, the laws.
    One index for both would weigh the plan's words by how laws use them."""

    sources: dict[int, Source]
    programme: ClauseIndex
    laws: ClauseIndex

    def beside(self, source: Source, step: int) -> Source | None:
        """The clause `step` places on in the same document."""
        place = (source.document, source.official, source.position + step)
        return next((s for s in self.sources.values()
                     if (s.document, s.official, s.position) == place), None)  # fmt: skip


_kept: WeakKeyDictionary[Engine, tuple[tuple[Any, ...], Knowledge]] = WeakKeyDictionary()


async def knowledge(session: AsyncSession) -> Knowledge:
    """The clauses in force, built again only when a document came or changed."""
    engine = session.get_bind().engine
    version = await _version(session)
    kept = _kept.get(engine)
    if kept is None or kept[0] != version:
        kept = _kept[engine] = version, _same_or_built(await _in_force(session))
    return kept[1]


async def _version(session: AsyncSession) -> tuple[Any, ...]:
    documents = select(func.count(), func.max(Document.imported_at)).select_from(Document)
    clauses = select(func.count(), func.sum(func.length(Clause.text))).select_from(Clause)
    states = select(Document.id, Document.status).order_by(Document.id)
    return (
        *(await session.execute(documents)).one(),
        *(await session.execute(clauses)).one(),
        *map(tuple, await session.execute(states)),
    )


async def _in_force(session: AsyncSession) -> list[Source]:
    rows = await session.execute(
        select(Clause, Document)
        .join(Document)
        .where(Document.status == status("current"))
        .order_by(Document.id, Clause.position)
    )
    found = [_source(clause, document) for clause, document in rows]
    official = {source.number for source in found if source.official}
    return [s for s in found if s.official or s.number not in official]


def status(name: str) -> str:
    return str(vocabulary()["status"][name])


def _source(clause: Clause, document: Document) -> Source:
    note = digest_notes(document.number).get(clause.ref, {})
    own_words = tuple(note.get("facts", ())) if document.official else ()
    return Source(
        id=clause.id, document=document.title, number=document.number, status=document.status,
        official=document.official, as_of=document.imported_at.date(), position=clause.position,
        ref=clause.ref, heading=clause.heading, text=clause.text,
        departments=tuple(clause.departments), dates=tuple(clause.dates),
        silent=tuple((re.compile(s["ask"]), s["missing"]) for s in note.get("silent", ())),
        aliases=(*note.get("aliases", ()), *own_words), ours=bool(note),
        everywhere=digest()["everywhere"] if note and clause.departments else None,
    )  # fmt: skip


def _same_or_built(sources: list[Source]) -> Knowledge:
    """Two databases that hold the same texts share the index, which takes long to build."""
    for _, known in _kept.values():
        if list(known.sources.values()) == sources:
            return known
    return _build(sources)


def _build(sources: Sequence[Source]) -> Knowledge:
    return Knowledge(
        sources={source.id: source for source in sources},
        programme=ClauseIndex([_entry(s) for s in sources if not s.is_law], synonyms()),
        laws=ClauseIndex([_entry(s) for s in sources if s.is_law], synonyms()),
    )


def _entry(source: Source) -> Entry:
    named = () if source.official else ("、".join(source.departments),)
    parts = (*source.sentences, *filter(None, named))
    return Entry(source.id, source.heading, parts, source.aliases)


@cache
def synonyms() -> Synonyms:
    rows = vocabulary()["synonyms"]
    return Synonyms.of(
        [(row["means"], row["says"]) for row in rows], vocabulary()["question"]["fillers"]
    )


# The digest: what the plan says, in our own words.


@cache
def digest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DIGEST.read_text(encoding="utf-8"))
    return found


@cache
def digest_notes(number: str | None) -> dict[str, dict[str, Any]]:
    """Our notes on the clauses of the document with this number, by ref."""
    plan = digest()
    return {c["ref"]: c for c in plan["clauses"]} if number == plan["number"] else {}
