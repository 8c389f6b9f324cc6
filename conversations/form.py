"""The form engine: a form is declared, and gets the same manners as every other.

One step is open at a time; the next is the first that has no answer yet; when all have one, a
card shows them for review. What is half filled is a row of the person's (turn.filling), so
nothing here remembers anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from telegram import Update

from conversations.actions import repertoire
from conversations.reading import Unfit
from conversations.steps import Answers, Option, Step
from pipeline import words
from pipeline.turn import Filling, OldButton, Turn

REVIEW = "review"

Submit = Callable[[Turn, dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Form:
    """Words: templates/<name>/<step>.html asks, templates/<name>/labels.html names the steps.

    `submit` gets the finished answers: one service call, one template. `intent` is what opens the
    form, so that the same wish inside it is taken for an answer. A form without review is sent
    with its last answer.
    """

    name: str
    intent: str
    steps: tuple[Step, ...]
    submit: Submit
    review: bool = True
    attachments: bool = False

    def step(self, name: str) -> Step:
        for step in self.steps:
            if step.name == name:
                return step
        raise OldButton

    def next(self, answers: Answers) -> str:
        return next((s.name for s in self.steps if s.name not in answers), REVIEW)

    def number(self, name: str) -> int:
        return [step.name for step in self.steps].index(name) + 1


def declared(turn: Turn, name: str) -> Form:
    """The form of this name; OldButton for one that is no more."""
    forms: dict[str, Form] = repertoire(turn).forms
    if name not in forms:
        raise OldButton
    return forms[name]


async def begin(turn: Turn, name: str, **answers: Any) -> None:
    """Open a form, with what is known. Another one that is open is offered first."""
    form = declared(turn, name)
    if turn.filling is not None and turn.filling.form != name:
        turn.asked = True
        other = words.word(f"{turn.filling.form}/labels", "title")
        turn.reply(
            "forms/another_open", open=other, wanted=words.word(f"{name}/labels", "title"),
            name=name,
        )  # fmt: skip
        return
    kept = turn.filling.answers if turn.filling else await turn.put_aside(name)
    await _go_on(turn, form, {**kept, **answers})
    await ask(turn, resumed=bool(kept))


async def _go_on(turn: Turn, form: Form, answers: dict[str, Any]) -> None:
    """Open the next step that is still to be asked. Known data is never asked again."""
    for step in form.steps:
        if step.name in answers:
            continue
        known = await step.known(turn, answers) if step.known else None
        if known is None:
            turn.filling = Filling(form.name, step.name, answers)
            return
        answers[step.name] = known
    turn.filling = Filling(form.name, REVIEW, answers)


def read_as(turn: Turn, form_name: str, step_name: str, text: str) -> Any:
    """What a step without options would keep of a text; raises Unfit."""
    return declared(turn, form_name).step(step_name).kind.read(text, turn.now, ())


async def switch(turn: Turn, name: str) -> None:
    """Put the open form aside for another; its draft stays."""
    await turn.lay_aside()
    await begin(turn, name)


def opened(turn: Turn) -> tuple[Form, Filling]:
    """The open form; OldButton where there is none (a button of a form that is done)."""
    if turn.filling is None:
        raise OldButton
    return declared(turn, turn.filling.form), turn.filling


async def ask(turn: Turn, *, resumed: bool = False, unfit: Unfit | None = None) -> None:
    """Put the open step's question, or the review card."""
    form, filling = opened(turn)
    turn.asked = True
    if filling.step == REVIEW:
        await _show_review(turn, form, filling)
        return
    step = form.step(filling.step)
    options = await options_of(turn, step, filling)
    turn.reply(
        "forms/ask",
        title=words.word(f"{form.name}/labels", "title"),
        number=form.number(step.name),
        total=len(form.steps),
        question=words.markup(f"{form.name}/{step.name}"),
        problem=words.markup(f"unfit/{unfit.code}", **unfit.facts) if unfit else None,
        resumed=resumed,
        form=form.name,
        step=step.name,
        options=options,
        picked=filling.answers.get(step.name) or [],
        many=step.kind.many,
        optional=step.optional,
        first=form.number(step.name) == 1,
    )


async def _show_review(turn: Turn, form: Form, filling: Filling) -> None:
    lines = [
        {
            "step": step.name,
            "label": words.word(f"{form.name}/labels", step.name),
            "shown": await _shown(turn, step, filling),
        }
        for step in form.steps
    ]
    title = words.word(f"{form.name}/labels", "title")
    turn.reply("forms/review", title=title, lines=lines, name=form.name)


async def _shown(turn: Turn, step: Step, filling: Filling) -> str | None:
    """An answer as people read it; None where it was left out."""
    kept = filling.answers.get(step.name)
    if kept is None or kept == []:
        return None
    if step.kind.chosen:
        labels = {option.key: option.label for option in await options_of(turn, step, filling)}
        keys = kept if isinstance(kept, list) else [kept]
        return words.filtered("joined", [labels.get(key, key) for key in keys])
    return words.filtered("shown", step.kind.value(kept), step.kind.name)


async def options_of(turn: Turn, step: Step, filling: Filling) -> Sequence[Option]:
    return await step.options(turn, filling.answers) if step.options else ()


async def read(turn: Turn, text: str) -> Any:
    """The open step's reading of a text; raises Unfit."""
    form, filling = opened(turn)
    step = form.step(filling.step)
    value = step.kind.read(text, turn.now, await options_of(turn, step, filling))
    if step.check is not None:
        await step.check(turn, value)
    return value


async def answer(update: Update, turn: Turn, value: Any) -> None:
    """Keep the answer to the open step and go on to what is still open."""
    form, filling = opened(turn)
    await _go_on(turn, form, {**filling.answers, filling.step: value})
    if opened(turn)[1].step == REVIEW and not form.review:
        await submit(update, turn)
    else:
        await ask(turn)


async def submit(update: Update, turn: Turn) -> None:
    """Hand the finished answers to the form's service. A second press finds no open form."""
    form, filling = opened(turn)
    missing = form.next(filling.answers)
    if missing != REVIEW:
        turn.filling = replace(filling, step=missing)
        await ask(turn)
        return
    values = {**filling.answers, **{step.name: _value(step, filling) for step in form.steps}}
    turn.filling = None
    await form.submit(turn, values)


def _value(step: Step, filling: Filling) -> Any:
    kept = filling.answers[step.name]
    return None if kept is None else step.kind.value(kept)
