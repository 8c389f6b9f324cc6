"""The other direction: what firms wait for, asked by patents.

A wish is the text of a need that stands open. Its rarest grams lie in an index of their own, so
that a new patent finds the wishes it may fulfil among hundreds of thousands in a millisecond: every
gram of the patent scores its idf mass in the library, against the mass that the wish asks of a
patent even if that held all the commoner ones. Those that reach it are weighed whole: the index
remembers into which words a need was taken apart, and the library says what these weigh today.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import tantivy
from tantivy import FieldType, Occur, Query

from search import needs
from search.needs import Need, Remembered
from search.patents import PUSH_COVERAGE, Reader
from search.shelf import Shelf, any_of, ids, schema

VERSION = 5  # raise it when the schema or `_entry` changes: every index is then rebuilt
NEAREST = 1000  # wishes that are fetched for one patent, if no more are near
NEAR = 0.9  # of what a wish asks: it was weighed by the library as it was then
WEIGHED = 0.98  # of what it asks: by the library as it is, but its rarest grams were others before
SOUGHT = 0.3  # of a need's mass that a patent must hold among the grams that it is sought by
AGED = 0.1  # by how much of its size the library may change before a wish is weighed anew
TRANSLATED = 0.5  # of the gate: as much as technical words may do where a wish is all everyday ones
WORTH = 256.0  # more than any wish asks
LARGEST = 1000  # powers of two that a float holds

SCHEMA = (
    schema()
    .add_float_field("worth", fast=True)
    .add_integer_field("patents", indexed=True, fast=True)
    .add_text_field("grams", tokenizer_name="whitespace", index_option="basic")
    .add_bytes_field("told", stored=True)
    .build()
)

Place = tuple[int, tantivy.DocAddress]  # a wish, and where the index has it


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

    def __reduce__(self) -> tuple[Callable[..., WishIndex], tuple[Path, Callable[[], Reader]]]:
        """Another process opens it for itself, once."""
        return _opened, (self._path, self._library)

    @property
    def standing(self) -> int:
        """How many wishes there are."""
        return self.count - (self.stamp is not None)

    def rebuild(self, entries: Iterable[Wish], stamp: str) -> None:
        self._reader = self._library()
        super().rebuild(entries, stamp)

    def update(
        self, entries: Iterable[Wish], stamp: str | None = None, gone: Iterable[int] = ()
    ) -> None:
        self._reader = self._library()
        super().update(entries, stamp, gone)

    def _entry(self, wish: Wish) -> tantivy.Document:
        apart = needs.take_apart(wish.text)
        need = self._reader.weighed(apart)
        sought, asked = _sought(need)
        others = chain.from_iterable(map(needs.telling_grams, _words(need)))
        return tantivy.Document(
            id=wish.id,
            worth=_worth(asked),
            patents=self._reader.patents,
            grams=" ".join(dict.fromkeys(chain(sought, others))),
            told=Told.packed(need, apart),
        )

    def aged(self) -> list[int]:
        """Wishes that a much smaller or larger library weighed: they have to be written anew."""
        searcher, size = self.searcher(), self._library().patents
        if searcher is None or not searcher.num_docs:
            return []
        fewer = _between(0, int((1 - AGED) * size) - 1)
        more = _between(int((1 + AGED) * size) + 1, 1 << 62)
        found = searcher.search(any_of([fewer, more]), searcher.num_docs, count=False).hits
        return ids(searcher, [address for _, address in found])

    def met(
        self, held: Mapping[int, frozenset[str]], fresh: Mapping[str, int], most: int
    ) -> list[Met]:
        """Of each wish the best patents that pass the gate, of those that hold these grams. `fresh`
        says how many of the library's patents with a gram are new: see `Reading`.

        Blocking: some milliseconds a patent where hundreds of thousands wish.
        """
        searcher = self.searcher()
        reading = Reading(searcher, self._library(), fresh) if searcher else None
        return [*reading.met(held, most)] if reading else []


@cache
def _opened(path: Path, library: Callable[[], Reader]) -> WishIndex:
    return WishIndex(path, library)


class Reading:
    """Wishes at one moment. They may have been weighed before the `fresh` patents came, so that
    grams weigh as if these were not there where it is asked what is near: rather too much."""

    def __init__(
        self, searcher: tantivy.Searcher, library: Reader, fresh: Mapping[str, int]
    ) -> None:
        self._searcher, self._library, self._fresh = searcher, library, fresh
        self._clauses = Remembered(self._clause)

    def met(self, held: Mapping[int, frozenset[str]], most: int) -> Iterator[Met]:
        places: dict[int, tantivy.DocAddress] = {}
        guesses: dict[int, list[int]] = defaultdict(list)  # by wish
        for patent, grams in held.items():
            near = self.near(grams)
            places |= near
            for wish, _ in near:
                guesses[wish].append(patent)
        for wish, place in sorted(places.items(), key=lambda found: found[1].doc):
            told = Told(bytes(self._searcher.doc(place).get_first("told") or b""))
            if left := [id_ for id_ in guesses[wish] if self._may_meet(held[id_], told)]:
                need = self._library.weighed(told.apart())
                for share, id_ in _best(need, {id_: held[id_] for id_ in left}, most):
                    yield Met(wish, id_, share, needs.common(need, held[id_]).terms)

    def _may_meet(self, held: frozenset[str], told: Told) -> bool:
        """Whether a patent that holds these grams may pass the gate, all of it weighed."""
        weight = self._library.weight
        found = sum(map(weight, held & told.rarest))
        enough = WEIGHED * PUSH_COVERAGE * sum(map(weight, told.rarest))
        return found >= enough or any(map(held.issuperset, told.others))

    def near(self, held: Set[str]) -> list[Place]:
        """By a patent's grams the wishes near to it."""
        return _nearest(self._searcher, [c for gram in held if (c := self._clauses[gram])])

    def _clause(self, gram: str) -> tuple[Occur, Query] | None:
        before = max(self._library.frequency(gram) - self._fresh.get(gram, 0), 0)
        return _clause(self._searcher, gram, needs.idf(before, self._library.patents))


