"""Times of day and stretches of time: 后天上午9点, 周五14:00, 周三14:00-17:00, 下午三点两小时."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from services.working_time import ZONE

from .dates import Day, checked, days_in
from .numbers import DIGITS, numeral
from .text import plain
from .unfit import Unfit
from .vocabulary import WORDS, either, pattern

_W = WORDS["times"]
_CLOCK = pattern("times", "<<clock>>")
_DURATION = pattern("times", "<<duration>>")
_FROM_NOW = pattern("times", "<<from_now>>")
_RANGE = re.compile(either(_W["range"]))
_ZEROS = "".join(char for char, figure in DIGITS.items() if not figure)
_NOON = 12
_SMALL_HOURS = 4  # 晚上1点 is after midnight
_LATE = 6  # 3点 without a word is 15:00: programmes do not meet at night


class Clock(NamedTuple):
    """A time of day as written; `part` is night, morning, noon, afternoon, evening or none."""

    start: int
    end: int
    hour: int
    minute: int
    part: str


def read_time(
    text: str, now: datetime, *, day: date | None = None, allow_past: bool = False
) -> datetime:
    """The moment a text names; `day` where it names none (of itself today)."""
    return read_span(text, now, day=day, allow_past=allow_past)[0]


def read_span(
    text: str, now: datetime, *, day: date | None = None, allow_past: bool = False
) -> tuple[datetime, datetime | None]:
    """Start and, where it is said, end, in the programme's zone."""
    said = plain(text)
    if (later := _FROM_NOW.search(said)) and not _CLOCK.search(said):
        return now.astimezone(ZONE) + _length(later), None
    days = days_in(said, now, past=allow_past)
    rest = _without(said, days)
    clocks = _clocks(rest)
    if len({one.day for one in days}) > max(1, len(clocks)):
        raise Unfit("date_many", dates=tuple(dict.fromkeys(one.day for one in days)))
    first = checked(days[0].day, now, allow_past=allow_past) if days else day
    if not clocks:
        raise Unfit("time_missing", date=first) if first else Unfit("time_none")
    if len(clocks) > 2 or (len(clocks) == 2 and not _joined(rest, *clocks)):
        raise Unfit("time_many")
    begin = _at(first or now.astimezone(ZONE).date(), clocks[0])
    if begin < now and not allow_past:
        raise Unfit("time_past", time=begin)
    return begin, _end(begin, rest, clocks, days)


def _end(begin: datetime, rest: str, clocks: list[Clock], days: list[Day]) -> datetime | None:
    if len(clocks) == 1:
        duration = _DURATION.search(rest)
        return begin + _length(duration) if duration else None
    end = _at(days[-1].day if len(days) > 1 else begin.date(), clocks[1])
    while end <= begin:
        end += timedelta(hours=_NOON)
    return end


def _without(text: str, days: list[Day]) -> str:
    """Blanks where the days were: the 12.10 of a date is no time."""
    for day in days:
        text = text[: day.start] + " " * (day.end - day.start) + text[day.end :]
    return text


def times_in(text: str, days: list[Day]) -> list[tuple[int, int]]:
    """Where a plain text in which these days are named speaks of the time of day."""
    later = [found.span() for found in _FROM_NOW.finditer(text)]
    return later + [(clock.start, clock.end) for clock in _clocks(_without(text, days))]


def _joined(text: str, first: Clock, second: Clock) -> bool:
    return bool(_RANGE.fullmatch(text[first.end : second.start].strip()))


def _clocks(text: str) -> list[Clock]:
    found: list[Clock] = []
    for match in _CLOCK.finditer(text):
        hour, minute = _hour(match), _minute(match)
        if hour > 24 or minute > 59:
            raise Unfit("time_wrong", hour=hour, minute=minute)
        part = _W["parts"].get(match["part"] or match["tail"] or "", "")
        exact = hour == 0 or match["hour"].startswith("0")
        found.append(Clock(match.start(), match.end(), hour, minute, part or "night" * exact))
    return found


def _hour(match: re.Match[str]) -> int:
    return int(numeral(match["hour"]) or 0)


def _minute(match: re.Match[str]) -> int:
    written = match["digits"] or match["minute"]
    if not written:
        return 0
    said: int | None = _W["minutes"].get(written)
    return int(numeral(written.lstrip(_ZEROS)) or 0) if said is None else said


def _at(day: date, clock: Clock) -> datetime:
    """The hour of the day: 晚上12点 is the midnight that follows, 3点 alone the afternoon."""
    hour, part = clock.hour, clock.part
    if part == "evening" and (hour <= _SMALL_HOURS or hour == _NOON):
        hour = hour % _NOON + 24
    elif part in ("afternoon", "evening", "noon") and hour < _NOON and not _is_late_morning(clock):
        hour += _NOON
    elif part == "night" and hour == _NOON:
        hour = 0
    elif not part and hour <= _LATE:
        hour += _NOON
    return datetime.combine(day, time(0, clock.minute), ZONE) + timedelta(hours=hour)


def _is_late_morning(clock: Clock) -> bool:
    return clock.part == "noon" and clock.hour >= 10


def _length(duration: re.Match[str]) -> timedelta:
    """两小时, 一个半小时, 半小时, 20分钟."""
    if minutes := duration.groupdict().get("minutes"):
        return timedelta(minutes=int(numeral(minutes) or 0))
    is_half = duration["hours"] == _W["half"]
    hours = 0 if is_half else int(numeral(duration["hours"]) or 0)
    return timedelta(hours=hours + (0.5 if is_half or duration["half"] or duration["more"] else 0))
