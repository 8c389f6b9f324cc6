"""Need search against SQLite FTS5, interleaved in one process: python -m bench.patents

The library is synthetic: clauses of real texts, put together anew. Only the ratios and the hit
rates mean something; the milliseconds are this machine's.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.synthetic import Synthetic, misspelt
from search.patents import PatentIndex, PatentText
from search.tokens import grams, runs, strip_boilerplate

Search = Callable[[str], list[int]]


@dataclass
class Engine:
    name: str
    search: Search
    build_s: float
    disk_mb: float
    grown_mb: float = 0.0  # of the process, while it was built
    ms: list[float] = field(default_factory=list)
    found: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))

    def ask(self, kind: str, need: str, known: int) -> None:
        begin = time.perf_counter()
        found = self.search(need)
        self.ms.append((time.perf_counter() - begin) * 1000)
        self.found[f"{kind}@1"].append(known in found[:1])
        self.found[f"{kind}@10"].append(known in found)

    def hit(self, column: str) -> float:
        return sum(self.found[column]) / len(self.found[column])

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.ms, n=100)[percent - 1]

    def times(self, other: Engine) -> dict[str, float]:
        """How often the other's figures go into this one's."""
        pairs = {
            "build": (self.build_s, other.build_s),
            "disk": (self.disk_mb, other.disk_mb),
            "p50": (self.percentile(50), other.percentile(50)),
            "p99": (self.percentile(99), other.percentile(99)),
        }
        return {f"{name}_times": mine / its for name, (mine, its) in pairs.items()}


def needs(
    made: Synthetic, rows: int, count: int, chance: random.Random
) -> Iterator[tuple[str, str, int]]:
    """Known items, each plain and with a wrong character in every part, as (kind, need, id)."""
    for number in chance.sample(range(1, rows + 1), count):
        need = made.need(made.patent(number), number)
        yield "plain", need, number
        yield "misspelt", misspelt(need, chance), number


def ours(folder: Path, texts: list[PatentText]) -> Engine:
    index = PatentIndex(folder / "tantivy")
    begin = time.perf_counter()
    index.rebuild(texts, "bench")
    took = time.perf_counter() - begin
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Engine("ours", lambda need: [hit.id for hit in index.search(need, 10)], took, size / 1e6)


def fts5(
    folder: Path,
    texts: list[PatentText],
    name: str,
    tokenizer: str,
    cut: Callable[[str], list[str]],
) -> Engine:
    """FTS5 with `cut` on both sides, where the tokenizer cannot do it, and OR of all terms."""
    file = folder / f"{name}.sqlite"
    database = sqlite3.connect(file)
    begin = time.perf_counter()
    database.execute(f"CREATE VIRTUAL TABLE patents USING fts5(body, tokenize='{tokenizer}')")
    whole = tokenizer == "trigram"
    rows = (
        (text.id, whole_text(text) if whole else " ".join(cut(whole_text(text)))) for text in texts
    )
    database.executemany("INSERT INTO patents(rowid, body) VALUES (?, ?)", rows)
    database.commit()
    took = time.perf_counter() - begin

    def search(need: str) -> list[int]:
        terms = dict.fromkeys(cut(strip_boilerplate(need)))
        sql = "SELECT rowid FROM patents WHERE patents MATCH ? ORDER BY rank LIMIT 10"
        match = " OR ".join(f'"{term}"' for term in terms) or '""'  # nothing of three characters
        return [rowid for (rowid,) in database.execute(sql, (match,))]

    return Engine(name, search, took, file.stat().st_size / 1e6)


def whole_text(text: PatentText) -> str:
    return " ".join([text.title] * 3 + [text.abstract, *text.keywords]).lower()


def trigrams(text: str) -> list[str]:
    return [run[i : i + 3] for run in runs(text) for i in range(len(run) - 2)]


def report(engines: list[Engine]) -> None:
    columns = ["plain@1", "plain@10", "misspelt@1", "misspelt@10"]
    print(f"{'engine':14}  build s  disk MB   p50 ms   p99 ms  {'  '.join(columns)}")
    for e in engines:
        times = f"{e.build_s:9.1f}{e.disk_mb:9.1f}{e.percentile(50):9.2f}{e.percentile(99):9.2f}"
        hits = "".join(f"{e.hit(column):{len(column) + 2}.3f}" for column in columns)
        print(f"{e.name:14}{times}{hits}")
    own, *peers = engines
    for peer in peers:
        p50, p99 = (peer.percentile(p) / own.percentile(p) for p in (50, 99))
        print(f"{peer.name} / ours: p50 {p50:.1f}x, p99 {p99:.1f}x")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=35_500)
    options.add_argument("--needs", type=int, default=150)
    asked = options.parse_args()
    chance = random.Random(7)
    made = Synthetic()
    texts = [made.patent(number) for number in range(1, asked.rows + 1)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engines = [
            ours(folder, texts),
            fts5(folder, texts, "fts5-trigram", "trigram", trigrams),
            fts5(folder, texts, "fts5-grams", "unicode61", grams),
        ]
        for kind, need, known in needs(made, asked.rows, asked.needs, chance):
            for engine in chance.sample(engines, len(engines)):
                engine.ask(kind, need, known)
        report(engines)


if __name__ == "__main__":
    main()
