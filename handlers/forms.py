"""The buttons of every form: choose, skip, back, fix, send, drop."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from telegram import Update

from conversations import form, understanding
from conversations.reading import Unfit
from conversations.steps import Step
from handlers import desk, policy
from pipeline import words
from pipeline.turn import Filling, OldButton, Turn
from pipeline.work import REMINDER, Work
from services import drafts, queue

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

ZONE = ZoneInfo("Asia/Shanghai")
FIRST_HOUR, LAST_HOUR = 9, 20


async def choose(update: Update, turn: Turn) -> None:
    """A choice of some question, perhaps of one that is no longer the open one."""
    declared, filling = form.opened(turn)
    if turn.button.word(0) != declared.name:
        raise OldButton
    step, key = declared.step(turn.button.word(1)), turn.button.word(2)
    if key not in {option.key for option in await form.options_of(turn, step, filling.answers)}:
        raise OldButton
    if step.kind.many:
        form.open_step(turn, step.name)
        await _toggle(update, turn, key)
    else:
        await form.tell(update, turn, {step.name: key})


async def _toggle(update: Update, turn: Turn, key: str) -> None:
    """Tick or untick one of several; the card itself shows the ticks where it can be changed."""
    _, filling = form.opened(turn)
    answers = dict(filling.answers)
    before = answers.pop(filling.step, None) or []
    picked = [k for k in before if k != key] if key in before else [*before, key]
    if picked:  # nothing ticked is no answer
        answers[filling.step] = picked
    turn.filling = replace(filling, answers=answers)
    await form.ask(turn)
    await turn.in_place(update)


def _here(turn: Turn) -> tuple[form.Form, Filling]:
    """The open form. A button under an earlier question says nothing about the one that is open."""
    declared, filling = form.opened(turn)
    asked = turn.button.word(0, declared.name), turn.button.word(1, filling.step)
    if asked != (declared.name, filling.step):
        raise OldButton
    return declared, filling


async def done(update: Update, turn: Turn) -> None:
    """Enough chosen of several. A card that collects the ticks itself brings them along, and
    speaks for its own question, like a choice."""
    if ticked := list(turn.button[2:]):
        await _ticked(update, turn, ticked)
        return
    declared, filling = _here(turn)
    picked = filling.answers.get(filling.step)
    if filling.step == form.REVIEW or not declared.step(filling.step).kind.many:
        await form.ask(turn)
    elif not picked and not declared.step(filling.step).optional:
        await form.ask(turn, unfit=Unfit("choice_none"))
    else:
        await _chosen(update, turn, declared.step(filling.step), picked)


async def _chosen(update: Update, turn: Turn, step: Step, picked: list[str] | None) -> None:
    try:
        if step.check is not None and picked:
            await step.check(turn, picked)
    except Unfit as unfit:
        _hold(turn, step, picked)
        await form.ask(turn, unfit=unfit)
    else:
        await form.tell(update, turn, {step.name: picked})


def _hold(turn: Turn, step: Step, picked: list[str] | None) -> None:
    """The ticks stay on the question that they did not fit."""
    _, filling = form.opened(turn)
    if filling.step != step.name:
        form.open_step(turn, step.name)
        _, filling = form.opened(turn)
    turn.filling = replace(filling, answers={**filling.answers, step.name: picked})


async def _ticked(update: Update, turn: Turn, picked: list[str]) -> None:
    declared, filling = form.opened(turn)
    if turn.button[0] != declared.name:
        raise OldButton
    step = declared.step(turn.button[1])
    known = [option.key for option in await form.options_of(turn, step, filling.answers)]
    if not step.kind.many or not {*picked} <= {*known}:
        raise OldButton
    await _chosen(update, turn, step, [key for key in known if key in picked])


async def skip(update: Update, turn: Turn) -> None:
    declared, filling = _here(turn)
    if filling.step == form.REVIEW or not declared.step(filling.step).optional:
        await form.ask(turn, unfit=Unfit("needed"))
        return
    await form.answer(update, turn, None)


async def back(update: Update, turn: Turn) -> None:
    """To the question before; from the first there is nowhere to go back to but out. Said of a
    clause, to the one before it."""
    if turn.filling is None and turn.said and desk.clause_shown(turn.came_from) is not None:
        await policy.ask(update, turn)
        return
    declared, filling = _here(turn)
    before = [
        step.name
        for step in declared.steps[: declared.place(filling.step)]
        if step.name not in filling.known
    ]
    if not before:
        await cancel(update, turn)
        return
    form.open_step(turn, before[-1])
    await form.ask(turn)


async def fix(update: Update, turn: Turn) -> None:
    """The pencil on the review card."""
    declared, _ = form.opened(turn)
    if turn.button.word(0) != declared.name:
        raise OldButton
    form.open_step(turn, turn.button.word(1))
    await form.ask(turn)


async def send(update: Update, turn: Turn) -> None:
    declared, _ = form.opened(turn)
    if turn.button.word(0, declared.name) != declared.name:
        raise OldButton
    await form.submit(update, turn)


async def cancel(update: Update, turn: Turn) -> None:
    """Ask before answers are lost; where there are none, there is nothing to ask."""
    if turn.filling is None:
        turn.reply("forms/nothing_open")
        return
    declared, filling = form.opened(turn)
    typed = {step.name for step in declared.steps} & (filling.answers.keys() - {*filling.known})
    if typed:
        turn.reply("forms/cancel", count=len(typed))
    else:
        await drop(update, turn)


async def drop(update: Update, turn: Turn) -> None:
    form.opened(turn)
    turn.filling = None
    turn.reply("forms/dropped")


async def aside(update: Update, turn: Turn) -> None:
    """Put the open form aside; what is filled stays."""
    if turn.filling is None:
        turn.reply("forms/nothing_open")
        return
    declared, _ = form.opened(turn)
    await turn.keep()
    await turn.lay_aside()
    turn.reply("forms/aside", title=declared.title, form=declared.name)


async def meant(update: Update, turn: Turn) -> None:
    """The sentence that looked like a question is the answer."""
    await form.answer(update, turn, await form.read(turn, *_doubted(turn)))


async def wondered(update: Update, turn: Turn) -> None:
    """It was meant for us: a question or a wish."""
    _, text = _doubted(turn)
    await understanding.wondered(update, turn, text)


def _doubted(turn: Turn) -> tuple[Step, str]:
    declared, filling = form.opened(turn)
    if filling.doubt is None or turn.button.word(0) != understanding.mark(filling.doubt):
        raise OldButton
    return declared.step(filling.step), filling.doubt


async def resume(update: Update, turn: Turn) -> None:
    """Go on with the open form, or take up the one that was put aside last."""
    name = turn.button.word(0)
    if turn.filling is not None:
        await form.ask(turn, resumed=True)
    elif name := name or await drafts.last(turn.session, turn.person.id) or "":
        await form.begin(turn, name)
    else:
        turn.reply("forms/nothing_open")


async def switch(update: Update, turn: Turn) -> None:
    await form.switch(turn, turn.button.word(0))


async def offer(work: Work) -> None:
    """Once an hour of the day: remind of what was left half filled, each draft once."""
    for draft in await drafts.unfinished(work.session, work.now):
        await work.notify(
            draft.person_id,
            "forms/unfinished",
            key=f"draft:{draft.id}",
            priority=REMINDER,
            title=words.word(f"{draft.form}/labels", "title"),
            form=draft.form,
        )
    await plan_offer(work.session, work.now)


async def plan_offer(session: AsyncSession, now: datetime) -> None:
    """The next look falls on a full hour between nine and eight in the evening."""
    due = now.astimezone(ZONE).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while not FIRST_HOUR <= due.hour <= LAST_HOUR:
        due += timedelta(hours=1)
    await queue.plan(session, "forms.offer", f"forms.offer:{due:%Y%m%d%H}", due)
