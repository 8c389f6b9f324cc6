"""The lines of an enterprise list: which column is which, and what is wrong with a line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import phonenumbers
from rapidfuzz import fuzz
from stdnum.cn import uscc as codes
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidLength, ValidationError

from errors import Refused
from services import tables
from services.firm_names import proper_name

WORDS = Path(__file__).parents[1] / "data" / "enterprise_columns.toml"
HEAD = 10  # lines in which the header must stand; titles come above it
ALIKE = 80  # of 100: how like an expected header a misspelt one must be
MARKS = re.compile(r"\(.*?\)|[\W_]+")
SHORTEST, LONGEST = 4, 200  # characters of a firm's name
MOBILE = re.compile(r"1[3-9]\d{9}")


class NoHeader(Refused):
    """Facts: found, the cells of the first line. No column of firms' names."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a cell. `reason` is named in templates/people/import_report.html."""

    line: int
    column: str
    reason: str
    value: str


@dataclass
class FirmRow:
    """One firm as the file tells it; cells that cannot be read are left out, with the reason."""

    line: int
    name: str
    uscc: str | None = None
    city: str | None = None
    size: str | None = None
    park: str | None = None
    contact: str | None = None
    phone: str | None = None
    tags: list[str] = field(default_factory=list)


def read(content: bytes, problems: list[Problem]) -> Iterator[FirmRow]:
    """The firms of a file. A line without a usable name or with a wrong code is a problem only."""
    columns: dict[str, int] = {}
    first: list[str] = []
    for line, cells in enumerate(tables.rows(content), 1):
        first = first or cells
        if not columns:
            columns = columns_of(cells)
            if not columns and line >= HEAD:
                break
        elif any(cells) and (row := _row(line, cells, columns, problems)):
            yield row
    if not columns:
        raise NoHeader(found=[cell for cell in first if cell][:HEAD])


def columns_of(cells: Sequence[str]) -> dict[str, int]:
    """Where each field stands; empty where this is no header. An exact word beats a similar."""
    found: dict[str, tuple[float, int]] = {}
    for place, cell in enumerate(cells):
        likeness, name = max(_likeness(_bare(cell)), default=(0.0, ""))
        if likeness >= ALIKE and likeness > found.get(name, (0.0, 0))[0]:
            found[name] = likeness, place
    # A line of data may hold a word of a header by chance, but not two.
    return {name: place for name, (_, place) in found.items()} if _is_header(found) else {}


def _is_header(found: Iterable[str]) -> bool:
    names = set(found)
    return "name" in names and len(names) > 1


def _likeness(header: str) -> Iterator[tuple[float, str]]:
    for name, expected in _words()["headers"].items():
        for word in expected if header else ():
            yield fuzz.ratio(header, word), name


def _bare(header: str) -> str:
    return MARKS.sub("", header).lower()


def _row(
    line: int, cells: Sequence[str], columns: dict[str, int], problems: list[Problem]
) -> FirmRow | None:
    told = {name: _cell(cells, place) for name, place in columns.items()}
    name = proper_name(told.pop("name"))
    if not SHORTEST <= len(name) <= LONGEST:
        problems.append(Problem(line, "name", "name_missing" if not name else "name_length", name))
        return None
    row = FirmRow(line, name)
    for column, said in told.items():
        if not said:
            continue
        try:
            setattr(row, column, READERS[column](said))
        except ValueError as wrong:
            problems.append(Problem(line, column, str(wrong), said[:60]))
            if column == "uscc":
                return None
    return row


def _cell(cells: Sequence[str], place: int) -> str:
    said = cells[place] if place < len(cells) else ""
    return "" if said.lower() in _words()["values"]["empty"] else said


def _uscc(said: str) -> str:
    try:
        return str(codes.validate(said.upper()))
    except InvalidLength:
        raise ValueError("code_length") from None
    except (InvalidChecksum, InvalidComponent):
        raise ValueError("code_check") from None
    except ValidationError:
        raise ValueError("code_letters") from None


def _city(said: str) -> str:
    for prefix in _words()["values"]["city_prefixes"]:
        said = said.removeprefix(prefix)
    for city in _words()["values"]["cities"]:
        if said.startswith(city):
            return str(city)
    raise ValueError("city_unknown")


def _size(said: str) -> str:
    for size in _words()["values"]["sizes"]:
        if said.startswith((size, size[0])):
            return str(size)
    raise ValueError("size_unknown")


def _contact(said: str) -> str:
    if len(said) > 60:
        raise ValueError("contact_length")
    return said


def _park(said: str) -> str:
    if len(said) > 60:
        raise ValueError("park_length")
    return said


def _phone(said: str) -> str:
    """Digits as registration keeps them: +86 and the number."""
    digits = re.sub(r"[\s()-]", "", said).removeprefix("+86")
    if MOBILE.fullmatch(digits):
        return f"+86{digits}"
    try:
        number = phonenumbers.parse(said, "CN")
    except phonenumbers.NumberParseException:
        raise ValueError("phone_wrong") from None
    if not phonenumbers.is_valid_number(number):
        raise ValueError("phone_wrong")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _tags(said: str) -> list[str]:
    return list(dict.fromkeys(re.split(_words()["values"]["separators"], said.strip())))


READERS = {
    "uscc": _uscc,
    "city": _city,
    "size": _size,
    "contact": _contact,
    "phone": _phone,
    "tags": _tags,
    "park": _park,
}


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))
