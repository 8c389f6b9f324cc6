"""The editable vocabulary of the policy answers (data/policy.toml), read once."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

VOCABULARY = Path(__file__).parents[1] / "data" / "policy.toml"


@cache
def vocabulary() -> dict[str, Any]:
    return tomllib.loads(VOCABULARY.read_text(encoding="utf-8"))


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
