"""The other direction: what firms wait for, asked by patents.

A wish is the text of a need that stands open. All of them are held against a patent at once: a
table says which of them have a gram among their rarest, and what the library says today that grams
weigh adds up to how much of each wish the patent holds. Those that may pass the gate are weighed
whole: the index remembers into which words a need was taken apart.
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
from search.needs import Need
from search.patents import PUSH_COVERAGE, PatentText, Reader, body
from search.shelf import STAMP_ID, Shelf, any_of, ids, opened, schema

VERSION = 6  # raise it when the schema or `_entry` changes: every index is then rebuilt
WEIGHED = 0.98  # of what a wish asks: its rarest grams may have been others when it was written
AGED = 0.1  # by how much of its size the library may change before a wish is weighed anew

SCHEMA = (
    schema()
    .add_integer_field("patents", indexed=True, fast=True)
    .add_bytes_field("told", stored=True)
    .build()
)

HEAD = Struct("<fHII")  # see `Told`: standing, how many marks, bytes of the rarest, of technical
MARK = 4  # bytes

Weights = NDArray[np.float64]


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
    """`library` is how the patents read a need: wishes are weighed by it when they are written."""

    def __init__(self, path: Path, library: Callable[[], Reader]) -> None:
        super().__init__(path, VERSION, SCHEMA, self._entry)
        self._library = library
        self._reader = Reader(lambda gram: 0, 0)
        self._reading: Reading | None = None
        self._one_reader = threading.Lock()

    def __reduce__(self) -> tuple[Callable[..., WishIndex], tuple[Any, ...]]:
        return opened, (WishIndex, self._path, self._library)

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
        told = _packed(self._reader.weighed(apart), apart)
        return tantivy.Document(id=wish.id, patents=self._reader.patents, told=told)

    def aged(self) -> list[int]:
        """Wishes that a much smaller or larger library weighed: they have to be written anew."""
        searcher, size = self.searcher(), self._library().patents
        if searcher is None or not searcher.num_docs:
            return []
        fewer = _between(0, int((1 - AGED) * size) - 1)
        more = _between(int((1 + AGED) * size) + 1, 1 << 62)
        found = searcher.search(any_of([fewer, more]), searcher.num_docs, count=False).hits
        return ids(searcher, [address for _, address in found])

    def met(self, patents: Iterable[PatentText], most: int) -> list[Met]:
        """Of each wish the best of these patents that pass the gate.

        Blocking: ten milliseconds a patent where hundreds of thousands wish, and some seconds
        before the first one if wishes or patents have changed.
        """
        held = {text.id: frozenset(body(text)) for text in patents}
        reading = self._read() if held else None
        return [*reading.met(held, most)] if reading else []

    def _read(self) -> Reading | None:
        """The same one until something changes, for all threads."""
        with self._one_reader:
            searcher, library = self.searcher(), self._library()
            if searcher is None:
                return None
            before = self._reading
            if before is None or before.table.searcher is not searcher:
                self._reading = Reading(Table(searcher), library)
            elif before.reader is not library:
                self._reading = Reading(before.table, library)
            return self._reading


class Table:
    """All wishes, in rows. `grams`: each gram's number; `having`: by these the rows that have it
    among their rarest; `technical`: for each technical word the rows in which it may stand for
    something, and for how much."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self.searcher = searcher
        self._places = _places(searcher)
        self.ids = ids(searcher, self._places)
        rarest, marks, standing = list[bytes](), list[bytes](), list[float]()
        technical = defaultdict[str, list[tuple[int, float]]](list)
        for row in range(len(self._places)):
            told = self._told(row)
            rarest.append(told.rarest)
            marks.append(told.marks)
            standing.append(told.standing)
            for word, weight in told.technical:
                technical[word].append((row, weight))
        self.standing = np.array(standing)
        self.technical = {word: _columns(found) for word, found in technical.items()}
        self.grams, self.having = _sorted(marks, rarest)

    def apart(self, row: int) -> needs.TakenApart:
        return self._told(row).apart()

    def _told(self, row: int) -> Told:
        packed: bytes = self.searcher.doc(self._places[row])["told"][0]
        return Told(packed)


