"""Okapi BM25 in pieces: what a token weighs in a text, and how telling it is among many."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

K1, B = 1.2, 0.75


def score(asked: Mapping[str, float], text: str, mean: float) -> float:
    """How well a text fits; `asked` has what each token of the question counts, `mean` is how long
    texts are. Tokens are pieces of the text, so they are counted where they stand: that is ten
    times faster than cutting the text up first."""
    norm = K1 * (1 - B + B * len(text) / mean)
    total = 0.0
    for token, factor in asked.items():
        if count := text.count(token):
            total += factor * count * (K1 + 1) / (count + norm)
    return total


def weights(tokens: Iterable[str], length: int, mean: float) -> dict[str, float]:
    """What each token of a text of this length counts in its score."""
    norm = K1 * (1 - B + B * length / mean)
    return {token: n * (K1 + 1) / (n + norm) for token, n in Counter(tokens).items()}


class Frequencies:
    """How many texts hold each token; texts may come and go."""

    def __init__(self) -> None:
        self._texts = 0
        self._held: Counter[str] = Counter()

    def add(self, tokens: Sequence[str], times: int = 1) -> None:
        """Count a text; with `times` -1 it is taken away again."""
        self._texts += times
        held = dict.fromkeys(tokens)
        if times > 0:
            self._held.update(held.keys())  # counted in C, as a mapping would not be
            return
        self._held.subtract(held.keys())
        for token in held:
            if self._held[token] <= 0:
                del self._held[token]

    def idf(self, token: str) -> float:
        """How telling a token is; one that no text has counts like one that one has."""
        frequency = max(self._held[token], 1)
        return math.log(1 + (max(self._texts, 1) - frequency + 0.5) / (frequency + 0.5))

    def weighed(self, factors: Mapping[str, float]) -> dict[str, float]:
        return {token: factor * self.idf(token) for token, factor in factors.items()}

    def by_use(self) -> Iterable[str]:
        """The tokens, the commonest last."""
        return sorted(self._held, key=lambda token: (self._held[token], token))


class Mean:
    """How long texts are that come and go."""

    def __init__(self) -> None:
        self._count = self._length = 0

    def add(self, text: str, times: int = 1) -> None:
        self._count += times
        self._length += times * len(text)

    @property
    def length(self) -> float:
        return self._length / self._count if self._length else 1.0
