"""A message that very many get, the same but for some values: rendered once, then filled in.

The template is rendered with places where the values will stand. It may show a place and ask
whether it is there; what it would cut or count has to be so already when it is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from markupsafe import Markup

from db.base import Written, quoted
from pipeline import words

PLACE = re.compile("\ue000(.+?)\ue001")
PLAIN = "-"  # before the name of a place on a button, which shows no HTML


def place(name: str) -> Markup:
    """Where a value will stand, for the variables of a mould. Short: nothing cuts it."""
    return Markup(f"\ue000{name}\ue001")


class Shown(NamedTuple):
    """A value as it stands in what is written: in the text, and on a button."""

    html: str
    plain: str


def shown(value: object) -> Shown:
    """Markup is taken as it is."""
    text = str(value)
    if text.isalnum() or not text:  # nothing to escape: numbers and words, nine of ten
        return Shown(text, text)
    html = value if isinstance(value, Markup) else words.tidy(words.escape(text))
    said = quoted(html)
    return Shown(said, quoted(words.plain(html)) if "<" in html or "&" in html else said)


class Mould:
    def __init__(self, template: str, /, **variables: Any) -> None:
        made = words.render(template, **variables)
        rows = [[{key: _on_button(text) for key, text in b.items()} for b in r] for r in made.rows]
        said = PLACE.split(Written.of(words.Message(made.text, rows).params()))
        self._form = "%s".join(part.replace("%", "%%") for part in said[::2])
        self._places = [(name.removeprefix(PLAIN), name.startswith(PLAIN)) for name in said[1::2]]

    def filled(self, values: Mapping[str, Shown]) -> Written:
        """The parameters of the message, with all its values."""
        return Written(self._form % tuple([values[name][plain] for name, plain in self._places]))


def _on_button(text: str) -> str:
    return PLACE.sub(lambda found: place(PLAIN + found[1]), text)
