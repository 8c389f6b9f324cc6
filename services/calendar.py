"""An event as a calendar entry: the same entry again when it moves (UID, SEQUENCE)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Timezone
from icalendar import Event as Entry

from db.models import Event

ZONE = ZoneInfo("Asia/Shanghai")
ALARM = timedelta(hours=-1)


def ics(event: Event, now: datetime) -> bytes:
    """An iCalendar file (RFC 5545) with one entry; a cancelled event takes its entry away."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//zhiqiao//events//ZH")
    calendar.add("method", "PUBLISH" if event.state == "open" else "CANCEL")
    calendar.add_component(_timezone())
    calendar.add_component(_entry(event, now))
    return bytes(calendar.to_ical())


@cache
def _timezone() -> Timezone:
    """It is found by trying every day of some decades."""
    return Timezone.from_tzid(ZONE.key)


def _entry(event: Event, now: datetime) -> Entry:
    entry = Entry()
    entry.add("uid", f"event-{event.id}@zhiqiao")
    entry.add("sequence", event.sequence)
    entry.add("dtstamp", now.astimezone(UTC))
    entry.add("summary", event.title)
    entry.add("location", f"{event.city} {event.venue}")
    entry.add("description", "\n".join(event.agenda))
    entry.add("status", "CONFIRMED" if event.state == "open" else "CANCELLED")
    entry.add("dtstart", event.starts_at.astimezone(ZONE))
    if event.ends_at:
        entry.add("dtend", event.ends_at.astimezone(ZONE))
    entry.add_component(_alarm(event))
    return entry


def _alarm(event: Event) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", event.title)
    alarm.add("trigger", ALARM)
    return alarm
