"""新建活动, 再办一场, 改活动: what an organizer says of an event."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from conversations import choices, event_sentences, form
from conversations.event_sentences import moment
from conversations.form import Form, Submit
from conversations.reading import Unfit, tidy
from conversations.steps import CHOICE, MANY, NUMBER, TIME, Answers, Kind, Option, Step, text
from pipeline import words
from pipeline.turn import Turn
from services import event_changes, event_drafts, event_rights, events

CHANGE, COPY = "events/change", "events/copy"
LENGTHS = tuple(timedelta(hours=hours) for hours in (2, 3, 7))
CLOSES = ((1, 17), (2, 17), (7, 17))  # days before the event, and the hour
MOST_LINES, LONGEST_LINE = 10, 100
LINES = re.compile(r"[\n;；]+")
ITEMS = re.compile(r"[\n;；、]+")


def _near(said: str, now: datetime, options: Sequence[Option]) -> str:
    """One of the moments on offer, else one in words: what those leave open is as in the first."""
    like = datetime.fromisoformat(options[0].key) if options else None
    picked = next((option.key for option in options if tidy(said) == option.label), None)
    return picked or moment(said, now, like).isoformat()


def _lines(between: re.Pattern[str]) -> Any:
    def read(said: str, now: datetime, options: Sequence[Option]) -> list[str]:
        lines = [line.strip() for line in between.split(tidy(said)) if line.strip()]
        if longest := max((len(line) for line in lines if len(line) > LONGEST_LINE), default=0):
            raise Unfit("too_long", most=LONGEST_LINE, length=longest)
        return lines[:MOST_LINES]

    return read


NEAR = Kind("time", _near, value=datetime.fromisoformat)
AGENDA = Kind("list", _lines(ITEMS), free=True)
QUESTIONS = Kind("list", _lines(LINES), verbatim=True)


def create(submit: Submit) -> Form:
    """What must be said is asked; the rest has a place on the review card."""
    steps = (
        Step("kind", CHOICE, options=choices.listed("event", "kind")),
        Step("name", text(80, least=4)),
        Step("starts_at", TIME),
        Step("city", CHOICE, options=choices.cities, known=_own_city),
        Step("venue", text(120)),
        Step("capacity", NUMBER),
        Step("industries", MANY, options=choices.industries, optional=True),
        Step("ends_at", NEAR, options=_ends, optional=True, later=True),
        Step("signup_until", NEAR, options=_closes, optional=True, later=True),
        Step("per_firm", NUMBER, optional=True, later=True),
        Step("agenda", AGENDA, optional=True, later=True),
        Step("questions", QUESTIONS, optional=True, later=True),
    )
    return Form("event", "create_event", steps, submit, topic="events")


async def announced(turn: Turn) -> dict[str, Any]:
    """What the sentence that asks for the form tells, as its steps read it: the rest is asked."""
    declared, known = form.declared(turn, "event"), dict[str, Any]()
    cities = [city.label for city in await choices.cities(turn, {})]
    for name, said in event_sentences.announced(turn.said, turn.slots, cities).items():
        step = declared.step(name)
        with suppress(Unfit):
            known[name] = step.kind.read(said, turn.now, await form.options_of(turn, step, known))
    return known


async def _own_city(turn: Turn, answers: Answers) -> str | None:
    return await event_rights.city_of(turn.session, turn.person.id)


async def _ends(turn: Turn, answers: Answers) -> Sequence[Option]:
    begin = _moment(answers.get("starts_at"))
    return [_option(begin + length) for length in LENGTHS] if begin else ()


async def _closes(turn: Turn, answers: Answers) -> Sequence[Option]:
    begin = _moment(answers.get("starts_at"))
    if begin is None:
        return ()
    moments = [begin.replace(hour=hour, minute=0) - timedelta(days=days) for days, hour in CLOSES]
    return [_option(one) for one in moments if one > turn.now]


def _moment(kept: Any) -> datetime | None:
    return datetime.fromisoformat(kept) if kept else None


def _option(at: datetime) -> Option:
    return Option(f"{at:%Y%m%dT%H%M%z}", words.filtered("time", at))


def copy(submit: Submit) -> Form:
    """The same again: only when is asked."""
    steps = (Step("starts_at", NEAR, options=_again),)
    return Form(COPY, "create_event", steps, submit, review=False, subject=_titled, topic="events")


async def _again(turn: Turn, answers: Answers) -> Sequence[Option]:
    event = await events.get(turn.session, int(answers["event"]))
    return [_option(event_drafts.next_like(event, turn.now))]


async def _titled(turn: Turn, answers: Answers) -> str | None:
    if "event" not in answers:
        return None
    return (await events.get(turn.session, int(answers["event"]))).title


def change(submit: Submit) -> Form:
    """One field of an event: of which, which, what instead."""
    steps = (
        Step("event", CHOICE, options=_changeable),
        Step("field", CHOICE, options=choices.paired(CHANGE, "field")),
        Step("value", text(1000, least=1), options=_offered, check=_fits),
    )
    return Form(CHANGE, "edit_event", steps, submit, review=False, topic="events")


async def _changeable(turn: Turn, answers: Answers) -> Sequence[Option]:
    found = await event_changes.changeable(turn.session, turn.person.id, turn.now)
    return [Option(str(event.id), words.filtered("dated", event)) for event in found]


async def _offered(turn: Turn, answers: Answers) -> Sequence[Option]:
    """The choices of the field that is changed, where it has any."""
    if not {"event", "field"} <= answers.keys():
        return ()
    event = await events.get(turn.session, int(answers["event"]))
    step = form.declared(turn, "event").step(_step(answers["field"]))
    return await step.options(turn, {"starts_at": _local(event.starts_at)}) if step.options else ()


def _local(at: datetime) -> str:
    return at.astimezone(event_drafts.ZONE).isoformat()


def _step(field: str) -> str:
    """The step of the form by which this field of an event is asked."""
    return "name" if field == "title" else field


async def _fits(turn: Turn, said: Any) -> None:
    answers = form.opened(turn)[1].answers
    if not {"event", "field"} <= answers.keys():
        raise Unfit("not_understood")  # what it is a value of comes first
    await value_of(turn, answers, said)


async def value_of(turn: Turn, answers: Answers, said: str) -> Any:
    """What the words say as a value of that field, as the form reads it; raises Unfit."""
    field = answers["field"]
    if field == "starts_at":
        event = await events.get(turn.session, int(answers["event"]))
        return moment(said, turn.now, event.starts_at.astimezone(event_drafts.ZONE))
    step = form.declared(turn, "event").step(_step(field))
    options = await _offered(turn, answers)
    if said in {option.key for option in options}:
        return step.kind.value([said] if step.kind.many else said)
    return step.kind.value(step.kind.read(said, turn.now, options))
