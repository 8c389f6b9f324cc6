"""Questions in everyday words, and the official words that they stand for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from search.tokens import grams, normalise

GAP = "…"
"""In an everyday phrase it stands for up to six signs."""
MEANT = 0.2
"""What a gram of the official words weighs beside one that was said."""
FITS = 0.7
"""How much of a meaning one clause has to know for it to be meant at all."""
LIKE = 0.6
"""How much two questions have in common that are one, by the words of two signs."""
TAKEN = "\x00"


Parts = tuple[str, ...]
"""What an everyday phrase says before, between and after its gaps."""


@dataclass(frozen=True)
class Synonyms:
    """Everyday phrases with the official words each may stand for; fillers say nothing at all."""

    phrases: tuple[tuple[Parts, tuple[str, ...]], ...] = ()
    fillers: re.Pattern[str] = re.compile(r"(?!)")

    @staticmethod
    def of(pairs: Iterable[tuple[str, Sequence[str]]], fillers: Sequence[str]) -> Synonyms:
        """From (official words, everyday phrases); in a phrase, GAP stands for up to six signs."""
        found: dict[str, list[str]] = {}
        for means, phrases in pairs:
            for phrase in phrases:
                found.setdefault(normalise(phrase), []).append(normalise(means))
        ordered = sorted(found.items(), key=lambda item: -len(item[0]))
        either = _either(fillers) if fillers else Synonyms.fillers
        return Synonyms(tuple((_parts(p), tuple(means)) for p, means in ordered), either)

    def read(self, text: str, known: Sequence[Collection[str]] | None = None) -> Question:
        """The question without fillers, and the official words that its wording stands for; only
        those that one of the clauses can have meant, told by the grams that each has (`known`).

        The longest phrase wins where two overlap: a department is no matter of its field.
        """
        left, meant = normalise(text), dict[str, tuple[str, ...]]()
        for parts, every in self.phrases:
            if parts[0] not in left:  # so are nearly all of them: their patterns cost nothing
                continue
            means = tuple(m for m in every if known is None or _fits(m, known))
            if not means:
                continue
            for found in _pattern(parts).finditer(left):
                left = left[: found.start()] + TAKEN * len(found.group()) + left[found.end() :]
                meant[found.group()] = means
        left = self.fillers.sub(" ", left.replace(TAKEN, " "))
        return Question(self.said(text), left, meant)

    def said(self, text: str) -> str:
        """The question without fillers."""
        return self.fillers.sub(" ", normalise(text))


@dataclass(frozen=True)
class Question:
    """`said` as it was put, `left` without the phrases that were understood, `meant` for each of
    those what it may stand for in official words."""

    said: str
    left: str
    meant: Mapping[str, tuple[str, ...]]

    def asks(self) -> dict[str, float]:
        official = grams(" ".join(means for either in self.meant.values() for means in either))
        return dict.fromkeys(official, MEANT) | dict.fromkeys(grams(self.said), 1.0)


def alike(one: str, other: str) -> bool:
    """Whether two questions are one in other words."""
    mine, theirs = _words(one), _words(other)
    together = len(mine) + len(theirs)
    return one == other or (together > 0 and 2 * len(mine & theirs) >= LIKE * together)


def _words(question: str) -> set[str]:
    return {gram for gram in grams(question) if len(gram) > 1}


def _fits(meaning: str, known: Sequence[Collection[str]]) -> bool:
    asked = set(grams(meaning))
    return any(sum(gram in has for gram in asked) >= FITS * len(asked) for has in known)


def _either(phrases: Sequence[str]) -> re.Pattern[str]:
    ordered = sorted(map(normalise, phrases), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered)))


def _parts(phrase: str) -> Parts:
    return tuple(phrase.split(normalise(GAP)))


@cache
def _pattern(parts: Parts) -> re.Pattern[str]:
    gap = f"[^{TAKEN}]{{0,6}}?"
    return re.compile(gap.join(map(re.escape, parts)))
