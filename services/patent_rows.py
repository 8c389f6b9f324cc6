"""The lines of a patent list: which of them are patents, and what is wrong with each."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from services import lists, patent_cells, patent_numbers, patent_prices
from services.lists import Found, Listed, Problem
from services.patent_cells import PATENTS
from services.patent_numbers import (
    DigitsLost,
    NotAPatentNumber,
    PublicationNumber,
    UnknownKind,
    WrongCheckDigit,
)
from services.patent_words import ended_by

YEAR_AND_KIND = 5  # digits of an application number that a spreadsheet keeps of most
LOST = "000000"  # how a number ends whose last digits a spreadsheet lost
DIGITS = re.compile(r"\d{8}")
ONE = 20  # characters that one number may take
SAMPLE = 100  # cells that are looked at to guess what a column is
SAID = 60  # characters of a cell that are repeated to people
# A line with one of these is left out; with another reason it comes in and is shown.
REFUSING = frozenset({
    "number_missing", "number_wrong", "digits_lost", "two_numbers", "kind_digit", "doubled",
    "doubled_otherwise", "title_missing", "not_yours", "other_owner",
})  # fmt: skip
FILLED = ("college", "applicant")  # said once for a block: the lines below leave it empty
OWN = frozenset({"number", "patent_number", "grant_publication", "publication", "title", "serial"})
NUMBERS = ("number", "patent_number")
PUBLICATIONS = ("grant_publication", "publication")
IDENTIFYING = frozenset({*NUMBERS, *PUBLICATIONS})
CHOSEN = frozenset({"kind", "status", "maturity", "tier", "modes", "open_licence"})
PARTS = ("kind", "filed_on", "granted_on", "status", "inventors", "ipc", "serial")


@dataclass
class PatentRow:
    """One patent as the file tells it. Dates are 2023-05-01, or 2023-05 where no more is said.

    `number` is the canonical application number; a line that gives a publication number alone has
    none. `fixed` names what was put right without asking.
    """

    line: int
    sheet: str = ""
    number: str | None = None
    publication: str | None = None
    kind: str | None = None
    title: str | None = None
    filed_on: str | None = None
    granted_on: str | None = None
    granted: bool = False
    status: str | None = None
    applicants: Sequence[str] = ()
    inventors: Sequence[str] = ()
    ipc: Sequence[str] = ()
    college: str | None = None
    domain: str | None = None
    modes: Sequence[str] = ()
    open_licence: bool | None = None
    price: str | None = None
    maturity: int | None = None
    tier: str | None = None
    abstract: str | None = None
    problem: str | None = None
    effect: str | None = None
    keywords: Sequence[str] = ()
    fixed: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        return any(
            problem.reason in REFUSING or (problem.reason, problem.column) == ("formula", "number")
            for problem in self.problems
        )

    def wrong(self, column: str, reason: str, value: str = "") -> None:
        self.problems.append(Problem(self.line, column, reason, value[:SAID], self.sheet))


def read(found: Found, firsts: Counter[str]) -> Iterator[PatentRow]:
    """The patents of a list; sums, notes and what stands between blocks are none. Counts `firsts`,
    the first owner of each by its name."""
    header = found.header("price")
    ours = PATENTS.words["values"]["ours"]
    above: dict[str, dict[str, str]] = defaultdict(dict)
    for listed in lists.read(found):
        if not _is_patent(listed):
            continue
        filled = _fill(listed.cells, above[listed.sheet])
        row = PatentRow(listed.line, listed.sheet)
        _identify(row, listed.cells)
        _describe(row, listed.cells, header)
        _compare(row, listed.cells)
        if filled:
            row.fixed.append("filled")
        firsts.update(name for name in row.applicants[:1] if name not in ours)
        yield row


def guessed(found: Found) -> dict[str, str]:
    """A column that nobody called so and that is full of application numbers."""
    guesses = {}
    for sheet, heading in found.sheets:
        if set(NUMBERS) & set(heading.columns.places):
            continue
        for place in heading.columns.unknown:
            cells = [row[place] for row in sheet.rows[heading.line :] if len(row) > place]
            said = [cell for cell in cells if cell][:SAMPLE]
            numbers = sum(patent_numbers.looks_like_number(cell) for cell in said)
            if said and numbers * 2 > len(said):
                guesses[heading.texts[place]] = "number"
                break
    return guesses


def _is_patent(listed: Listed) -> bool:
    """A number, or a title with something else that only a patent has."""
    cells = listed.cells
    first = next((cell for cell in cells.values() if cell), "")
    if first in PATENTS.words["values"]["samples"]:
        return False
    if any(_is_number(cells.get(name, "")) for name in (*NUMBERS, *PUBLICATIONS)):
        return not _is_note(first) or any(patent_numbers.all_in(cell) for cell in cells.values())
    said = PATENTS.told(cells.get("title", ""))
    if len(said) < 2 or _is_note(first) or _is_note(said):
        return False
    serial = cells.get("serial", "").isdecimal()
    return serial or any(PATENTS.told(cells.get(name, "")) for name in PARTS if name != "serial")


def _is_note(cell: str) -> bool:
    values = PATENTS.words["values"]
    return cell.startswith(tuple(values["notes"])) or bool(re.search(values["sums"], cell))


def _is_number(cell: str) -> bool:
    return bool(DIGITS.search(cell)) or bool(cell and patent_numbers.looks_like_number(cell))


def _fill(cells: dict[str, str], above: dict[str, str]) -> bool:
    """Put in what the line above said, where a cell says 同上 or, of a block, nothing."""
    filled, same = False, _same()
    for name, cell in cells.items():
        if name in OWN or not (cell or name in FILLED):
            continue
        if not cell or cell in same:
            cells[name] = above.get(name, "")
            filled |= bool(cells[name])
        else:
            above[name] = cell
    return filled


@cache
def _same() -> frozenset[str]:
    return frozenset(PATENTS.words["values"]["same"])


def _identify(row: PatentRow, cells: dict[str, str]) -> None:
    """By its application number; by a publication number where there is no other."""
    said = [cells.get(name, "") for name in (*NUMBERS, *PUBLICATIONS)]
    published = (patent_numbers.publication(cell) for cell in (*said[2:], *said[:2]) if cell)
    row.publication = next(filter(None, published), None)
    numbers = [cell for cell in said[:2] if PATENTS.told(cell)]
    for cell in numbers or said[2:]:
        try:
            _number(row, cell)
        except PublicationNumber:
            continue
        except DigitsLost:
            row.wrong("number", "digits_lost", cell)
            left = "".join(char for char in cell.partition("E")[0] if char.isdigit())
            if len(left) > YEAR_AND_KIND:
                row.kind = patent_cells.kind_of_digit(left[YEAR_AND_KIND - 1]) or None
        except UnknownKind:
            row.wrong("number", "kind_digit", cell)
        except NotAPatentNumber:
            continue
        break
    if row.number or _named(row, "number"):
        return
    if row.publication:
        row.wrong("number", "publication_only", row.publication)
    elif numbers:
        row.wrong("number", _why_none(numbers[0]), numbers[0])
    else:
        row.wrong("number", "number_missing")


def _why_none(cell: str) -> str:
    """What a cell is that holds no number."""
    if cell.startswith("="):
        return "formula"
    return "number_wrong" if any(char.isdigit() for char in cell) else "number_missing"


def _number(row: PatentRow, cell: str) -> None:
    try:
        row.number = patent_numbers.canonical(cell)
    except WrongCheckDigit as wrong:
        row.number = wrong.facts["number"][:-1] + wrong.facts["expected"]
        row.wrong("number", "check_digit", f"{wrong.facts['number']} → {wrong.facts['expected']}")
        if row.number[:-2].endswith(LOST):
            row.problems[-1] = replace(row.problems[-1], reason="digits_lost", value=cell[:SAID])
            row.number = None
    else:
        if row.number not in cell:
            row.fixed.append("number")
    if len(cell) > ONE and len(set(patent_numbers.applications(cell))) > 1:
        row.wrong("number", "two_numbers", cell)


READERS: dict[str, Callable[[str], Any]] = {
    "title": patent_cells.title,
    "kind": patent_cells.kind,
    "filed_on": patent_cells.day,
    "granted_on": patent_cells.day,
    "status": patent_cells.status,
    "applicant": patent_cells.owners,
    "inventors": patent_cells.names,
    "first_inventor": patent_cells.names,
    "ipc": patent_cells.classes,
    "domain": lambda said: said[:60],
    "college": lambda said: said[:100],
    "maturity": patent_cells.maturity,
    "tier": patent_cells.tier,
    "abstract": lambda said: said[:4000],
    "problem": lambda said: said[:500],
    "effect": lambda said: said[:500],
    "keywords": patent_cells.words,
    "modes": str,
    "open_licence": str,
    "price": str,
}
INSTEAD = {"applicant": "applicants", "first_inventor": "inventors"}  # what such a column fills


def _describe(row: PatentRow, cells: dict[str, str], header: str) -> None:
    """Every other cell; one that cannot be read is left out, with the reason."""
    told: dict[str, Any] = {}
    for column, cell in cells.items():
        if cell and column not in IDENTIFYING:
            name, value, wrong = _said(column, cell)
            if wrong:
                row.wrong(column, wrong, cell)
            elif name == column:
                told[name] = value
            elif value:  # what a column of this name says counts more
                told.setdefault(name, value)
    price = told.pop("price", "")
    modes = told.pop("modes", "") if "modes" in cells else price  # some lists have one for both
    row.open_licence = patent_cells.is_open(modes, told.pop("open_licence", ""))
    told["modes"] = patent_cells.modes(modes)
    row.price = patent_prices.price(price, header) if price else None
    vars(row).update(told)
    if row.title and row.title != cells["title"]:
        row.fixed.append("title")


@patent_cells.remembered
def _said(column: str, cell: str) -> tuple[str, Any, str]:
    """Which field a cell fills, with what, or what is wrong with it; a formula that nobody has
    computed says nothing, and 未授权 is no day of grant."""
    if cell[0] == "=":
        return column, None, "formula"
    said = PATENTS.told(cell)
    if column in CHOSEN:
        said = patent_cells.ticked(said)
    if column == "granted_on" and patent_cells.is_state(said):
        return "status", patent_cells.status(said), ""
    reader = READERS.get(column)
    if not said or reader is None:
        return "", None, ""
    try:
        return INSTEAD.get(column, column), reader(said), ""
    except ValueError as wrong:
        return column, None, str(wrong)


def _compare(row: PatentRow, cells: dict[str, str]) -> None:
    """What one cell says against another: the number is right, the rest is shown."""
    if not row.filed_on and cells.get("filed_on") and not _named(row, "filed_on"):
        row.wrong("filed_on", "date_wrong", cells["filed_on"])
    _kind_by_number(row)
    if row.filed_on and row.granted_on and row.granted_on < row.filed_on[: len(row.granted_on)]:
        row.wrong("granted_on", "granted_before_filed", f"{row.granted_on} < {row.filed_on}")
    if row.status:
        row.granted = row.status in patent_cells.granted()
        if row.granted_on and not row.granted and ended_by(row.status) is None:
            row.wrong("status", "not_granted", cells.get("status", ""))
    else:
        titled = any("ZL" in cells.get(name, "").upper() for name in NUMBERS)
        row.granted = bool(row.granted_on or titled)


def _kind_by_number(row: PatentRow) -> None:
    known = row.number or row.publication
    kind = patent_cells.kind_of_digit(patent_numbers.kind_digit(known)) if known else None
    if kind is None:
        return
    if row.kind and row.kind != kind:
        row.wrong("kind", "kind_contradicts", row.kind)
    row.kind = kind


def _named(row: PatentRow, column: str) -> bool:
    return any(problem.column == column for problem in row.problems)
