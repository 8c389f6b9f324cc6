"""A person edits a message of their own: what that means for what it said.

The answer to a step of the open form is corrected, a question is answered anew, and of all else
the earlier one stands, which is said: what was done is not done again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from telegram import Message, Update

from conversations import form, telling
from conversations.acting import perform
from conversations.actions import repertoire
from conversations.intents import read_intent
from conversations.reading import Unfit, asks, tidy
from pipeline import words
from pipeline.turn import Button, Turn
from services import sayings, ticket_talk


async def hear(update: Update, turn: Turn) -> None:
    message = update.edited_message
    if message is None:
        return
    said = message.text or message.caption or ""
    earlier = await sayings.before(turn.session, turn.chat_id, message.message_id, turn.update_id)
    before = earlier.text if earlier else None
    if before == said:
        return  # a preview, a place on the map: nothing that was said
    if line := await ticket_talk.line_said_by(turn.session, earlier.updates if earlier else ()):
        turn.button = Button([str(line.id)])
        await perform(update, turn, repertoire(turn).actions["desk.edited"])
        return
    steps = form.answered_by(turn, message)
    if steps and tidy(said):
        await _correct(update, turn, message, steps, tidy(said))
    elif _is_question(turn, before) or _is_question(turn, said):
        await _answer_anew(update, turn, tidy(said))
    else:
        turn.reply("edits/stands" if before is not None else "edits/unknown")


async def _correct(
    update: Update, turn: Turn, message: Message, steps: list[str], text: str
) -> None:
    """Old → new, and on with the question that is open."""
    declared, before = form.opened(turn)
    try:
        told = await _read(turn, steps, text)
    except Unfit as unfit:
        problem = words.markup(f"unfit/{unfit.code}", **unfit.facts)
        turn.reply("edits/unfit", label=declared.label(steps[0]), problem=problem)
        await form.ask(turn, resumed=True)
        return
    news = {name: value for name, value in told.items() if value != before.answers.get(name)}
    if news:
        await form.go_on(update, turn, await form.take(turn, news))
        form.remember(before, turn, message)


async def _read(turn: Turn, steps: list[str], text: str) -> dict[str, Any]:
    """What the text tells, read as if the step that it answered were the open one."""
    declared, filling = form.opened(turn)
    turn.filling = replace(filling, step=steps[0])
    told = await telling.told(turn, text)
    turn.filling = filling
    answers = dict(told.answers)
    left = [name for name in steps if name not in answers]
    rest = told.rest if answers else text
    if rest and len(left) == 1:
        answers[left[0]] = await form.read(turn, declared.step(left[0]), rest)
    return answers


def _is_question(turn: Turn, text: str | None) -> bool:
    if not text:
        return False
    return asks(text) or read_intent(text, turn.person.role, None).intent == "ask_policy"


async def _answer_anew(update: Update, turn: Turn, text: str) -> None:
    """What only shows something is shown again; nothing is done because of an edit."""
    wanted = read_intent(text, turn.person.role, None)
    action = repertoire(turn).for_intent(wanted.intent)
    shows = wanted.decision == "act" and action is not None and action.in_groups
    turn.said, turn.slots = text, dict(wanted.slots) if shows else {}
    table = repertoire(turn).actions
    await perform(update, turn, action if shows and action else table["policy.ask"])
