"""The other direction: what firms wait for, asked by patents.

A wish is the text of a need that stands open. Its telling grams lie in an index of their own, so
that a new patent finds the wishes it fulfils among hundreds of thousands in a few milliseconds:
every gram of the patent scores its idf mass in the library, and the share of the wish's mass is a
first guess of its coverage. Those that come near the gate are then read as any need is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from pathlib import Path

import tantivy
from tantivy import Occur, Query

from search import needs
from search.patents import PUSH_COVERAGE, PatentText, Reader, body
from search.shelf import Shelf, ids, schema

VERSION = 1  # raise it when the schema or `_document` changes: every index is then rebuilt
NEAREST = 200  # wishes that one patent is held against
NEAR = 0.5  # of the gate: a first guess knows no translations, and weighs as of last writing
AT_ONCE = 1000  # wishes whose texts are fetched together

SCHEMA = (
    schema()
    .add_float_field("mass", fast=True)
    .add_text_field("grams", tokenizer_name="whitespace", index_option="basic")
    .build()
)


@dataclass(frozen=True)
class Wish:
    id: int  # positive
    text: str


@dataclass(frozen=True)
class Met:
    """A wish that a patent fulfils: as a `Hit`, seen from the other side."""

    wish: int
    patent: int
    coverage: float
    terms: tuple[str, ...]


class WishIndex(Shelf[Wish]):
    """`library` is how the patents read a need: wishes are weighed by it when they are written."""

    def __init__(self, path: Path, library: Callable[[], Reader]) -> None:
        super().__init__(path, VERSION, SCHEMA, self._entry)
        self._library = library
        self._reader = Reader(lambda gram: 0, 0)

    def rebuild(self, entries: Iterable[Wish], stamp: str) -> None:
        self._reader = self._library()
        super().rebuild(entries, stamp)

    def update(
        self, entries: Iterable[Wish], stamp: str | None = None, gone: Iterable[int] = ()
    ) -> None:
        self._reader = self._library()
        super().update(entries, stamp, gone)

    def _entry(self, wish: Wish) -> tantivy.Document:
        need = self._reader.read(wish.text)
        others = (other for words in need.technical.values() for other in words)
        asked = [*need.rarest, *(gram for other in others for gram in needs.telling_grams(other))]
        return tantivy.Document(
            id=wish.id, mass=needs.mass(need), grams=" ".join(dict.fromkeys(asked))
        )

    def near(self) -> Callable[[Iterable[str]], dict[int, float]]:
        """By a patent's grams the wishes nearest to it, with a guess how much of each it covers."""
        searcher, reader = self.searcher(), self._library()
        if searcher is None:
            return lambda held: {}
        clauses = cache(partial(_clause, searcher, reader))
        return lambda held: _nearest(searcher, [c for c in map(clauses, held) if c])


def _clause(searcher: tantivy.Searcher, reader: Reader, gram: str) -> tuple[Occur, Query] | None:
    """Scores what a gram weighs; None where no wish has it."""
    weight = needs.idf(reader.frequency(gram), reader.patents)
    if not searcher.doc_freq("grams", gram):
        return None
    term = Query.term_query(SCHEMA, "grams", gram, "basic")
    return Occur.Should, Query.const_score_query(term, weight)


def _nearest(searcher: tantivy.Searcher, asked: list[tuple[Occur, Query]]) -> dict[int, float]:
    found = searcher.search(Query.boolean_query(asked), NEAREST, count=False).hits
    addresses = [address for _, address in found]
    masses = searcher.fast_field_values("mass", addresses) if found else []
    scores = (score for score, _ in found)
    return {
        id_: score / mass
        for id_, mass, score in zip(ids(searcher, addresses), masses, scores, strict=True)
        if mass
    }


class Meeting:
    """Patents held against all wishes: who may be fulfilled, and then who really is."""

    def __init__(self, wishes: WishIndex, reader: Reader, patents: Iterable[PatentText]) -> None:
        """Blocking: one or two milliseconds a patent."""
        self._reader = reader
        self._held: dict[int, frozenset[str]] = {}
        self._guesses: dict[int, list[tuple[float, int]]] = defaultdict(list)
        near = wishes.near()
        for patent in patents:
            held = frozenset(body(patent))
            likely = [pair for pair in near(held).items() if pair[1] >= NEAR * PUSH_COVERAGE]
            for wish, guess in likely:
                self._guesses[wish].append((guess, patent.id))
            if likely:
                self._held[patent.id] = held

    def chunks(self) -> Iterator[list[int]]:
        """The wishes that may be fulfilled, as many at once as their texts are fetched."""
        rest = iter(self._guesses)
        while chunk := list(islice(rest, AT_ONCE)):
            yield chunk

    def closely(self, texts: Mapping[int, str], most: int) -> Iterator[Met]:
        """For each of these wishes, by id with its text, the best patents that pass the gate."""
        for wish, text in texts.items():
            need = self._reader.read(text)
            likely = sorted(self._guesses[wish], reverse=True)[: 2 * most]
            covered = [(needs.coverage(need, self._held[id_]), id_) for _, id_ in likely]
            passed = sorted((pair for pair in covered if pair[0] >= PUSH_COVERAGE), reverse=True)
            for share, id_ in passed[:most]:
                yield Met(wish, id_, share, needs.terms(need, self._held[id_]))
