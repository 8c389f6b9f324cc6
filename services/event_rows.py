"""One line of a list of events: the event that it tells of, and what is wrong with its cells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from services import event_cells
from services.batches import Row
from services.event_cells import EVENTS
from services.lists import Listed, Problem

PARTIAL = ("ends_at", "signup_until", "per_firm", "agenda", "event_kind")
CLOSING = time(17)  # of sign-up, where only the day is said


class EventLine:
    """One event as a line tells it; cells that cannot be read are left out, with the reason."""

    def __init__(self, listed: Listed, now: datetime) -> None:
        self._listed = listed
        self._said = {name: EVENTS.told(cell) for name, cell in listed.cells.items()}
        self._now = now
        self.problems: list[Problem] = []

    def row(self) -> Row | None:
        """None for a line without what an event must have."""
        begin, end = self._when()
        told = {
            "title": self._read("event", self._title),
            "kind": self._read("event_kind", self._kind),
            "starts_at": begin,
            "city": self._read("city", self._city),
            "venue": self._read("venue", self._venue),
            "capacity": self._read("capacity", event_cells.number),
        }
        told["kind"] = told["kind"] or EVENTS.words["values"]["other"]
        if None in told.values():
            return None
        more = {
            "ends_at": end,
            "signup_until": self._optional("signup_until", self._until(begin)),
            "per_firm": self._optional("per_firm", event_cells.number),
            "agenda": self._optional("agenda", event_cells.items) or [],
        }
        return told | more

    @property
    def number(self) -> int:
        return self._listed.line

    @property
    def worst(self) -> Problem:
        """The first reason why the line is left out."""
        return next(one for one in self.problems if one.column not in PARTIAL)

    def _cell(self, name: str) -> str:
        return self._said.get(name, "")

    def wrong(self, column: str, reason: object, value: str) -> None:
        line = self._listed
        self.problems.append(Problem(line.line, column, str(reason), value[:60], line.sheet))

    def _read(self, column: str, reader: Callable[[str], Any]) -> Any:
        try:
            return reader(self._cell(column))
        except ValueError as wrong:
            self.wrong(column, wrong, self._cell(column))
            return None

    def _optional(self, column: str, reader: Callable[[str], Any]) -> Any:
        return self._read(column, reader) if self._cell(column) else None

    def _title(self, said: str) -> str:
        if not event_cells.SHORTEST <= len(said) <= event_cells.LONGEST:
            raise ValueError("event_name_length" if said else "event_name_missing")
        return said

    def _kind(self, said: str) -> str:
        return event_cells.kind(said, self._cell("event"))

    def _city(self, said: str) -> str:
        return event_cells.city(said, self._cell("venue"), self._cell("event"))

    def _venue(self, said: str) -> str:
        if not 0 < len(said) <= event_cells.LONGEST_VENUE:
            raise ValueError("venue_wrong")
        return said

    def _when(self) -> tuple[datetime | None, datetime | None]:
        """Start and end, of a column for both, or of one for the day and one for the time."""
        begin = self._read("starts_at", self._begin)
        if begin is None:
            return None, None
        spoken = event_cells.clocks(self._both())
        end = self._optional("ends_at", lambda said: self._end(said, begin))
        if end is None and len(spoken) > 1 and event_cells.at(begin.date(), spoken[1]) > begin:
            end = event_cells.at(begin.date(), spoken[1])
        return begin, end

    def _both(self) -> str:
        return f"{self._cell('day')} {self._cell('starts_at')}".strip()

    def _begin(self, said: str) -> datetime:
        of = event_cells.day(self._cell("day"), self._now) or event_cells.day(said, self._now)
        if of is None:
            raise ValueError("date_wrong")
        clocks = event_cells.clocks(said) or event_cells.clocks(self._cell("day"))
        if not clocks:
            raise ValueError("clock_missing")
        begin = event_cells.at(of, clocks[0])
        if begin < self._now:
            raise ValueError("date_past")
        return begin

    def _end(self, said: str, begin: datetime) -> datetime:
        clocks = event_cells.clocks(said)
        end = clocks and event_cells.at(event_cells.day(said, self._now) or begin.date(), clocks[0])
        if not end or end < begin:
            raise ValueError("ends_before")
        return end

    def _until(self, begin: datetime | None) -> Callable[[str], datetime]:
        def read(said: str) -> datetime:
            of = event_cells.day(said, self._now)
            if of is None or begin is None:
                raise ValueError("date_wrong")
            clock = (event_cells.clocks(said) or [CLOSING])[0]
            until = event_cells.at(of, clock)
            if not self._now < until <= begin:
                raise ValueError("signup_late")
            return until

        return read
