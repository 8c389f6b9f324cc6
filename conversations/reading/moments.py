"""What is to be done when: 提醒我周五交材料, 周四上午9点提醒我交材料."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime
from typing import cast

from .dates import days_in
from .text import aligned, plain
from .times import read_time, times_in
from .unfit import Unfit
from .vocabulary import WORDS

_W = WORDS["reminders"]
_ASKED = re.compile("|".join(_W["asked"]))
_ENDS = re.compile(_W["ends"])
_OF_EVENTS = re.compile("|".join(_W["of_events"]))


def read_moment(text: str, now: datetime, of_day: Callable[[date], datetime]) -> datetime:
    """The moment of a text; of a day without an hour, what `of_day` makes of it."""
    try:
        return read_time(text, now)
    except Unfit as unfit:
        if unfit.code == "time_missing":
            moment = of_day(cast(date, unfit.facts["date"]))
            if moment > now:
                return moment
        raise


def without_moment(text: str, now: datetime) -> str:
    """What is left of a wish to be reminded: the thing itself, as it was written."""
    said, places = aligned(text)
    gone = {place for start, end in _spoken(said, now) for place in places[start:end]}
    left = "".join(char for place, char in enumerate(text) if place not in gone)
    return _ENDS.sub("", " ".join(left.split()))


def of_events(text: str) -> bool:
    """Whether it speaks of an event that begins: 开会前半小时叫我."""
    return bool(_OF_EVENTS.search(plain(text)))


def _spoken(said: str, now: datetime) -> Iterator[tuple[int, int]]:
    """Where it speaks of the time, and of being reminded."""
    with suppress(Unfit):
        days = days_in(said, now)
        yield from ((day.start, day.end) for day in days)
        yield from times_in(said, days)
    yield from (found.span() for found in _ASKED.finditer(said))
