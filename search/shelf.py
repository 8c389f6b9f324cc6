"""A tantivy index in a folder beside the database: written by one, read by any, rebuilt at will."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import tantivy
from tantivy import Occur, Query

STAMP_ID = -1  # the document that holds the stamp, so that both are committed together
HEAP = 256 << 20  # bytes that a rebuild may fill before it writes a part of the index to disk


class Entry(Protocol):
    """What stands on a shelf, by a positive id."""

    @property
    def id(self) -> int: ...


E = TypeVar("E", bound=Entry)
S = TypeVar("S")


class IndexBusy(RuntimeError):
    """Another process is writing this index: only one may at a time."""


class Shelf(Generic[E]):
    """Any number of processes search; a writer is open only while something is written.

    The schema has at least the fields of `schema()`.
    """

    def __init__(
        self,
        path: Path,
        version: int,
        schema: tantivy.Schema,
        document: Callable[[E], tantivy.Document],
    ) -> None:
        """`path` is a folder for this index alone; it is made when something is written."""
        self._path = path
        self._folder = path / f"v{version}"
        self._schema = schema
        self._document = document
        self._index: tantivy.Index | None = None
        self._searcher: tantivy.Searcher | None = None
        self._written = (0, 0)
        self._one_writer = threading.Lock()

    @property
    def stamp(self) -> str | None:
        """What the index was built from; None where it has to be built (again)."""
        try:
            searcher = self.searcher()
        except ValueError:  # files are missing or damaged
            return None
        if searcher is None:
            return None
        stamped = Query.term_query(self._schema, "id", STAMP_ID, "freq")
        found = searcher.search(stamped, 1).hits
        return str(searcher.doc(found[0][1]).get_first("stamp")) if found else None

    @property
    def ids(self) -> set[int]:
        """Of everything that can be found."""
        searcher = self.searcher()
        if searcher is None or not searcher.num_docs:
            return set()
        found = searcher.search(Query.all_query(), searcher.num_docs, count=False).hits
        return set(ids(searcher, [address for _, address in found])) - {STAMP_ID}

    @property
    def count(self) -> int:
        """About how many stand here."""
        searcher = self.searcher()
        return searcher.num_docs if searcher else 0

    def rebuild(self, entries: Iterable[E], stamp: str) -> None:
        """Replace everything. The old index answers until the new one is complete."""
        try:
            self.searcher()
        except ValueError:  # damaged: without this file tantivy starts afresh
            (self._folder / "meta.json").unlink()
        with self._writer(HEAP) as writer:
            writer.delete_all_documents()
            for entry in entries:
                writer.add_document(self._document(entry))
            writer.add_document(tantivy.Document(id=STAMP_ID, stamp=stamp))
        for other_version in set(self._path.glob("v*")) - {self._folder}:
            shutil.rmtree(other_version, ignore_errors=True)

    def update(
        self, entries: Iterable[E], stamp: str | None = None, gone: Iterable[int] = ()
    ) -> None:
        """Add or replace, and take out what is `gone`; `stamp` where this brings the index to a
        new state of the database."""
        with self._writer() as writer:
            for id_ in gone:
                writer.delete_documents_by_term("id", id_)
            for entry in entries:
                writer.delete_documents_by_term("id", entry.id)
                writer.add_document(self._document(entry))
            _restamp(writer, stamp)

    def delete(self, ids: Iterable[int], stamp: str | None = None) -> None:
        """Take entries out; ids that are not in the index do no harm."""
        with self._writer() as writer:
            for id_ in ids:
                writer.delete_documents_by_term("id", id_)
            _restamp(writer, stamp)

    def searcher(self) -> tantivy.Searcher | None:
        """The same one until something is written, which is seen at once, whoever wrote it."""
        try:
            state = (self._folder / "meta.json").stat()
        except FileNotFoundError:
            return None
        written = (state.st_ino, state.st_mtime_ns)
        if self._searcher is None or written != self._written:
            if self._index is None:
                self._index = tantivy.Index.open(str(self._folder))
                self._index.config_reader("manual")
            self._index.reload()
            self._searcher, self._written = self._index.searcher(), written
        return self._searcher

    @contextmanager
    def _writer(self, heap: int | None = None) -> Iterator[tantivy.IndexWriter]:
        with self._one_writer:
            self._folder.mkdir(parents=True, exist_ok=True)
            writer = _open_writer(tantivy.Index(self._schema, path=str(self._folder)), heap)
            try:
                yield writer
                writer.commit()
            except BaseException:
                writer.rollback()  # tantivy's own `with` would commit the half of it
                raise
            finally:
                writer.wait_merging_threads()  # closes it and frees the lock


@cache
def opened(kind: Callable[..., S], *arguments: Hashable) -> S:
    """What a process works with that was sent a shelf: one of its own, opened once."""
    return kind(*arguments)


def schema() -> tantivy.SchemaBuilder:
    """What every shelf's schema begins with."""
    return (
        tantivy.SchemaBuilder()
        .add_integer_field("id", indexed=True, fast=True)
        .add_text_field("stamp", stored=True, tokenizer_name="raw", index_option="basic")
    )


def any_of(queries: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def ids(searcher: tantivy.Searcher, addresses: Sequence[tantivy.DocAddress]) -> list[int]:
    values = searcher.fast_field_values("id", list(addresses))
    return [int(value) for value in values if value is not None]


def _open_writer(index: tantivy.Index, heap: int | None) -> tantivy.IndexWriter:
    try:
        return index.writer(num_threads=1) if heap is None else index.writer(heap, 1)
    except ValueError as error:
        raise IndexBusy("another process is writing this index") from error


def _restamp(writer: tantivy.IndexWriter, stamp: str | None) -> None:
    if stamp is not None:
        writer.delete_documents_by_term("id", STAMP_ID)
        writer.add_document(tantivy.Document(id=STAMP_ID, stamp=stamp))
