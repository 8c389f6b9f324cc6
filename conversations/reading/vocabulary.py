"""The words of data/reading.toml, read once, and regular expressions built from them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

WORDS: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[2] / "data" / "reading.toml").read_text(encoding="utf-8")
)


def either(words: Iterable[str]) -> str:
    """A group that matches one of the words, the longest where several would."""
    return f"(?:{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})"


def pattern(section: str, regex: str, more: Mapping[str, str] | None = None) -> re.Pattern[str]:
    """Compiles a regex of the section, its <<pieces>> put in; `more` adds pieces."""
    return re.compile(filled(regex, {**WORDS[section].get("pieces", {}), **(more or {})}))


def filled(regex: str, pieces: Mapping[str, str]) -> str:
    """The regex with each <<name>> replaced by that piece, which may hold others."""
    while "<<" in regex:
        regex = re.sub(r"<<(\w+)>>", lambda name: pieces[name[1]], regex)
    return regex