class Reading:
    """Wishes as the library weighs them now."""

    def __init__(self, table: Table, reader: Reader) -> None:
        self.table, self.reader = table, reader
        self._weights = [*map(reader.weight, table.grams)]
        mass = self._added(range(len(self._weights)), []) + table.standing
        self._asked = WEIGHED * PUSH_COVERAGE * np.where(mass > 0, mass, np.inf)
        self._words = defaultdict[str, list[str]](list)  # by one of their grams
        for word in table.technical:
            self._words[needs.telling_grams(word)[0]].append(word)

    def met(self, held: Mapping[int, frozenset[str]], most: int) -> Iterator[Met]:
        guesses = defaultdict[int, list[int]](list)  # by row
        for patent, grams in held.items():
            for row in self._may_meet(grams):
                guesses[row].append(patent)
        for row, patents in sorted(guesses.items()):
            need = self.reader.weighed(self.table.apart(row))
            for share, id_ in _best(need, {id_: held[id_] for id_ in patents}, most):
                terms = needs.common(need, held[id_]).terms
                yield Met(self.table.ids[row], id_, share, terms)

    def _may_meet(self, held: frozenset[str]) -> list[int]:
        """The rows that a patent with these grams may fulfil, if they are weighed whole."""
        known = self.table.grams
        found = self._added([known[gram] for gram in held if gram in known], self._said(held))
        near: list[int] = np.flatnonzero(found >= self._asked).tolist()
        return near

    def _added(self, grams: Iterable[int], words: Iterable[str]) -> Weights:
        """What these weigh together in each row."""
        parts = [(self.table.having[gram], self._weights[gram]) for gram in grams]
        rows = [part for part, _ in parts]
        each = [np.repeat([weight for _, weight in parts], [*map(len, rows)])]
        for word in words:
            others, credits = self.table.technical[word]
            rows.append(others)
            each.append(credits)
        if not rows:
            return np.zeros(len(self.table.ids))
        added = np.bincount(np.concatenate(rows), np.concatenate(each), len(self.table.ids))
        return np.asarray(added, float)

    def _said(self, held: frozenset[str]) -> Iterator[str]:
        """The technical words for something wished that a patent with these grams says."""
        for gram in held & self._words.keys():
            for word in self._words[gram]:
                if held >= needs.asked_of(word):
                    yield word


class Told:
    """What the index remembers of a need: its rarest grams at that time; how much of it technical
    words may stand for, and how much of it is nothing but everyday words; how it was taken apart.
    """

    def __init__(self, packed: bytes) -> None:
        self.standing, marks, rarest, technical = HEAD.unpack_from(packed)
        self._rarest = HEAD.size + MARK * marks
        self._technical = self._rarest + rarest
        self._apart = self._technical + technical
        self._packed = packed

    @property
    def marks(self) -> bytes:
        """Of the rarest grams, as `_mark`s."""
        return self._packed[HEAD.size : self._rarest]

    @property
    def rarest(self) -> bytes:
        """These, with spaces between them."""
        return self._packed[self._rarest : self._technical]

    @property
    def technical(self) -> Iterable[tuple[str, float]]:
        if self._technical == self._apart:
            return ()
        told = self._packed[self._technical : self._apart].decode().split("\t")
        return zip(told[::2], map(float, told[1::2]), strict=True)

    def apart(self) -> needs.TakenApart:
        runs, subject, technical = json.loads(self._packed[self._apart :])
        return runs, subject, {word: tuple(others) for word, others in technical.items()}


def _packed(need: Need, apart: needs.TakenApart) -> bytes:
    marks = np.array([*map(_mark, need.rarest)], np.uint32).tobytes()
    rarest = " ".join(need.rarest).encode()
    technical = "\t".join(f"{word}\t{weight:.3f}" for word, weight in need.credits.items()).encode()
    standing = need.mass - sum(need.weights.values())
    head = HEAD.pack(standing, len(need.rarest), len(rarest), len(technical))
    whole = json.dumps(apart, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join([head, marks, rarest, technical, whole])


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
    in_order = np.argsort(each, kind="stable")
    begins = np.flatnonzero(np.diff(each[in_order].astype(np.int64), prepend=-1))
    first = in_order[begins]
    places = first - (np.cumsum(many) - many)[rows[first]]
    where = zip(rows[first].tolist(), places.tolist(), strict=True)
    grams = {rarest[row].decode().split(" ")[at]: number for number, (row, at) in enumerate(where)}
    return grams, np.split(rows[in_order], begins[1:])


def _columns(found: Iterable[tuple[int, float]]) -> tuple[NDArray[np.intp], Weights]:
    rows, weights = zip(*found, strict=True)
    return np.array(rows, np.intp), np.array(weights)


def _places(searcher: tantivy.Searcher) -> list[tantivy.DocAddress]:
    if not searcher.num_docs:
        return []
    found = searcher.search(Query.all_query(), searcher.num_docs, count=False).hits
    places = sorted((place.segment_ord, place.doc, place) for _, place in found)
    each = [place for _, _, place in places]
    return [place for id_, place in zip(ids(searcher, each), each, strict=True) if id_ != STAMP_ID]


def _best(need: Need, held: Mapping[int, Set[str]], most: int) -> list[tuple[float, int]]:
    covered = [(needs.coverage(need, grams), id_) for id_, grams in held.items()]
    return sorted((pair for pair in covered if pair[0] >= PUSH_COVERAGE), reverse=True)[:most]


def _between(least: int, most: int) -> Query:
    return Query.range_query(SCHEMA, "patents", FieldType.Integer, least, most)
