"""A message where there are no buttons: its choices numbered, as understanding counts them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline import words


def shown(
    text: str,
    rows: list[words.Row],
    *,
    files: Sequence[dict[str, Any]] = (),
    mine: bool = False,
    edited: bool = False,
) -> str:
    """`text` is plain text; so is what comes back."""
    message = words.render(
        "terminal/entry",
        mine=mine,
        text=text,
        files=files,
        choices=[button["text"] for button in words.numbered(rows)],
        ways=[button["text"] for row in rows for button in row if words.is_way(button)],
        edited=edited,
    )
    return words.plain(message.text)
