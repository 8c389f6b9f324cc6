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
NEAR = 0.85  # of the gate: from here on a first guess is looked at closely
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

    def update(self, entries: Iterable[Wish], stamp: str | None = None) -> None:
        self._reader = self._library()
        super().update(entries, stamp)

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
    """Scores what a gram weighs; None where it tells nothing, or no wish has it."""
    weight = needs.idf(reader.frequency(gram), reader.patents)
    common = len(gram) == 1 and reader.frequency(gram) > needs.COMMON * reader.patents
    if common or not searcher.doc_freq("grams", gram):
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


def meet(
    wishes: WishIndex,
    reader: Reader,
    patents: Iterable[PatentText],
    texts: Callable[[list[int]], Mapping[int, str]],
    each: int,
) -> Iterator[list[Met]]:
    """For each wish that some of these patents fulfil, the best of them, at most `each`.

    `texts` gives the wishes' texts by id; one that is gone is left out. Blocking: some
    milliseconds a patent.
    """
    held: dict[int, frozenset[str]] = {}
    guesses: dict[int, list[tuple[float, int]]] = defaultdict(list)
    near = wishes.near()
    for patent in patents:
        holds = frozenset(body(patent))
        likely = [(w, guess) for w, guess in near(holds).items() if guess >= NEAR * PUSH_COVERAGE]
        for wish, guess in likely:
            guesses[wish].append((guess, patent.id))
        if likely:
            held[patent.id] = holds
    rest = iter(guesses)
    while chunk := list(islice(rest, AT_ONCE)):
        said = texts(chunk)
        for wish in said:
            best = sorted(guesses[wish], reverse=True)[: 2 * each]
            if met := _met(wish, said[wish], [id_ for _, id_ in best], held, reader):
                yield met[:each]


def _met(
    wish: int, text: str, patents: list[int], held: Mapping[int, frozenset[str]], reader: Reader
) -> list[Met]:
    need = reader.read(text)
    covered = ((needs.coverage(need, held[id_]), id_) for id_ in patents)
    best = sorted((pair for pair in covered if pair[0] >= PUSH_COVERAGE), reverse=True)
    return [Met(wish, id_, cover, needs.terms(need, held[id_])) for cover, id_ in best]
