"""What an organizer asks of everybody who comes, and in one's own words why somebody does not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from conversations import reading
from conversations.form import Form, Submit
from conversations.steps import Answers, Kind, Option, Step, text, verbatim
from pipeline import words
from pipeline.turn import OldButton, Turn
from services import events, seats

ANSWER, REASON, REMOVAL = "events/answer", "events/reason", "events/removal"
SAME = "=same"  # kept for: what I said last time
WORDS = text(200, least=1)


def _read(said: str, now: datetime, options: Sequence[Option]) -> str:
    """A number is the choice only where it cannot be the answer."""
    for option in options:
        alike = [option.label, *words.word(f"{ANSWER}/labels", "same_words")]
        counts = any(sign.isdigit() for sign in option.label)
        if (tidy := reading.tidy(said)) in alike or (tidy == "1" and not counts):
            return SAME
    return str(WORDS.read(said, now, ()))


OPEN_ANSWER = Kind("text", _read, free=True)


async def _earlier(turn: Turn, answers: Answers) -> Sequence[Option]:
    before = await seats.earlier_answer(turn.session, turn.person.id, question(answers))
    if before is None:
        return []
    label = words.word(f"{ANSWER}/labels", "same")
    return [Option(SAME, label + words.filtered("shortened", before, 30))]


async def _question(turn: Turn, answers: Answers) -> str:
    return question(answers)


def question(answers: Answers) -> str:
    """What is asked; OldButton for a form that was opened without it."""
    if "question" not in answers:
        raise OldButton
    return str(answers["question"])


async def given(turn: Turn, answers: Answers) -> str:
    """The answer in full, also where it is the one of last time."""
    if answers["text"] != SAME:
        return str(answers["text"])
    before = await seats.earlier_answer(turn.session, turn.person.id, question(answers))
    if before is None:
        raise OldButton
    return before


async def _event(turn: Turn, answers: Answers) -> str:
    if "event" not in answers:
        raise OldButton
    return (await events.get(turn.session, answers["event"])).title


def answer(submit: Submit) -> Form:
    steps = (Step("text", OPEN_ANSWER, options=_earlier),)
    return Form(ANSWER, "signup_event", steps, submit, review=False, subject=_question)


def reason(submit: Submit) -> Form:
    steps = (Step("text", verbatim(100)),)
    return Form(REASON, "cancel_signup", steps, submit, review=False, subject=_event)


def removal(submit: Submit) -> Form:
    steps = (Step("text", verbatim(100)),)
    return Form(REMOVAL, "", steps, submit, review=False, subject=_event)
