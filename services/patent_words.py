"""The words by which the library reads its lists and its readers: data/patents.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

LEXICON = Path(__file__).parents[1] / "data" / "patents.toml"


@cache
def lexicon() -> dict[str, Any]:
    return tomllib.loads(LEXICON.read_text(encoding="utf-8"))


def ended_by(status: str) -> str | None:
    """How a patent of this legal status ended; None while it can be had. The database asks the
    same of every row in `patent_ends.end`."""
    for how, words in lexicon()["ended"].items():
        if any(word in status for word in words):
            return str(how)
    return None
