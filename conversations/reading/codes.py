"""Unified social credit codes (统一社会信用代码, GB 32100-2015), and which rule a wrong one breaks.

python-stdnum computes the check; its own validation refuses codes of village collectives (N2…),
whose first character is a letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from stdnum.cn.uscc import calc_check_digit

from .text import plain
from .unfit import Unfit

_LENGTH = 18
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_AUTHORITIES = "123456789ANY"
_REGION = range(2, 8)
_WHOLE = re.compile(rf"(?<![0-9A-Z])[0-9A-Z]{{{_LENGTH}}}(?![0-9A-Z])")
_ROW = re.compile(r"[0-9A-Z](?:[ \-_.·\n]{0,2}[0-9A-Z])*")
_SEPARATORS = re.compile(r"[ \-_.·\n]")
_TWINS = str.maketrans("OI", "01")  # letters that no code holds and that look like a figure
_LOOKALIKES = str.maketrans("OIZSV", "0125U")


class Code(NamedTuple):
    """A valid code found in a plain text."""

    start: int
    end: int
    code: str


def read_uscc(text: str) -> str:
    """The code of a text, 18 characters. O and I are read as 0 and 1 if the check then fits."""
    said = plain(text).upper()
    if whole := _WHOLE.search(said):
        return _checked(whole[0])
    rows = [_SEPARATORS.sub("", row) for row in _ROW.findall(said)]
    row = max((row for row in rows if any(map(str.isdigit, row))), key=len, default="")
    if not row:
        raise Unfit("code_none")
    return _checked(row)


def codes_in(text: str) -> Iterator[Code]:
    """The valid codes in a plain text."""
    for match in _WHOLE.finditer(text.upper()):
        code = match[0].translate(_TWINS)
        if _keeps_rules(code):
            yield Code(match.start(), match.end(), code)


def _checked(written: str) -> str:
    if len(written) != _LENGTH:
        raise Unfit("code_length", count=len(written), expected=_LENGTH)
    if _keeps_rules(code := written.translate(_TWINS)):
        return code
    for place, letter in enumerate(written):
        if letter not in (_ALPHABET if place else _AUTHORITIES):
            raise Unfit("code_letters", letter=letter, place=place + 1, hint=_hint(written))
        if place in _REGION and not letter.isdigit():
            raise Unfit("code_digits", letter=letter, place=place + 1)
    raise Unfit("code_check", found=written[-1], expected=calc_check_digit(written[:-1]))


def _hint(written: str) -> str:
    """The code that was perhaps meant, or nothing."""
    guess = written.translate(_LOOKALIKES)
    return guess if _keeps_rules(guess) else ""


def _keeps_rules(code: str) -> bool:
    return (
        code[0] in _AUTHORITIES
        and all(char in _ALPHABET for char in code)
        and code[_REGION.start : _REGION.stop].isdigit()
        and code[-1] == calc_check_digit(code[:-1])
    )
