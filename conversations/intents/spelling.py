"""One spelling for what looks or sounds alike: full-width, traditional, homophones, pinyin."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from pinyin import sound

from .lexicon import load, reach

Span = tuple[int, int]  # from where to where in a line

HEAD = 300  # what a person wants is said early; the rest of a long message is its content
_HAN = r"\u3400-\u9fff"  # raw: the regular expression reads it
_LATIN = re.compile(r"[a-z]+(?:[ '][a-z]+)*")
_GAPS = re.compile(rf"(?<=[{_HAN}\W])\s+|\s+(?=[{_HAN}\W])")
_DULL = re.compile(r"^n|(?<=[zcs])h|(?<=[ie]n)g")  # l-n, zh-z and ng-n, which Hunan does not tell


def aligned(text: str) -> str:
    """`text` half-width, simplified, in lower case, mended; character for character as it was."""
    folded = "".join(map(_folded, text)).translate(load().simplified)
    return _homophones_mended(folded[:HEAD]) + folded[HEAD:]


def spelled(line: str) -> str:
    """The head of an aligned `line`, with pinyin as words and without gaps."""
    words = _LATIN.sub(lambda run: _from_pinyin(run[0]), line[:HEAD])
    return _GAPS.sub("", words).strip()


def core(line: str) -> str:
    """A spelled `line` without politeness and punctuation: by this, short commands compare."""
    return load().fillers.sub("", line)


@lru_cache(maxsize=8192)
def _folded(char: str) -> str:
    folded = unicodedata.normalize("NFKC", char).lower()
    return folded if len(folded) == 1 else char


@lru_cache(maxsize=8192)
def _syllable(char: str) -> str:
    return _DULL.sub(lambda lost: "l" if lost[0] == "n" else "", sound(char))


@cache
def _by_sound() -> dict[tuple[str, ...], str]:
    return {tuple(map(_syllable, word)): word for word in load().misspelt}


@cache
def _sound_reach() -> dict[str, int]:
    return reach(_by_sound())


def _homophones_mended(line: str) -> str:
    """`line` with key words put right that sound as they should and share a character."""
    sounds = tuple(map(_syllable, line))
    by_sound, longest = _by_sound(), _sound_reach()
    windows = (
        (start, end)
        for start, sound in enumerate(sounds)
        for end in range(min(start + longest.get(sound, 0), len(sounds)), start + 1, -1)
    )
    for start, end in windows:
        word = by_sound.get(sounds[start:end])
        there = line[start:end]
        if word and word != there and set(word) & set(there) and _is_strange(line, start, end):
            line = line[:start] + word + line[end:]
    return line


def _is_strange(line: str, start: int, end: int) -> bool:
    return all(uncovered(len(line), words_in(line))[start:end])


def uncovered(length: int, spans: Iterable[Span]) -> list[bool]:
    """For each of `length` characters, whether none of `spans` covers it."""
    free = [True] * length
    for start, end in spans:
        free[start:end] = [False] * (end - start)
    return free


def words_in(line: str) -> Iterator[Span]:
    """Where the words of the lexicon stand in `line` that are longer than a character."""
    words, longest = load().words, load().reach
    for start, char in enumerate(line):
        for end in range(start + 2, min(start + longest.get(char, 0), len(line)) + 1):
            if line[start:end] in words:
                yield start, end


def _windows(length: int, longest: int) -> Iterator[Span]:
    for start in range(length - 1):
        for end in range(min(start + longest, length), start + 1, -1):
            yield start, end


@cache
def _by_pinyin() -> dict[str, str]:
    lexicon = load()
    return {"".join(map(sound, word)): word for word in (*lexicon.glue, *lexicon.misspelt)}


def _from_pinyin(run: str) -> str:
    """The words that a Latin `run` spells, if it spells words and nothing else."""
    letters = re.sub("[ ']", "", run)
    best: list[str | None] = ["", *[None] * len(letters)]
    for start, end in _windows(len(letters), longest=18):
        word = _by_pinyin().get(letters[start:end])
        if word and best[start] is not None and best[end] is None:
            best[end] = f"{best[start]}{word}"
    if best[-1] is None and " " in run:
        return " ".join(map(_from_pinyin, run.split(" ")))
    return best[-1] if best[-1] and len(best[-1]) > 1 else run
