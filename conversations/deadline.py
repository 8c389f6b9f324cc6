"""设截止日期: what an organizer wants done by when, and by whom; and what somebody wants to be
reminded of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from conversations import choices, reading
from conversations.form import Form, Submit
from conversations.steps import DATE, MANY, Kind, Option, Step, text
from services import attention, deadlines

CITIES, INDUSTRIES = "cities", "industries"


def form(submit: Submit) -> Form:
    steps = (
        Step("name", text(60, least=4)),
        Step("day", DATE),
        Step("text", text(300), optional=True),
        Step(CITIES, MANY, options=choices.cities, optional=True),
        Step(INDUSTRIES, MANY, options=choices.industries, optional=True),
    )
    return Form("deadline", "", steps, submit, topic="deadlines")


def own(submit: Submit) -> Form:
    steps = (Step("what", text(60)), Step("when", WHEN))
    return Form("reminder", "remind_me", steps, submit, review=False, topic="deadlines")


def read_when(said: str, now: datetime) -> datetime:
    """A day without an hour is the morning of it."""
    return reading.read_moment(said, now, _morning)


def _morning(day: date) -> datetime:
    return attention.at(day, deadlines.hour())


def _read(said: str, now: datetime, options: Sequence[Option]) -> str:
    return read_when(said, now).isoformat()


WHEN = Kind("time", _read, value=datetime.fromisoformat)
