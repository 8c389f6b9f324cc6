"""Clauses of official texts, in memory: which one answers a question asked in everyday words.

The order mixes four views of a clause: its whole text, its best sentence, the ways people ask for
it (aliases), and its sound (typos). Refusing goes by coverage and evidence, which are never mixed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from search.bm25 import Bm25, Parts, best
from search.questions import Question, Synonyms
from search.sounds import Pinyin, sounds
from search.tokens import grams

WRITTEN, SOUND, SENTENCE, ALIAS = 1.0, 0.5, 0.5, 0.8


@dataclass(frozen=True)
class Entry:
    """One clause. `sentences` are its text in order, `aliases` other ways to ask for it."""

    id: int
    heading: str
    sentences: tuple[str, ...]
    aliases: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return " ".join([self.heading, *self.sentences])


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
class _Weighed:
    """A question as it is compared with one clause after the other: each gram with its weight.
    `meant` has, for each phrase, what it weighs and the grams of all its meanings."""

    left: Sequence[tuple[str, float]]
    words: Mapping[str, float]
    meant: Sequence[tuple[float, Sequence[Mapping[str, float]]]]


class ClauseIndex:
    """Rebuilt from its entries whenever they change; a thousand clauses take about a second."""

    def __init__(self, entries: Sequence[Entry], synonyms: Synonyms | None = None) -> None:
        self.entries = entries
        known = [grams(" ".join([entry.text, *entry.aliases])) for entry in entries]
        self._known = [set(found) for found in known]
        self._whole = Bm25([grams(entry.text) for entry in entries])
        self._sound = Bm25([sounds(entry.text) for entry in entries])
        self._sentences = Parts([entry.sentences for entry in entries])
        self._aliases = Parts([entry.aliases for entry in entries])
        self.synonyms = (synonyms or Synonyms()).within(self._known)
        self._pinyin = Pinyin(_by_use(gram for found in known for gram in found))

    def written(self, text: str) -> str:
        """`text` with what is typed in pinyin (zhiya) in signs, if a clause has such a word."""
        return self._pinyin.written(text)

    def search(self, text: str, k: int = 3) -> list[ClauseHit]:
        """The `k` clauses most likely to answer `text`, best first; none if nothing is shared."""
        question = self.synonyms.read(text)
        asked = question.asks()
        sentences, aliases = self._sentences.scores(asked), self._aliases.scores(asked)
        heard = dict.fromkeys(sounds(question.said), 1.0)
        scores = _sum(
            (WRITTEN, self._whole.scores(asked)),
            (SOUND, self._sound.scores(heard)),
            (SENTENCE, best(sentences)),
            # A clause without aliases is asked for in its own words: a law must not lose by that.
            (ALIAS, _either(best(sentences), best(aliases))),
        )
        order = sorted(scores, key=lambda place: (-scores[place], place))[:k]
        weighed = self._weighed(question)
        return [self._hit(i, scores[i], weighed, sentences.get(i, ())) for i in order]

    def knows(self, text: str, passage: str) -> float:
        """The coverage of a question by any piece of text: a part of a clause, say."""
        return _coverage(self._weighed(self.synonyms.read(text)), set(grams(passage)))

    def _hit(
        self, place: int, score: float, asked: _Weighed, sentences: Sequence[tuple[int, float]]
    ) -> ClauseHit:
        known = self._known[place]
        evidence = _evidence(asked, known) / self._whole.idf("")
        return ClauseHit(
            self.entries[place].id, score, _coverage(asked, known), evidence, tuple(sentences)
        )

    def _weighed(self, question: Question) -> _Weighed:
        left = [(gram, self._whole.idf(gram)) for gram in grams(question.left)]
        return _Weighed(
            left=left,
            words={gram: weight for gram, weight in left if len(gram) > 1},
            meant=[
                (sum(map(self._whole.idf, grams(phrase))), [self._weights(m) for m in means])
                for phrase, means in question.meant.items()
            ],
        )

    def _weights(self, meaning: str) -> dict[str, float]:
        return {gram: self._whole.idf(gram) for gram in grams(meaning)}


def _coverage(asked: _Weighed, known: set[str]) -> float:
    """Each gram that is left counts by how telling it is, each phrase as much as its grams
    do, and as far as the best of its meanings is known."""
    have = total = 0.0
    for gram, weight in asked.left:
        total += weight
        have += weight * (gram in known)
    for weight, meanings in asked.meant:
        total += weight
        have += weight * max(_share(meaning, known) for meaning in meanings)
    return have / total if total else 0.0


def _evidence(asked: _Weighed, known: set[str]) -> float:
    found = sum(weight for word, weight in asked.words.items() if word in known)
    for _, meanings in asked.meant:
        found += max(_share(meaning, known) * max(meaning.values()) for meaning in meanings)
    return found


def _share(meaning: Mapping[str, float], known: set[str]) -> float:
    have = sum(weight for gram, weight in meaning.items() if gram in known)
    return have / sum(meaning.values())


def _sum(*parts: tuple[float, dict[int, float]]) -> dict[int, float]:
    total: dict[int, float] = {}
    for factor, scores in parts:
        for place, score in scores.items():
            total[place] = total.get(place, 0.0) + factor * score
    return total


def _either(one: dict[int, float], other: dict[int, float]) -> dict[int, float]:
    return {i: max(one.get(i, 0.0), other.get(i, 0.0)) for i in {*one, *other}}


def _by_use(found: Iterable[str]) -> list[str]:
    """The two-sign words, the commonest last."""
    counted = Counter(gram for gram in found if len(gram) == 2 and not gram.isascii())
    return sorted(counted, key=lambda gram: (counted[gram], gram))
