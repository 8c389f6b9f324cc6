"""提需求: what an enterprise needs a technology for; and what staff and firm say of it later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from conversations import choices, form
from conversations.form import Form, Submit
from conversations.reading import Unfit, pick
from conversations.steps import (
    CHOICE,
    DATE,
    MANY,
    MONEY,
    Answers,
    Kind,
    Option,
    Options,
    Step,
    text,
    verbatim,
)
from pipeline import words
from pipeline.turn import Turn
from services import industries, need_changes, needs

UNSURE, ANONYMOUS = "-", "anonymous"


def _segment(said: str, now: datetime, options: Sequence[Option]) -> str:
    """One of the likeliest on show, else any of the whole list by its name or a synonym."""
    try:
        return options[pick(said, [option.label for option in options])[0]].key
    except Unfit:
        named = industries.named(said)
    if len(named) == 1:
        return named[0]
    raise Unfit("segment_many", names=named) if named else Unfit("segment_none")


SEGMENT = Kind(
    "segment", _segment, value=lambda kept: None if kept == UNSURE else kept, chosen=True
)
VISIBILITY = replace(CHOICE, value=lambda kept: kept == ANONYMOUS)


def post(submit: Submit, likely: Options) -> Form:
    """`likely` are the segments that the problem suggests."""
    steps = (
        Step("problem", text(1000, least=4)),
        Step("target", text(300), optional=True),
        Step("gap", text(300), optional=True),
        Step("budget", MONEY, optional=True),
        Step("wanted_by", DATE, optional=True),
        Step("modes", MANY, options=choices.listed("need", "modes")),
        Step("segment", SEGMENT, options=likely),
        Step("visibility", VISIBILITY, options=choices.paired("need", "visibility")),
    )
    return Form("need", "post_need", steps, submit, attachments=True)


def question(submit: Submit) -> Form:
    return Form("needs/question", "post_need", (Step("text", verbatim(500)),), submit, review=False)


def answer(submit: Submit) -> Form:
    steps = (Step("text", verbatim(500)),)
    return Form("needs/answer", "edit_need", steps, submit, review=False, attachments=True)


def change(submit: Submit) -> Form:
    """One field of a need that is posted: which need, which field, what instead."""
    steps = (
        Step("need", CHOICE, options=_live),
        Step("field", CHOICE, options=choices.paired("needs/change", "field")),
        Step("value", text(1000, least=1), options=_offered, check=_fits),
    )
    return Form("needs/change", "edit_need", steps, submit, review=False)


async def _live(turn: Turn, answers: Answers) -> Sequence[Option]:
    found = await needs.live(turn.session, turn.person.enterprise_id)
    return [Option(str(need.id), words.filtered("titled", need.id, need.problem)) for need in found]


async def _offered(turn: Turn, answers: Answers) -> Sequence[Option]:
    """The choices of the field that is changed, where it has any."""
    if not _is_open(answers) or answers["field"] == need_changes.MORE:
        return ()
    step = form.declared(turn, "need").step(answers["field"])
    problem = await _problem(turn, answers)
    return await step.options(turn, {"problem": problem}) if step.options else ()


def _is_open(answers: Answers) -> bool:
    """Whether it is said already what of which need is changed."""
    return {"need", "field"} <= answers.keys()


async def _problem(turn: Turn, answers: Answers) -> str:
    return (await needs.get_for(turn.session, turn.person, int(answers["need"]))).problem


async def _fits(turn: Turn, said: Any) -> None:
    answers = form.opened(turn)[1].answers
    if not _is_open(answers):
        raise Unfit("not_understood")  # what it is a value of comes first
    await value_of(turn, answers, said)


async def value_of(turn: Turn, answers: Answers, said: str) -> Any:
    """What the words say as a value of that field, read as the need form reads it; raises Unfit."""
    field = answers["field"]
    if field == need_changes.MORE:
        return text(500).read(said, turn.now, ())
    kind = form.declared(turn, "need").step(field).kind
    options = await _offered(turn, answers)
    if said in {option.key for option in options}:
        return kind.value([said] if kind.many else said)
    return kind.value(kind.read(said, turn.now, options))
