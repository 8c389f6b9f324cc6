"""A library of any size for measuring: clauses of real texts, put together anew, from a seed.

Every row is made from its number alone, so that a library of 1,349,000 patents needs no memory.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path

from search.patents import PatentText
from search.wishes import Wish

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data" / "csl.jsonl"
DEMO = ROOT / "data" / "demo" / "patents.json"
FULFILLED = 20  # one wish in so many is made of a patent's own words


class Synthetic:
    def __init__(self, seed: int = 7) -> None:
        texts = source_texts()
        self._seed = seed
        self._keywords = [word for text in texts for word in text.keywords]
        self._clauses = [clause for text in texts for clause in _clauses(text.abstract)]

    def patent(self, number: int) -> PatentText:
        chance = random.Random(self._seed * 10**8 + number)
        return PatentText(
            id=number,
            title="".join(chance.sample(self._keywords, 3)),
            abstract="，".join(chance.sample(self._clauses, 6)),
            keywords=tuple(chance.sample(self._keywords, 3)),
        )

    def need(self, patent: PatentText, number: int) -> str:
        """A known item: a keyword, and parts of two clauses, of a patent in the library."""
        chance = random.Random(-self._seed * 10**8 - number)
        clauses = chance.sample(patent.abstract.split("，"), 2)
        return "，".join([chance.choice(patent.keywords), *(clause[:14] for clause in clauses)])

    def wish(self, number: int, new: range) -> Wish:
        """One in FULFILLED is fulfilled by one of the `new` patents, the others by chance."""
        chance = random.Random(self._seed * 10**9 + number)
        source = chance.choice(new) if number % FULFILLED == 0 else -number
        return Wish(number, self.need(self.patent(source), number))


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


def misspelt(need: str, chance: random.Random) -> str:
    """With a wrong character in every part."""
    return "，".join(_slipped(part, chance) for part in need.split("，"))


def _slipped(part: str, chance: random.Random) -> str:
    at = chance.randrange(len(part))
    return part[:at] + chr(chance.randrange(0x4E00, 0x9FA5)) + part[at + 1 :]


def _clauses(abstract: str) -> Iterable[str]:
    marked = abstract.replace(";", "，").replace("；", "，").replace("。", "，").replace(",", "，")
    return [clause for clause in marked.split("，") if len(clause) >= 8]
