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
class Need:
    runs: list[str]  # of the subject, in order
    frequency: dict[str, int]  # how many of the `patents` hold its grams; none that is grammar
    patents: int
    telling: list[str]  # those of them that tell something
    counted: list[str]  # those of them that no technical word stands for
    rarest: list[str]  # the rarest of the subject: what coverage is measured with
    technical: dict[str, tuple[str, ...]]  # everyday word → what patents call it
    stands: dict[str, dict[str, float]]  # everyday word that no patent holds → idf of the others

    @cached_property
    def weights(self) -> dict[str, float]:
        """The idf of the rarest."""
        return dict(zip(self.rarest, self.idfs(self.rarest), strict=True))

    def idfs(self, grams: Iterable[str]) -> list[float]:
        """Of those of these grams that are its own."""
        weights = _weights(self.patents)
        return [weights[self.frequency[gram]] for gram in grams if gram in self.frequency]

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

    @property
    def common(self) -> float:
        """An idf below this tells nothing."""
        return idf(COMMON * self.patents, self.patents)

    @cached_property
    def mass(self) -> float:
        """The idf mass of the need: what coverage is a share of."""
        best = sum(max(masses.values()) for masses in self.stands.values())
        return sum(self.weights.values()) + best

    @property
    def credits(self) -> dict[str, float]:
        """How much of its mass each technical word can cover at the most."""
        found: dict[str, float] = defaultdict(float)
        for word, others in self.technical.items():
            own = sum(self.weights.get(gram, 0.0) for gram in {*grams(word)})
            for other in others:
                found[other] += LAY_CREDIT * (own + self.stands.get(word, {}).get(other, 0.0))
        return found


TakenApart = tuple[list[str], list[str], dict[str, tuple[str, ...]]]
"""The runs of a need, those of its subject, and its everyday words with the technical ones:
whatever the library says."""


def take_apart(text: str) -> TakenApart:
    said, technical = strip_boilerplate(text), technical_words(text)
    return runs(said), runs(strip_general(said, technical)), technical


def read(text: str, frequency: Callable[[str], int], patents: int) -> Need:
    """`frequency` says how many of the `patents` hold a gram."""
    return weighed(take_apart(text), frequency, patents)


def weighed(apart: TakenApart, frequency: Callable[[str], int], patents: int) -> Need:
    left, subject, technical = apart
    df: dict[str, int] = {}
    for run in left:
        df.update(_frequencies(run, frequency))
    telling = [gram for gram in df if len(gram) > 1 or df[gram] <= COMMON * patents] or list(df)
    stands = {
        word: masses
        for word, others in technical.items()
        if _unheard(word, df) and (masses := _masses(others, frequency, patents))
    }
    stood_for = {gram for word in stands for gram in grams(word) if not df.get(gram)}
    counted = [gram for gram in telling if gram not in stood_for] if stood_for else telling
    measured = counted
    if subject != left:
        of_subject = {gram for run in subject for gram in run_grams(run)}
        measured = [gram for gram in counted if gram in of_subject]
    if not any(len(gram) > 1 for gram in measured):  # all of it is what anybody says
        subject, measured = left, counted
    return Need(
        runs=subject,
        frequency=df,
        patents=patents,
        telling=telling,
        counted=counted,
        rarest=sorted(measured, key=df.__getitem__)[:QUERY_GRAMS],
        technical=technical,
        stands=stands,
    )


def telling_grams(word: str) -> list[str]:
    """The grams of a technical word; single characters only where there is nothing else."""
    told = grams(word)
    return [gram for gram in told if len(gram) > 1] or told


def coverage(need: Need, held: Set[str]) -> float:
    """The share of the need's idf mass that stands in a patent which holds the grams `held`.

    An everyday word that no patent holds weighs what the technical words for it weigh: one that
    half of the library would answer to lifts nothing over a threshold.
    """
    found = sum([weight for gram, weight in need.weights.items() if gram in held])
    translated = list(_translations(need, held)) if need.technical else []
    other = {gram for word, _ in translated for gram in grams(word)}
    if other:
        only = [w for gram, w in need.weights.items() if gram in other and gram not in held]
        found += LAY_CREDIT * sum(only)
    for word in need.stands:
        masses = (need.stands[word].get(o, 0.0) for said, o in translated if said == word)
        found += LAY_CREDIT * max(masses, default=0.0)
    return found / need.mass if need.mass else 0.0


@dataclass(frozen=True)
class Common:
    """What a need and a patent have in common.

    `terms` is the reason to show: telling stretches of the need, then technical words for it; where
    the patent holds neither, common words, and single characters last. `points` is how many
    separate things that are: everyday words by their technical ones, and the telling stretches that
    are no part of these; a long one is two. `missed` are the everyday words that the patent answers
    with none of their technical ones.
    """

    terms: tuple[str, ...]
    points: int
    missed: int


def common(need: Need, held: Set[str]) -> Common:
    parts = (part.strip(lexicon()["edge"]) for run in need.runs for part in _parts(run, held))
    words = list(dict.fromkeys(filter(None, parts)))
    least = need.common
    weights = {word: _weight(need, word, least) for word in words}
    telling = sorted(filter(weights.get, words), key=weights.__getitem__, reverse=True)
    translated = list(_translations(need, held))
    found = [*telling, *(other for _, other in translated)]
    terms = _longer(found) or _longer(words) or [gram for gram in need.rarest if gram in held]
    return Common(
        terms=tuple(_whole(dict.fromkeys(terms))),
        points=_everyday(translated) + _apart(_whole(telling), translated),
        missed=len(need.technical.keys() - {word for word, _ in translated}),
    )


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


def _masses(
    others: Iterable[str], frequency: Callable[[str], int], patents: int
) -> dict[str, float]:
    """The idf mass of each technical word that the library holds."""
    df = {other: [frequency(gram) for gram in telling_grams(other)] for other in others}
    held = {other: freqs for other, freqs in df.items() if all(freqs)}
    return {other: sum(idf(freq, patents) for freq in freqs) for other, freqs in held.items()}


@cache
def _words() -> frozenset[str]:
    return frozenset(lexicon()["whole"])


@cache
def _stop() -> frozenset[str]:
    return frozenset(lexicon()["stop"])


@lru_cache(maxsize=2)
def _weights(patents: int) -> Remembered[int, float]:
    return Remembered(partial(idf, patents=patents))


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


def _parts(run: str, held: Set[str]) -> Iterator[str]:
    """A run that is held as one token, or its longest stretches all of whose pairs are held; and
    the characters that are words."""
    yield from (character for character in run if character in _words() and character in held)
    if run in held:
        yield run
    marks = "".join(["x" if pair in held else " " for pair in map(add, run, run[1:])])
    for stretch in _HELD.finditer(marks):
        yield run[stretch.start() : stretch.end() + 1]


@lru_cache(maxsize=10_000)
def asked_of(word: str) -> frozenset[str]:
    """What a patent has to hold, to say a technical word."""
    return frozenset(telling_grams(word))


def _weight(need: Need, stretch: str, common: float) -> float:
    """The idf mass of a stretch; 0 where it holds nothing but common words."""
    pairs = [gram for gram in run_grams(stretch) if len(gram) > 1]
    idfs = need.idfs(pairs or [stretch])
    return sum(idfs) if max(idfs, default=0.0) >= common else 0.0
