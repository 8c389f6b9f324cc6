"""How Chinese sounds: questions are misspelt by sound, and some are typed in pinyin."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import pairwise

from pinyin import sound, syllables
from search.tokens import normalise, runs


def sounds(text: str) -> list[str]:
    """Pairs of syllables, as single ones are in nearly every text; a sign that stands alone has but
    one. A Latin word that reads as pinyin is read so."""
    return run_sounds(runs(normalise(text)))


def run_sounds(parts: Iterable[str]) -> list[str]:
    """The same of the runs of a text."""
    found: list[str] = []
    for run in parts:
        heard = spelt(run) if run.isascii() else tuple(map(sound, run))
        found.extend(map("".join, pairwise(heard)) if len(heard) > 1 else heard)
    return found


@cache
def spelt(word: str) -> tuple[str, ...]:
    """`word` cut into pinyin syllables, the longest first; none if it is no pinyin."""
    for end in range(min(6, len(word)), 0, -1):
        if word[:end] in syllables():
            rest = spelt(word[end:])
            if rest or end == len(word):
                return (word[:end], *rest)
    return ()


class Pinyin:
    """Writes pinyin in signs, by the two-sign words that it was given (the commonest last)."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = {"".join(map(sound, word)): word for word in words}

    def written(self, text: str) -> str:
        """`text` with each Latin word that spells known words in signs."""
        for run in runs(normalise(text)):
            if run.isascii() and (signs := self._signs(spelt(run))):
                text = normalise(text).replace(run, signs, 1)
        return text

    def _signs(self, heard: tuple[str, ...]) -> str:
        """Two syllables at a time; nothing unless all of them are known."""
        pairs = zip(heard[::2], heard[1::2], strict=False)
        found = [self._words.get("".join(pair), "") for pair in pairs]
        return "".join(found) if all(found) and len(heard) % 2 == 0 else ""
