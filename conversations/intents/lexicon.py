"""data/intents.toml, checked and compiled: concepts, rules, phrases and slots of every intent.

The file's own head explains how it is written. A mistake in it stops the start and names the line.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

LEXICON = Path(__file__).parents[2] / "data" / "intents.toml"
_SIGNS = re.compile(r"[.?*+\[\](){}|^$\\<>]")
_NAME = re.compile(r"(?<!\?P)<([^<>]+)>")


class LexiconError(ValueError):
    """data/intents.toml says something that cannot be read; the text names where."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What must be seen, and how strongly (0 to 10) that speaks for the intent."""

    weight: float
    is_hint: bool
    needs: frozenset[str]
    lacks: frozenset[str]
    options: tuple[frozenset[str], ...]
    orders: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, line: str) -> Self:
        weight, *conditions = line.split()
        plain = [each for each in conditions if each[0] != "!" and not {"|", ">"} & set(each)]
        return cls(
            weight=float(weight),
            is_hint=weight[0] in "+-",
            needs=frozenset(plain),
            lacks=frozenset(each[1:] for each in conditions if each[0] == "!"),
            options=tuple(frozenset(each.split("|")) for each in conditions if "|" in each),
            orders=tuple(_pair(each) for each in conditions if ">" in each),
        )

    def concepts(self) -> Iterator[str]:
        yield from self.needs | self.lacks
        for group in (*self.options, *self.orders):
            yield from group


def _pair(condition: str) -> tuple[str, str]:
    first, then = condition.split(">")
    return first, then


@dataclass(frozen=True, slots=True)
class Intent:
    name: str
    roles: frozenset[str]
    rules: tuple[Rule, ...]
    hints: tuple[Rule, ...]
    phrases: tuple[str, ...]
    examples: tuple[str, ...]
    slots: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    words: dict[str, frozenset[str]]  # a word, to the concepts that it speaks of
    longest: int
    whole: dict[str, frozenset[str]]  # the same for words that must be the whole message
    patterns: tuple[tuple[re.Pattern[str], frozenset[str]], ...]
    intents: tuple[Intent, ...]
    phrases: dict[str, str]  # a short command, to its intent
    misspelt: tuple[str, ...]  # the words that people misspell or write in pinyin
    glue: tuple[str, ...]  # the small words between them in pinyin
    simplified: dict[int, str]
    fillers: re.Pattern[str]
    decide: dict[str, float]


@cache
def load(path: Path = LEXICON) -> Lexicon:
    """The compiled lexicon, read once; LexiconError names what is wrong in the file."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    concepts = {name: entry.split() for name, entry in raw["words"].items()}
    above = _including(concepts)
    intents = tuple(_intent(name, entry, concepts) for name, entry in raw["intents"].items())
    words, whole, patterns = _index(concepts, above)
    spelling = raw["spelling"]
    return Lexicon(
        words=dict.fromkeys(spelling["compounds"].split(), frozenset()) | words,
        longest=max(map(len, words)),
        whole=whole,
        patterns=patterns,
        intents=intents,
        phrases={phrase: intent.name for intent in intents for phrase in intent.phrases},
        misspelt=tuple(spelling["misspelt"].split()),
        glue=tuple(spelling["glue"].split()),
        simplified=str.maketrans(spelling["traditional"], spelling["simplified"]),
        fillers=re.compile("|".join(f"(?:{each})" for each in spelling["fillers"].split())),
        decide=raw["decide"],
    )


def _including(concepts: dict[str, list[str]]) -> dict[str, frozenset[str]]:
    """Every concept, to itself and all the concepts whose words include <it>."""
    above = {name: {name} for name in concepts}
    for _ in concepts:
        before = sum(map(len, above.values()))
        for name, words in concepts.items():
            for word in words:
                if inner := _NAME.fullmatch(word):
                    above[_known(inner[1], concepts, name)] |= above[name]
        if sum(map(len, above.values())) == before:
            break
    return {name: frozenset(names) for name, names in above.items()}


def _known(name: str, concepts: dict[str, list[str]], where: str) -> str:
    if name not in concepts and name[:1] not in "@#":
        raise LexiconError(f"data/intents.toml, {where}: no concept is called {name}")
    return name


def _index(
    concepts: dict[str, list[str]], above: dict[str, frozenset[str]]
) -> tuple[
    dict[str, frozenset[str]],
    dict[str, frozenset[str]],
    tuple[tuple[re.Pattern[str], frozenset[str]], ...],
]:
    words: dict[str, frozenset[str]] = {}
    whole: dict[str, frozenset[str]] = {}
    patterns: list[tuple[re.Pattern[str], frozenset[str]]] = []
    for name, entries in concepts.items():
        signs = [word for word in entries if _SIGNS.search(word) and not _NAME.fullmatch(word)]
        for word in set(entries).difference(signs):
            if word[0] == "=":
                whole[word[1:]] = whole.get(word[1:], frozenset()) | above[name]
            elif not _NAME.fullmatch(word):
                words[word] = words.get(word, frozenset()) | above[name]
        if signs:
            patterns.append((_compile(signs, concepts, name), above[name]))
    return words, whole, tuple(patterns)


def _compile(signs: Iterable[str], concepts: dict[str, list[str]], where: str) -> re.Pattern[str]:
    try:
        return re.compile("|".join(_spelled(sign, concepts, where) for sign in signs))
    except re.error as error:
        raise LexiconError(f"data/intents.toml, {where}: {error}") from error


def _spelled(pattern: str, concepts: dict[str, list[str]], where: str) -> str:
    """`pattern` with each <concept> in it written out as the choice of its words."""

    def choice(match: re.Match[str]) -> str:
        words = concepts[_known(match[1], concepts, where)]
        return f"(?:{'|'.join(_spelled(word, concepts, where) for word in words)})"

    return _NAME.sub(choice, pattern)


def _intent(name: str, entry: dict[str, Any], concepts: dict[str, list[str]]) -> Intent:
    rules = [_rule(line, name) for line in entry["rules"]]
    for rule in rules:
        for concept in rule.concepts():
            _known(concept, concepts, name)
    slots = tuple(_compile([slot], concepts, name) for slot in entry.get("slots", ()))
    return Intent(
        name=name,
        roles=frozenset(entry.get("roles", "").split()),
        rules=tuple(rule for rule in rules if not rule.is_hint),
        hints=tuple(rule for rule in rules if rule.is_hint),
        phrases=tuple(entry.get("phrases", "").split()),
        examples=tuple(entry.get("examples", "").strip().splitlines()),
        slots=slots,
    )


def _rule(line: str, where: str) -> Rule:
    try:
        return Rule.parse(line)
    except ValueError as error:
        raise LexiconError(f"data/intents.toml, {where}: {line!r}: {error}") from error
