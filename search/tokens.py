"""Text to grams: the one way in which patents, policy clauses and names are read for retrieval.

Character unigrams and bigrams, no dictionary: on every real set measured they beat words, and far
more so with typos, new terms and unseen compounds.
"""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

LEXICON = Path(__file__).parents[1] / "data" / "search.toml"
HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"([{HAN}]+)|[^\W_{HAN}]+(?:\.[0-9]+)*")


@cache
def lexicon() -> dict[str, Any]:
    """The editable word lists of data/search.toml, read once."""
    return tomllib.loads(LEXICON.read_text(encoding="utf-8"))


def normalise(text: str) -> str:
    """One spelling for what looks alike: full-width forms folded, Latin in lower case."""
    return unicodedata.normalize("NFKC", text).lower()


@cache
def _boilerplate() -> re.Pattern[str]:
    # Longest first: a phrase must not be cut by a shorter one inside it.
    phrases = sorted(map(normalise, lexicon()["boilerplate"]), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, phrases)))


def strip_boilerplate(text: str) -> str:
    """Normalised `text` with what any request says blanked, so that only its subject is left."""
    return _boilerplate().sub(" ", normalise(text))


def runs(text: str) -> list[str]:
    """The unbroken Han runs and the Latin or digit tokens of normalised `text`, in order."""
    return [match.group() for match in _RUNS.finditer(text)]


def grams(text: str) -> list[str]:
    """Characters and pairs of every Han run, Latin and digit tokens whole; repeats are kept."""
    found: list[str] = []
    for match in _RUNS.finditer(normalise(text)):
        run = match.group()
        if match.group(1) is None:
            found.append(run)
        else:
            found.extend(run)
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found
