"""A list in a table: where its header stands, which column is which, and which lines are it.

What the columns of each kind are called stands in data/<kind>_columns.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from errors import Refused
from services.tables import Sheet

DATA = Path(__file__).parents[1] / "data"
HEAD = 20  # lines in which the header must stand; titles come above it
ALIKE = 80  # of 100: how like an expected header a misspelt one must be
ENDS, BEGINS = 88, 84  # of 100: what a longer header is worth that ends or begins with a known one
LONGER = 2  # characters that a header may have after a known one
GROUPS = 3  # cells from which on a line above the header names groups of columns
REPEATED = 3  # cells that a header in the middle of the list shares with the first
MARKS = re.compile(r"\s*\(.*?\)|[\W_]+")
DIGITS = re.compile(r"\d{4}")
IGNORED = "-"
IN_BRACKETS = re.compile(r"\((.*?)\)")
SAME, NONE = 100.0, (0.0, "")
SENTENCE = re.compile("[,。;]")  # what explains a column is no header


class NoHeader(Refused):
    """Facts: found, the cells of the first line; kind, what was wanted or nothing. No line names
    the columns of a list that we know."""


class AnotherList(Refused):
    """Facts: kind, what was wanted; found, what it is instead: patents, enterprises, events."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a cell. `reason` is named in templates/imports/words.html."""

    line: int
    column: str
    reason: str
    value: str
    sheet: str = ""


@dataclass(frozen=True)
class Kind:
    """A list is of this kind where its header names one of `must`, and `least` columns in all.

    `told` is what people said of headers that we do not know: {header: field, or "-" for none}.
    """

    name: str
    must: frozenset[str]
    least: int

    @cached_property
    def words(self) -> dict[str, Any]:
        file = DATA / f"{self.name}_columns.toml"
        return tomllib.loads(file.read_text(encoding="utf-8"))

    def told(self, cell: str) -> str:
        """The cell, or nothing where it only says that there is nothing."""
        return "" if cell.lower() in self._empty else cell

    @cached_property
    def _empty(self) -> frozenset[str]:
        return frozenset(self.words["values"]["empty"])

    def columns_of(self, cells: Sequence[str], told: Mapping[str, str] | None = None) -> Columns:
        """Where each field stands; empty where this is no header."""
        known = told or {}
        likest = [(SAME, known[cell]) if cell in known else _likest(self, cell) for cell in cells]
        found: dict[str, int] = {}
        for place in sorted(range(len(cells)), key=lambda place: -likest[place][0]):
            likeness, name = likest[place]
            if name in found:  # 完成单位(学院) beside 专利权人
                likeness, name = _likest(self, "".join(IN_BRACKETS.findall(cells[place])))
            if likeness >= ALIKE:
                found.setdefault(name, place)
        found.pop(IGNORED, None)
        # A line of data may hold a word of a header by chance, but not several.
        if not self.must & set(found) or len(found) < self.least:
            return Columns({}, ())
        unknown = (at for at, (likeness, _) in enumerate(likest) if likeness < ALIKE and cells[at])
        return Columns(dict(sorted(found.items(), key=itemgetter(1))), tuple(unknown))


@dataclass(frozen=True)
class Columns:
    places: dict[str, int]
    unknown: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.places)

    def told(self, cells: list[str]) -> dict[str, str]:
        """What a line says, by field; a line that ends early says no more."""
        return dict(zip(self.places, self._pick(cells + self._blank), strict=True))

    @cached_property
    def _pick(self) -> Callable[[list[str]], Iterable[str]]:
        return itemgetter(*self.places.values())

    @cached_property
    def _blank(self) -> list[str]:
        return [""] * (max(self.places.values()) + 1)


@dataclass(frozen=True)
class Heading:
    """`line` is the last line of the header (from 1), `lines` its cells as they stand, `texts` what
    they say together of each column."""

    line: int
    lines: list[list[str]]
    texts: list[str]
    columns: Columns

    def place(self, name: str) -> int | None:
        return self.columns.places.get(name)


@dataclass(frozen=True)
class Listed:
    """A line of a list: its cells by field; what stands nowhere in the header is not there."""

    line: int
    sheet: str
    cells: dict[str, str]


@dataclass
class Found:
    """The sheets that hold a list, what people call a column that we do not know, and the sheets
    that hold none."""

    kind: Kind
    sheets: list[tuple[Sheet, Heading]] = field(default_factory=list)
    without: list[str] = field(default_factory=list)

    @property
    def unknown(self) -> list[str]:
        """Headers that mean nothing to us, above columns that are not empty."""
        return list(
            dict.fromkeys(
                heading.texts[place]
                for sheet, heading in self.sheets
                for place in heading.columns.unknown
                if any(len(row) > place and row[place] for row in sheet.rows[heading.line :])
            )
        )

    def above(self) -> Iterator[str]:
        """What stands above the headers: titles, who filled it in."""
        for sheet, heading in self.sheets:
            yield sheet.name
            for row in sheet.rows[: heading.line]:
                yield from row

    def header(self, name: str) -> str:
        """How the first list calls this column."""
        _, heading = self.sheets[0]
        place = heading.columns.places.get(name)
        return "" if place is None else heading.texts[place]


