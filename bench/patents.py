"""Need search against SQLite FTS5, interleaved in one process: python -m bench.patents

The library is synthetic: clauses of real texts, put together anew. Only the ratios and the hit
rates mean something; the milliseconds are this machine's.
"""

import argparse
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from search.patents import PatentIndex, PatentText
from search.tokens import grams, runs, strip_boilerplate

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data" / "csl.jsonl"
DEMO = ROOT / "data" / "demo" / "patents.json"

Search = Callable[[str], list[int]]


@dataclass
class Engine:
    name: str
    search: Search
    build_s: float
    disk_mb: float
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


def source_texts() -> list[PatentText]:
    """Real abstracts where the development material lies beside the project, else the demo's."""
    if REAL.exists():
        rows = [json.loads(line) for line in REAL.read_text(encoding="utf-8").splitlines()]
    else:
        rows = json.loads(DEMO.read_text(encoding="utf-8"))["patents"]
    return [
        PatentText(i, row["title"], row["abstract"], tuple(row["keywords"]))
        for i, row in enumerate(rows)
    ]


def library(rows: int, chance: random.Random) -> list[PatentText]:
    """`rows` patents whose titles and abstracts are drawn from the words of real ones."""
    texts = source_texts()
    keywords = [word for text in texts for word in text.keywords]
    clauses = [clause for text in texts for clause in _clauses(text.abstract)]
    return [
        PatentText(
            id=i,
            title="".join(chance.sample(keywords, 3)),
            abstract="，".join(chance.sample(clauses, 6)),
            keywords=tuple(chance.sample(keywords, 3)),
        )
        for i in range(1, rows + 1)
    ]


def _clauses(abstract: str) -> list[str]:
    marked = abstract.replace(";", "，").replace("；", "，").replace("。", "，").replace(",", "，")
    return [clause for clause in marked.split("，") if len(clause) >= 8]


def needs(
    texts: list[PatentText], count: int, chance: random.Random
) -> Iterator[tuple[str, str, int]]:
    """Known items: a keyword, and parts of two clauses, of a patent that is in the library.

    Each comes plain and with a wrong character in every part, as (kind, need, id).
    """
    for text in chance.sample(texts, count):
        clauses = chance.sample(text.abstract.split("，"), 2)
        parts = [chance.choice(text.keywords), *(clause[:14] for clause in clauses)]
        yield "plain", "，".join(parts), text.id
        yield "misspelt", "，".join(_misspelt(part, chance) for part in parts), text.id


def _misspelt(part: str, chance: random.Random) -> str:
    at = chance.randrange(len(part))
    return part[:at] + chr(chance.randrange(0x4E00, 0x9FA5)) + part[at + 1 :]


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
    rows = ((text.id, _body(text) if whole else " ".join(cut(_body(text)))) for text in texts)
    database.executemany("INSERT INTO patents(rowid, body) VALUES (?, ?)", rows)
    database.commit()
    took = time.perf_counter() - begin

    def search(need: str) -> list[int]:
        terms = dict.fromkeys(cut(strip_boilerplate(need)))
        sql = "SELECT rowid FROM patents WHERE patents MATCH ? ORDER BY rank LIMIT 10"
        match = " OR ".join(f'"{term}"' for term in terms)
        return [rowid for (rowid,) in database.execute(sql, (match,))]

    return Engine(name, search, took, file.stat().st_size / 1e6)


def _body(text: PatentText) -> str:
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
    texts = library(asked.rows, chance)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engines = [
            ours(folder, texts),
            fts5(folder, texts, "fts5-trigram", "trigram", trigrams),
            fts5(folder, texts, "fts5-grams", "unicode61", grams),
        ]
        for kind, need, known in needs(texts, asked.needs, chance):
            for engine in chance.sample(engines, len(engines)):
                engine.ask(kind, need, known)
        report(engines)


if __name__ == "__main__":
    main()
