"""A promise to answer is counted in hours in which somebody is there."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import working_time
from services.working_time import ZONE


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("asked", "promised"),
    [
        ("2026-11-23 10:00", "2026-11-24 10:00"),  # a Monday like any other
        ("2026-11-23 12:10", "2026-11-24 12:00"),  # the break at noon does not count
        ("2026-11-23 20:00", "2026-11-24 17:30"),  # nobody is there before Tuesday
        ("2026-11-27 17:00", "2026-11-30 17:00"),  # over a weekend
        ("2026-09-30 17:00", "2026-10-08 17:00"),  # over the National Day holidays
        ("2026-10-09 10:00", "2026-10-10 10:00"),  # to a Saturday that is worked
        ("2026-02-13 17:30", "2026-02-14 17:30"),  # the last day before Spring Festival
        ("2026-12-31 17:00", "2027-01-04 17:00"),  # a fixed holiday of a year not yet arranged
    ],
)
def test_one_working_day_is_counted_where_people_work(asked: str, promised: str) -> None:
    """Breaks, weekends and holidays stop the clock; worked weekends do not."""
    assert working_time.due(at(asked)) == at(promised)


def test_every_day_of_the_published_year_is_as_published() -> None:
    """2026 has 33 days off by the notice, and six weekend days that are worked."""
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    weekend = [day for day in days if day.weekday() >= 5]
    worked = [day for day in weekend if working_time.is_working_day(day)]
    idle = [day for day in days if day.weekday() < 5 and not working_time.is_working_day(day)]
    assert [f"{day:%m-%d}" for day in worked] == [
        "01-04", "02-14", "02-28", "05-09", "09-20", "10-10",
    ]  # fmt: skip
    assert len(idle) == 19
    assert working_time.known(2026)


def test_a_year_without_arrangement_is_said_to_be_unknown() -> None:
    """A missing table falls back to Monday to Friday, and does not pass for knowledge."""
    assert not working_time.known(2031)
    assert working_time.is_working_day(date(2031, 3, 3))
    assert not working_time.is_working_day(date(2031, 3, 2))
    assert not working_time.is_working_day(date(2031, 10, 1))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [("08:59", False), ("09:00", True), ("12:00", False), ("13:59", False), ("17:29", True)],
)
def test_the_desk_is_open_in_its_blocks(moment: str, is_open: bool) -> None:
    """Morning and afternoon, begin included and end not."""
    assert working_time.is_open(at(f"2026-11-23 {moment}")) is is_open
    assert not working_time.is_open(at(f"2026-11-22 {moment}"))


moments = st.integers(0, 600_000).map(
    lambda minutes: at("2025-12-01 00:00") + timedelta(minutes=minutes)
)


@given(moments, st.floats(0, 40))
def test_what_was_added_lies_between(now: datetime, hours: float) -> None:
    between = working_time.between(now, working_time.add(now, hours))
    assert between == pytest.approx(hours, abs=1e-6)  # a microsecond is the least


@given(moments, st.floats(0, 40), st.floats(0, 40))
def test_hours_add_up(now: datetime, first: float, second: float) -> None:
    """Waiting in two parts ends when waiting at once does, and never outside working hours."""
    at_once, in_parts = (
        working_time.add(now, first + second),
        working_time.add(working_time.add(now, first), second),
    )
    assert working_time.add(now, 0) <= at_once
    assert working_time.is_open(at_once - timedelta(seconds=1)) or second + first < 0.01
    assert abs(working_time.add(at_once, 0.01) - working_time.add(in_parts, 0.01)) < timedelta(
        seconds=1
    )
