"""The one source of time. Tests and `--now` move it; everything else is told `now`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Real time, shifted by an offset."""

    def __init__(self, start: datetime | None = None) -> None:
        self._offset = timedelta()
        if start is not None:
            self.move_to(start)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def move_to(self, moment: datetime) -> None:
        self._offset = moment.astimezone(UTC) - datetime.now(UTC)

    def forward(self, by: timedelta) -> None:
        self._offset += by
