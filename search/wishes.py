"""The other direction: what firms wait for, asked by patents.

A wish is the text of a need that stands open. Its rarest grams lie in an index of their own, so
that a new patent finds the wishes it may fulfil among hundreds of thousands in a millisecond: every
gram of the patent scores its idf mass in the library, against the mass that the wish asks of a
patent even if that held all the commoner ones. Those that reach it are weighed whole by what the
index remembers of them, and what is left is then read as any need is.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread, local

import tantivy
from tantivy import FieldType, Occur, Query

from search import needs
from search.needs import Need, Remembered
from search.patents import PUSH_COVERAGE, PatentIndex, PatentText, Reader, body
from search.shelf import Shelf, any_of, ids, schema

VERSION = 4  # raise it when the schema or `_entry` changes: every index is then rebuilt
NEAREST = 1000  # wishes that are fetched for one patent, if no more are near
NEAR = 0.9  # of what a wish asks: it was weighed by the library as it was then
WEIGHED = 0.98  # of what it asks: by the library as it is, but it was taken apart before
SOUGHT = 0.3  # of a need's mass that a patent must hold among the grams that it is sought by
AGED = 0.1  # by how much of its size the library may change before a wish is weighed anew
TRANSLATED = 0.5  # of the gate: as much as technical words may do where a wish is all everyday ones
AT_ONCE = 1000  # wishes whose texts are fetched together
WORTH = 256.0  # more than any wish asks
LARGEST = 1000  # powers of two that a float holds
MANY = 50_000  # wishes that may be fulfilled: from here on it pays to start processes

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
        told, (sought, asked) = _told(need), _sought(need)
        return tantivy.Document(
            id=wish.id,
            worth=_worth(asked),
            patents=self._reader.patents,
            grams=" ".join(dict.fromkeys(chain(sought, *told.others))),
            told=told.packed(),
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

    def read(self, fresh: Iterable[Set[str]]) -> Reading | None:
        """The wishes as they are now, to be held against `fresh` patents that the library has."""
        searcher = self.searcher()
        if searcher is None:
            return None
        return Reading(searcher, self._library(), Counter(chain.from_iterable(fresh)))


class Reading:
    """Wishes at one moment. They may have been weighed before the `fresh` patents came, so that
    grams weigh as if these were not there where it is asked what is near: rather too much."""

    def __init__(self, searcher: tantivy.Searcher, library: Reader, fresh: Counter[str]) -> None:
        self._searcher, self._library, self._fresh = searcher, library, fresh
        self._clauses = Remembered(self._clause)
        idf = Remembered(partial(needs.idf, patents=library.patents))
        self._weights = Remembered[str, float](lambda gram: idf[library.frequency(gram)])

    def near(self, held: Set[str]) -> list[Place]:
        """By a patent's grams the wishes near to it."""
        return _nearest(self._searcher, [c for gram in held if (c := self._clauses[gram])])

    def may_be_met(self, place: tantivy.DocAddress) -> Callable[[frozenset[str]], bool]:
        """Whether a patent that holds some grams may pass a wish's gate, all of it weighed."""
        told = Told.unpacked(bytes(self._searcher.doc(place).get_first("told") or b""))
        weigh = self._weights.__getitem__
        enough = WEIGHED * PUSH_COVERAGE * sum(map(weigh, told.rarest))

        def may_be_met(held: frozenset[str]) -> bool:
            found = sum(map(weigh, held.intersection(told.rarest)))
            return found >= enough or any(map(held.issuperset, told.others))

        return may_be_met

    def _clause(self, gram: str) -> tuple[Occur, Query] | None:
        before = max(self._library.frequency(gram) - self._fresh[gram], 0)
        return _clause(self._searcher, gram, needs.idf(before, self._library.patents))


@dataclass(frozen=True)
class Told:
    """What the index remembers of a need: its rarest grams, and those of each technical word."""

    rarest: Sequence[str]
    others: Sequence[Sequence[str]]

    @classmethod
    def unpacked(cls, packed: bytes) -> Told:
        rarest, *others = [line.split() for line in packed.decode().split("\n")]
        return cls(rarest, others)

    def packed(self) -> bytes:
        return "\n".join(" ".join(grams) for grams in (self.rarest, *self.others)).encode()


def _told(need: Need) -> Told:
    words = dict.fromkeys(word for words in need.technical.values() for word in words)
    return Told(need.rarest, [needs.telling_grams(word) for word in words])


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


class Meeting:
    """Patents held against all wishes: who may be fulfilled, and then who really is.

    A context: where many may be, processes read them; they open the library for themselves.
    """

    def __init__(
        self, wishes: WishIndex, library: PatentIndex, patents: Iterable[PatentText]
    ) -> None:
        """Blocking: one or two milliseconds a patent."""
        self._library = library
        self._held: dict[int, frozenset[str]] = {}
        self._places: dict[int, tantivy.DocAddress] = {}
        self.guesses: dict[int, list[int]] = defaultdict(list)  # by wish
        held = {patent.id: frozenset(body(patent)) for patent in patents}
        self._wishes = wishes.read(held.values())
        if self._wishes is None:
            return
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # the search itself lets others run
            near_to = pool.map(self._wishes.near, held.values())
            for id_, near in zip(held, near_to, strict=True):
                self._places |= near
                for wish, _ in near:
                    self.guesses[wish].append(id_)
                if near:
                    self._held[id_] = held[id_]

    def __enter__(self) -> Meeting:
        told = (_begin, (self._library, self._held))
        many = len(self.guesses) >= MANY
        self._pool: Executor = (
            ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), *told)
            if many
            else ThreadPoolExecutor(1, "", *told)
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def chunks(self) -> Iterator[list[int]]:
        """The wishes that may be fulfilled, as many at once as their texts are fetched."""
        rest = self._weighed()
        while chunk := list(islice(rest, AT_ONCE)):
            yield chunk

    def _weighed(self) -> Iterator[int]:
        """Those for which a patent is left when all that the index remembers is weighed."""
        for wish, place in sorted(self._places.items(), key=lambda found: found[1].doc):
            assert self._wishes is not None
            may_be_met = self._wishes.may_be_met(place)
            left = [id_ for id_ in self.guesses[wish] if may_be_met(self._held[id_])]
            self.guesses[wish] = left
            if left:
                yield wish

    def closely(self, texts: Mapping[int, str], most: int) -> Future[list[Met]]:
        """For each of these wishes, by id with its text, the best patents that pass the gate."""
        told = [(id_, text, self.guesses[id_]) for id_, text in texts.items()]
        return self._pool.submit(_closely, told, most)


_here = local()  # what one who reads closely has at hand


def _begin(library: PatentIndex, held: Mapping[int, Set[str]]) -> None:
    _here.reader, _here.held = library.reader(), held
    if parent := parent_process():
        Thread(target=_end_with, args=[parent], daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    """Who reads for one that was killed would wait for ever."""
    parent.join()
    os._exit(1)


def _closely(told: Sequence[tuple[int, str, list[int]]], most: int) -> list[Met]:
    return [
        Met(wish, id_, share, needs.common(need, _here.held[id_]).terms)
        for wish, text, guesses in told
        for need in [_here.reader.read(text)]
        for share, id_ in _best(need, guesses, most)
    ]


def _best(need: Need, guesses: Sequence[int], most: int) -> list[tuple[float, int]]:
    covered = [(needs.coverage(need, _here.held[id_]), id_) for id_ in guesses]
    return sorted((pair for pair in covered if pair[0] >= PUSH_COVERAGE), reverse=True)[:most]
