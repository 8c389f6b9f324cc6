"""data/intents.toml, checked and compiled: words, concepts, and examples of every intent.

The file's own head explains how it is written. A mistake in it stops the start and names the place.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

LEXICON = Path(__file__).parents[2] / "data" / "intents.toml"
QUESTION = "question"  # the one concept that the reader itself asks for
ROLES = ("ent", "org", "staff")
_SIGNS = re.compile(r"[.?*+\[\](){}|^$\\<>]")
_NAME = re.compile(r"(?<!\?P)<([^<>]+)>")


class LexiconError(ValueError):
    """data/intents.toml says something that cannot be read; the text names where."""


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    screen: str | None

    @classmethod
    def parse(cls, line: str) -> Self:
        text, _, screen = line.partition(" @")
        return cls(text, screen or None)


@dataclass(frozen=True, slots=True)
class Intent:
    name: str
    roles: tuple[str, ...]
    examples: tuple[Example, ...]
    slots: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    words: dict[str, frozenset[str]]  # a word, to the concepts that it speaks of
    reach: dict[str, int]  # a character, to the length of the longest word that it begins
    patterns: tuple[tuple[re.Pattern[str], frozenset[str]], ...]
    intents: tuple[Intent, ...]
    misspelt: tuple[str, ...]  # the words that people misspell or write in pinyin
    glue: tuple[str, ...]  # the small words between them in pinyin
    simplified: dict[int, int]
    fillers: re.Pattern[str]
    decide: dict[str, float]


@cache
def load(path: Path = LEXICON) -> Lexicon:
    """The compiled lexicon, read once; LexiconError names what is wrong in the file."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    concepts = {name: entry.split() for name, entry in raw["words"].items()}
    spelling = raw["spelling"]
    words = dict.fromkeys(spelling["compounds"].split(), frozenset[str]())
    patterns: list[tuple[re.Pattern[str], frozenset[str]]] = []
    for name, above in _including(concepts).items():
        signs = [word for word in concepts[name] if _SIGNS.search(word)]
        for word in set(concepts[name]).difference(signs):
            words[word] = words.get(word, frozenset()) | above
        if spelt := [sign for sign in signs if not _NAME.fullmatch(sign)]:
            patterns.append((_compile("|".join(spelt), concepts, name), above))
    return Lexicon(
        words=words,
        reach=reach(words),
        patterns=tuple(patterns),
        intents=tuple(_intent(name, entry, concepts) for name, entry in raw["intents"].items()),
        misspelt=tuple(spelling["misspelt"].split()),
        glue=tuple(spelling["glue"].split()),
        simplified=str.maketrans(spelling["traditional"], spelling["simplified"]),
        fillers=_compile("|".join(spelling["fillers"].split()), concepts, "fillers"),
        decide=raw["decide"],
    )


def reach(words: Iterable[Sequence[str]]) -> dict[str, int]:
    """What a word may begin with, to the length of the longest that does."""
    longest: dict[str, int] = {}
    for word in words:
        longest[word[0]] = max(len(word), longest.get(word[0], 0))
    return longest


def _including(concepts: dict[str, list[str]]) -> dict[str, frozenset[str]]:
    """Each concept, to itself and every concept that says <it> among its words."""
    above = {name: frozenset({name}) for name in concepts}
    for _ in range(2):  # a concept may include one that includes one
        for name, words in concepts.items():
            for word in words:
                if inner := _NAME.fullmatch(word):
                    _words_of(inner[1], concepts, name)
                    above[inner[1]] |= above[name]
    return above


def _words_of(name: str, concepts: dict[str, list[str]], where: str) -> list[str]:
    if name not in concepts:
        raise LexiconError(f"data/intents.toml, {where}: no concept is called {name}")
    return concepts[name]


def _compile(pattern: str, concepts: dict[str, list[str]], where: str) -> re.Pattern[str]:
    """`pattern` with each <concept> in it written out as the choice of its words."""

    def choice(match: re.Match[str]) -> str:
        words = (_NAME.sub(choice, word) for word in _words_of(match[1], concepts, where))
        return f"(?:{'|'.join(words)})"

    try:
        return re.compile(_NAME.sub(choice, pattern))
    except re.error as error:
        raise LexiconError(f"data/intents.toml, {where}: {error}") from error


def _intent(name: str, entry: dict[str, Any], concepts: dict[str, list[str]]) -> Intent:
    roles = tuple(entry.get("roles", "").split()) or ROLES
    if unknown := set(roles).difference(ROLES):
        raise LexiconError(f"data/intents.toml, {name}: no role is called {min(unknown)}")
    return Intent(
        name=name,
        roles=roles,
        examples=tuple(map(Example.parse, entry["examples"].strip().splitlines())),
        slots=tuple(_compile(slot, concepts, name) for slot in entry.get("slots", ())),
    )
