"""Clauses of official texts, in memory: which one answers a question asked in everyday words.

Tantivy finds the clauses that share most with a question; these are then compared with it in four
views: the text, the text with the questions that it is known to answer (aliases), its best parts
(sentences or such questions), and its sound (typos). Refusing goes by coverage and evidence, which
are never mixed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from search.bm25 import Frequencies, score, weights
from search.nearest import Nearest
from search.questions import Question, Synonyms
from search.sounds import Pinyin, sounds
from search.tokens import grams

WRITTEN, KNOWN, PARTS, SOUND = 0.5, 0.5, 0.4, 0.5
"""What each view counts, chosen by how well aliases that are left out find their clause."""
BEST = 3
"""How many parts of a clause speak for it: one sentence or question may be like any."""
COMPARED = 40
"""How many of the nearest are compared; the clause that answers is nearly always among them."""
KEPT = 2000
"""How many clauses stay taken apart."""


@dataclass(frozen=True)
class Entry:
    """One clause. `sentences` are its text in order, `aliases` questions that it answers;
    `favour` is how much before others it comes at the same likeness. What is `always` compared with
    a question need not be near it."""

    id: int
    heading: str
    sentences: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    favour: float = 1.0
    always: bool = False

    @property
    def text(self) -> str:
        return " ".join([self.heading, *self.sentences])

    @property
    def known(self) -> str:
        return " ".join([self.text, *self.aliases])


@dataclass(frozen=True)
class ClauseHit:
    """`score` orders. `coverage` (0 to 1) is the share of the question that the clause knows,
    weighed by how telling each part is; `evidence` how much that is, counted in words that no
    other clause has (single signs, which any text shares, do not count). `likeness` is by its best
    sentences and aliases alone. `sentences` are (position, score), best first."""

    id: int
    score: float
    coverage: float
    evidence: float
    likeness: float
    sentences: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class _Views:
    """A clause taken apart: what each token weighs in each view; `parts` has, by token, the parts
    that hold it, `sentences` of which are the text's own."""

    written: Mapping[str, float]
    known: Mapping[str, float]
    sound: Mapping[str, float]
    parts: Mapping[str, Sequence[tuple[int, float]]]
    sentences: int

    def by_part(self, asked: Mapping[str, float]) -> list[tuple[int, float]]:
        """(position, score) of the parts that share a token, best first."""
        found: dict[int, float] = {}
        for token, factor in asked.items():
            for part, weight in self.parts.get(token, ()):
                found[part] = found.get(part, 0.0) + factor * weight
        return sorted(found.items(), key=lambda part: (-part[1], part[0]))


@dataclass(frozen=True)
class _Weighed:
    """A question as it is compared with one clause after the other: each gram with its weight.
    `meant` has, for each phrase, what it weighs and the grams of all its meanings."""

    left: Sequence[tuple[str, float]]
    words: Mapping[str, float]
    meant: Sequence[tuple[float, Sequence[Mapping[str, float]]]]


