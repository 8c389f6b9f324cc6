"""Text to grams: the one way in which patents, policy clauses and names are read for retrieval.

Character unigrams and bigrams, no dictionary: on every real set measured they beat words, and far
more so with typos, new terms and unseen compounds.
"""

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from operator import add
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data"
LEXICON, LAY = DATA / "search.toml", DATA / "lay.toml"
GAP = 4  # characters that "…" in a way of saying something stands for, at most
HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN = re.compile(rf"[{HAN}]")
_RUNS = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:\.[0-9]+)*")


@cache
def lexicon() -> dict[str, Any]:
    """The editable word lists of data/search.toml, read once."""
    return tomllib.loads(LEXICON.read_text(encoding="utf-8"))


def normalise(text: str) -> str:
    """One spelling for what looks alike: full-width forms folded, Latin in lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def runs(text: str) -> list[str]:
    """The unbroken Han runs and the Latin or digit tokens of normalised `text`, in order."""
    return [match.group() for match in _RUNS.finditer(text)]


def grams(text: str) -> list[str]:
    """Characters and pairs of every Han run, Latin and digit tokens whole; repeats are kept."""
    return [gram for run in runs(normalise(text)) for gram in run_grams(run)]


def run_grams(run: str) -> list[str]:
    """Of a Han run its characters and then its pairs; a Latin or digit token is whole."""
    if not _HAN.match(run):
        return [run]
    return [*run, *map(add, run, run[1:])]


def pairs(run: str) -> list[str]:
    """Of a Han run its pairs; a character or a token alone is whole."""
    return [*map(add, run, run[1:])] if len(run) > 1 and _HAN.match(run) else [run]


def strip_boilerplate(text: str) -> str:
    """Normalised `text` with what any request says blanked, so that only its subject is left."""
    return _boilerplate().sub(" ", normalise(text))


def strip_general(text: str, keep: Collection[str] = ()) -> str:
    """Normalised `text` without what may be said of any subject, quantities, too; but words of the
    trade, and those to `keep`, stay whole."""
    for word in sorted(keep, key=len, reverse=True):
        before, found, after = text.partition(word)
        if found:
            return strip_general(before, keep) + word + strip_general(after, keep)
    return _general_blanked(text)


def technical_words(text: str) -> dict[str, tuple[str, ...]]:
    """What patents call the everyday words found in `text`: what it says → other words for it."""
    return dict(_everyday(normalise(text)))


@cache
def _boilerplate() -> re.Pattern[str]:
    return _any_of(map(normalise, lexicon()["boilerplate"]))


def _general_blanked(text: str) -> str:
    """Left to right the longest word that begins there is read: this is thrice as quick as a
    pattern of thousands."""
    stays, lengths = _general()
    text, left, at = _quantity().sub(" ", text), [], 0
    while at < len(text):
        word = text[at]
        stay = True
        for length in lengths.get(word, ()):
            if (longer := text[at : at + length]) in stays:
                word, stay = longer, stays[longer]
                break
        left.append(word if stay else " ")
        at += len(word)
    return "".join(left)


@cache
def _quantity() -> re.Pattern[str]:
    return re.compile(lexicon()["quantity"])


@cache
def _general() -> tuple[dict[str, bool], dict[str, list[int]]]:
    """General words, and those of the trade, which stay; by first character how long they are."""
    trade = {word for others in _other_words().values() for word in others}
    stays = dict.fromkeys(trade, True) | dict.fromkeys(map(normalise, lexicon()["general"]), False)
    lengths: dict[str, set[int]] = defaultdict(set)
    for word in stays:
        lengths[word[0]].add(len(word))
    return stays, {begin: sorted(each, reverse=True) for begin, each in lengths.items()}


def _everyday(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Left to right the longest way of saying something that begins there, none inside another."""
    ways, over = _ways(), 0
    pairs = map(add, text, text[1:] + " ")
    begins = [at for at, pair in enumerate(pairs) if pair in ways or pair[0] in ways]
    for at in begins:
        if at < over:
            continue
        for way, others in ways.get(text[at : at + 2]) or ways[text[at]]:
            if fits := _end(text, at, way):
                over = fits
                if others:
                    yield text[at:over], others
                break


def _end(text: str, at: int, way: tuple[str, ...]) -> int:
    """Where `way` ends that begins at `at`, its parts not far from each other; 0 if it does not."""
    begin, end = at, at
    for part in way:
        start = text.find(part, end, end + (GAP if end > at else 0) + len(part))
        if start < 0 or not (start == end or text[end:start].isalnum()):
            return 0
        end = start + len(part)
    return end if _whole(text, begin, end) else 0


def _whole(text: str, begin: int, end: int) -> bool:
    """Latin words count only whole."""
    return not (_latin(text[begin - 1 : begin + 1]) or _latin(text[end - 1 : end + 1]))


def _latin(pair: str) -> bool:
    return len(pair) == 2 and pair.isascii() and pair.isalnum()


@cache
def _ways() -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    """The ways of saying something, with other words for it, longest first, by their first two
    characters; by one for those whose first part has no more, which stand with the others, too."""
    found = _other_words()
    ways: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = defaultdict(list)
    for way in sorted(found, key=len, reverse=True):
        parts = tuple(way.split("…"))
        others = tuple(o for o in found[way] if o != way and not _says(parts, o))
        ways[way[0]].append((parts, others))
    begins = {way.split("…")[0][:2] for way in found}
    listed = {
        begin: [way for way in ways[begin[0]] if begin.startswith(way[0][0][:2])]
        for begin in {*begins, *(begin[0] for begin in begins)}
    }
    return {begin: found for begin, found in listed.items() if found}


def _says(parts: Sequence[str], word: str) -> bool:
    """Whether a way of saying something with a gap holds a word itself, the thing it speaks of."""
    return len(parts) > 1 and len(word) > 1 and any(word in part for part in parts)


def _other_words() -> dict[str, dict[str, None]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    lay: dict[str, dict[str, list[str]]] = tomllib.loads(LAY.read_text(encoding="utf-8"))
    pairs = [pair for topic in lay.values() for pair in topic.items()]
    pairs += [(word, group) for group in lexicon()["same"] for word in group]
    for ways, others in pairs:
        for way in map(_spelt, ways.split("|")):
            found[way].update(dict.fromkeys(map(normalise, others)))
    return found


def _spelt(way: str) -> str:
    return "…".join(map(normalise, way.split("…")))  # NFKC makes three dots of it


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    # Longest first: a word must not be cut by a shorter one inside it.
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
