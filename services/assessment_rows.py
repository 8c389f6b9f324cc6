"""The lines of a file of assessments that comes back: which column is which, what is registered."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from services.tables import Sheet

ASSESSMENTS = "assessments"  # the kind of list
WORDS = Path(__file__).parents[1] / "data" / "assessments_columns.toml"
HEAD = 10  # lines in which the header must stand; titles come above it
MARKS = re.compile(r"\(.*?\)|[\W_]+")
OURS = {"id", "state"}  # what no other table has


@dataclass(frozen=True)
class Returned:
    """One line; `registered` as its state says, or because there is no column of states."""

    line: int
    id: str = ""
    number: str = ""
    uscc: str = ""
    firm: str = ""
    registered: bool = True

    @property
    def said(self) -> str:
        return " ".join(filter(None, (self.id, self.number, self.firm or self.uscc)))


def read(sheets: Sequence[Sheet]) -> list[Returned] | None:
    """None where this is no such file: a list of firms has columns of the same names, but none of
    OURS."""
    for sheet in sheets:
        for head, cells in enumerate(sheet.rows[:HEAD], 1):
            columns = columns_of(cells)
            if OURS & columns.keys():
                below = enumerate(sheet.rows[head:], head + 1)
                return [_line(line, cells, columns) for line, cells in below if any(cells)]
    return None


def columns_of(cells: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        for name, expected in _words()["headers"].items():
            if MARKS.sub("", cell).lower() in expected:
                found.setdefault(name, place)
    return found


def _line(line: int, cells: Sequence[str], columns: dict[str, int]) -> Returned:
    told = {name: cells[place] if place < len(cells) else "" for name, place in columns.items()}
    state = told.pop("state", None)
    registered = state is None or state.lower() in _words()["values"]["registered"]
    return Returned(line, **told, registered=registered)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))
