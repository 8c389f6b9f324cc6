"""Company names as people type them: short, misspelt, or by sound."""

import re
from collections.abc import Iterable, Mapping
from functools import cache

from rapidfuzz import fuzz, process

from pinyin import sound
from search.tokens import lexicon, normalise

CANDIDATES = 30
SOUND_PENALTY = 4  # of the same sound in other characters, against the characters themselves
CONTAINED = 90  # what is part of a name counts like this, however long the name
CORE, WHOLE = 0.7, 0.3  # brand and trade decide, region and suffix only break ties


class NameIndex:
    """Compares with every name: made for up to about 22,400 (10 ms), not for a whole country."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self._ids = list(names)
        self._whole = [_letters(name) for name in names.values()]
        self._cores = [_core(name) for name in self._whole]
        self._sounds = [_sound(core) for core in self._cores]

    def near(self, text: str, k: int) -> list[tuple[int, float]]:
        """The `k` names nearest to `text` with their likeness (0-100), best first.

        One name in twenty made up at random reaches 75: below that, ask.
        """
        whole = _letters(text)
        core = _core(whole)
        if not core:
            return []
        sound = _sound(core)
        scores = {i: self._likeness(i, whole, core, sound) for i in self._candidates(core, sound)}
        best = sorted(scores, key=lambda i: (-scores[i], len(self._whole[i]), i))[:k]
        return [(self._ids[i], scores[i]) for i in best]

    def _candidates(self, core: str, sound: str) -> set[int]:
        holding = [i for i, other in enumerate(self._sounds) if sound in other]
        shortest = sorted(holding, key=lambda i: len(self._sounds[i]))[:CANDIDATES]
        return {*shortest, *_nearest(core, self._cores), *_nearest(sound, self._sounds)}

    def _likeness(self, i: int, whole: str, core: str, sound: str) -> float:
        written = max(fuzz.ratio(core, self._cores[i]), CONTAINED * (core in self._cores[i]))
        heard = max(fuzz.ratio(sound, self._sounds[i]), CONTAINED * (sound in self._sounds[i]))
        likeness = max(written, heard - SOUND_PENALTY)
        return CORE * likeness + WHOLE * fuzz.ratio(whole, self._whole[i])


def _nearest(text: str, others: list[str]) -> list[int]:
    found = process.extract(text, others, scorer=fuzz.ratio, limit=CANDIDATES)
    return [place for _, _, place in found]


def _letters(name: str) -> str:
    return "".join(sign for sign in normalise(name) if sign.isalnum())


def _core(letters: str) -> str:
    """Brand and trade: a name without its region and its legal form, where that leaves anything."""
    return _extras().sub("", letters) or letters


@cache
def _extras() -> re.Pattern[str]:
    words = lexicon()["names"]
    return re.compile(f"^(?:{_any(words['regions'])})|(?:{_any(words['suffixes'])})+$")


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def _sound(core: str) -> str:
    """One sign for each syllable, without its tone: 磊 and 雷 are the same."""
    return "".join(map(_syllable, core))


@cache
def _syllable(sign: str) -> str:
    # Sign by sign, not by word: a reading wrong on both sides still matches itself.
    return _signs().setdefault(sound(sign), sign)


@cache
def _signs() -> dict[str, str]:
    """Syllable → the first character met with that sound, which stands for all of them."""
    return {}
