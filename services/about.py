"""Questions about the service itself (这要钱吗？), told apart from those about policy."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

WORDS = Path(__file__).parent.parent / "data" / "about.toml"
LONGEST = 40  # characters; a longer text speaks of something of its own


def topic(text: str) -> str | None:
    """What a question about the service is about; None for any other text."""
    if len(text) > LONGEST:
        return None
    return next((name for name, said in _topics().items() if said.search(text)), None)


@cache
def _topics() -> dict[str, re.Pattern[str]]:
    words = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    return {name: re.compile(said) for name, said in words.items()}
