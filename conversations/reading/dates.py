"""Days as people name them: 12.10, 下周三, 月底前, 三个月内, 明年元旦, 半年内.

Every way of naming a day is a pattern in data/reading.toml; periods.py says what it means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.working_time import ZONE

from .periods import READERS, Moment, Period
from .text import plain
from .unfit import Unfit
from .vocabulary import WORDS, either, pattern

_W = WORDS["dates"]
_NAMES = [*_W["festivals"], *_W["moon"], *_W["nicknames"]]
_PIECES = {"festivals": either(name for name in _NAMES if name not in _W["guarded_names"])}
_EDGES = {"may": "(?:<<edge>>)?", "must": "<<edge>>"}
_PATTERNS = [
    (
        way["tier"],
        way["kind"],
        pattern("dates", f"(?:{way['regex']}){_EDGES[way['edge']]}", _PIECES),
    )
    for way in _W["patterns"]
]
_MASKS = re.compile(either(_W["masks"]))
_OPEN = re.compile(either(_W["open"]))
_LUNAR = re.compile(either(_W["lunar"]))
_FAR = 30  # years


class Day(NamedTuple):
    """A day found in a plain text."""

    start: int
    end: int
    day: date


def read_date(text: str, now: datetime, *, allow_past: bool = False) -> date:
    """The day of a text. A period (年底, 三月, 三个月内) is its last day, since what people
    give by period is a deadline; 国庆前 is the day before the first."""
    said = plain(text)
    days = tuple(dict.fromkeys(one.day for one in days_in(said, now, past=allow_past)))
    if not days:
        raise Unfit("date_open" if _OPEN.search(said) else "date_none")
    if len(days) > 1:
        raise Unfit("date_many", dates=days)
    return checked(days[0], now, allow_past=allow_past)


def checked(day: date, now: datetime, *, allow_past: bool) -> date:
    today = now.astimezone(ZONE).date()
    if day < today and not allow_past:
        raise Unfit("date_past", date=day)
    if abs(day.year - today.year) > _FAR:
        raise Unfit("date_far", date=day)
    return day


def days_in(text: str, now: datetime, *, past: bool = False) -> list[Day]:
    """The days in a plain text, in order. Bare figures (12.10) count where nothing else does."""
    if _LUNAR.search(text):
        raise Unfit("date_lunar")
    days: list[Day] = []
    for kind, match in _found(text, ("spot", "answer")) or _found(text, ("bare",)):
        days.append(_day_of(kind, match, _moment(now, days, past)))
    return days


def spotted_days(text: str, now: datetime) -> list[Day]:
    """Days to come that are unmistakable in any sentence."""
    days: list[Day] = []
    for kind, match in _found(text, ("spot",)):
        with suppress(Unfit):
            day = _day_of(kind, match, _moment(now, [], past=False))
            checked(day.day, now, allow_past=False)
            days.append(day)
    return [] if _LUNAR.search(text) else days


def _moment(now: datetime, before: Sequence[Day], past: bool) -> Moment:
    """In 12月30日到1月2日 the second day follows the first."""
    return Moment(now, before[-1].day if before else now.astimezone(ZONE).date(), past)


def _day_of(kind: str, match: re.Match[str], moment: Moment) -> Day:
    period = READERS[kind](match.groupdict(), moment)
    return Day(match.start(), match.end(), _closing(period, match))


def _found(text: str, tiers: Iterable[str]) -> list[tuple[str, re.Match[str]]]:
    """What the patterns find, the leftmost and longest first, without overlap."""
    text = _MASKS.sub(lambda mask: " " * len(mask[0]), text)
    every = [
        (kind, match)
        for tier, kind, regex in _PATTERNS
        if tier in tiers
        for match in regex.finditer(text)
    ]
    every.sort(key=lambda one: (one[1].start(), -one[1].end()))
    found: list[tuple[str, re.Match[str]]] = []
    for kind, match in every:
        if not found or match.start() >= found[-1][1].end():
            found.append((kind, match))
    return found


def _closing(period: Period, match: re.Match[str]) -> date:
    if match["after"] and not match.groupdict().get("unit"):
        raise Unfit("date_after", date=period.last)
    if match["before"] and period.named:
        return period.first - timedelta(days=1)
    return period.last
