"""How often the right patent is found, by real texts: python -m bench.quality --json

The library are abstracts without their keywords; each is asked for by its keywords, by a long
request around them, and by both with a character of the same sound in every keyword. Ours and the
peers (SQLite FTS5, PostgreSQL full text, and bm25s where it can be imported) hold the same texts
and are asked the same.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pypinyin import lazy_pinyin

from bench import peers
from bench.synthetic import source_texts
from search.patents import PatentText

REQUEST = "我公司主要从事相关产品的生产，目前遇到{}方面的难题，希望寻求这方面的技术成果"
KINDS = ("keywords", "keywords_typos", "request", "request_typos")


def asked(texts: Sequence[PatentText], count: int) -> Iterator[tuple[str, str, int]]:
    """Kind, need, and the number of the text that it was made of."""
    chance, alike = random.Random(11), same_sound(texts)
    for text in chance.sample(texts, min(count, len(texts))):
        wrong = [slipped(word, alike, chance) for word in text.keywords]
        for kind, words in (("", text.keywords), ("_typos", wrong)):
            yield f"keywords{kind}", " ".join(words), text.id
            yield f"request{kind}", REQUEST.format("、".join(words)), text.id


def same_sound(texts: Sequence[PatentText]) -> dict[str, list[str]]:
    """By sound the characters of all texts."""
    found: dict[str, list[str]] = defaultdict(list)
    for character in sorted({c for text in texts for c in text.abstract if c > "\u3400"}):
        found[lazy_pinyin(character)[0]].append(character)
    return found


def slipped(word: str, alike: dict[str, list[str]], chance: random.Random) -> str:
    """With one character replaced by another of its sound, where there is any."""
    for at in chance.sample(range(len(word)), len(word)):
        others = [c for c in alike.get(lazy_pinyin(word[at])[0], []) if c != word[at]]
        if others:
            return word[:at] + chance.choice(others) + word[at + 1 :]
    return word


def measure(count: int, folder: Path) -> dict[str, dict[str, float]]:
    texts = [replace(text, id=text.id + 1) for text in source_texts()]
    made = peers.beside(folder, [replace(text, keywords=()) for text in texts])
    chance = random.Random(5)
    for kind, need, known in asked(texts, count):
        for engine in chance.sample(made, len(made)):
            engine.ask(kind, need, known)
    return {
        engine.name: {
            **{f"{kind}@{k}": engine.hit(f"{kind}@{k}") for kind in KINDS for k in (1, 10)},
            "p50_ms": engine.percentile(50),
            "p99_ms": engine.percentile(99),
            **engine.times(made[0]),
        }
        for engine in made
    }


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--needs", type=int, default=300)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        found = measure(chosen.needs, Path(name))
    lines = (
        f"{name}: " + ", ".join(f"{key} {value:.3g}" for key, value in figures.items()) + "\n"
        for name, figures in found.items()
    )
    sys.stdout.write(json.dumps(found) + "\n" if chosen.json else "".join(lines))


if __name__ == "__main__":
    main()
