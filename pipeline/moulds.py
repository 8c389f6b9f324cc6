"""A message that very many get, the same but for some values: rendered once, then filled in.

The template is rendered with places where the values will stand. It may show a place and ask
whether it is there; what it would cut or count has to be so already when it is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from pipeline import words
from pipeline.words import Message

PLACE = re.compile("\ue000(.+?)\ue001")

Cast = list[str]
"""Fixed parts and names of places in turn, a fixed part first."""


def place(name: str) -> Markup:
    """Where a value will stand, for the variables of a mould. Short: nothing cuts it."""
    return Markup(f"\ue000{name}\ue001")


class Mould:
    def __init__(self, template: str, /, **variables: Any) -> None:
        made = words.render(template, **variables)
        self._text = PLACE.split(made.text)
        self._rows = [
            [(PLACE.split(button["text"]), PLACE.split(button["callback_data"])) for button in row]
            for row in made.rows
        ]
        cast = (parts for row in self._rows for button in row for parts in button)
        self._on_buttons = {name for parts in cast for name in parts[1::2]}

    def filled(self, values: Mapping[str, object]) -> Message:
        """With all its values; Markup is taken as it is."""
        shown = {name: _shown(value) for name, value in values.items()}
        plain = {name: words.plain(shown[name]) for name in self._on_buttons}
        rows = [
            [
                {"text": _cast(text, plain), "callback_data": _cast(data, plain)}
                for text, data in row
            ]
            for row in self._rows
        ]
        return Message(_cast(self._text, shown), rows)


def _shown(value: object) -> str:
    return value if isinstance(value, Markup) else words.tidy(words.escape(str(value)))


def _cast(parts: Cast, values: Mapping[str, str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return "".join([values[part] if at % 2 else part for at, part in enumerate(parts)])
