"""The lines of a file of assessments that comes back: which column is which, what is registered."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from services import tables

WORDS = Path(__file__).parents[1] / "data" / "assessment_columns.toml"
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


def is_ours(content: bytes) -> bool:
    """Whether this is such a file, and not a list of firms, which has columns of the same names."""
    return any(OURS & columns_of(cells).keys() for cells in islice(tables.rows(content), HEAD))


def read(content: bytes) -> Iterator[Returned]:
    columns: dict[str, int] = {}
    for line, cells in enumerate(tables.rows(content), 1):
        if not columns:
            found = columns_of(cells)
            columns = found if OURS & found.keys() else {}
        elif any(cells):
            yield _line(line, cells, columns)


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
