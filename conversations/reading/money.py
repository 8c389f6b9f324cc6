"""Sums of money as people say them: 50w, 三到五十万, 不超过80万, 20万起, 面议."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum
from typing import Literal, NamedTuple

from .numbers import LARGEST, Run, figures, numeral, runs
from .text import plain
from .unfit import Unfit
from .vocabulary import WORDS, either

_W = WORDS["money"]
_N = WORDS["numbers"]
_COUNTERS = re.compile(either(_W["counters"]))
_YUAN = re.compile(either(_W["yuan"]))
_MARK = re.compile(either(_W["marks"]) + "$")
_FOREIGN = re.compile(either(_W["foreign"]))
_FOREIGN_MARK = re.compile(either(_W["foreign_marks"]) + "$")
_RANGE = re.compile(either(_W["range"]))
_BETWEEN = f"{either(_W['between'])}{{0,3}}$"
_AT_MOST, _AT_LEAST, _MORE_THAN, _LESS_THAN = (
    re.compile(either(_W[key]) + _BETWEEN)
    for key in ("at_most", "at_least", "more_than", "less_than")
)
_NOT = re.compile(f"{either(_W['not'])}[^,;。、]{{0,4}}$")
_AT_MOST_AFTER = re.compile(either(_W["at_most_after"]))
_AT_LEAST_AFTER = re.compile(either(_W["at_least_after"]))
_UNITS = re.compile(f"[{''.join(_N['units'])}]+$")
_BIG_UNITS = re.compile(f"[{_N['big']}]+$")
_REACH = 12  # how many characters before a sum may hold its 不超过
_TOO_LONG = 10**9  # bare figures beyond are a phone or an account
_NEEDS_UNIT = 10_000  # a smaller bare number may mean yuan or 万: one asks


class Money(NamedTuple):
    """Yuan. A single sum has low == high; 不超过 has low 0; 以上 and 起 have no high."""

    low: int
    high: int | None


class Said(IntEnum):
    """How sure it is that a number is money: bare (50), with 千, with 万, 亿 or 元."""

    BARE = 0
    THOUSAND = 1
    FULL = 2


class Sum(NamedTuple):
    """A sum in a plain text."""

    start: int
    end: int
    low: Decimal
    high: Decimal
    written: str
    said: Said
    bound: Literal["", "most", "least", "range"] = ""
    currency: str = ""


def read_money(text: str) -> Money:
    """The sum or range of a text, in yuan.

    三到五十万 is 300,000 to 500,000: the first figure takes all units of the second as long as
    the range still rises; so 八到十五万 is 80,000 to 150,000. 左右 and 大概 change nothing.
    """
    said = plain(text)
    found = sums(said)
    found = [one for one in found if one.said] or found
    if not found:
        return _without_sum(said)
    if foreign := [one for one in found if one.currency]:
        raise Unfit("money_currency", currency=foreign[0].currency)
    money = _together(found)
    if max(money.low, money.high or 0) > LARGEST:
        raise Unfit("money_large")
    if not found[0].said and 0 < found[0].high < _NEEDS_UNIT:
        raise Unfit("money_unit", number=_yuan(found[0].high))
    return money


def sums(text: str) -> list[Sum]:
    """The sums in a plain text, ranges joined."""
    found: list[Sum] = []
    for run in runs(text, _COUNTERS):
        if not (one := _sum(text, run)):
            continue
        last = found[-1] if found else None
        if last and last.bound != "range" and _RANGE.fullmatch(text[last.end : one.start]):
            found[-1] = _range(last, one)
        else:
            found.append(one)
    return found


def as_money(one: Sum) -> Money:
    low = 0 if one.bound == "most" else _yuan(one.low)
    return Money(low, None if one.bound == "least" else _yuan(one.high))


def _sum(text: str, run: Run) -> Sum | None:
    """The number as a sum; None if it counts something else (50台) or is only a word (一下)."""
    before = text[max(0, run.start - _REACH) : run.start]
    foreign = _FOREIGN.match(text, run.end) or _FOREIGN_MARK.search(before)
    mark, yuan = _MARK.search(before), _YUAN.match(text, run.end)
    if not (foreign or yuan or mark) and _COUNTERS.match(text, run.end):
        return None
    said = Said.FULL if foreign or yuan or mark else _said(figures(run.written))
    if not said and not _stands_alone(text, run):
        return None
    start = run.start - len(mark[0]) if mark else run.start
    end = yuan.end() if yuan else run.end
    one = Sum(start, end, run.low, run.high, run.written, said, "", foreign[0] if foreign else "")
    return _bounded(text, one)


def _said(written: str) -> Said:
    if any(unit in written for unit in _N["big"]):
        return Said.FULL
    return Said.THOUSAND if _N["thousand"] in written else Said.BARE


def _stands_alone(text: str, run: Run) -> bool:
    """A bare number may be a sum; a phone number is too long, and 一 in 一下 only a word."""
    if run.written.isascii():
        return run.low < _TOO_LONG
    return len(run.written) > 1 or run.written == text or bool(_RANGE.match(text, run.end))


def _bounded(text: str, one: Sum) -> Sum:
    if most := _AT_MOST_AFTER.match(text, one.end):
        return one._replace(bound="most", end=most.end())
    if least := _AT_LEAST_AFTER.match(text, one.end):
        return one._replace(bound="least", end=least.end())
    before = text[max(0, one.start - _REACH) : one.start]
    if _AT_MOST.search(before):
        return one._replace(bound="most")
    if _AT_LEAST.search(before):
        return one._replace(bound="least")
    if more := _MORE_THAN.search(before):
        return one._replace(bound="most" if _NOT.search(before[: more.start()]) else "least")
    if less := _LESS_THAN.search(before):
        return one._replace(bound="least" if _NOT.search(before[: less.start()]) else "most")
    return one


def _range(first: Sum, second: Sum) -> Sum:
    low, high = first.low, second.high
    if first.said < Said.FULL:
        low = _with_units(low, high, second.written)
    elif second.said < Said.FULL and high < low:
        high = _with_units(high, None, first.written)
    return first._replace(
        end=second.end,
        low=min(low, high),
        high=max(low, high),
        said=max(first.said, second.said),
        bound="range",
        currency=first.currency or second.currency,
    )


def _with_units(number: Decimal, ceiling: Decimal | None, written: str) -> Decimal:
    """The number with its neighbour's units: all of them or 万 alone if it stays below, else
    whatever brings the two closest (5000-1万 stays, 50-30万 is a range said backwards)."""
    units = [found[0] for ends in (_UNITS, _BIG_UNITS) if (found := ends.search(figures(written)))]
    scaled = [number * factor for unit in units if (factor := numeral(_N["one"] + unit))]
    rising = [one for one in scaled if ceiling is None or one <= ceiling]
    if rising or not ceiling:
        return next(iter(rising), number)
    return min([number, *scaled], key=lambda one: max(one / ceiling, ceiling / one) if one else 0)


def _together(found: list[Sum]) -> Money:
    """One sum, or two of which at least one is a bound (预算50万，最多80万)."""
    distinct = {as_money(one): one for one in found}
    if len(distinct) == 1:
        return next(iter(distinct))
    low, *_, high = sorted(distinct.values(), key=lambda one: one.high)
    bounds = (low.bound, high.bound)
    if len(distinct) == 2 and bounds in (("least", "most"), ("", "most"), ("least", "")):
        return Money(_yuan(low.low), _yuan(high.high))
    raise Unfit("money_many", amounts=tuple(distinct))


def _without_sum(said: str) -> Money:
    for code in ("money_secret", "money_open"):
        if re.search(either(_W[code]), said):
            raise Unfit(code)
    if re.search(either(_W["zero"]), said):
        return Money(0, 0)
    raise Unfit("money_none")


def _yuan(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
