"""Okapi BM25 over texts that fit in memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from search.tokens import grams

K1, B = 1.2, 0.75


class Bm25:
    """Over token lists, as postings."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self.size = len(documents)
        mean = sum(map(len, documents)) / max(self.size, 1) or 1.0
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for place, tokens in enumerate(documents):
            norm = K1 * (1 - B + B * len(tokens) / mean)
            for token, count in Counter(tokens).items():
                weight = count * (K1 + 1) / (count + norm)
                self._postings.setdefault(token, []).append((place, weight))
        self._idfs = [self._telling(frequency) for frequency in range(max(self.size, 1) + 1)]

    def has(self, token: str) -> bool:
        return token in self._postings

    def idf(self, token: str) -> float:
        """How telling a token is; one that no document has counts like one that one has."""
        return self._idfs[max(len(self._postings.get(token, ())), 1)]

    def _telling(self, frequency: int) -> float:
        return math.log(1 + (self.size - frequency + 0.5) / (frequency + 0.5))

    def scores(self, tokens: Mapping[str, float]) -> dict[int, float]:
        """Document → score, for tokens with their weights."""
        total: dict[int, float] = {}
        for token, factor in tokens.items():
            idf = self.idf(token)
            for place, weight in self._postings.get(token, ()):
                total[place] = total.get(place, 0.0) + factor * idf * weight
        return total


class Parts:
    """The parts of each entry (its sentences, its aliases), each a document of its own."""

    def __init__(self, parts: Sequence[Sequence[str]]) -> None:
        self._owner = [(i, j) for i, texts in enumerate(parts) for j in range(len(texts))]
        self._index = Bm25([grams(text) for texts in parts for text in texts])

    def scores(self, tokens: Mapping[str, float]) -> dict[int, list[tuple[int, float]]]:
        """Entry → its parts as (position, score), best first."""
        found: dict[int, list[tuple[int, float]]] = {}
        for place, score in self._index.scores(tokens).items():
            entry, position = self._owner[place]
            found.setdefault(entry, []).append((position, score))
        return {i: sorted(parts, key=lambda p: (-p[1], p[0])) for i, parts in found.items()}


def best(parts: Mapping[int, Sequence[tuple[int, float]]]) -> dict[int, float]:
    """Entry → the score of its best part."""
    return {entry: found[0][1] for entry, found in parts.items()}
