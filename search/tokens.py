"""Text to grams: the one way in which patents, policy clauses and names are read for retrieval.

Character unigrams and bigrams, no dictionary: on every real set measured they beat words, and far
more so with typos, new terms and unseen compounds.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
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


def strip_boilerplate(text: str) -> str:
    """Normalised `text` with what any request says blanked, so that only its subject is left."""
    return _boilerplate().sub(" ", normalise(text))


def technical_words(text: str) -> dict[str, tuple[str, ...]]:
    """What patents call the everyday words found in `text`: word → other words for it."""
    other = _other_words()
    return {word: other[word] for word in _everyday().findall(normalise(text))}


@cache
def _boilerplate() -> re.Pattern[str]:
    return _any_of(map(normalise, lexicon()["boilerplate"]))


@cache
def _other_words() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    pairs = [pair for topic in lexicon()["lay"].values() for pair in topic.items()]
    pairs += [(word, group) for group in lexicon()["same"] for word in group]
    for word, others in pairs:
        found.setdefault(normalise(word), {}).update(dict.fromkeys(map(normalise, others)))
    return {word: tuple(o for o in others if o != word) for word, others in found.items()}


@cache
def _everyday() -> re.Pattern[str]:
    return _any_of(_other_words())


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    # Longest first: a word must not be cut by a shorter one inside it; Latin words only whole.
    ordered = sorted(words, key=len, reverse=True)
    return re.compile("|".join(_whole(word) for word in ordered))


def _whole(word: str) -> str:
    return rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" if word.isascii() else re.escape(word)