class ClauseIndex:
    """Clauses may come and go; what is asked sees all of them at once."""

    def __init__(self, entries: Iterable[Entry] = (), synonyms: Synonyms | None = None) -> None:
        self.entries: dict[int, Entry] = {}
        self._synonyms = synonyms or Synonyms()
        self._nearest = Nearest()
        self._written, self._known, self._sound, self._part = (Frequencies() for _ in range(4))
        self._change(entries, ())

    def put(self, entries: Iterable[Entry], gone: Iterable[int] = ()) -> None:
        """Add or replace clauses, and take those out that are `gone`."""
        self._change(entries, gone)

    def written(self, text: str) -> str:
        """`text` with what is typed in pinyin (zhiya) in signs, if a clause has such a word."""
        if not any(sign.isascii() and sign.isalpha() for sign in text):
            return text
        return self._pinyin().written(text)

    def read(self, text: str) -> Question:
        """The question with the official words that its wording stands for, as far as a clause
        has such words."""
        return self._read(text)[0]

    def search(self, text: str, k: int = 3) -> list[ClauseHit]:
        """The `k` clauses most likely to answer `text`, best first; none if nothing is shared."""
        question, near = self._read(text)
        asked = self._known.weighed(question.asks())
        heard = self._sound.weighed(dict.fromkeys(sounds(question.said), 1.0))
        weighed = self._weighed(question)
        hits = [self._hit(id_, asked, heard, weighed) for id_ in near]
        found = (hit for hit in hits if hit.score > 0)
        return sorted(found, key=lambda hit: (-hit.score, hit.id))[:k]

    def knows(self, text: str, passage: str) -> float:
        """The coverage of a question by any piece of text: a part of a clause, say."""
        return _coverage(self._weighed(self.read(text)), set(grams(passage)))

    def _change(self, entries: Iterable[Entry], gone: Iterable[int]) -> None:
        coming = {entry.id: entry for entry in entries}
        going = [self.entries.pop(id_) for id_ in {*gone, *coming} if id_ in self.entries]
        for entry, times in [*((e, -1) for e in going), *((e, 1) for e in coming.values())]:
            self._count(entry, times)
        self.entries.update(coming)
        self._always = [entry.id for entry in self.entries.values() if entry.always]
        told = ((e.id, grams(e.known), sounds(e.known)) for e in coming.values())
        self._nearest.change(told, [entry.id for entry in going])
        self._views = lru_cache(KEPT)(self._taken_apart)
        self._pinyin = lru_cache(1)(lambda: Pinyin(_words(self._known.by_use())))

    def _count(self, entry: Entry, times: int) -> None:
        self._written.add(grams(entry.text), times)
        self._known.add(grams(entry.known), times)
        self._sound.add(sounds(entry.known), times)
        for part in (*entry.sentences, *entry.aliases):
            self._part.length += times * len(grams(part))
            self._part.texts += times

    def _taken_apart(self, id_: int) -> _Views:
        entry = self.entries[id_]
        parts: dict[str, list[tuple[int, float]]] = {}
        for place, part in enumerate((*entry.sentences, *entry.aliases)):
            for token, weight in weights(grams(part), self._part.mean).items():
                parts.setdefault(token, []).append((place, weight))
        return _Views(
            weights(grams(entry.text), self._written.mean),
            weights(grams(entry.known), self._known.mean),
            weights(sounds(entry.known), self._sound.mean),
            parts,
            len(entry.sentences),
        )

    def _read(self, text: str) -> tuple[Question, list[int]]:
        """The question, and the clauses nearest to it."""
        question = self._synonyms.read(text)
        asked = question.asks()
        near = self._nearest.search(asked, sounds(question.said), COMPARED)
        near = [*dict.fromkeys([*near, *self._always])]
        if question.meant:
            has = [self._views(id_).known.keys() for id_ in near]
            question = self._synonyms.read(text, has)
        return question, near

    def _hit(
        self, id_: int, asked: Mapping[str, float], heard: Mapping[str, float], weighed: _Weighed
    ) -> ClauseHit:
        views = self._views(id_)
        parts = views.by_part(asked)
        likeness = sum(found for _, found in parts[:BEST])
        total = (
            WRITTEN * score(asked, views.written)
            + KNOWN * score(asked, views.known)
            + PARTS * likeness
            + SOUND * score(heard, views.sound)
        )
        known = views.known.keys()
        return ClauseHit(
            id=id_,
            score=total * self.entries[id_].favour,
            coverage=_coverage(weighed, known),
            evidence=_evidence(weighed, known) / self._known.idf(""),
            likeness=likeness,
            sentences=tuple(part for part in parts if part[0] < views.sentences),
        )

    def _weighed(self, question: Question) -> _Weighed:
        idf = self._known.idf
        left = [(gram, idf(gram)) for gram in grams(question.left)]
        return _Weighed(
            left=left,
            words={gram: weight for gram, weight in left if len(gram) > 1},
            meant=[
                (
                    sum(map(idf, grams(phrase))),
                    [self._known.weighed(dict.fromkeys(grams(m), 1.0)) for m in means],
                )
                for phrase, means in question.meant.items()
            ],
        )


def _coverage(asked: _Weighed, known: Collection[str]) -> float:
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


def _evidence(asked: _Weighed, known: Collection[str]) -> float:
    found = sum(weight for word, weight in asked.words.items() if word in known)
    for _, meanings in asked.meant:
        found += max(_share(meaning, known) * max(meaning.values()) for meaning in meanings)
    return found


def _share(meaning: Mapping[str, float], known: Collection[str]) -> float:
    have = sum(weight for gram, weight in meaning.items() if gram in known)
    return have / sum(meaning.values())


def _words(found: Iterable[str]) -> list[str]:
    """The words of two signs."""
    return [gram for gram in found if len(gram) == 2 and not gram.isascii()]
