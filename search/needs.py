"""What a need says: which of its grams count, how much of it a patent covers, and in which words.

Knows no index: document frequencies come in, and the set of grams that a patent holds.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache, partial
from operator import add
from typing import Generic, TypeVar

from search.tokens import (
    grams,
    lexicon,
    pairs,
    run_grams,
    runs,
    strip_boilerplate,
    strip_general,
    technical_words,
)

QUERY_GRAMS = 24  # the rarest: as good as all of them, and five times faster at 1.3 million
COMMON = 0.10  # what more than this share of the patents hold tells nothing
LAY_CREDIT = 0.8  # how far a technical word covers the everyday word of the need
LONG = 5  # characters that are two words at least
_HELD = re.compile("x+")


K = TypeVar("K")
V = TypeVar("V")


class Remembered(dict[K, V], Generic[K, V]):
    """A function's answers, each worked out once; faster than functools' own."""

    def __init__(self, function: Callable[[K], V]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, key: K) -> V:
        answer = self[key] = self._function(key)
        return answer


@dataclass(frozen=True)
class Corpus:
    """How often the patents say what; `frequency` is how many of the `patents` hold a gram."""

    frequency: Callable[[str], int]
    patents: int

    @cached_property
    def weight(self) -> Callable[[str], float]:
        """The idf of a gram."""
        idfs = Remembered(partial(idf, patents=self.patents))
        return Remembered[str, float](lambda gram: idfs[self.frequency(gram)]).__getitem__

    @cached_property
    def common(self) -> float:
        """An idf below this tells nothing."""
        return idf(COMMON * self.patents, self.patents)


@dataclass(frozen=True)
class Need:
    """What is measured: how much of it a patent covers, and in which words."""

    corpus: Corpus
    runs: list[str]  # of the subject, in order
    rarest: list[str]  # the rarest grams of the subject: what coverage is measured with
    technical: dict[str, tuple[str, ...]]  # everyday word → what patents call it
    stands: dict[str, dict[str, float]]  # everyday word that no patent holds → idf of the others

    @cached_property
    def weights(self) -> dict[str, float]:
        """The idf of the rarest."""
        return {gram: self.corpus.weight(gram) for gram in self.rarest}

    @cached_property
    def standing(self) -> float:
        """What everyday words weigh that no patent holds: as much as the best of the others."""
        return sum(max(masses.values()) for masses in self.stands.values())

    @cached_property
    def mass(self) -> float:
        """The idf mass of the need: what coverage is a share of."""
        return sum(self.weights.values()) + self.standing

    @property
    def credits(self) -> dict[str, float]:
        """How much of its mass each technical word can cover at the most, and what an everyday word
        covers that no patent held."""
        found: dict[str, float] = defaultdict(float)
        for word, others in self.technical.items():
            masses = self.stands.get(word, {})
            own = sum(self.weights.get(gram, 0.0) for gram in {*grams(word)})
            for other in others:
                found[other] += LAY_CREDIT * (own + masses.get(other, 0.0))
            if masses:
                found[word] += max(masses.values())
        return found


@dataclass(frozen=True)
class Heard(Need):
    """A need as the library reads it now: what it is searched with."""

    frequency: dict[str, int]  # how many patents hold its grams; none that is grammar
    telling: list[str]  # those of them that tell something
    counted: list[str]  # those of them that no technical word stands for

    @property
    def known(self) -> list[str]:
        """Those that some patents hold and that tell something."""
        return [gram for gram in self.telling if self.frequency[gram]]

    @property
    def asked(self) -> list[str]:
        """The rarest that count: what is searched first."""
        return sorted(self.counted, key=self.frequency.__getitem__)[:QUERY_GRAMS]

    @property
    def heard(self) -> list[str]:
        """The rarest that some patents hold: what is left of words with typing errors."""
        df = self.frequency
        return sorted(filter(df.__getitem__, df), key=df.__getitem__)[:QUERY_GRAMS]


def read(text: str, corpus: Corpus) -> Heard:
    said, technical = strip_boilerplate(text), technical_words(text)
    left, subject = runs(said), runs(strip_general(said, technical))
    df: dict[str, int] = {}
    for run in left:
        df.update(_frequencies(run, corpus.frequency))
    least = COMMON * corpus.patents
    telling = [gram for gram in df if len(gram) > 1 or df[gram] <= least] or list(df)
    stands = {
        word: masses
        for word, others in technical.items()
        if _unheard(word, df) and (masses := _masses(others, corpus))
    }
    stood_for = {gram for word in stands for gram in grams(word) if not df.get(gram)}
    counted = [gram for gram in telling if gram not in stood_for] if stood_for else telling
    measured = counted
    if subject != left:
        of_subject = {gram for run in subject for gram in run_grams(run)}
        measured = [gram for gram in counted if gram in of_subject]
    if not any(len(gram) > 1 for gram in measured):  # all of it is what anybody says
        subject, measured = left, counted
    rarest = sorted(measured, key=df.__getitem__)[:QUERY_GRAMS]
    return Heard(corpus, subject, rarest, technical, stands, df, telling, counted)


def telling_grams(word: str) -> list[str]:
    """The grams of a technical word; single characters only where there is nothing else."""
    told = grams(word)
    return [gram for gram in told if len(gram) > 1] or told


def coverage(need: Need, held: Set[str]) -> float:
    """The share of the need's idf mass that stands in a patent which holds the grams `held`.

    An everyday word that no patent holds weighs what the technical words for it weigh: one that
    half of the library would answer to lifts nothing over a threshold. The first patent that says
    the word itself covers it wholly.
    """
    found = sum([weight for gram, weight in need.weights.items() if gram in held])
    translated = list(_translations(need, held)) if need.technical else []
    other = {gram for word, _ in translated for gram in grams(word)}
    if other:
        only = [w for gram, w in need.weights.items() if gram in other and gram not in held]
        found += LAY_CREDIT * sum(only)
    for word, masses in need.stands.items():
        if held >= asked_of(word):
            found += max(masses.values())
        else:
            told = (masses.get(other, 0.0) for said, other in translated if said == word)
            found += LAY_CREDIT * max(told, default=0.0)
    return found / need.mass if need.mass else 0.0


@dataclass(frozen=True)
class Common:
    """What a need and a patent have in common: `telling` stretches of the need, the most telling
    first, and everyday words with the technical ones for them.

    `terms` is the reason to show: all these; where the patent holds neither, common words, and
    single characters last. `missed` are the everyday words that the patent answers with none of
    their technical ones.
    """

    terms: tuple[str, ...]
    telling: list[str]
    translated: list[tuple[str, str]]
    missed: int

    @property
    def points(self) -> int:
        """How many separate things that are: everyday words by their technical ones, and the
        telling stretches that are no part of these; a long one is two."""
        return _everyday(self.translated) + _apart(_whole(self.telling), self.translated)


def common(need: Need, held: Set[str]) -> Common:
    words = _stretches(need, held)
    weights = {word: _weight(need.corpus, word) for word in words}
    telling = sorted(filter(weights.get, words), key=weights.__getitem__, reverse=True)
    translated = list(_translations(need, held)) if need.technical else []
    found = [*telling, *(other for _, other in translated)]
    terms = _longer(found) or _longer(words) or [gram for gram in need.rarest if gram in held]
    missed = len(need.technical.keys() - {word for word, _ in translated})
    return Common(tuple(_whole(dict.fromkeys(terms))), telling, translated, missed)


def _longer(words: Iterable[str]) -> list[str]:
    return [word for word in words if len(word) > 1]


def _whole(words: Collection[str]) -> list[str]:
    """Those that are no part of another."""
    return [word for word in words if not any(word in o and word != o for o in words)]


def _everyday(translated: Iterable[tuple[str, str]]) -> int:
    """How many everyday words lead to technical words of their own."""
    counted: set[str] = set()
    seen: set[str] = set()
    for word, other in translated:
        if other not in seen:
            counted.add(word)
        seen.add(other)
    return len(counted)


def _apart(telling: Iterable[str], translated: Iterable[tuple[str, str]]) -> int:
    """How many things the stretches are beside everyday words; a long one is two."""
    said = {word for pair in translated for word in pair}
    apart = [w for w in telling if not any(w in other or other in w for other in said)]
    return sum(1 + (len(word) >= LONG) for word in apart)


def _frequencies(run: str, frequency: Callable[[str], int]) -> dict[str, int]:
    """How many patents hold each gram of a run, without stop characters and seams.

    A seam is a pair that no patent holds between two that are known: two words that met. Only
    grammar, too, is a pair with a stop character that no patent holds.
    """
    told, stop = run_grams(run), _stop()
    df = dict(zip(told, map(frequency, told), strict=True))
    if all(df.values()):
        return {gram: freq for gram, freq in df.items() if gram not in stop}
    pairs = told[len(run) :]  # they follow the characters; a Latin run has none
    seams = {
        pair
        for before, pair, after in zip(pairs, pairs[1:], pairs[2:], strict=False)
        if not df[pair] and df[before] and df[after]
    }
    return {
        gram: freq
        for gram, freq in df.items()
        if gram not in seams and gram not in stop and (freq or stop.isdisjoint(gram))
    }


def _unheard(word: str, df: Mapping[str, int]) -> bool:
    """Whether no patent says it so."""
    heard = [df[gram] for gram in telling_grams(word) if gram in df]
    return not heard or not all(heard)


def _masses(others: Iterable[str], corpus: Corpus) -> dict[str, float]:
    """The idf mass of each technical word that the library holds."""
    grams = {other: telling_grams(other) for other in others}
    held = {other: told for other, told in grams.items() if all(map(corpus.frequency, told))}
    return {other: sum(map(corpus.weight, told)) for other, told in held.items()}


@cache
def _words() -> frozenset[str]:
    return frozenset(lexicon()["whole"])


@cache
def _edge() -> str:
    return str(lexicon()["edge"])


@cache
def _stop() -> frozenset[str]:
    return frozenset(lexicon()["stop"])


def idf(freq: float, patents: int) -> float:
    """How much a gram tells that `freq` of the `patents` hold."""
    freq = min(freq, patents)  # deleted patents are counted until the index merges its parts
    return math.log(1 + (patents - freq + 0.5) / (freq + 0.5))


def _translations(need: Need, held: Set[str]) -> Iterator[tuple[str, str]]:
    """Everyday words of the need with each technical word for them that the patent holds."""
    for word, others in need.technical.items():
        for other in others:
            if held >= asked_of(other):
                yield word, other


def _stretches(need: Need, held: Set[str]) -> list[str]:
    """The characters of a need that are words, tokens, and longest stretches all of whose pairs are
    held; without what is cut off the ends of a reason."""
    said, edge = " ".join(need.runs), _edge()
    marks = "".join(["x" if pair in held else " " for pair in map(add, said, said[1:])])
    found = [character for character in said if character in _words() and character in held]
    found += [run for run in need.runs if run in held]
    found += [said[part.start() : part.end() + 1] for part in _HELD.finditer(marks)]
    return [*filter(None, dict.fromkeys([part.strip(edge) for part in found]))]


@lru_cache(maxsize=10_000)
def asked_of(word: str) -> frozenset[str]:
    """What a patent has to hold, to say a technical word."""
    return frozenset(telling_grams(word))


def _weight(corpus: Corpus, stretch: str) -> float:
    """The idf mass of a stretch; 0 where it holds nothing but common words."""
    idfs = [corpus.weight(gram) for gram in pairs(stretch) if gram not in _stop()]
    return sum(idfs) if max(idfs, default=0.0) >= corpus.common else 0.0
