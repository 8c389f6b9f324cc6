"""The editable vocabulary of the policy answers (data/policy.toml and law_words.toml)."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data"
VOCABULARY, LAW_WORDS = DATA / "policy.toml", DATA / "law_words.toml"


@cache
def vocabulary() -> dict[str, Any]:
    return tomllib.loads(VOCABULARY.read_text(encoding="utf-8"))


def law_words() -> dict[str, dict[str, list[str]]]:
    """By topic, the words of statutes and how they are put in everyday life."""
    return tomllib.loads(LAW_WORDS.read_text(encoding="utf-8"))


def texts() -> dict[str, Any]:
    """How official texts are built."""
    found: dict[str, Any] = vocabulary()["texts"]
    return found


@cache
def pattern(name: str) -> re.Pattern[str]:
    """One of the patterns by which official texts are read."""
    return re.compile(texts()[name])


@cache
def question(name: str) -> re.Pattern[str]:
    """One of the patterns by which questions are read."""
    return re.compile(vocabulary()["question"][name])
