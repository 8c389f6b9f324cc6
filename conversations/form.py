"""The form engine: a form is declared, and gets the same manners as every other.

One step is open at a time; the next is the first that has no answer yet; when all have one, a
card shows them for review. What is half filled is a row of the person's (turn.filling), so
nothing here remembers anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from telegram import Message, Update

from conversations.actions import repertoire
from conversations.attempts import attempt
from conversations.reading import Unfit
from conversations.steps import Answers, Option, Step
from pipeline import words
from pipeline.turn import Filling, OldButton, Turn

REVIEW = "review"
ATTACHMENTS = "attachments"

Submit = Callable[[Turn, dict[str, Any]], Awaitable[None]]
Subject = Callable[[Turn, Answers], Awaitable[str | None]]


@dataclass(frozen=True)
class Form:
    """Words: templates/<name>/<step>.html asks, templates/<name>/labels.html names the steps.

    `submit` gets the finished answers: one service call, one template. `intent` is what opens the
    form, so that the same wish inside it is taken for an answer. A form without review is sent
    with its last answer. With `attachments` a photo or file is kept beside the answers. `topic` is
    where its refusals have their words. `subject` names the one thing that the questions are about.
    """

    name: str
    intent: str
    steps: tuple[Step, ...]
    submit: Submit
    review: bool = True
    attachments: bool = False
    topic: str = ""
    subject: Subject | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "topic", self.topic or self.name.partition("/")[0])

    def step(self, name: str) -> Step:
        for step in self.steps:
            if step.name == name:
                return step
        raise OldButton

    def next(self, answers: Answers) -> str:
        return next((s.name for s in self.steps if s.name not in answers), REVIEW)

    def place(self, name: str) -> int:
        """Of a step in the order of asking, from 0; the review comes after all."""
        names = [step.name for step in self.steps]
        return names.index(name) if name in names else len(names)

    def label(self, name: str) -> str:
        return str(words.word(f"{self.name}/labels", name))

    @property
    def title(self) -> str:
        return self.label("title")


@dataclass(frozen=True)
class Noted:
    """What a message changed, as the next question repeats it; `before` where it was corrected."""

    label: str
    after: str | None
    before: str | None = None


def declared(turn: Turn, name: str) -> Form:
    """The form of this name; OldButton for one that is no more."""
    forms: dict[str, Form] = repertoire(turn).forms
    if name not in forms:
        raise OldButton
    return forms[name]


def opened(turn: Turn) -> tuple[Form, Filling]:
    """The open form; OldButton where there is none (a button of a form that is done)."""
    if turn.filling is None:
        raise OldButton
    return declared(turn, turn.filling.form), turn.filling


async def begin(turn: Turn, name: str, **answers: Any) -> None:
    """Open a form, with what is known. Another one that is open is offered first."""
    if await start(turn, name, answers):
        await ask(turn, resumed=was_asked(turn))


async def start(turn: Turn, name: str, answers: Mapping[str, Any]) -> bool:
    """Open a form without a word; False where another one is open, which is said."""
    form = declared(turn, name)
    if turn.filling is not None and turn.filling.form != name:
        turn.asked = True
        other = declared(turn, turn.filling.form).title
        turn.reply("forms/another_open", open=other, wanted=form.title, name=name)
        return False
    turn.filling = turn.filling or await turn.draft(name) or Filling(name, REVIEW)
    await _go_on(turn, form, answers)
    return True


def was_asked(turn: Turn) -> bool:
    """Whether the open form has asked anything before this turn."""
    return bool(opened(turn)[1].shown)


async def switch(turn: Turn, name: str) -> None:
    """Put the open form aside for another; its draft stays."""
    await turn.lay_aside()
    await begin(turn, name)


def read_as(turn: Turn, form_name: str, step_name: str, text: str) -> Any:
    """What a step without options would keep of a text; raises Unfit."""
    return declared(turn, form_name).step(step_name).kind.read(text, turn.now, ())


async def options_of(turn: Turn, step: Step, answers: Answers) -> Sequence[Option]:
    return await step.options(turn, answers) if step.options else ()


async def read(turn: Turn, step: Step, text: str) -> Any:
    """A step's reading of a text; raises Unfit."""
    _, filling = opened(turn)
    value = step.kind.read(text, turn.now, await options_of(turn, step, filling.answers))
    if step.check is not None:
        await step.check(turn, value)
    return value


