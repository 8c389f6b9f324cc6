"""A calendar entry that phones accept, and that follows the event when it moves."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from db.models import Event
from services.calendar import ics


@pytest.fixture
def event() -> Event:
    starts_at = datetime(2026, 12, 10, 6, 0, tzinfo=ZoneInfo("UTC"))
    return Event(
        id=12,
        title="工程机械专场",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        city="长沙",
        venue="服务中心, 三楼; 大厅",
        agenda=["政策解读", "一对一洽谈"],
        state="open",
        sequence=0,
    )


def test_the_entry_is_in_the_programme_s_time_zone(event: Event, now: datetime) -> None:
    """Written with its zone and the zone's definition, so that it is right on any phone."""
    entry = Calendar.from_ical(ics(event, now)).events[0]
    assert entry.start == datetime(2026, 12, 10, 14, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert entry.end - entry.start == timedelta(hours=3)
    assert b"DTSTART;TZID=Asia/Shanghai:20261210T140000" in ics(event, now)
    assert b"BEGIN:VTIMEZONE" in ics(event, now)


def test_what_a_person_reads_survives_the_format(event: Event, now: datetime) -> None:
    """Commas, semicolons and lines mean something in iCalendar, and are read back as written."""
    entry = Calendar.from_ical(ics(event, now)).events[0]
    assert (entry["summary"], entry["location"]) == (event.title, "长沙 服务中心, 三楼; 大厅")
    assert entry["description"] == "政策解读\n一对一洽谈"


def test_a_moved_event_updates_its_entry(event: Event, now: datetime) -> None:
    """The same UID with a higher SEQUENCE: the phone moves the entry and adds none."""
    before = Calendar.from_ical(ics(event, now)).events[0]
    event.starts_at, event.sequence = event.starts_at + timedelta(days=1), 1
    after = Calendar.from_ical(ics(event, now)).events[0]
    assert before["uid"] == after["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)


def test_a_cancelled_event_takes_its_entry_away(event: Event, now: datetime) -> None:
    event.state = "cancelled"
    calendar = Calendar.from_ical(ics(event, now))
    assert (calendar.method, calendar.events[0]["status"]) == ("CANCEL", "CANCELLED")


def test_the_phone_rings_an_hour_before(event: Event, now: datetime) -> None:
    alarm = Calendar.from_ical(ics(event, now)).events[0].alarms.times[0]
    assert alarm.trigger == event.starts_at - timedelta(hours=1)


def test_an_end_nobody_said_is_not_invented(event: Event, now: datetime) -> None:
    event.ends_at = None
    assert b"DTEND" not in ics(event, now)
    assert ics(event, now) == ics(event, now)
