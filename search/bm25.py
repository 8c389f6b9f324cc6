"""Okapi BM25 in pieces: what a token weighs in a text, and how telling it is among many."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

K1, B = 1.2, 0.75


def weights(tokens: Sequence[str], mean: float) -> dict[str, float]:
    """What each token weighs in a text, beside texts of `mean` tokens."""
    norm = K1 * (1 - B + B * len(tokens) / mean)
    return {t: count * (K1 + 1) / (count + norm) for t, count in Counter(tokens).items()}


def score(asked: Mapping[str, float], held: Mapping[str, float]) -> float:
    """`asked` has what each token of the question counts, `held` what it weighs in the text."""
    return sum(factor * held[token] for token, factor in asked.items() if token in held)


class Frequencies:
    """How many texts hold each token, and how long they are; texts may come and go."""

    def __init__(self) -> None:
        self.texts = self.length = 0
        self._held: Counter[str] = Counter()

    def add(self, tokens: Sequence[str], times: int = 1) -> None:
        """Count a text; with `times` -1 it is taken away again."""
        self.texts += times
        self.length += times * len(tokens)
        held = dict.fromkeys(tokens, times)
        self._held.update(held)
        for token in (t for t in held if times < 0 and self._held[t] <= 0):
            del self._held[token]

    @property
    def mean(self) -> float:
        return self.length / self.texts if self.length else 1.0

    def idf(self, token: str) -> float:
        """How telling a token is; one that no text has counts like one that one has."""
        frequency = max(self._held[token], 1)
        return math.log(1 + (max(self.texts, 1) - frequency + 0.5) / (frequency + 0.5))

    def weighed(self, factors: Mapping[str, float]) -> dict[str, float]:
        return {token: factor * self.idf(token) for token, factor in factors.items()}

    def by_use(self) -> Iterable[str]:
        """The tokens, the commonest last."""
        return sorted(self._held, key=lambda token: (self._held[token], token))
