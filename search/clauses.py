"""Clauses of official texts, in memory: which one answers a question asked in everyday words.

The order mixes four views of a clause: its whole text, its best sentence, the ways people ask for
it (aliases), and its sound (typos, pinyin). Refusing goes by `coverage`, which is never mixed.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import pypinyin
from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal

from search.tokens import grams, normalise, runs

SENTENCE, ALIAS, SOUND, WRITTEN = 0.5, 0.8, 0.5, 1.0
GAP = "…"
TAKEN = "\x00"
MEANT = 0.5
FITS = 0.7
K1, B = 1.2, 0.75


@dataclass(frozen=True)
class Entry:
    """One clause. `sentences` are its text in order, `aliases` other ways to ask for it."""

    id: int
    heading: str
    sentences: tuple[str, ...]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClauseHit:
    """`score` orders. `coverage` (0 to 1) is the share of the question that the clause knows,
    weighed by how telling each part is; `evidence` how much that is, counted in words that no
    other clause has (single signs, which any text shares, do not count). `sentences` are
    (position, score), best first."""

    id: int
    score: float
    coverage: float
    evidence: float
    sentences: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Synonyms:
    """Everyday phrases with the official words each may stand for; fillers say nothing at all."""

    phrases: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = ()
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
        return Synonyms(tuple((_pattern(p), tuple(means)) for p, means in ordered), either)

    def within(self, known: Sequence[set[str]]) -> Synonyms:
        """Only the meanings that some clause can have meant, told by the grams each one knows."""
        kept = (
            (pattern, tuple(m for m in means if _fits(m, known))) for pattern, means in self.phrases
        )
        return Synonyms(tuple((pattern, means) for pattern, means in kept if means), self.fillers)

    def read(self, text: str) -> Question:
        """The question without fillers, and the official words that its wording stands for.

        The longest phrase wins where two overlap: a department is no matter of its field.
        """
        left, meant = normalise(text), dict[str, tuple[str, ...]]()
        for pattern, means in self.phrases:
            for found in pattern.finditer(left):
                left = left[: found.start()] + TAKEN * len(found.group()) + left[found.end() :]
                meant[found.group()] = means
        said = self.fillers.sub(" ", normalise(text))
        left = self.fillers.sub(" ", left.replace(TAKEN, " "))
        return Question(said, left, meant)


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


class ClauseIndex:
    """Rebuilt from its entries whenever they change; a thousand clauses take about a second."""

    def __init__(self, entries: Sequence[Entry], synonyms: Synonyms | None = None) -> None:
        self.entries = entries
        self._whole = Bm25([grams(_whole(entry)) for entry in entries])
        self._sound = Bm25([sounds(_whole(entry)) for entry in entries])
        self._sentences = Parts([entry.sentences for entry in entries])
        self._aliases = Parts([entry.aliases for entry in entries])
        self._known = [set(grams(" ".join([_whole(e), *e.aliases]))) for e in entries]
        self.synonyms = (synonyms or Synonyms()).within(self._known)

    def search(self, text: str, k: int = 3) -> list[ClauseHit]:
        """The `k` clauses most likely to answer `text`, best first; none if nothing is shared."""
        question = self.synonyms.read(text)
        scores = self._scores(question)
        best = sorted((i for i in scores if scores[i] > 0), key=lambda i: (-scores[i], i))[:k]
        return [self._hit(i, scores[i], question) for i in best]

    def knows(self, text: str, passage: str) -> float:
        """The coverage of a question by any piece of text: a part of a clause, say."""
        return self.coverage(self.synonyms.read(text), set(grams(passage)))

    def _scores(self, question: Question) -> dict[int, float]:
        asked = question.asks()
        sentences = self._sentences.best(asked)
        aliases = self._aliases.best(asked)
        total: dict[int, float] = {}
        for factor, part in (
            (WRITTEN, self._whole.scores(asked)),
            (SOUND, self._sound.scores(dict.fromkeys(sounds(question.said), 1.0))),
            (SENTENCE, sentences),
            # A clause without aliases is asked for in its own words: a law must not lose by that.
            (
                ALIAS,
                {i: max(sentences.get(i, 0), aliases.get(i, 0)) for i in {*sentences, *aliases}},
            ),
        ):
            for place, score in part.items():
                total[place] = total.get(place, 0.0) + factor * score
        return total

    def _hit(self, place: int, score: float, question: Question) -> ClauseHit:
        sentences = self._sentences.of(place, question.asks())
        known = self._known[place]
        coverage, evidence = self.coverage(question, known), self._evidence(question, known)
        return ClauseHit(self.entries[place].id, score, coverage, evidence, tuple(sentences))

    def _evidence(self, question: Question, known: set[str]) -> float:
        words = {gram for gram in grams(question.left) if len(gram) > 1}
        found = sum(map(self._whole.idf, words & known))
        for means in question.meant.values():
            found += max(self._share(m, known) * max(map(self._whole.idf, grams(m))) for m in means)
        return found / self._whole.idf("")

    def coverage(self, question: Question, known: set[str]) -> float:
        """How much of a question is among these grams: each gram that is left counts by how
        telling it is, each phrase as much as its grams do, as far as its best meaning is known."""
        have = total = 0.0
        for gram in grams(question.left):
            total += self._whole.idf(gram)
            have += self._whole.idf(gram) * (gram in known)
        for phrase, means in question.meant.items():
            weight = sum(map(self._whole.idf, grams(phrase)))
            total += weight
            have += weight * max(self._share(meaning, known) for meaning in means)
        return have / total if total else 0.0

    def _share(self, meaning: str, known: set[str]) -> float:
        weights = {gram: self._whole.idf(gram) for gram in grams(meaning)}
        return sum(w for gram, w in weights.items() if gram in known) / sum(weights.values())


class Bm25:
    """Okapi BM25 over token lists, as postings."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self.size = len(documents)
        mean = sum(map(len, documents)) / max(self.size, 1) or 1.0
        self.postings: dict[str, list[tuple[int, float]]] = {}
        for place, tokens in enumerate(documents):
            norm = K1 * (1 - B + B * len(tokens) / mean)
            for token, count in Counter(tokens).items():
                weight = count * (K1 + 1) / (count + norm)
                self.postings.setdefault(token, []).append((place, weight))

    def idf(self, token: str) -> float:
        """How telling a token is; one that no document has counts like one that one has."""
        frequency = max(len(self.postings.get(token, ())), 1)
        return math.log(1 + (self.size - frequency + 0.5) / (frequency + 0.5))

    def scores(self, tokens: Mapping[str, float]) -> dict[int, float]:
        total: dict[int, float] = {}
        for token, factor in tokens.items():
            idf = self.idf(token)
            for place, weight in self.postings.get(token, ()):
                total[place] = total.get(place, 0.0) + factor * idf * weight
        return total


