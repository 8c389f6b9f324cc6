"""What stands in a cell of a list of events, in the ways in which people write it.

Each reader raises ValueError with the reason where a cell makes no sense.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from services.enterprise_rows import FIRMS
from services.lists import Kind
from services.working_time import ZONE, today

EVENTS = Kind("events", frozenset({"event"}), 3)
SHORTEST, LONGEST, LONGEST_VENUE, MOST_SEATS = 4, 80, 120, 100_000
SERIAL_ZERO = date(1899, 12, 30)  # day 0 of a spreadsheet
SERIAL = re.compile(r"(\d{5})(\.\d+)?")
SERIALS = range(40_000, 74_000)
NOON, LATE_MORNING, EARLY = 12, 10, 6  # 2:30 without a word is in the afternoon
NUMBER = re.compile(r"\d+")


def day(said: str, now: datetime) -> date | None:
    """The day, of the year to come where none is said; None where there is none."""
    if serial := _serial(said):
        return SERIAL_ZERO + timedelta(days=int(serial[1]))
    found = _pattern("day").search(said)
    if found is None:
        return None
    year = int(found["year"] or today(now).year)
    try:
        made = date(year if year > 99 else 2000 + year, int(found["month"]), int(found["day"]))
        if not found["year"] and made < today(now):
            made = made.replace(year=year + 1)
    except ValueError:
        raise ValueError("date_wrong") from None
    return made


def clocks(said: str) -> list[time]:
    """The times of day, in order."""
    if serial := _serial(said):
        minutes = round(float(serial[2] or 0) * 24 * 60)
        return [time(*divmod(minutes, 60))] if minutes else []
    rest = _pattern("day").sub(" ", said, count=1)
    found, part = [], ""
    for match in _pattern("clock").finditer(rest):
        part = match["part"] or part
        found.append(_clock(match, part))
    return found


def _clock(match: re.Match[str], part: str) -> time:
    hour = int(_times()["hours"].get(match["hour"]) or match["hour"])
    minute = match["minute"] or "0"
    late_morning = part == _times()["noon"] and hour >= LATE_MORNING
    later = part in _times()["later"] and not late_morning
    if hour < NOON and (later or (not part and 0 < hour <= EARLY)):
        hour += NOON
    try:
        return time(hour, _times()["minutes"].get(minute) or int(minute))
    except ValueError:
        raise ValueError("clock_wrong") from None


def _serial(said: str) -> re.Match[str] | None:
    found = SERIAL.fullmatch(said)
    return found if found and int(found[1]) in SERIALS else None


def at(of: date, clock: time) -> datetime:
    return datetime.combine(of, clock, ZONE)


def number(said: str) -> int:
    """约80人 is 80."""
    found = NUMBER.findall(said)
    if not found or not 0 < int(found[-1]) <= MOST_SEATS:
        raise ValueError("capacity_wrong")
    return int(found[-1])


def city(said: str, *elsewhere: str) -> str:
    """As the column says, else as the place or the name does."""
    for prefix in FIRMS.words["values"]["city_prefixes"]:
        said = said.removeprefix(prefix)
    cities: list[str] = FIRMS.words["values"]["cities"]
    for known in cities:
        if said.startswith(known):
            return known
    named = [known for known in cities if any(known in text for text in elsewhere)]
    if said or len(named) != 1:
        raise ValueError("city_unknown")
    return named[0]


def kind(said: str, name: str) -> str:
    """Where the column is empty, what the name says."""
    kinds: dict[str, list[str]] = EVENTS.words["values"]["kinds"]
    for known, words in kinds.items():
        if said in words or (not said and known in name):
            return known
    if said:
        raise ValueError("event_kind_unknown")
    return str(EVENTS.words["values"]["other"])


def items(said: str) -> list[str]:
    parts = re.split(EVENTS.words["values"]["separators"], said)
    return [part.strip()[:100] for part in parts if part.strip()][:10]


def _times() -> dict[str, Any]:
    times: dict[str, Any] = EVENTS.words["times"]
    return times


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(_times()[name])
