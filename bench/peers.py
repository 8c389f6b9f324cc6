"""Search engines to stand beside ours, where this machine has them: PostgreSQL and bm25s."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from bench.patents import Engine, fts5, ours, trigrams, whole_text
from bench.turns import postgres
from search.patents import PatentText
from search.tokens import grams, strip_boilerplate


def beside(folder: Path, texts: list[PatentText]) -> list[Engine]:
    """Ours, and then every peer, each with what memory building it took."""
    found = []
    before = resident_mb()
    for engine in _each(folder, texts):
        engine.grown_mb, before = resident_mb() - before, resident_mb()
        found.append(engine)
    return found


def _each(folder: Path, texts: list[PatentText]) -> Iterator[Engine]:
    yield ours(folder, texts)
    yield fts5(folder, texts, "fts5-trigram", "trigram", trigrams)
    yield fts5(folder, texts, "fts5-grams", "unicode61", grams)
    yield from available(texts)


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def available(texts: list[PatentText]) -> Iterator[Engine]:
    """Each that can be had; what cannot be imported is left out."""
    yield in_postgres(texts)
    try:
        yield in_bm25s(texts, importlib.import_module("bm25s"))
    except ImportError:
        return


def in_postgres(texts: list[PatentText]) -> Engine:
    """Full text over the same grams: GIN, and ts_rank for the order."""
    os.environ.setdefault("TMPDIR", tempfile.gettempdir())
    loop = asyncio.new_event_loop()
    server = postgres()
    connection = loop.run_until_complete(asyncpg.connect(server.get_uri()))
    begin = time.perf_counter()
    loop.run_until_complete(_fill(connection, texts))
    took = time.perf_counter() - begin
    size = loop.run_until_complete(connection.fetchval("SELECT pg_total_relation_size('p')"))

    def search(need: str) -> list[int]:
        terms = dict.fromkeys(grams(strip_boilerplate(need)))
        query = " | ".join(f"'{term}'" for term in terms)
        sql = (
            "SELECT id FROM p, to_tsquery('simple', $1) q WHERE v @@ q ORDER BY ts_rank(v, q) DESC"
        )
        rows = loop.run_until_complete(connection.fetch(f"{sql} LIMIT 10", query))
        return [row["id"] for row in rows]

    return Engine("postgres-gin", search, took, size / 1e6)


async def _fill(connection: Any, texts: list[PatentText]) -> None:
    await connection.execute("CREATE TABLE p (id int PRIMARY KEY, v tsvector)")
    rows = [(text.id, " ".join(grams(whole_text(text)))) for text in texts]
    await connection.executemany("INSERT INTO p VALUES ($1, to_tsvector('simple', $2))", rows)
    await connection.execute("CREATE INDEX ON p USING gin (v)")
    await connection.execute("ANALYZE p")


def in_bm25s(texts: list[PatentText], bm25s: Any) -> Engine:
    """All in memory; it cannot add or take out one patent."""
    begin = time.perf_counter()
    retriever = bm25s.BM25()
    # The same gram is one string in all of them: else millions of texts need tens of gigabytes.
    told = [[*map(sys.intern, grams(whole_text(text)))] for text in texts]
    retriever.index(told, show_progress=False)
    took = time.perf_counter() - begin

    def search(need: str) -> list[int]:
        terms = list(dict.fromkeys(grams(strip_boilerplate(need))))
        found, _ = retriever.retrieve([terms], k=10, show_progress=False)
        return [texts[place].id for place in found[0]]

    return Engine("bm25s", search, took, 0.0)
