"""Doing an action: where its role is checked, a refusal is put into words, and an open form is
taken up again. Commands, buttons and sentences all come through here."""

from __future__ import annotations

from telegram import Update

from conversations import form
from conversations.actions import Action, repertoire
from conversations.attempts import attempt, say_refused
from pipeline.turn import Callback, OldButton, Turn


def entering(action: Action) -> Callback:
    """The action as the callback of a command."""

    async def run(update: Update, turn: Turn) -> None:
        await perform(update, turn, action)

    return run


async def press(update: Update, turn: Turn) -> None:
    """A button was pressed, on whatever message and however old."""
    query = update.callback_query
    await press_data(update, turn, (query and query.data) or "")


async def press_data(update: Update, turn: Turn, data: str) -> None:
    try:
        action, turn.button = repertoire(turn).for_data(data)
    except OldButton as refused:
        return say_refused(turn, "menu", refused)
    await perform(update, turn, action)
    return None


async def perform(update: Update, turn: Turn, action: Action) -> None:
    """Do it if the role may; say why not otherwise; then go back to the form that was open."""
    open_form, done = turn.filling, False
    if turn.person.role not in action.roles:
        turn.reply("menu/not_for_you", role=turn.person.role)
    else:
        done = await attempt(turn, action.topic, lambda: action.do(update, turn))
    its_own = done and action.topic == "forms"
    if open_form is not None and turn.filling == open_form and not (turn.asked or its_own):
        await form.ask(turn, resumed=True)
