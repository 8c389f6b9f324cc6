"""A message that very many get, the same but for some values: rendered once, then filled in.

The template is rendered with places where the values will stand. It may show a place and ask
whether it is there; what it would cut or count has to be so already when it is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from db.base import Written, quoted
from pipeline import words

PLACE = re.compile("\ue000(.+?)\ue001")
PLAIN = "-"  # before the name of a place on a button, which shows no HTML


def place(name: str) -> Markup:
    """Where a value will stand, for the variables of a mould. Short: nothing cuts it."""
    return Markup(f"\ue000{name}\ue001")


class Mould:
    def __init__(self, template: str, /, **variables: Any) -> None:
        made = words.render(template, **variables)
        rows = [[{key: _on_button(text) for key, text in b.items()} for b in r] for r in made.rows]
        written = PLACE.split(Written.of(words.Message(made.text, rows).params()))
        self._form = "%s".join(part.replace("%", "%%") for part in written[::2])
        self._names = written[1::2]
        self._plain = {name[1:] for name in self._names if name.startswith(PLAIN)}

    def filled(self, values: Mapping[str, object]) -> Written:
        """The parameters of the message, with all its values; Markup is taken as it is."""
        shown = {name: _shown(value) for name, value in values.items()}
        said = {name: quoted(text) for name, text in shown.items()}
        for name in self._plain:
            number = isinstance(values[name], int)
            said[PLAIN + name] = said[name] if number else quoted(words.plain(shown[name]))
        return Written(self._form % tuple([said[name] for name in self._names]))


def _on_button(text: str) -> str:
    return PLACE.sub(lambda found: place(PLAIN + found[1]), text)


def _shown(value: object) -> str:
    if isinstance(value, int):
        return str(value)
    return value if isinstance(value, Markup) else words.tidy(words.escape(str(value)))
