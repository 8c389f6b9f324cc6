"""What the ways of naming a day mean: one reader for each kind of pattern in data/reading.toml."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.working_time import ZONE, due

from .numbers import DIGITS, bounds
from .unfit import Unfit
from .vocabulary import WORDS

_W = WORDS["dates"]
_SLIP = timedelta(days=31)  # 11月20日 said on the 23rd is a slip, not next November

Groups = Mapping[str, str | None]


class Moment(NamedTuple):
    """When it was said. A day without year or month is the first from `floor` on; for `past`
    (when did you sign?) the nearest to today."""

    now: datetime
    floor: date
    past: bool

    @property
    def today(self) -> date:
        return self.now.astimezone(ZONE).date()


class Period(NamedTuple):
    """The days that are meant. `Named`: 前 means before the first (国庆前), not by the last."""

    first: date
    last: date
    named: bool = False


def _calendar(groups: Groups, moment: Moment) -> Period:
    month, today = _month_number(groups["month"]), moment.today
    if groups.get("year"):
        return _in_month(_year(groups["year"], today), month, groups)
    if groups.get("day") and not moment.past and moment.floor == today:
        this_year = _in_month(today.year, month, groups)
        if today - _SLIP <= this_year.last < today:
            return this_year
    return _nearest(moment, (_in_month(today.year + n, month, groups) for n in (-1, 0, 1, 2)))


def _month(groups: Groups, moment: Moment) -> Period:
    """下个月15号, 本月底; 月初 without a word is the next one."""
    today = moment.today
    if turn := groups.get("turn"):
        first = _months_later(today.replace(day=1), _W["turns"][turn])
        return _in_month(first.year, first.month, groups)
    return _nearest(moment, _each_month(moment, groups))


def _day(groups: Groups, moment: Moment) -> Period:
    """10号: of this month, or of the next that has it."""
    return _nearest(moment, _each_month(moment, groups))


def _each_month(moment: Moment, groups: Groups) -> Iterable[Period]:
    day = _number(groups.get("day") or "1")
    if not 1 <= day <= 31:
        raise Unfit("date_wrong", month=moment.today.month, day=day)
    for later in range(-2, 4):
        first = _months_later(moment.floor.replace(day=1), later)
        if day <= _length(first.year, first.month):
            yield _in_month(first.year, first.month, groups)


def _near(groups: Groups, moment: Moment) -> Period:
    return _single(moment.today + timedelta(days=_W["near"][groups["near"] or groups["night"]]))


def _weekday(groups: Groups, moment: Moment) -> Period:
    """下周三 is the Wednesday of next week, 周三 the next Wednesday, 周末 ends on Sunday."""
    name = str(groups["weekday"])
    weekday = 6 if name == _W["weekend"] else _W["weekdays"].get(name, 0)
    weekday = int(name) - 1 if name.isdigit() else weekday
    if turn := groups.get("turn"):
        return _single(_monday(moment.today, _W["turns"][turn]) + timedelta(days=weekday))
    mondays = (_monday(moment.floor, weeks) for weeks in (-1, 0, 1))
    return _nearest(moment, (_single(monday + timedelta(days=weekday)) for monday in mondays))


def _week(groups: Groups, moment: Moment) -> Period:
    monday = _monday(moment.today, _W["turns"][groups["turn"]])
    return Period(monday, monday + timedelta(days=6), named=True)


def _in_year(groups: Groups, moment: Moment) -> Period:
    """年底, 明年上半年, 2027年: the last day of the part; 年初 without a year is the next one."""
    part, years = groups.get("part"), groups.get("year")
    month = _W["year_parts"][part] if part else 12

    def period(year: int) -> Period:
        return Period(date(year, 1, 1), date(year, month, _length(year, month)), not part)

    if years:
        return period(_year(years, moment.today))
    return _nearest(moment, (period(moment.today.year + n) for n in (-1, 0, 1)))


def _quarter(groups: Groups, moment: Moment) -> Period:
    """第一季度, Q2, 下季度: its last day."""
    today, named = moment.today, not groups.get("part")
    number = _number(groups.get("quarter") or groups.get("q"))
    if not number:
        start = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
        turn = _W["turns"].get(groups.get("turn"), 0)
        return _three_months(_months_later(start, 3 * turn), named=named)
    years = groups.get("year")
    choice = [_year(years, today)] if years else [today.year + n for n in (-1, 0, 1)]
    starts = (date(year, 3 * number - 2, 1) for year in choice)
    return _nearest(moment, (_three_months(start, named=named) for start in starts))


def _festival(groups: Groups, moment: Moment) -> Period:
    name = str(groups["festival"])
    name = _W["nicknames"].get(name, name)
    days = [date.fromisoformat(day) for day in _W["moon"].get(name, ())] or [
        date.fromisoformat(f"{moment.today.year + n}-{_W['festivals'][name]}") for n in range(-1, 4)
    ]
    if groups.get("year"):
        year = _year(groups["year"], moment.today)
        days = [day for day in days if day.year == year]
    if not days:
        raise Unfit("date_none")
    return _nearest(moment, (_single(day, named=True) for day in days))


def _span(groups: Groups, moment: Moment) -> Period:
    """三个月内, 半年内, 一个半月后, 两三天: counted from today; 三天前 backwards."""
    unit = _W["span_units"][groups.get("unit") or groups.get("short")]
    is_half = groups["count"] == _W["half"]
    count = 0 if is_half else _number(groups["count"])  # of 两三个月 the three
    halves = 2 * count + (is_half or bool(groups.get("half")) or bool(groups.get("more")))
    return _single(_later(moment, unit, -halves if groups["before"] else halves))


def _later(moment: Moment, unit: str, halves: int) -> date:
    """So many half units from today: half a month is 15 days, half a year six months."""
    today = moment.today
    if unit == "workdays":
        return due(moment.now, max(halves // 2, 0)).date()
    if months := {"months": 1, "quarters": 3, "years": 12}.get(unit):
        whole, half = divmod(halves * months, 2)
        return _months_later(today, whole) + timedelta(days=15 * half)
    return today + timedelta(days=halves * {"days": 1, "weeks": 7}[unit] // 2)


READERS: dict[str, Callable[[Groups, Moment], Period]] = {
    "calendar": _calendar,
    "month": _month,
    "day": _day,
    "near": _near,
    "weekday": _weekday,
    "week": _week,
    "year": _in_year,
    "quarter": _quarter,
    "festival": _festival,
    "span": _span,
}


def _in_month(year: int, month: int, groups: Groups) -> Period:
    """The day, the part (底, 中旬) or the whole of a month."""
    if not 1 <= month <= 12:
        raise Unfit("date_wrong", month=month, day=_number(groups.get("day") or "1"))
    if groups.get("day"):
        return _single(_date(year, month, _number(groups["day"])))
    part = groups.get("part")
    last = min(_W["month_parts"][part] if part else 31, _length(year, month))
    return Period(date(year, month, 1), date(year, month, last), named=not part)


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unfit("date_wrong", month=month, day=day) from None


def _nearest(moment: Moment, periods: Iterable[Period]) -> Period:
    every = list(periods)
    if moment.past:
        return min(every, key=lambda one: abs(one.last - moment.today))
    return next((one for one in every if one.last >= moment.floor), every[-1])


def _year(written: str | None, today: date) -> int:
    """2027年, 27年, 二〇二七年, 明年."""
    name = str(written).rstrip(_W["year_mark"])
    if name in _W["years"]:
        return today.year + int(_W["years"][name])
    figures = "".join(char if char.isdigit() else str(DIGITS[char]) for char in name)
    return int(figures) if len(figures) == 4 else 2000 + int(figures)


def _month_number(written: str | None) -> int:
    return 1 if written == _W["first_month"] else _number(written)


def _number(written: str | None) -> int:
    both = bounds(written or "")
    return int(both[1]) if both else 0


def _single(day: date, *, named: bool = False) -> Period:
    return Period(day, day, named)


def _three_months(first: date, *, named: bool) -> Period:
    return Period(first, _months_later(first, 3) - timedelta(days=1), named)


def _monday(day: date, weeks: int) -> date:
    return day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, _length(years, month + 1)))


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]