def recognise(
    sheets: Sequence[Sheet],
    kinds: Sequence[Kind],
    wanted: str,
    told: Mapping[str, str] | None = None,
) -> Found:
    """The kind of list that most columns speak for; a refusal where it is not the wanted one."""
    each = [_found(sheets, kind, told) for kind in kinds]
    each.sort(key=lambda found: (_breadth(found), found.kind.name == wanted), reverse=True)
    best = each[0]
    if not best.sheets:
        raise NoHeader(found=_first_cells(sheets), kind=wanted)
    if wanted and best.kind.name != wanted:
        raise AnotherList(kind=wanted, found=best.kind.name)
    return best


def read(found: Found) -> Iterator[Listed]:
    """Every line below a header that is not empty and is no header again."""
    for sheet, heading in found.sheets:
        told = heading.columns.told
        for line, cells in enumerate(sheet.rows[heading.line :], heading.line + 1):
            if not any(cells):
                continue
            if again := _again(cells, heading, found.kind):
                told = again.told
                continue
            yield Listed(line, sheet.name if len(found.sheets) > 1 else "", told(cells))


def _found(sheets: Sequence[Sheet], kind: Kind, told: Mapping[str, str] | None) -> Found:
    found = Found(kind)
    for sheet in sheets:
        heading = _heading(sheet.rows, kind, told or {})
        if heading:
            found.sheets.append((sheet, heading))
        elif any(any(row) for row in sheet.rows):
            found.without.append(sheet.name)
    return found


def _breadth(found: Found) -> int:
    return max((len(heading.columns) for _, heading in found.sheets), default=0)


def _first_cells(sheets: Sequence[Sheet]) -> list[str]:
    rows = (row for sheet in sheets for row in sheet.rows if any(row))
    return [cell for cell in next(rows, []) if cell][:HEAD]


def _heading(rows: list[list[str]], kind: Kind, told: Mapping[str, str]) -> Heading | None:
    """The first line that is a header, or the first two that are one together."""
    for at, cells in enumerate(rows[:HEAD]):
        if not any(cells):
            continue
        columns = kind.columns_of(cells, told)
        below = rows[at + 1] if at + 1 < len(rows) else []
        if sum(map(bool, cells)) >= GROUPS and any(below) and not DIGITS.search("".join(below)):
            texts = _joined(cells, below, kind)
            both = kind.columns_of(texts, told)
            if len(both) > len(columns):
                return Heading(at + 2, [cells, below], texts, both)
        if columns.places:
            return Heading(at + 1, [cells], list(cells), columns)
    return None


def _joined(upper: Sequence[str], lower: Sequence[str], kind: Kind) -> list[str]:
    """Two lines of header as one: a column's own name, else that of the column merged over both;
    under a group (申请 over 号 and 日, 时间 over 申请) with its name where that says more."""
    group, texts = "", []
    for place in range(max(len(upper), len(lower))):
        above = upper[place] if place < len(upper) else ""
        below = lower[place] if place < len(lower) else ""
        group = above or group
        choices = (
            (below, group + below, below + group) if below and below != group else (below or above,)
        )
        texts.append(max(choices, key=lambda text: _likest(kind, text)[0]))
    return texts


def _again(cells: Sequence[str], heading: Heading, kind: Kind) -> Columns | None:
    """The columns of a header in the middle of a list, which need not be those of the first."""
    if DIGITS.search("".join(cells)):
        return None
    for line in heading.lines:
        if sum(a == b != "" for a, b in zip(cells, line, strict=False)) >= REPEATED:
            return heading.columns
    columns = kind.columns_of(cells)
    return columns if len(columns) >= max(REPEATED, kind.least) else None


@cache
def _likest(kind: Kind, header: str) -> tuple[float, str]:
    """How like a known header, and which field that is."""
    bare = MARKS.sub("", header).lower()
    best = max(_likenesses(kind, bare), default=NONE) if bare else NONE
    return NONE if best[0] < SAME and SENTENCE.search(IN_BRACKETS.sub("", header)) else best


def _likenesses(kind: Kind, bare: str) -> Iterable[tuple[float, str]]:
    """A word that is listed first for its field is the more telling one."""
    for name, expected in kind.words["headers"].items():
        for place, word in enumerate(expected):
            yield _likeness(bare, word) - place / 100, name


def _likeness(bare: str, word: str) -> float:
    if bare == word:
        return 101.0
    if len(word) > 1 and bare.endswith(word):
        return ENDS + min(len(word), 10)
    if len(word) > LONGER and bare.startswith(word) and len(bare) <= len(word) + LONGER:
        return BEGINS + min(len(word), 10) / 10
    return fuzz.ratio(bare, word)
