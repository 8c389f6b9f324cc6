"""What a machine can see of a need before a human does: too vague, too secret (data/needs.toml)."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from errors import Refused
from search.tokens import normalise, runs, strip_boilerplate

LEXICON = Path(__file__).parents[1] / "data" / "needs.toml"


class LooksSecret(Refused):
    """Facts: words. What may be a trade secret is not stored before its author was warned."""


class LooksVague(Refused):
    """Facts: problem."""


def secrets(*texts: str | None) -> list[str]:
    """The words in these texts that hint at a trade secret."""
    said = normalise("\n".join(filter(None, texts)))
    return [word for word in lexicon()["secrets"]["words"] if normalise(word) in said]


def vague(problem: str) -> bool:
    """Whether next to nothing is left of it without the words that say nothing."""
    return _signs(problem) < int(lexicon()["vague"]["least"])


def tells(sentence: str) -> bool:
    """Whether a sentence that asks for the form tells a problem, too."""
    return _signs(sentence) >= int(lexicon()["vague"]["telling"])


def _signs(text: str) -> int:
    """A word in Latin letters is one."""
    left = _empty_words().sub(" ", strip_boilerplate(text))
    return sum(1 if run.isascii() else len(run) for run in runs(left))


@cache
def _empty_words() -> re.Pattern[str]:
    longest_first = sorted(lexicon()["vague"]["words"], key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))


@cache
def lexicon() -> dict[str, Any]:
    return tomllib.loads(LEXICON.read_text(encoding="utf-8"))