class Parts:
    """BM25 over the parts of each entry (its sentences, its aliases)."""

    def __init__(self, parts: Sequence[Sequence[str]]) -> None:
        self._owner = [(i, j) for i, texts in enumerate(parts) for j in range(len(texts))]
        self._index = Bm25([grams(text) for texts in parts for text in texts])

    def best(self, tokens: Mapping[str, float]) -> dict[int, float]:
        """The score of each entry's best part."""
        found: dict[int, float] = {}
        for place, score in self._index.scores(tokens).items():
            owner = self._owner[place][0]
            found[owner] = max(found.get(owner, 0.0), score)
        return found

    def of(self, entry: int, tokens: Mapping[str, float]) -> list[tuple[int, float]]:
        """The parts of one entry as (position, score), best first."""
        found = [
            (self._owner[place][1], score)
            for place, score in self._index.scores(tokens).items()
            if self._owner[place][0] == entry
        ]
        return sorted(found, key=lambda part: (-part[1], part[0]))


def sounds(text: str) -> list[str]:
    """Syllables and pairs of syllables; a Latin word that reads as pinyin is read so."""
    found: list[str] = []
    for run in runs(normalise(text)):
        syllables = _spelt(run) if run.isascii() else [_sound(sign) for sign in run]
        found.extend(syllables)
        found.extend(map("".join, pairwise(syllables)))
    return found


@cache
def _sound(sign: str) -> str:
    return pypinyin.lazy_pinyin(sign)[0]


@cache
def _syllables() -> frozenset[str]:
    plain = {to_normal(p) for ps in PINYIN_DICT.values() for p in ps.split(",")}
    return frozenset(s for s in plain if s.isascii() and s.isalpha())


@cache
def _spelt(word: str) -> list[str]:
    """`word` cut into pinyin syllables, the longest first; [] if it is no pinyin."""
    if not word:
        return []
    for end in range(min(6, len(word)), 0, -1):
        rest = _spelt(word[end:])
        if word[:end] in _syllables() and (rest or end == len(word)):
            return [word[:end], *rest]
    return []


def _fits(meaning: str, known: Sequence[set[str]]) -> bool:
    asked = set(grams(meaning))
    return any(len(asked & grams_of) >= FITS * len(asked) for grams_of in known)


def _whole(entry: Entry) -> str:
    return " ".join([entry.heading, *entry.sentences])


def _either(phrases: Sequence[str]) -> re.Pattern[str]:
    ordered = sorted(map(normalise, phrases), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered)))


def _pattern(phrase: str) -> re.Pattern[str]:
    gap = f"[^{TAKEN}]{{0,6}}?"
    return re.compile(gap.join(map(re.escape, phrase.split(normalise(GAP)))))
