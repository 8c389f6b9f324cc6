"""Numbers as people write them: 50, 五十, 5w, 1.5亿, 三十多, 三五十, 几百."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from math import prod
from typing import NamedTuple

from .text import plain
from .unfit import Unfit
from .vocabulary import WORDS, either, pattern

_W = WORDS["numbers"]
DIGITS: dict[str, int] = _W["digits"]
_UNITS: dict[str, int] = _W["units"]
_SPELLING = str.maketrans({**_W["spelling"], **dict.fromkeys(_W["about"])})
_UNIT = f"[{''.join(_UNITS)}]"
_DIGIT = f"[{''.join(DIGITS)}]"
_RUN = pattern("numbers", "<<run>>")
_MINUS = re.compile(r"(?<![\w)])[-−]$")
_ARABIC = re.compile(rf"(\d*\.?\d+)({_UNIT}*)")
_SPOKEN_DECIMAL = re.compile(rf"(.+{_W['point']}.+?)({_UNIT}+)")
_PAIR = re.compile(rf"(?P<head>.*{_UNIT})?(?P<a>{_DIGIT})(?P<b>{_DIGIT})(?P<tail>{_UNIT}*)")
_MORE = re.compile(rf"(?P<head>[^{_W['more']}]+)[{_W['more']}](?P<tail>{_UNIT}*)")
_COUNTED = re.compile(rf"(?<=[{_W['big']}])(?:{_DIGIT}|20\d\d)$")
_INSIDE = re.compile(rf"\d[\d.,]|.{_UNIT}|.[{''.join(_W['spelling'])}]")
_YI = re.compile(rf"{_W['big'][-1]}{_DIGIT}$|{_W['big'][-1]}\d$")
LARGEST = 10**15
_DECIMALS = 9
# A unit that comes twice: 五十万六万 is two numbers. Spares the slow attempt to read it as one.
_TWICE = re.compile("|".join(_W["twice"]))


class Run(NamedTuple):
    """A number in a text; low and high differ where it is vague (几十, 三十多)."""

    start: int
    end: int
    written: str
    low: Decimal
    high: Decimal


def read_number(text: str) -> int | float:
    """The one number of a text, an int where it is whole."""
    said = re.sub(either(_W["minus"]), "-", re.sub(either(_W["ignored"]), "", plain(text)))
    found = [_signed(run, said) for run in runs(said)]
    numbers = tuple(dict.fromkeys(_shortest(low) for low, _ in found))
    if not numbers:
        raise Unfit("number_none")
    if len(numbers) > 1:
        raise Unfit("number_many", numbers=numbers)
    low, high = found[0]
    if abs(high) > LARGEST:
        raise Unfit("number_large")
    if low != high:
        raise Unfit("number_range", low=_shortest(low), high=_shortest(high))
    return numbers[0]


def runs(text: str, counters: re.Pattern[str] | None = None) -> Iterator[Run]:
    """The numbers in a plain text. In 五十万一次 or 50万2026年 the counter takes the end."""
    at = 0
    while match := _RUN.search(text, at):
        written = match[0]
        if counters and counters.match(text, match.end()):
            written = _COUNTED.sub("", written)
        value = _longest(written)
        at = match.start() + len(value[0]) if value else match.end()
        if value:
            yield Run(match.start(), at, *value)


def figures(written: str) -> str:
    """A run in standard figures: w and k as units, without commas, 个 and 来."""
    return written.translate(_SPELLING)


@lru_cache(4096)
def numeral(written: str) -> Decimal | None:
    """What one exact number in standard figures is, Chinese, Arabic or mixed; else None."""
    if match := _ARABIC.fullmatch(written):
        return Decimal(match[1]) * _product(match[2])
    if match := _SPOKEN_DECIMAL.fullmatch(written):
        whole = numeral(match[1])
        return whole and whole * _product(match[2])
    if _TWICE.search(written) or len(written.partition(_W["point"])[2]) > _DECIMALS:
        return None
    if written.startswith(tuple(_W["bare"])):
        written = _W["one"] + written
    if _YI.search(written):
        written += _W["last_of_yi"]
    try:
        return Decimal(str(_spoken(written)))
    except (ValueError, KeyError):  # KeyError: how cn2an refuses 五十零
        return None


def _spoken(written: str) -> float:
    # Imported here: its patterns take 0.2 s to compile, and most numbers are in figures.
    import cn2an

    value: float = cn2an.cn2an(written, "smart")
    return value


def _longest(written: str) -> tuple[str, Decimal, Decimal] | None:
    """The longest beginning that is a number: in 50万2026 and in 五十万六万 the first of two."""
    ends = [end for end in range(1, len(written)) if not _INSIDE.match(written, end - 1)]
    for end in [len(written), *reversed(ends)]:
        if both := bounds(written[:end]):
            return written[:end], *both
    return None


def bounds(written: str) -> tuple[Decimal, Decimal] | None:
    """The least and the most that a run may mean, alike where it is exact; None if no number."""
    said = figures(written)
    if _W["several"] in said:
        return _several(said)
    if match := _MORE.fullmatch(said):
        return _and_more(match["head"], match["tail"])
    if (match := _PAIR.fullmatch(said)) and _is_pair(match):
        head, tail = match["head"] or "", match["tail"]
        return _both(head + match["a"] + tail, head + match["b"] + tail)
    return _both(said, said)


def _both(low: str, high: str) -> tuple[Decimal, Decimal] | None:
    least, most = numeral(low), numeral(high)
    return None if least is None or most is None else (least, most)


def _several(said: str) -> tuple[Decimal, Decimal] | None:
    """几十: 20 to 90; 十几: 11 to 19; 几 without a unit is no number."""
    head, _, tail = said.partition(_W["several"])
    if not head and not tail:
        return None
    return _both(head + (_W["one"] if head else _W["two"]) + tail, head + _W["nine"] + tail)


def _and_more(head: str, tail: str) -> tuple[Decimal, Decimal] | None:
    """30多万: 300,000 to 400,000, one more of the last unit that was said."""
    least = numeral(head)
    if not least or least % 1:
        return None
    step = 10 ** (len(str(int(least))) - len(str(int(least)).rstrip("0")))
    return least * _product(tail), (least + step) * _product(tail)


def _is_pair(match: re.Match[str]) -> bool:
    a, b = DIGITS[match["a"]], DIGITS[match["b"]]
    return a > 0 and (b == a + 1 or match["a"] + match["b"] in _W["pairs"])


def _product(units: str) -> int:
    return prod(_UNITS[unit] for unit in units)


def _signed(run: Run, text: str) -> tuple[Decimal, Decimal]:
    below = _MINUS.search(text, max(0, run.start - 2), run.start)
    return (-run.high, -run.low) if below else (run.low, run.high)


def _shortest(number: Decimal) -> int | float:
    return int(number) if number == int(number) else float(number)