async def answer(update: Update, turn: Turn, value: Any) -> None:
    """Keep the answer to the open step and go on to what is still open."""
    _, filling = opened(turn)
    await tell(update, turn, {filling.step: value})


async def tell(update: Update, turn: Turn, answers: Mapping[str, Any]) -> None:
    """Keep answers to any steps and go on."""
    await go_on(update, turn, await take(turn, answers))


async def go_on(
    update: Update, turn: Turn, noted: Sequence[Noted], *, resumed: bool = False
) -> None:
    """Ask what is open now, after saying what was noted beyond the last question."""
    form, filling = opened(turn)
    if filling.step == REVIEW and not form.review:
        await submit(update, turn)
    else:
        await ask(turn, noted=noted, resumed=resumed)


async def take(turn: Turn, answers: Mapping[str, Any]) -> list[Noted]:
    """Keep the answers, without a word. The open question stays open unless it was answered."""
    form, filling = opened(turn)
    noted = [
        Noted(form.label(name), await shown(turn, form.step(name), value, answers),
              await _shown_before(turn, form.step(name), value))
        for name, value in answers.items()
        if name != filling.step or filling.answers.get(name) not in (None, value)
    ]  # fmt: skip
    if filling.step in answers or filling.step == REVIEW:
        await _go_on(turn, form, answers)
    else:
        turn.filling = _with(form, filling, answers)
    return noted


async def _shown_before(turn: Turn, step: Step, now: Any) -> str | None:
    _, filling = opened(turn)
    if filling.answers.get(step.name) == now:
        return None
    return await shown(turn, step, filling.answers.get(step.name), filling.answers)


def _with(form: Form, filling: Filling, answers: Mapping[str, Any]) -> Filling:
    """The answers put in. What was known by an answer that changes now is not known any more."""
    first = min((form.place(name) for name in answers), default=len(form.steps))
    stale = {name for name in filling.known if form.place(name) > first} - answers.keys()
    kept = {name: value for name, value in filling.answers.items() if name not in stale}
    known = tuple(name for name in filling.known if name not in stale | answers.keys())
    return replace(filling, answers={**kept, **answers}, known=known, misses=0, doubt=None)


async def _go_on(turn: Turn, form: Form, answers: Mapping[str, Any]) -> None:
    """Open the next step that is still to be asked. Known data is never asked again."""
    assert turn.filling is not None
    turn.filling = filling = _with(form, turn.filling, answers)
    later = [step.name for step in form.steps if step.later and step.name not in filling.answers]
    told, known = {**filling.answers, **dict.fromkeys(later)}, [*filling.known, *later]
    for step in form.steps:
        if step.name in told:
            continue
        value = await step.known(turn, told) if step.known else None
        if value is None:
            break
        told[step.name] = value
        known.append(step.name)
    turn.filling = replace(filling, step=form.next(told), answers=told, known=tuple(known))


def remember(before: Filling | None, turn: Turn, message: Message) -> None:
    """Note what this message answered: whoever edits it later corrects just that. Messages of
    networks where nobody edits have no number."""
    now = turn.filling
    if not message.message_id or before is None or now is None or before.form != now.form:
        return
    answered = [name for name, value in now.answers.items() if before.answers.get(name) != value]
    source = f"{turn.chat_id}:{message.message_id}"
    turn.filling = replace(now, heard={**now.heard, **dict.fromkeys(answered, source)})


def answered_by(turn: Turn, message: Message) -> list[str]:
    """The steps of the open form that this message answered."""
    if turn.filling is None:
        return []
    declared, filling = opened(turn)
    source = f"{turn.chat_id}:{message.message_id}"
    return [step.name for step in declared.steps if filling.heard.get(step.name) == source]


def open_step(turn: Turn, name: str) -> None:
    """Ask this step anew, whatever it was answered before."""
    form, filling = opened(turn)
    turn.filling = replace(filling, step=form.step(name).name, misses=0, doubt=None)


def attach(turn: Turn, kept: Mapping[str, Any]) -> Noted:
    """Keep a file beside the answers: {"kind", "file" (its id), "name"}."""
    _, filling = opened(turn)
    files = [*filling.answers.get(ATTACHMENTS, []), dict(kept)]
    turn.filling = replace(filling, answers={**filling.answers, ATTACHMENTS: files}, misses=0)
    return Noted(words.word("forms/words", ATTACHMENTS), str(kept["name"]))


