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


def place(name: str) -> Markup:
    """Where a value will stand, for the variables of a mould. Short: nothing cuts it."""
    return Markup(f"\ue000{name}\ue001")


class Mould:
    def __init__(self, template: str, /, **variables: Any) -> None:
        made = words.render(template, **variables)
        self._text = Cast(made.text)
        self._rows = [
            [(Cast(button["text"]), Cast(button["callback_data"])) for button in row]
            for row in made.rows
        ]
        casts = (cast for row in self._rows for button in row for cast in button)
        self._on_buttons = {name for cast in casts for name in cast.names}

    def filled(self, values: Mapping[str, object]) -> Message:
        """With all its values; Markup is taken as it is."""
        shown = {name: _shown(value) for name, value in values.items()}
        plain = {name: _plain(values[name], shown[name]) for name in self._on_buttons}
        rows = [
            [
                {"text": text.filled(plain), "callback_data": data.filled(plain)}
                for text, data in row
            ]
            for row in self._rows
        ]
        return Message(self._text.filled(shown), rows)


class Cast:
    """A text with places, by their `names`."""

    def __init__(self, text: str) -> None:
        fixed = PLACE.split(text)
        self.names = fixed[1::2]
        self._form = "%s".join(part.replace("%", "%%") for part in fixed[::2])

    def filled(self, values: Mapping[str, str]) -> str:
        return self._form % tuple([values[name] for name in self.names])


def _plain(value: object, shown: str) -> str:
    return shown if isinstance(value, int) else words.plain(shown)


def _shown(value: object) -> str:
    if isinstance(value, int):
        return str(value)
    return value if isinstance(value, Markup) else words.tidy(words.escape(str(value)))
