"""The lines of an enterprise list: which column is which, and what is wrong with a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import phonenumbers
from stdnum.cn import uscc as codes
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidLength, ValidationError

from services import lists
from services.firm_names import proper_name
from services.lists import Found, Kind, Problem

FIRMS = Kind("enterprises", frozenset({"name"}), 2)
SHORTEST, LONGEST = 4, 200  # characters of a firm's name
MOBILE = re.compile(r"1[3-9]\d{9}")


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


def read(found: Found, problems: list[Problem]) -> Iterator[FirmRow]:
    """The firms of a list. A line without a usable name or with a wrong code is a problem only."""
    for listed in lists.read(found):
        told = {name: FIRMS.told(cell) for name, cell in listed.cells.items()}
        if row := _row(listed.line, told, problems):
            yield row


def _row(line: int, told: dict[str, str], problems: list[Problem]) -> FirmRow | None:
    name = proper_name(told.pop("name", ""))
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
    for prefix in FIRMS.words["values"]["city_prefixes"]:
        said = said.removeprefix(prefix)
    for city in FIRMS.words["values"]["cities"]:
        if said.startswith(city):
            return str(city)
    raise ValueError("city_unknown")


def _size(said: str) -> str:
    for size in FIRMS.words["values"]["sizes"]:
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
    return list(dict.fromkeys(re.split(FIRMS.words["values"]["separators"], said.strip())))


READERS = {
    "uscc": _uscc,
    "city": _city,
    "size": _size,
    "contact": _contact,
    "phone": _phone,
    "tags": _tags,
    "park": _park,
}
