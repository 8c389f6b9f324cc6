"""Patents for a need: a tantivy index beside the database, rebuilt from it at any time.

Texts stay in the database. Coverage and reasons are read off the index itself (`_present`): a hit
needs no second look-up, a second process can explain what it finds, and the index stays small.
"""

import shutil
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tantivy
from tantivy import Occur, Query

from search import needs
from search.needs import Need, telling_grams
from search.tokens import grams

# Coverage is the share of a need's idf mass that a patent holds. Measured with needs made from
# 12,178 Chinese abstracts: at 0.6 89 % of the needs that have a right patent pass and 20 % of those
# that have none, at 0.4 98 % and 62 %. It must never be mixed with other scores.
PUSH_COVERAGE = 0.6
LIST_COVERAGE = 0.4
# Everyday wording covers little even of the right patent. Of 117 needs so worded 45 % of the right
# first hits reach 0.4, and 64 % where one that leads the second like this counts too (with the
# right patent taken out: 12 % and 18 %).
LEADER_COVERAGE = 0.2
LEADER_MARGIN = 1.5

VERSION = 1  # raise it when the schema, `_body` or `grams` changes: every index is then rebuilt
TITLE_TIMES = 3  # a title repeated in one field beats a field of its own with a boost
LAY_WEIGHT = 0.6  # of what patents call an everyday word, against the words of the need
STAMP_ID = -1  # the document that holds the stamp, so that both are committed together
MASK_BITS = 23  # whole numbers below 2**24 are exact in tantivy's 32-bit scores

SCHEMA = (
    tantivy.SchemaBuilder()
    .add_integer_field("id", indexed=True, fast=True)
    .add_text_field("segment", tokenizer_name="raw", index_option="basic")
    .add_text_field("body", tokenizer_name="whitespace", index_option="freq")
    .add_text_field("stamp", stored=True, tokenizer_name="raw", index_option="basic")
    .build()
)


@dataclass(frozen=True)
class PatentText:
    id: int  # positive
    title: str
    abstract: str
    keywords: tuple[str, ...] = ()
    segment: str | None = None


@dataclass(frozen=True)
class Hit:
    id: int
    score: float  # BM25: orders the hits of one search, means nothing across searches
    coverage: float  # 0-1: decides whether to push, to list or to say that nothing fits
    terms: tuple[str, ...]  # words found in the patent, the most telling first


class IndexBusy(RuntimeError):
    """Another process is writing this index: only one may at a time."""


def worth_listing(hits: Sequence[Hit]) -> list[Hit]:
    """Which hits of one search (of at least two) to show on request, in their order."""
    return [hit for hit in hits if hit.coverage >= LIST_COVERAGE] or _leader(hits)


def _leader(hits: Sequence[Hit]) -> list[Hit]:
    ahead = len(hits) > 1 and hits[0].score >= LEADER_MARGIN * hits[1].score
    return [hits[0]] if ahead and hits[0].coverage >= LEADER_COVERAGE else []


class PatentIndex:
    """Any number of processes search; a writer is open only while something is written."""

    def __init__(self, path: Path) -> None:
        """`path` is a folder for this index alone; it is made when something is written."""
        self._path = path
        self._folder = path / f"v{VERSION}"
        self._index: tantivy.Index | None = None
        self._one_writer = threading.Lock()

    @property
    def stamp(self) -> str | None:
        """What the index was built from; None where it has to be built (again)."""
        try:
            searcher = self._searcher()
        except ValueError:  # files are missing or damaged
            return None
        if searcher is None:
            return None
        found = searcher.search(_term("id", STAMP_ID), 1).hits
        return str(searcher.doc(found[0][1]).get_first("stamp")) if found else None

    def rebuild(self, texts: Iterable[PatentText], stamp: str) -> None:
        """Replace everything. The old index answers until the new one is complete."""
        try:
            self._searcher()
        except ValueError:  # damaged: without this file tantivy starts afresh
            (self._folder / "meta.json").unlink()
        with self._writer() as writer:
            writer.delete_all_documents()
            for text in texts:
                writer.add_document(_document(text))
            writer.add_document(tantivy.Document(id=STAMP_ID, stamp=stamp))
        for other_version in set(self._path.glob("v*")) - {self._folder}:
            shutil.rmtree(other_version, ignore_errors=True)

    @property
    def ids(self) -> set[int]:
        """Of every patent that can be found."""
        searcher = self._searcher()
        if searcher is None or not searcher.num_docs:
            return set()
        found = searcher.search(Query.all_query(), searcher.num_docs, count=False).hits
        return set(_ids(searcher, found)) - {STAMP_ID}

    def update(
        self, texts: Iterable[PatentText], stamp: str | None = None, gone: Iterable[int] = ()
    ) -> None:
        """Add or replace, and take out what is `gone`; `stamp` where this brings the index to a new
        state of the database."""
        with self._writer() as writer:
            for id_ in gone:
                writer.delete_documents_by_term("id", id_)
            for text in texts:
                writer.delete_documents_by_term("id", text.id)
                writer.add_document(_document(text))
            _restamp(writer, stamp)

    def delete(self, ids: Iterable[int], stamp: str | None = None) -> None:
        """Take patents out; ids that are not in the index do no harm."""
        with self._writer() as writer:
            for id_ in ids:
                writer.delete_documents_by_term("id", id_)
            _restamp(writer, stamp)

    def search(self, text: str, k: int, segments: Collection[str] = ()) -> list[Hit]:
        """The `k` patents nearest to a need, best first; of `segments` only, where any are given.

        Blocking, about a millisecond: call it in a thread. Bonuses (open licence, own segment)
        are the caller's.
        """
        searcher = self._searcher()
        if searcher is None:
            return []
        need = needs.read(text, lambda gram: searcher.doc_freq("body", gram), searcher.num_docs)
        hits = _search(searcher, need, need.rarest, k, segments)
        if all(hit.coverage < LIST_COVERAGE for hit in hits):
            # Rare grams that nothing answers to are often typing errors: ask with all of them.
            hits = _search(searcher, need, list(need.idf), k, segments)
        return hits

    def _searcher(self) -> tantivy.Searcher | None:
        if self._index is None:
            if not (self._folder / "meta.json").exists():
                return None
            self._index = tantivy.Index.open(str(self._folder))
            self._index.config_reader("manual")
        self._index.reload()  # 0.03 ms, and what another process wrote is seen at once
        return self._index.searcher()

    @contextmanager
    def _writer(self) -> Iterator[tantivy.IndexWriter]:
        with self._one_writer:
            self._folder.mkdir(parents=True, exist_ok=True)
            writer = _open_writer(self._folder)
            try:
                yield writer
                writer.commit()
            except BaseException:
                writer.rollback()  # tantivy's own `with` would commit the half of it
                raise
            finally:
                writer.wait_merging_threads()  # closes it and frees the lock