async def ask(
    turn: Turn,
    *,
    resumed: bool = False,
    unfit: Unfit | None = None,
    noted: Iterable[Noted] = (),
) -> None:
    """Put the open step's question, or the review card. It is asked here from now on."""
    form, filling = opened(turn)
    turn.asked = True
    await _leave_other_chats(turn, form)
    misses = filling.misses + 1 if unfit else filling.misses
    turn.filling = filling = replace(
        filling, misses=misses, doubt=None,
        shown={**opened(turn)[1].shown, str(turn.chat_id): filling.step},
    )  # fmt: skip
    again = {
        "resumed": resumed,
        "noted": list(noted),
        "problem": words.markup(f"unfit/{unfit.code}", **unfit.facts) if unfit else None,
        "misses": misses if unfit else 0,
    }
    if filling.step == REVIEW:
        await _show_review(turn, form, filling, again)
    else:
        await _put_question(turn, form, form.step(filling.step), again)


async def _put_question(turn: Turn, form: Form, step: Step, again: dict[str, Any]) -> None:
    _, filling = opened(turn)
    asked = [s.name for s in form.steps if s.name not in filling.known or s is step]
    turn.reply(
        "forms/ask",
        title=await _titled(turn, form, filling.answers),
        number=len(asked[: asked.index(step.name)]) + 1,
        total=len(asked),
        question=words.markup(f"{form.name}/{step.name}"),
        form=form.name,
        step=step.name,
        options=await options_of(turn, step, filling.answers),
        picked=filling.answers.get(step.name) or [],
        many=step.kind.many,
        optional=step.optional,
        first=asked[0] == step.name,
        **again,
    )


async def _show_review(turn: Turn, form: Form, filling: Filling, again: dict[str, Any]) -> None:
    lines = [
        {
            "step": step.name,
            "label": form.label(step.name),
            "shown": await shown(turn, step, filling.answers.get(step.name), filling.answers),
        }
        for step in form.steps
        if step.on_card or step.name not in filling.known
    ]
    files = len(filling.answers.get(ATTACHMENTS, []))
    title = await _titled(turn, form, filling.answers)
    turn.reply("forms/review", title=title, lines=lines, name=form.name, files=files, **again)


async def _titled(turn: Turn, form: Form, answers: Answers) -> str:
    subject = await form.subject(turn, answers) if form.subject else None
    return f"{form.title} · {subject}" if subject else form.title


async def shown(turn: Turn, step: Step, kept: Any, answers: Answers) -> str | None:
    """An answer as people read it; None where it was left out."""
    if kept is None or kept == []:
        return None
    if step.kind.chosen:
        labels = {option.key: option.label for option in await options_of(turn, step, answers)}
        keys = kept if isinstance(kept, list) else [kept]
        return words.filtered("joined", [labels.get(key, key) for key in keys])
    return words.filtered("shown", step.kind.value(kept), step.kind.name)


MOVED = "~"


async def _leave_other_chats(turn: Turn, form: Form) -> None:
    """A form is asked in one chat; the card that stands in another says where it went, once."""
    _, filling = opened(turn)
    others = {c: s for c, s in filling.shown.items() if c != str(turn.chat_id) and s != MOVED}
    for chat in others:
        message_id, rows = await turn.last_card(int(chat))
        if message_id is not None and _is_of_form(rows):
            turn.edit(
                int(chat), message_id, "forms/moved",
                title=form.title, form=form.name, channel=turn.channel,
            )  # fmt: skip
    turn.filling = replace(filling, shown={**filling.shown, **dict.fromkeys(others, MOVED)})


def _is_of_form(rows: Sequence[words.Row]) -> bool:
    return any("forms." in button["callback_data"] for row in rows for button in row)


def moved_away(turn: Turn) -> bool:
    """Whether the open form went on in another chat after this one had seen it."""
    _, filling = opened(turn)
    return filling.shown.get(str(turn.chat_id)) == MOVED


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
    if form.review:
        await form.submit(turn, values)  # what is refused leaves the card as it is
    else:
        await attempt(turn, form.topic, lambda: form.submit(turn, values))


def _value(step: Step, filling: Filling) -> Any:
    kept = filling.answers[step.name]
    return None if kept is None else step.kind.value(kept)