class Told:
    """What the index remembers of a need: its rarest grams at that time, and how it was taken
    apart."""

    def __init__(self, packed: bytes) -> None:
        rarest, words, self._apart = packed.decode().split("\n")
        self.rarest = frozenset(rarest.split())
        self.others = [needs.asked_of(word) for word in words.split("\t") if word]

    @staticmethod
    def packed(need: Need, apart: needs.TakenApart) -> bytes:
        words = "\t".join(_words(need))
        whole = json.dumps(apart, ensure_ascii=False, separators=(",", ":"))
        return f"{' '.join(need.rarest)}\n{words}\n{whole}".encode()

    def apart(self) -> needs.TakenApart:
        runs, subject, technical = json.loads(self._apart)
        return runs, subject, {word: tuple(others) for word, others in technical.items()}


def _words(need: Need) -> Iterable[str]:
    """The technical words that may stand for what it says."""
    return dict.fromkeys(word for words in need.technical.values() for word in words)


def _best(need: Need, held: Mapping[int, Set[str]], most: int) -> list[tuple[float, int]]:
    covered = [(needs.coverage(need, grams), id_) for id_, grams in held.items()]
    return sorted((pair for pair in covered if pair[0] >= PUSH_COVERAGE), reverse=True)[:most]


def _sought(need: Need) -> tuple[list[str], float]:
    """By which of its rarest grams it is sought, and what it asks among them: what is left of the
    gate by a patent that holds all the others."""
    gate = PUSH_COVERAGE * need.mass
    relieved = gate - min(need.translated, TRANSLATED * gate)
    asked = NEAR * relieved - sum(need.weights.values())
    sought = []
    for gram, weight in need.weights.items():
        sought.append(gram)
        asked += weight
        if asked >= SOUGHT * need.mass:
            break
    return sought, asked


def _worth(asked: float) -> float:
    """By this tantivy multiplies what a patent scores, as log2(2 + worth): so that a patent which
    has just what the wish asks scores WORTH."""
    times = WORTH / asked if asked > 0 else LARGEST
    return float(max(0.0, 2.0 ** min(times, LARGEST) - 2.0))


def _between(least: int, most: int) -> Query:
    return Query.range_query(SCHEMA, "patents", FieldType.Integer, least, most)


def _clause(searcher: tantivy.Searcher, gram: str, weight: float) -> tuple[Occur, Query] | None:
    """Scores what a gram weighs; None where no wish has it."""
    if not searcher.doc_freq("grams", gram):
        return None
    term = Query.term_query(SCHEMA, "grams", gram, "basic")
    return Occur.Should, Query.const_score_query(term, weight)


def _nearest(searcher: tantivy.Searcher, asked: list[tuple[Occur, Query]]) -> list[Place]:
    query, most = Query.boolean_query(asked), NEAREST
    while True:
        hits = searcher.search(query, most, count=False, weight_by_field="worth").hits
        near = [address for score, address in hits if score >= WORTH]
        if len(near) < most:
            break
        most *= 4
    return [*zip(ids(searcher, near), near, strict=True)]
