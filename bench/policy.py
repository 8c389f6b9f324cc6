"""Answers from clauses beside plainer searches, in one run: python -m bench.policy STARD.json

STARD has lay questions and the statute articles that answer them. All are asked; then each third
once more with the others learned, as answers of the staff are: each as a question that its article
is known to answer. Last, what an answer costs over as many documents as --documents says, whose
clauses are made of sentences of those articles: by the clock, and by the processor, which other
work on the machine disturbs less. Only ratios and shares mean something: the milliseconds are this
machine's. Needs jieba, which nothing else here does: pip install jieba.
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

import preparing
from db.models import Clause, Document
from db.session import Database
from search.bm25 import K1, B, Frequencies
from search.clauses import ClauseIndex, Entry
from services import policy, policy_import
from services.policy_knowledge import status, synonyms
from services.policy_passages import sentences

Find = Callable[[str], Sequence[str]]
FOLDS = 3  # one question of so many is asked while the others are known
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


def in_three(find: Find, queries: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(bool(set(find(query["q"])) & set(query["rel"])) for query in track(queries, name))


def in_three_learned(articles: Mapping[str, str], queries: Sequence[Mapping[str, Any]]) -> int:
    """Each question is asked of those who know the questions of the other folds."""
    right = 0
    for fold in range(FOLDS):
        rest = [query for place, query in enumerate(queries) if place % FOLDS != fold]
        right += in_three(
            ours(articles, learned(rest)), queries[fold::FOLDS], f"learned {fold + 1}"
        )
    return right


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
) -> tuple[float, list[float], list[float]]:
    """Seconds to learn the documents, and what each answer took in ms: by the clock, and of the
    processor."""
    database, now = Database(f"sqlite:///{folder}/bench.db"), datetime.now(UTC)
    clock, processor = list[float](), list[float]()
    await database.migrate()
    async with database.session() as session:
        await policy_import.load_digest(session, now)
        session.add_all(made(articles, count))
    begin = time.perf_counter()
    await preparing.warm(database)
    learning = time.perf_counter() - begin
    async with database.session() as session:
        for asked in track(queries, f"{count} documents"):
            begin, busy = time.perf_counter(), time.process_time()
            await policy.ask(session, asked, now)
            clock.append((time.perf_counter() - begin) * 1000)
            processor.append((time.process_time() - busy) * 1000)
    await database.close()
    return learning, clock, processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stard", type=Path)
    parser.add_argument("--documents", type=int, default=2000)
    chosen = parser.parse_args()
    data = json.loads(chosen.stard.read_text(encoding="utf-8"))
    articles, queries = data["articles"], data["queries"]
    right = {
        "ours": in_three(ours(articles, {}), queries, "ours"),
        "ours, learned": in_three_learned(articles, queries),
        "rapidfuzz token_set": in_three(token_set(articles), queries, "rapidfuzz"),
        "BM25 over jieba words": in_three(word_bm25(articles), queries, "jieba"),
    }
    print(f"right article among three, of {len(queries)} lay questions")
    for name, found in right.items():
        times = right["ours"] / found
        print(f"  {name:22} {found / len(queries):6.1%}   ours is {times:.2f} times that")
    with tempfile.TemporaryDirectory() as folder:
        asked = [query["q"] for query in queries[::FOLDS]]
        learning, clock, processor = asyncio.run(
            how_long(Path(folder), list(articles.values()), asked, chosen.documents)
        )
    print(f"{chosen.documents} documents of {CLAUSES} clauses: learned in {learning:.1f} s,")
    for name, took in (("by the clock", clock), ("of the processor", processor)):
        cuts = statistics.quantiles(took, n=100)
        print(f"an answer in {cuts[49]:.1f} ms {name} (median), {cuts[98]:.1f} (99th percentile)")


if __name__ == "__main__":
    main()
