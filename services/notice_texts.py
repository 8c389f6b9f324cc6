"""Variables in a notice: {企业} is the reader's own. A fixed list, and no template engine: the text
is somebody's, and what stands in braces is looked up, never run."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

PLACE = re.compile(r"\{\s*([^{}\n]{1,40}?)\s*\}")
MOST = 10


def places(text: str) -> list[str]:
    """What stands in braces, each once."""
    return list(dict.fromkeys(PLACE.findall(text)))


def fill(text: str, values: Mapping[str, Any]) -> str:
    """The text with these values in the places of their names; what has none stands as it is."""

    def value(place: re.Match[str]) -> str:
        found = values.get(place[1])
        return place[0] if found is None else str(found)

    return PLACE.sub(value, text)


def fill_html(text: str, values: Mapping[str, Any]) -> str:
    """As `fill`, in HTML."""
    return fill(text, {name: html.escape(str(value), quote=False) for name, value in values.items()
                       if value is not None})  # fmt: skip


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The places under other names."""
    return PLACE.sub(lambda place: f"{{{names.get(place[1], place[1])}}}", text)
