"""Yes and no, and whether a sentence asks."""

from __future__ import annotations

import re

from pinyin import sound

from .text import plain
from .vocabulary import WORDS, either

_W = WORDS["yes"]
_CLAUSES = re.compile(WORDS["choices"]["clauses"] + "| ")
_POLITE = re.compile(either(_W["polite"]))
_ASKS = re.compile(either(_W["asks"]))


def asks(text: str) -> bool:
    """Whether the sentence has the form of a question."""
    said = plain(text)
    return any(mark in said for mark in WORDS["questions"]["marks"])


def read_yes(text: str) -> bool | None:
    """Yes, no, or None where the text says neither, both, or more than that (好，但是…)."""
    said = plain(text)
    if _ASKS.search(said):
        return None
    clauses = [one for one in _CLAUSES.split(_POLITE.sub("", said)) if one]
    answers = {_yes(clause) for clause in clauses}
    return answers.pop() if len(answers) == 1 else None


def _yes(clause: str) -> bool | None:
    return False if _NO.fullmatch(clause) else True if _YES.fullmatch(clause) else None


def _heard(words: list[str]) -> str:
    """One of the words, or its pinyin (haode), with particles."""
    return either({*words, *("".join(map(sound, word)) for word in words)})


# Possessive, so that a long row of words that are no answer takes no longer for it. A no may be
# said again (不不不), but two different ones may make a yes (不是不可以).
_PARTICLES = f"{either(_W['particles'])}*+"
_YES = re.compile(f"(?:{_heard(_W['words'])}{_PARTICLES})++")
_NO = re.compile(f"(?P<no>{_heard(_W['no'])}){_PARTICLES}(?:(?P=no){_PARTICLES})*+")
