"""Retrieval at the size of the country: python -m bench.national --patents N --profiles M --json

Builds the index of N synthetic patents and of M firms' wishes, and measures: building, bytes,
memory; a need's first ten patents; one new patent until it is found; a week's new patents against
all wishes, in an SQLite database, until their messages wait in the outbox. Then `--peers` of the
same patents in SQLite FTS5, PostgreSQL full text and bm25s (where they can be imported), with ours
beside them on the same rows: at the full size they take hours or memory that few have.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench import peers
from bench.synthetic import Synthetic
from bench.weekly import Province, fill, week
from db.models import Need
from db.session import Database
from search.patents import PatentIndex
from search.wishes import WishIndex
from services import offers

Figures = dict[str, float]


def build(made: Synthetic, folder: Path, patents: int) -> tuple[PatentIndex, Figures]:
    """The synthetic texts are made beside it: `made_s` of the seconds."""
    index = PatentIndex(folder / "patents")
    if index.stamp == f"{patents}":
        return index, size(folder / "patents")
    begin = time.perf_counter()
    index.rebuild(map(made.patent, range(1, patents + 1)), f"{patents}")
    took = time.perf_counter() - begin
    return index, {"build_s": took, "made_s": making(made, patents), **size(folder / "patents")}


def making(made: Synthetic, patents: int) -> float:
    """Seconds that it takes to make so many synthetic texts, by a thousand of them."""
    begin = time.perf_counter()
    for number in range(1000):
        made.patent(number)
    return (time.perf_counter() - begin) * patents / 1000


def search(index: PatentIndex, made: Synthetic, patents: int, count: int) -> Figures:
    """Milliseconds for the first ten of a known item's need, and how often it is among them."""
    took, found = [], 0
    for number in random.Random(3).sample(range(1, patents + 1), min(count, patents)):
        need = made.need(made.patent(number), number)
        begin = time.perf_counter()
        hits = index.search(need, 10)
        took.append((time.perf_counter() - begin) * 1000)
        found += number in [hit.id for hit in hits]
    cut = statistics.quantiles(took, n=100)
    return {"p50_ms": cut[49], "p99_ms": cut[98], "hit@10": found / len(took)}


def one_new(index: PatentIndex, made: Synthetic, number: int) -> Figures:
    """Seconds until a patent that was just added is found by its title."""
    patent = made.patent(number)
    begin = time.perf_counter()
    index.update([patent])
    assert number in [hit.id for hit in index.search(patent.title, 10)]
    return {"one_new_s": time.perf_counter() - begin}


async def push(
    index: PatentIndex, made: Synthetic, folder: Path, patents: int, profiles: int, new: range
) -> Figures:
    """A week's new patents against all wishes, from the patents to messages in the outbox."""
    province, figures = Province(made, new), Figures()
    database = Database(f"sqlite:///{folder / 'bench.sqlite'}")
    wishes = WishIndex(folder / "wishes", index.corpus)
    await database.migrate()
    async with database.session() as session:
        if not await session.scalar(select(Need.id).limit(1)):
            await fill(session, province, range(1, patents + 1), range(1, profiles + 1))
        if wishes.standing != profiles:
            begin = time.perf_counter()
            await offers.rebuild(session, wishes, f"{profiles}")
            figures["wishes_build_s"] = time.perf_counter() - begin
    figures["wishes_mb"] = size(folder / "wishes")["disk_mb"]
    figures |= {name: value async for name, value in week(database, index, wishes, province, new)}
    await database.close()
    return figures


def beside(made: Synthetic, rows: int, count: int, folder: Path) -> dict[str, Figures]:
    """Ours and the peers on the same rows, asked the same needs in turn."""
    texts = [made.patent(number) for number in range(1, rows + 1)]
    engines = peers.beside(folder, texts)
    chance = random.Random(5)
    for number in chance.sample(range(1, rows + 1), min(count, rows)):
        need = made.need(made.patent(number), number)
        for engine in chance.sample(engines, len(engines)):
            engine.ask("plain", need, number)
    return {
        engine.name: {
            "build_s": engine.build_s,
            "disk_mb": engine.disk_mb,
            "p50_ms": engine.percentile(50),
            "p99_ms": engine.percentile(99),
            "grown_mb": engine.grown_mb,
            "hit@10": engine.hit("plain@10"),
            **engine.times(engines[0]),
        }
        for engine in engines
    }


def size(folder: Path) -> Figures:
    used = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return {"disk_mb": used / 1e6}


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def measure(asked: argparse.Namespace, folder: Path, scratch: Path) -> dict[str, Any]:
    made = Synthetic()
    index, figures = build(made, folder, asked.patents)
    figures["peak_mb"] = peak_mb()
    figures |= search(index, made, asked.patents, asked.needs)
    figures |= one_new(index, made, asked.patents + 1)
    sys.stderr.write(f"{figures}\n")  # the rest may take as long again
    new = range(asked.patents + 2, asked.patents + 2 + asked.new)
    told = push(index, made, folder, asked.patents, asked.profiles, new)
    pushed = asyncio.run(told)
    pushed["peak_mb"] = peak_mb()
    sys.stderr.write(f"{pushed}\n")
    side = beside(made, asked.peers, asked.peer_needs, scratch) if asked.peers else {}
    return {
        "patents": asked.patents,
        "profiles": asked.profiles,
        "new": asked.new,
        "library": figures,
        "week": pushed,
        "peers": {"rows": asked.peers, **side},
    }


def report(found: dict[str, Any]) -> Iterator[str]:
    for part in ("library", "week"):
        yield f"{part}: " + ", ".join(f"{key} {value:.3g}" for key, value in found[part].items())
    yield f"on {found['peers']['rows']} patents:"
    for name, figures in found["peers"].items():
        if name != "rows":
            yield f"  {name}: " + ", ".join(f"{key} {v:.3g}" for key, v in figures.items())


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patents", type=int, default=35_500)
    options.add_argument("--profiles", type=int, default=22_400)
    options.add_argument("--new", type=int, default=5000, help="patents of a week")
    options.add_argument("--needs", type=int, default=500)
    options.add_argument("--peers", type=int, default=10_000, help="rows for the peers; 0: none")
    options.add_argument("--peer-needs", type=int, default=100)
    options.add_argument("--keep", type=Path, help="a folder for the indexes of several runs")
    options.add_argument("--json", action="store_true")
    asked = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        found = measure(asked, asked.keep or Path(name), Path(name))
    sys.stdout.write(json.dumps(found) + "\n" if asked.json else "\n".join([*report(found), ""]))


if __name__ == "__main__":
    main()
