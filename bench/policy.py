"""Answers from clauses beside plainer searches, in one run: python -m bench.policy STARD.json

STARD has lay questions and the statute articles that answer them. A third of them is asked; then
once more with the others learned, as answers of the staff are: each as a question that its article
is known to answer. Last, how long an answer takes over as many documents as --documents says, whose
clauses are made of sentences of those articles. Only ratios and shares mean something: the
milliseconds are this machine's. Needs jieba, which nothing else here does: pip install jieba.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process
from rich.progress import track

from db.models import Clause, Document
from db.session import Database
from search.bm25 import K1, B, Frequencies
from search.clauses import ClauseIndex, Entry
from services import policy, policy_import
from services.policy_knowledge import status, synonyms
from services.policy_passages import sentences

Find = Callable[[str], Sequence[str]]
EVERY = 3  # one question of so many is asked
CLAUSES = 20  # of a made document


def ours(articles: Mapping[str, str], known: Mapping[str, Sequence[str]]) -> Find:
    names = list(articles)
    entries = [
        Entry(i, name, tuple(sentences(text)), tuple(known.get(name, ())), document=law_of(name))
        for i, (name, text) in enumerate(articles.items())
    ]
    index = ClauseIndex(entries, synonyms())
    return lambda asked: [names[hit.id] for hit in index.search(asked, 3)]


def law_of(name: str) -> str:
    """The law of an article: 民法典 of 民法典第一百条."""
    return name[: name.rindex("第")]


def token_set(articles: Mapping[str, str]) -> Find:
    """rapidfuzz, over the words that jieba cuts, since it parts words at blanks."""
    cut = words_of()
    texts = {name: " ".join(cut(name + text)) for name, text in articles.items()}
    scorer = fuzz.token_set_ratio

    def find(asked: str) -> Sequence[str]:
        found = process.extract(" ".join(cut(asked)), texts, scorer=scorer, limit=3)
        return [name for _, _, name in found]

    return find


def word_bm25(articles: Mapping[str, str]) -> Find:
    cut, frequencies = words_of(), Frequencies()
    texts = {name: Counter(cut(name + text)) for name, text in articles.items()}
    for text in texts.values():
        frequencies.add(list(text))
    mean = sum(text.total() for text in texts.values()) / len(texts)

    def fits(words: Sequence[str], name: str) -> float:
        text = texts[name]
        norm = K1 * (1 - B + B * text.total() / mean)
        held = ((word, text[word]) for word in words if word in text)
        return sum(frequencies.idf(w) * count * (K1 + 1) / (count + norm) for w, count in held)

    def find(asked: str) -> Sequence[str]:
        words = cut(asked)
        return sorted(texts, key=lambda name: -fits(words, name))[:3]

    return find


def words_of() -> Callable[[str], list[str]]:
    jieba = importlib.import_module("jieba")
    jieba.setLogLevel(60)
    return lambda text: [word for word in jieba.lcut(text) if word.strip()]


def in_three(find: Find, queries: Sequence[Mapping[str, Any]], name: str) -> float:
    right = sum(bool(set(find(query["q"])) & set(query["rel"])) for query in track(queries, name))
    return right / len(queries)


def learned(queries: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    known: dict[str, list[str]] = {}
    for query in queries:
        for name in query["rel"]:
            known.setdefault(name, []).append(query["q"])
    return known


def made(articles: Sequence[str], count: int) -> Iterator[Document]:
    """Documents whose clauses are sentences of the articles, put together anew."""
    chance, now = random.Random(1), datetime.now(UTC)
    pieces = [s + "。" for text in articles for s in text.split("。") if len(s) > 8]
    for number in range(count):
        clauses = [
            Clause(ref=f"二、（一）{place}", position=place, heading=chance.choice(pieces)[:20],
                   text="".join(chance.sample(pieces, 3)), departments=[], dates=[], targets=[])
            for place in range(CLAUSES)
        ]  # fmt: skip
        yield Document(
            title=f"办法之{number}", number=f"某政发〔2020〕{number}号", status=status("current"),
            official=True, imported_at=now, version=1, clauses=clauses,
        )  # fmt: skip


async def how_long(
    folder: Path, articles: Sequence[str], queries: Sequence[str], count: int
) -> tuple[float, float, float]:
    """Seconds to learn the documents, and the median and 99th percentile of an answer in ms."""
    database, now, took = Database(f"sqlite:///{folder}/bench.db"), datetime.now(UTC), []
    await database.migrate()
    async with database.session() as session:
        await policy_import.load_digest(session, now)
        session.add_all(made(articles, count))
        await session.flush()
        begin = time.perf_counter()
        await policy.ask(session, queries[0], now)
        learning = time.perf_counter() - begin
        for asked in track(queries, f"{count} documents"):
            begin = time.perf_counter()
            await policy.ask(session, asked, now)
            took.append((time.perf_counter() - begin) * 1000)
    await database.close()
    cuts = statistics.quantiles(took, n=100)
    return learning, cuts[49], cuts[98]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stard", type=Path)
    parser.add_argument("--documents", type=int, default=2000)
    chosen = parser.parse_args()
    data = json.loads(chosen.stard.read_text(encoding="utf-8"))
    articles, queries = data["articles"], data["queries"]
    asked = queries[::EVERY]
    rest = [query for place, query in enumerate(queries) if place % EVERY]
    shares = {
        "ours": in_three(ours(articles, {}), asked, "ours"),
        "ours, learned": in_three(ours(articles, learned(rest)), asked, "learned"),
        "rapidfuzz token_set": in_three(token_set(articles), asked, "rapidfuzz"),
        "BM25 over jieba words": in_three(word_bm25(articles), asked, "jieba"),
    }
    print(f"right article among three, of {len(asked)} lay questions")
    for name, share in shares.items():
        print(f"  {name:22} {share:6.1%}   ours is {shares['ours'] / share:.2f} times that")
    with tempfile.TemporaryDirectory() as folder:
        asked_of = [query["q"] for query in asked]
        learning, middle, late = asyncio.run(
            how_long(Path(folder), list(articles.values()), asked_of, chosen.documents)
        )
    print(f"{chosen.documents} documents of {CLAUSES} clauses: learned in {learning:.1f} s,")
    print(f"an answer in {middle:.1f} ms (median), {late:.1f} ms (99th percentile)")


if __name__ == "__main__":
    main()
