"""Chinese patent numbers in any writing, brought to the one form the library is keyed by.

An application number is YYYY T NNNNNNN.C since October 2003 and YY T NNNNN.C before (1985-1988
without the check digit C). ZL or CN in front, blanks, full-width forms, a dropped dot and words
around it do not matter. A publication number (CN107123456A) has digits of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from operator import mul

from errors import Refused

KINDS = "12389"  # invention, utility model, design; 8 and 9 came by PCT
WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)

_PLAIN = re.compile(r"(?:ZL|CN)?(?P<body>20\d{10})\.?(?P<check>[\dX])?", re.ASCII)
_TOKEN = re.compile(
    r"(?<![A-Z0-9])(?:Z\s?L|C\s?N)?[\s:.\-]*\d(?:[\s.\-]*\d)*(?:[\s.\-]*[XABCDSUY]\d?)?(?![A-Z0-9])"
)
_FOREIGN = re.compile(r"(?:PCT|WO)[/\s]*(?:CN)?\d{4}/\d+\w*")
_IN_POWERS_OF_TEN = re.compile(r"\d(?:\.\d+)?E\+\d+")
_FLOAT = re.compile(r"((?:ZL|CN)?(?:\d{13}|\d{9}))\.0")
_PUBLICATION = re.compile(r"[123](?:\d{6}|\d{8})(?:[ABCDSUY]\d?)?")
_APPLICATION = re.compile(
    r"(?P<body>20(?:0[3-9]|[1-9]\d)\d{8}|(?:89|9\d|0[0-3])\d{6})(?P<check>[\dX]?)"
    r"|(?P<oldest>8[5-8]\d{6})"
)
_MEANT = re.compile(
    r"(?:ZL|CN)\d{7,}\w*|20\d{9,12}X?|(?:8[5-9]|9\d|0[0-3])\d{6}[\dX]?|[123]\d{8}[ABCDSUY]\d?"
)


class NotAPatentNumber(Refused):
    """Nothing in `text` has the form of a Chinese application number."""


class DigitsLost(NotAPatentNumber):
    """A spreadsheet wrote 2.01711E+12 into `text`: the last digits are gone."""


class PublicationNumber(NotAPatentNumber):
    """`number` is a publication number, which has digits of its own."""


class UnknownKind(NotAPatentNumber):
    """The digit after the year, `kind`, was never given out."""


class WrongCheckDigit(NotAPatentNumber):
    """`number` ends in another check digit than the `expected` one."""


def canonical(text: str) -> str:
    """201710601862.3 for this number in any writing; a missing check digit is computed.

    Raises NotAPatentNumber, or the kind of it that says what is wrong.
    """
    match = _APPLICATION.fullmatch(_written(text))
    if match is None:
        raise NotAPatentNumber(text=text)
    body = match["body"] or match["oldest"]
    kind = kind_digit(body)
    if kind not in KINDS:
        raise UnknownKind(text=text, kind=kind)
    if match["oldest"]:
        return body
    expected = check_digit(body)
    if match["check"] not in ("", expected):
        raise WrongCheckDigit(number=f"{body}.{match['check']}", expected=expected)
    return f"{body}.{expected}"


def applications(text: str) -> list[str]:
    """Every application number in the text, as it is written there, without marks."""
    tokens = (token.removeprefix("CN").removeprefix("ZL") for token in _tokens(text))
    return [token for token in tokens if _APPLICATION.fullmatch(token)]


def kind_digit(number: str) -> str:
    """What a canonical application number or a publication number says of the kind."""
    if number.startswith("CN"):
        return number[2]
    body = number.partition(".")[0]
    return body[4] if len(body) == 12 else body[2]


def publication(text: str) -> str | None:
    """CN107123456A for the first publication number in the text, in any writing."""
    if _PLAIN.fullmatch(text):
        return None
    folded = _FOREIGN.sub(" ", _folded(text))
    for match in _TOKEN.finditer(folded):
        number = _compact(match.group()).removeprefix("CN")
        if _PUBLICATION.fullmatch(number) and (len(number) > 9 or "CN" in match.group()):
            return f"CN{number}"
    return None


def all_in(text: str) -> list[str]:
    """Every application number in the text, in its canonical form."""
    try:
        written = [_or_none(token.removeprefix("CN").removeprefix("ZL")) for token in _tokens(text)]
    except DigitsLost:
        return []
    return [number for number in written if number]


def check_digit(body: str) -> str:
    """The check digit, 0-9 or X, of the 8 or 12 digits before the dot."""
    rest = sum(map(mul, map(int, body), WEIGHTS)) % 11
    return "X" if rest == 10 else str(rest)


def looks_like_number(text: str) -> bool:
    """Whether somebody means a patent number, be it a mistyped one."""
    if _IN_POWERS_OF_TEN.search(_folded(text)):
        return True
    return any(_MEANT.fullmatch(token) for token in _tokens(text))


def neighbours(text: str) -> list[str]:
    """The canonical numbers one slip of the finger away from what was typed."""
    try:
        written = _written(text)
    except NotAPatentNumber:
        return []
    return sorted({number for edit in _slips(written) if (number := _or_none(edit))})


def _written(text: str) -> str:
    """The first number in the text that is no publication number: digits, perhaps an X."""
    if plain := _PLAIN.fullmatch(text):  # nine of ten
        return plain["body"] + (plain["check"] or "")
    published = None
    for token in _tokens(text):
        number = token.removeprefix("CN").removeprefix("ZL")
        if not _PUBLICATION.fullmatch(number):
            return number
        published = token
    if published:
        raise PublicationNumber(number=published)
    raise NotAPatentNumber(text=text)


def _tokens(text: str) -> list[str]:
    folded = _FOREIGN.sub(" ", _folded(text))
    if _IN_POWERS_OF_TEN.search(folded):
        raise DigitsLost(text=text)
    return [_compact(match.group()) for match in _TOKEN.finditer(folded)]


def _compact(token: str) -> str:
    """Without what separates its parts, and without the .0 of a number that was a float."""
    tight = re.sub(r"[^0-9A-Z.]", "", token)
    number = _FLOAT.fullmatch(tight)
    return (number[1] if number else tight).replace(".", "")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper()


def _or_none(written: str) -> str | None:
    try:
        return canonical(written)
    except NotAPatentNumber:
        return None


def _slips(written: str) -> Iterator[str]:
    """One character swapped with the next, left out, added or taken for another."""
    for i in range(len(written) + 1):
        head, tail = written[:i], written[i:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for digit in "0123456789X":
            yield head + digit + tail
            yield head + digit + tail[1:]
