"""The other direction: what firms wait for, asked by patents.

A wish is the text of a need that stands open. What it says is read when it is written, and what
that weighs is asked of the library as it is now: a table of all wishes says how much of each a
patent holds at the most, and those that may pass the gate are measured.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import FieldType, Query

from search import needs
from search.needs import Corpus, Need
from search.patents import PUSH_COVERAGE, PatentText, body
from search.shelf import STAMP_ID, Shelf, any_of, ids, opened, schema

VERSION = 7  # raise it when the schema or `_entry` changes: every index is then rebuilt
AGED = 0.1  # by how much of its size the library may change before a wish is read anew
GROWN = 1.05  # what technical words cover may weigh so much more by then
ROUNDING = 1e-6

SCHEMA = (
    schema()
    .add_integer_field("patents", indexed=True, fast=True)
    .add_bytes_field("told", stored=True)
    .build()
)

HEAD = Struct("<dHII")  # see `Told`: standing, how many marks, bytes of the rarest, of credits
MARK = 4  # bytes
ALL = 0, 1

Weights = NDArray[np.float64]
Guess = tuple[int, float | None]
"""A patent, and how much of a wish it covers, where that is known."""
Share = tuple[int, int]
"""Which one of how many: `ALL` is the first of one."""


@dataclass(frozen=True)
class Wish:
    id: int  # positive
    text: str


class Met(NamedTuple):
    """A wish that a patent fulfils: as a `Hit`, seen from the other side."""

    wish: int
    patent: int
    coverage: float
    terms: tuple[str, ...]


class WishIndex(Shelf[Wish]):
    """`corpus`: by which wishes are read and weighed."""

    def __init__(self, path: Path, corpus: Callable[[], Corpus]) -> None:
        super().__init__(path, VERSION, SCHEMA, self._entry)
        self._corpus = corpus
        self._now = Corpus(lambda gram: 0, 0)
        self._reading: Reading | None = None
        self._one_reader = threading.Lock()

    def __reduce__(self) -> tuple[Callable[..., WishIndex], tuple[Any, ...]]:
        return opened, (WishIndex, self._path, self._corpus)

    @property
    def standing(self) -> int:
        """How many wishes there are."""
        return self.count - (self.stamp is not None)

    def rebuild(self, entries: Iterable[Wish], stamp: str) -> None:
        self._now = self._corpus()
        super().rebuild(entries, stamp)

    def update(
        self, entries: Iterable[Wish], stamp: str | None = None, gone: Iterable[int] = ()
    ) -> None:
        self._now = self._corpus()
        super().update(entries, stamp, gone)

    def _entry(self, wish: Wish) -> tantivy.Document:
        told = _packed(needs.read(wish.text, self._now))
        return tantivy.Document(id=wish.id, patents=self._now.patents, told=told)

    def aged(self) -> list[int]:
        """Wishes that were read by a much smaller or larger library: they have to be written
        anew."""
        searcher, size = self.searcher(), self._corpus().patents
        if searcher is None or not searcher.num_docs:
            return []
        fewer = _between(0, int((1 - AGED) * size) - 1)
        more = _between(int((1 + AGED) * size) + 1, 1 << 62)
        found = searcher.search(any_of([fewer, more]), searcher.num_docs, count=False).hits
        return ids(searcher, [address for _, address in found])

    def met(self, patents: Iterable[PatentText], most: int, share: Share = ALL) -> list[Met]:
        """Of each wish in this share of them the best of these patents that pass the gate.

        Blocking: some milliseconds a patent where hundreds of thousands wish, and some seconds
        before the first one if wishes have changed, or another share was asked before.
        """
        held = {text.id: frozenset(body(text)) for text in patents}
        reading = self._read(share) if held else None
        return [*reading.met(held, most)] if reading else []

    def _read(self, share: Share) -> Reading | None:
        """The same one until something changes, for all threads."""
        with self._one_reader:
            searcher, corpus = self.searcher(), self._corpus()
            if searcher is None:
                return None
            before = self._reading
            table = before.table if before else None
            if table is None or table.searcher is not searcher or table.share != share:
                self._reading = Reading(Table(searcher, share), corpus)
            elif before and before.corpus is not corpus:
                self._reading = Reading(table, corpus)
            return self._reading


class Table:
    """A share of the wishes, in rows. `grams`: each gram's number; `having`: by these the rows that
    have it among their rarest; `credits`: for each technical word the rows of which it may cover
    something, and how much."""

    def __init__(self, searcher: tantivy.Searcher, share: Share) -> None:
        self.searcher, self.share = searcher, share
        self._places = _places(searcher, *share)
        self.ids = ids(searcher, self._places)
        rarest, marks, standing = list[bytes](), list[bytes](), list[float]()
        credits = defaultdict[str, list[tuple[int, float]]](list)
        for row, told in enumerate(map(self.told, range(len(self._places)))):
            rarest.append(told.rarest)
            marks.append(told.marks)
            standing.append(told.standing)
            for word, weight in told.credits:
                credits[word].append((row, weight))
        self.standing = np.array(standing)
        self.credits = {word: _columns(found) for word, found in credits.items()}
        self.grams, self.having = _sorted(marks, rarest)

    def told(self, row: int) -> Told:
        return Told(self.searcher.doc(self._places[row]).get_first("told") or b"")


class Reading:
    """Wishes as the library weighs them now."""

    def __init__(self, table: Table, corpus: Corpus) -> None:
        self.table, self.corpus = table, corpus
        self._weights = [*map(corpus.weight, table.grams)]
        mass = self._added(range(len(self._weights))) + table.standing
        self._mass = np.where(mass > 0, mass, np.inf)
        self._asked = (1 - ROUNDING) * PUSH_COVERAGE * self._mass
        self._credited = {row for rows, _ in table.credits.values() for row in rows.tolist()}
        self._words = defaultdict[str, list[str]](list)  # by one of their grams
        for word in table.credits:
            self._words[needs.telling_grams(word)[0]].append(word)

    def met(self, held: Mapping[int, frozenset[str]], most: int) -> Iterator[Met]:
        guesses = defaultdict[int, list[Guess]](list)  # by row
        for patent, grams in held.items():
            for row, coverage in self._may_meet(grams):
                guesses[row].append((patent, coverage))
        for row, guessed in sorted(guesses.items()):
            need = self.table.told(row).need(self.corpus)
            for coverage, id_ in _best(need, guessed, held, most):
                terms = needs.common(need, held[id_]).terms
                yield Met(self.table.ids[row], id_, coverage, terms)

    def _may_meet(self, held: frozenset[str]) -> Iterator[tuple[int, float | None]]:
        """The rows that a patent with these grams may fulfil, and how much of each it covers; None
        where technical words count, which have to be looked at."""
        known = self.table.grams
        found = self._added([known[gram] for gram in held if gram in known], self._said(held))
        near = np.flatnonzero(found >= self._asked)
        coverages = (found[near] / self._mass[near]).tolist()
        for row, coverage in zip(near.tolist(), coverages, strict=True):
            yield row, None if row in self._credited else coverage

    def _added(self, grams: Iterable[int], words: Iterable[str] = ()) -> Weights:
        """What these weigh together in each row. In few calls: each of them lets other threads go
        first."""
        parts = [(self.table.having[gram], self._weights[gram]) for gram in grams]
        rows = [part for part, _ in parts]
        each = [np.repeat([weight for _, weight in parts], [*map(len, rows)])]
        for word in words:
            others, credits = self.table.credits[word]
            rows.append(others)
            each.append(credits)
        if not rows:
            return np.zeros(len(self.table.ids))
        added = np.bincount(np.concatenate(rows), np.concatenate(each), len(self.table.ids))
        return np.asarray(added, float)

    def _said(self, held: frozenset[str]) -> Iterator[str]:
        """The words that cover something wished which a patent with these grams says."""
        for gram in held & self._words.keys():
            for word in self._words[gram]:
                if held >= needs.asked_of(word):
                    yield word


class Told:
    """What the index remembers of a need as it was read: its rarest grams; how much of it technical
    words may cover; how much of it is nothing but everyday words; in which words."""

    __slots__ = ("_credits", "_words", "marks", "rarest", "standing")

    def __init__(self, packed: bytes) -> None:
        self.standing, marks, rarest, credits = HEAD.unpack_from(packed)
        begin = HEAD.size
        self.marks = packed[begin : (begin := begin + MARK * marks)]  # of the rarest grams
        self.rarest = packed[begin : (begin := begin + rarest)]  # these, with spaces between them
        self._credits = packed[begin : (begin := begin + credits)]
        self._words = packed[begin:]

    @property
    def credits(self) -> Iterable[tuple[str, float]]:
        if not self._credits:
            return ()
        told = self._credits.decode().split("\t")
        return zip(told[::2], map(float, told[1::2]), strict=True)

    def need(self, corpus: Corpus) -> Need:
        runs, technical, stands = json.loads(self._words)
        rarest = self.rarest.decode().split(" ") if self.rarest else []
        return Need(corpus, runs, rarest, technical, stands)


def _packed(need: Need) -> bytes:
    marks = np.array([*map(_mark, need.rarest)], np.uint32).tobytes()
    rarest = " ".join(need.rarest).encode()
    told = (f"{word}\t{GROWN * weight:.3f}" for word, weight in need.credits.items())
    credits = "\t".join(told).encode()
    head = HEAD.pack(need.standing, len(need.rarest), len(rarest), len(credits))
    words = [need.runs, need.technical, need.stands]
    whole = json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join([head, marks, rarest, credits, whole])


def _mark(gram: str) -> int:
    """The same in every process. Two grams of hundreds of thousands may have one mark: so be it."""
    return crc32(gram.encode())


def _sorted(
    marks: Sequence[bytes], rarest: Sequence[bytes]
) -> tuple[dict[str, int], list[NDArray[np.intp]]]:
    """By the rarest grams of each row, with their marks: the grams, and the rows that have them.
    What has the same mark is brought together, which is much faster than to look at each gram."""
    each = np.frombuffer(bytearray().join(marks), np.uint32)
    many = np.array([len(some) // MARK for some in marks], np.intp)
    rows = np.repeat(np.arange(len(many)), many)
    in_order = _in_order(each)
    begins = np.flatnonzero(np.diff(each[in_order].astype(np.int64), prepend=-1))
    first = in_order[begins]
    places = first - (np.cumsum(many) - many)[rows[first]]
    where = zip(rows[first].tolist(), places.tolist(), strict=True)
    grams = {rarest[row].decode().split(" ")[at]: number for number, (row, at) in enumerate(where)}
    return grams, np.split(rows[in_order], begins[1:])


def _in_order(values: NDArray[np.uint32]) -> NDArray[np.intp]:
    """As a stable argsort, in a third of its time: whole numbers are sorted that hold both."""
    places = np.arange(len(values), dtype=np.uint64)
    both = np.sort(values.astype(np.uint64) << 32 | places)
    return (both & 0xFFFFFFFF).astype(np.intp)


def _columns(found: Iterable[tuple[int, float]]) -> tuple[NDArray[np.intp], Weights]:
    rows, weights = zip(*found, strict=True)
    return np.array(rows, np.intp), np.array(weights)


def _places(searcher: tantivy.Searcher, number: int, of: int) -> list[tantivy.DocAddress]:
    """Of one share of the wishes, in the order in which they are quickly read."""
    begin, end = (searcher.num_docs * at // of for at in (number, number + 1))
    if begin == end:
        return []
    found = searcher.search(Query.all_query(), end - begin, count=False, offset=begin).hits
    each = [place for _, place in found]  # they come in their order
    return [place for id_, place in zip(ids(searcher, each), each, strict=True) if id_ != STAMP_ID]


def _best(
    need: Need, guessed: Iterable[Guess], held: Mapping[int, Set[str]], most: int
) -> list[tuple[float, int]]:
    covered = [
        (needs.coverage(need, held[id_]) if coverage is None else coverage, id_)
        for id_, coverage in guessed
    ]
    return sorted((pair for pair in covered if pair[0] >= PUSH_COVERAGE), reverse=True)[:most]


def _between(least: int, most: int) -> Query:
    return Query.range_query(SCHEMA, "patents", FieldType.Integer, least, most)
