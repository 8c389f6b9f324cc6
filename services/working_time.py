"""Working time in China: weekends that are worked, holidays moved, a break at noon.

Every promise to answer is counted in it, so that a promise can be kept. The years come from
chinesecalendar; data/working_days.json has the hours, and any year that is newer or corrected.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar

TABLE = Path(__file__).parents[1] / "data" / "working_days.json"
ZONE = ZoneInfo("Asia/Shanghai")
SATURDAY, DECEMBER = 5, 12


@dataclass(frozen=True)
class Table:
    blocks: list[tuple[time, time]]
    years: frozenset[int]
    off: frozenset[date]
    worked_weekends: frozenset[date]
    fixed: frozenset[str]


def today(now: datetime) -> date:
    """The day that it is in China."""
    return now.astimezone(ZONE).date()


def known(year: int) -> bool:
    """Whether the year's arrangement is known; else Monday to Friday is a guess."""
    return year in _table().years or _published(date(year, 1, 1)) is not None


def missing_year(now: datetime) -> int | None:
    """In December the next year, if nobody has told us its holidays yet."""
    day = today(now)
    return day.year + 1 if day.month == DECEMBER and not known(day.year + 1) else None


def next_week(now: datetime) -> datetime:
    """When people come on the first working day from next Monday on."""
    day = today(now)
    return add(_on(day + timedelta(days=7 - day.weekday()), time()), 0)


def is_working_day(day: date) -> bool:
    table = _table()
    if day.year in table.years:
        return day in table.worked_weekends or (day not in table.off and day.weekday() < SATURDAY)
    published = _published(day)
    if published is not None:
        return published
    return f"{day:%m-%d}" not in table.fixed and day.weekday() < SATURDAY


@lru_cache(maxsize=2000)
def _published(day: date) -> bool | None:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def is_open(now: datetime) -> bool:
    return any(begin <= now < end for begin, end in _blocks_of(today(now)))


def add(now: datetime, hours: float) -> datetime:
    """The moment when so many working hours have passed; for 0, the next one that is worked."""
    left = timedelta(hours=hours)
    for begin, end in _blocks_from(now):
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise AssertionError("the calendar has no end")


def between(start: datetime, end: datetime) -> float:
    """The working hours from one moment to a later one."""
    passed = timedelta()
    for begin, stop in _blocks_from(start):
        if begin >= end:
            return passed / timedelta(hours=1)
        passed += min(stop, end) - begin
    raise AssertionError("the calendar has no end")


def due(now: datetime, days: int = 1) -> datetime:
    """Within so many working days: asked on Monday at ten, due on Tuesday at ten."""
    lengths = (_on(date.min, end) - _on(date.min, begin) for begin, end in _table().blocks)
    return add(now, days * (sum(lengths, timedelta()) / timedelta(hours=1)))


def _blocks_from(now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """What is left of the running block, then every later one."""
    first = today(now)
    for later in count():
        for begin, end in _blocks_of(first + timedelta(days=later)):
            if end > now:
                yield max(begin, now.astimezone(ZONE)), end


def _blocks_of(day: date) -> list[tuple[datetime, datetime]]:
    if not is_working_day(day):
        return []
    return [(_on(day, begin), _on(day, end)) for begin, end in _table().blocks]


def _on(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, ZONE)


@cache
def _table() -> Table:
    raw = json.loads(TABLE.read_text(encoding="utf-8"))
    years = raw["years"].items()
    return Table(
        blocks=[(time.fromisoformat(a), time.fromisoformat(b)) for a, b in raw["blocks"]],
        years=frozenset(int(year) for year, _ in years),
        off=frozenset(day for year, plan in years for day in _days(year, plan["off"])),
        worked_weekends=frozenset(day for year, plan in years for day in _days(year, plan["work"])),
        fixed=frozenset(raw["fixed"]),
    )


def _days(year: str, entries: list[Any]) -> Iterator[date]:
    """Single days as "01-04", stretches as ["02-15", "02-23"], both ends included."""
    for entry in entries:
        first, last = (entry, entry) if isinstance(entry, str) else entry
        day = date.fromisoformat(f"{year}-{first}")
        while day <= date.fromisoformat(f"{year}-{last}"):
            yield day
            day += timedelta(days=1)
