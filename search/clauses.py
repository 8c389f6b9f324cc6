"""Clauses of official texts, in memory: which one answers a question asked in everyday words.

Tantivy finds the clauses that share most with a question; these are then compared with it in four
views: the text, the text with the questions that it is known to answer (aliases), its best parts
(sentences or such questions), and its sound (typos). Refusing goes by coverage and evidence, which
are never mixed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from heapq import nlargest
from itertools import islice

from search.bm25 import Frequencies, Mean, score, weights
from search.nearest import Nearest
from search.questions import Question, Synonyms
from search.sounds import Pinyin, run_sounds, sounds
from search.tokens import grams, normalise, run_grams, runs

WRITTEN, KNOWN, PARTS, SOUND = 0.5, 0.5, 0.4, 0.3
"""What each view counts, chosen by how well aliases that are left out find their clause."""
DOCUMENT, FEW = 0.4, 5
"""What the few nearest clauses of a document count, in the mean, for each of its clauses: laws that
speak of a matter do so more than once."""
BEST = 3
"""How many parts of a clause speak for it: one question may be like any. Of its sentences only the
best does, since a text of many is no likelier than one of few."""
COMPARED = 32
"""How many of the nearest are compared; the clause that answers is nearly always among them."""
HEARD = 200
"""How many of those that sound nearest get something for it."""
MANY = 12
"""From how many aliases on it pays to keep what each part weighs."""
READ = 16
"""How many questions stay read: one is looked up more than once while it is answered."""
KEPT = 2000
"""How many clauses stay taken apart."""


@dataclass(frozen=True)
class Entry:
    """One clause. `sentences` are its text in order, `aliases` questions that it answers;
    `favour` is how much before others it comes at the same likeness, `document` the text that it
    is part of. What is `always` compared with
    a question need not be near it."""

    id: int
    heading: str
    sentences: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    favour: float = 1.0
    document: str = ""
    always: bool = False


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
    """What a question is compared with: `parts` are the sentences, then the aliases. Where those
    are many, `held` has what each token weighs in which part: it is asked for again and again."""

    written: str
    known: str
    parts: tuple[str, ...]
    held: Mapping[str, Sequence[tuple[int, float]]] | None = None


@dataclass(frozen=True)
class _Weighed:
    """A question as it is compared with one clause after the other: each gram with its weight.
    `meant` has, for each phrase, what it weighs and the grams of all its meanings."""

    left: Sequence[tuple[str, float]]
    words: Mapping[str, float]
    meant: Sequence[tuple[float, Sequence[Mapping[str, float]]]]


@dataclass(frozen=True)
class _Read:
    """A question, the clauses `near` to it, and how near the documents are that those are from."""

    question: Question
    near: Sequence[int]
    documents: Mapping[str, float]


class ClauseIndex:
    """Clauses may come and go; what is asked sees all of them at once."""

    def __init__(self, entries: Iterable[Entry] = (), synonyms: Synonyms | None = None) -> None:
        self.entries: dict[int, Entry] = {}
        self._synonyms = synonyms or Synonyms()
        self._nearest = Nearest()
        self._known = Frequencies()
        self._written_mean, self._known_mean, self._part_mean = Mean(), Mean(), Mean()
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
        return self._read(text).question

    def said(self, text: str) -> str:
        """What is left of the question without fillers, which any question may have."""
        return self._synonyms.said(text)

    def search(self, text: str, k: int = 3) -> list[ClauseHit]:
        """The `k` clauses most likely to answer `text`, best first; none if nothing is shared."""
        read = self._read(text)
        asked = self._known.weighed(read.question.asks())
        heard = self._nearest.heard(sounds(read.question.said), HEARD)
        weighed = self._weighed(read.question)
        hits = []
        for id_ in read.near:
            around = read.documents.get(self.entries[id_].document, 0.0)
            besides = SOUND * heard.get(id_, 0.0) + DOCUMENT * around
            hits.append(self._hit(id_, asked, weighed, besides))
        found = (hit for hit in hits if hit.score > 0)
        return sorted(found, key=lambda hit: (-hit.score, hit.id))[:k]

    def knows(self, text: str, passage: str) -> float:
        """The coverage of a question by any piece of text: a part of a clause, say."""
        return _coverage(self._weighed(self.read(text)), set(grams(passage)))

    def sentence(self, id_: int, text: str) -> int | None:
        """The place of the clause's sentence that shares most with `text`."""
        asked = self._known.weighed(self._synonyms.read(text).asks())
        parts = self._by_part(self._views(id_), asked)
        count = len(self.entries[id_].sentences)
        return next((place for place, _ in parts if place < count), None)

    def _change(self, entries: Iterable[Entry], gone: Iterable[int]) -> None:
        coming = {entry.id: entry for entry in entries}
        going = [self.entries.pop(id_) for id_ in {*gone, *coming} if id_ in self.entries]
        for entry in going:
            views = _taken_apart(entry)
            self._count(views, grams(views.known), -1)
        self.entries.update(coming)
        self._always = [entry.id for entry in self.entries.values() if entry.always]
        self._nearest.change(map(self._counted, coming.values()), [entry.id for entry in going])
        self._views = lru_cache(KEPT)(self._ready)
        self._held = lru_cache(KEPT)(self._held_by_parts)
        self._read = lru_cache(READ)(self._read_anew)
        self._pinyin = lru_cache(1)(lambda: Pinyin(_words(self._known.by_use())))

    def _counted(self, entry: Entry) -> tuple[int, list[str], list[str]]:
        """What the index of the nearest needs of an entry that comes, and is counted."""
        views = _taken_apart(entry)
        said = runs(views.known)
        tokens = [gram for run in said for gram in run_grams(run)]
        self._count(views, tokens, 1)
        return entry.id, tokens, run_sounds(said)

    def _count(self, views: _Views, tokens: list[str], times: int) -> None:
        self._known.add(tokens, times)
        self._written_mean.add(views.written, times)
        self._known_mean.add(views.known, times)
        for part in views.parts:
            self._part_mean.add(part, times)

    def _ready(self, id_: int) -> _Views:
        entry = self.entries[id_]
        views = _taken_apart(entry)
        return views if len(entry.aliases) < MANY else replace(views, held=self._held(id_))

    def _held_by_parts(self, id_: int) -> dict[str, list[tuple[int, float]]]:
        held: dict[str, list[tuple[int, float]]] = {}
        for place, part in enumerate(_taken_apart(self.entries[id_]).parts):
            for token, weight in weights(grams(part), len(part), self._part_mean.length).items():
                held.setdefault(token, []).append((place, weight))
        return held

    def _read_anew(self, text: str) -> _Read:
        question = self._synonyms.read(text)
        asked = question.asks()
        telling = {token: factor for token, factor in asked.items() if len(token) > 1}
        found = self._nearest.search(telling or asked, sounds(question.said), HEARD)
        near = list(dict.fromkeys([*islice(found, COMPARED), *self._always]))
        if question.meant:
            has = [self._views(id_).known for id_ in near]
            question = self._synonyms.read(text, has)
        return _Read(question, near, self._by_document(found))

    def _by_document(self, found: Mapping[int, float]) -> dict[str, float]:
        """How near each document is: the mean of its few nearest clauses."""
        scores: dict[str, list[float]] = {}
        for id_, near in found.items():
            scores.setdefault(self.entries[id_].document, []).append(near)
        return {name: sum(best[:FEW]) / FEW for name, best in scores.items() if name}

    def _hit(
        self, id_: int, asked: Mapping[str, float], weighed: _Weighed, besides: float
    ) -> ClauseHit:
        views, entry = self._views(id_), self.entries[id_]
        here = {token: factor for token, factor in asked.items() if token in views.known}
        parts = self._by_part(views, here)
        sentences = tuple(part for part in parts if part[0] < len(entry.sentences))
        asked_too = (part for part in parts if part[0] >= len(entry.sentences))
        likeness = sum(nlargest(BEST, (found for _, found in (*sentences[:1], *asked_too))))
        total = (
            WRITTEN * score(here, views.written, self._written_mean.length)
            + KNOWN * score(here, views.known, self._known_mean.length)
            + PARTS * likeness
            + besides
        )
        return ClauseHit(
            id=id_,
            score=total * entry.favour,
            coverage=_coverage(weighed, views.known),
            evidence=_evidence(weighed, views.known) / self._known.idf(""),
            likeness=likeness,
            sentences=sentences,
        )

    def _by_part(self, views: _Views, asked: Mapping[str, float]) -> list[tuple[int, float]]:
        """(position, score) of the parts that share a token, best first."""
        found: dict[int, float] = {}
        if views.held is None:
            mean = self._part_mean.length
            found = {i: score(asked, part, mean) for i, part in enumerate(views.parts)}
        else:
            for token, factor in asked.items():
                for place, weight in views.held.get(token, ()):
                    found[place] = found.get(place, 0.0) + factor * weight
        return sorted((f for f in found.items() if f[1] > 0), key=lambda f: (-f[1], f[0]))

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


def _taken_apart(entry: Entry) -> _Views:
    """Each part is normalised once: that takes longest."""
    parts = tuple(map(normalise, (*entry.sentences, *entry.aliases)))
    count = len(entry.sentences)
    written = " ".join([normalise(entry.heading), *parts[:count]])
    return _Views(written, " ".join([written, *parts[count:]]), parts)


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