def _open_writer(folder: Path) -> tantivy.IndexWriter:
    index = tantivy.Index(SCHEMA, path=str(folder))
    try:
        return index.writer(num_threads=1)
    except ValueError as error:
        raise IndexBusy(f"another process is writing {folder}") from error


def _document(text: PatentText) -> tantivy.Document:
    keywords = [gram for keyword in text.keywords for gram in grams(keyword)]
    body = grams(text.title) * TITLE_TIMES + grams(text.abstract) + keywords
    segment = [] if text.segment is None else [text.segment]
    return tantivy.Document(id=text.id, body=" ".join(body), segment=segment)


def _restamp(writer: tantivy.IndexWriter, stamp: str | None) -> None:
    if stamp is not None:
        writer.delete_documents_by_term("id", STAMP_ID)
        writer.add_document(tantivy.Document(id=STAMP_ID, stamp=stamp))


def _search(
    searcher: tantivy.Searcher, need: Need, asked: Sequence[str], k: int, segments: Collection[str]
) -> list[Hit]:
    wanted = Query.boolean_query([*_any_of(asked), *_technical(need)])
    if segments:
        among = Query.boolean_query([(Occur.Should, _term("segment", s)) for s in segments])
        silent = Query.const_score_query(among, 0.0)
        wanted = Query.boolean_query([(Occur.Must, wanted), (Occur.Must, silent)])
    found = searcher.search(wanted, k, count=False).hits
    ids = _ids(searcher, found)
    held = _present(searcher, ids, need)
    return [
        Hit(id_, score, needs.coverage(need, held[id_]), needs.terms(need, held[id_]))
        for id_, (score, _) in zip(ids, found, strict=True)
    ]


def _any_of(asked: Iterable[str]) -> list[tuple[Occur, Query]]:
    return [(Occur.Should, _term("body", gram)) for gram in asked]


def _technical(need: Need) -> list[tuple[Occur, Query]]:
    """Of several words for one thing only the best counts, else long lists would win."""
    best = [
        Query.disjunction_max_query(
            [Query.boolean_query(_any_of(telling_grams(other))) for other in others]
        )
        for others in need.technical.values()
    ]
    return [(Occur.Should, Query.boost_query(query, LAY_WEIGHT)) for query in best]


def _present(searcher: tantivy.Searcher, ids: Sequence[int], need: Need) -> dict[int, set[str]]:
    """Which grams of the need, and of its technical words, each of the patents holds.

    One query for 23 grams: each scores its own power of two, so a score is the set of them.
    """
    words = [word for others in need.technical.values() for word in others]
    asked = list(dict.fromkeys([*need.known, *(g for word in words for g in telling_grams(word))]))
    held: dict[int, set[str]] = {id_: set() for id_ in ids}
    for start in range(0, len(asked) if ids else 0, MASK_BITS):
        part = asked[start : start + MASK_BITS]
        for id_, mask in _masks(searcher, ids, part):
            held[id_].update(gram for bit, gram in enumerate(part) if mask >> bit & 1)
    return held


def _masks(
    searcher: tantivy.Searcher, ids: Sequence[int], asked: Sequence[str]
) -> list[tuple[int, int]]:
    """Each patent's id with a bit set for every gram of `asked` that it holds."""
    among = Query.const_score_query(Query.term_set_query(SCHEMA, "id", list(ids)), 0.0)
    bits = [
        (Occur.Should, Query.const_score_query(_term("body", gram), float(1 << bit)))
        for bit, gram in enumerate(asked)
    ]
    query = Query.boolean_query([(Occur.Must, among), *bits])
    found = searcher.search(query, len(ids), count=False).hits
    return [(i, int(mask)) for i, (mask, _) in zip(_ids(searcher, found), found, strict=True)]


def _ids(
    searcher: tantivy.Searcher, found: Sequence[tuple[float, tantivy.DocAddress]]
) -> list[int]:
    values = searcher.fast_field_values("id", [address for _, address in found])
    return [int(value) for value in values if value is not None]


def _term(field: str, value: str | int) -> Query:
    return Query.term_query(SCHEMA, field, value, "freq")
