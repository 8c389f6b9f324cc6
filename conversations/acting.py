"""Doing an action: where its role is checked, a refusal is put into words, and an open form is
taken up again. Commands, buttons and sentences all come through here."""

from __future__ import annotations

from telegram import Update

from conversations import form
from conversations.actions import Action, repertoire
from errors import Refused
from pipeline import words
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
        done = await _do(update, turn, action)
    its_own = done and action.topic == "forms"
    if open_form is not None and turn.filling == open_form and not (turn.asked or its_own):
        await form.ask(turn, resumed=True)


async def _do(update: Update, turn: Turn, action: Action) -> bool:
    """What a refused act had already changed is undone, and only the refusal remains."""
    letters, before = len(turn.work.letters), (turn.filling, turn.screen)
    try:
        async with turn.work.connection.begin_nested():
            await action.do(update, turn)
            await turn.work.flush()
    except Refused as refused:
        del turn.work.letters[letters:]
        turn.work.forget()
        turn.filling, turn.screen = before
        say_refused(turn, action.topic, refused)
        return False
    return True


def say_refused(turn: Turn, topic: str, refused: Refused) -> None:
    own = f"{topic}/refused/{refused.code}"
    turn.reply(own if words.exists(own) else f"refused/{refused.code}", **refused.facts)
