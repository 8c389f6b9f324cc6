"""Telephone numbers as people give them, in E.164."""

from __future__ import annotations

import re
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher

from .numbers import DIGITS
from .text import plain
from .unfit import Unfit
from .vocabulary import WORDS, pattern

_SAID = pattern("phones", WORDS["phones"]["said"])
_FIGURES = re.compile(r"\+?\d(?:[ \-().]{0,2}\d)*")
_EXTENSION = re.compile(r"(?<!\d)(0\d{2,3}[- ]?\d{7,8})(-\d{1,5})(?!\d)")
_COUNTRY = re.compile(r"(?:\+|00)86|86(?=\d{10})")
_UNMISTAKABLE = re.compile(r"[+(]?(?:\+|0|1[3-9]|86|400)")
_MOBILE = 11
_AREA = re.compile(r"010|02")  # the area codes of three figures, eight follow
_LOCAL = range(7, 9)


class Phone(NamedTuple):
    """A number in use, found in a plain text."""

    start: int
    end: int
    number: str


def read_phone(text: str) -> str:
    """The one number of a text, as +8613812345678. An extension (转801) is left out."""
    said = _in_figures(plain(text))
    found = tuple(dict.fromkeys(phone.number for phone in _matches(said)))
    if len(found) == 1:
        return found[0]
    raise Unfit("phone_many", phones=found) if found else _fault(said)


def phones_in(text: str) -> list[Phone]:
    """Numbers in a plain text that can be nothing else: mobile, with 0, +, or 400 in front."""
    said = _in_figures(text)
    return [one for one in _matches(said) if _UNMISTAKABLE.match(said, one.start)]


def _matches(said: str) -> list[Phone]:
    return [
        Phone(one.start, one.end, phonenumbers.format_number(one.number, PhoneNumberFormat.E164))
        for one in PhoneNumberMatcher(said, "CN")
    ]


def _in_figures(text: str) -> str:
    """幺三八… as 138…, and blanks for an extension (-8001); places stay."""
    figures = _SAID.sub(lambda said: "".join(str(DIGITS[char]) for char in said[0]), text)
    return _EXTENSION.sub(lambda found: found[1] + " " * len(found[2]), figures)


def _fault(said: str) -> Unfit:
    """What is wrong with the longest row of figures."""
    written = max(_FIGURES.findall(said), key=len, default="")
    number = _COUNTRY.sub("", re.sub(r"[ \-().]", "", written), count=1)
    if len(number) < 3:
        return Unfit("phone_none")
    if len(number) in _LOCAL and number[0] not in "01+":
        return Unfit("phone_area")
    least, most = _lengths(number)
    if len(number) < least:
        return Unfit("phone_short", count=len(number), missing=least - len(number))
    if len(number) > most:
        return Unfit("phone_long", count=len(number), extra=len(number) - most)
    return Unfit("phone_unused", number=number)


def _lengths(number: str) -> tuple[int, int]:
    """How many figures a number that begins so has, at least and at most."""
    if number.startswith("+"):
        return len(number), len(number)
    return (_MOBILE, 12) if number[0] == "0" and not _AREA.match(number) else (_MOBILE, _MOBILE)
