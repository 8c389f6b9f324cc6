"""What a person can do here: each act once, with all its entrances.

A button carries an action's name, a command and a sentence lead to the same callback. So there is
one place where a role is checked, a refusal is put into words and an open form is taken up again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from telegram import Update

from errors import Refused
from pipeline import words
from pipeline.turn import Button, Callback, OldButton, Turn

if TYPE_CHECKING:
    from conversations.form import Form

ENTERPRISE, ORGANIZER, STAFF = "ent", "org", "staff"
EVERYBODY = frozenset({ENTERPRISE, ORGANIZER, STAFF})
ORGANIZERS = frozenset({ORGANIZER})
DESK = frozenset({STAFF, ORGANIZER})


@dataclass(frozen=True)
class Action:
    """`name` is topic.verb; its refusals are the templates <topic>/refused/<code>."""

    name: str
    do: Callback
    intents: tuple[str, ...] = ()
    command: str = ""
    roles: frozenset[str] = EVERYBODY

    @property
    def topic(self) -> str:
        return self.name.partition(".")[0]


class Repertoire:
    """All actions and forms, found by whatever leads to them."""

    def __init__(self, actions: Iterable[Action], forms: Iterable[Form]) -> None:
        self.actions = {action.name: action for action in actions}
        self.forms = {form.name: form for form in forms}
        self._by_intent = {
            intent: action for action in self.actions.values() for intent in action.intents
        }

    def for_intent(self, intent: str) -> Action | None:
        return self._by_intent.get(intent)

    def for_data(self, data: str) -> tuple[Action, Button]:
        """The action and arguments in a button's data; OldButton if there is no such action."""
        name, *args = data.removeprefix(words.WAY).split(":")
        if name not in self.actions:
            raise OldButton
        return self.actions[name], Button(args)


def repertoire(turn: Turn) -> Repertoire:
    return cast(Repertoire, turn.bot_data["repertoire"])


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
        await _resume(turn)


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


async def _resume(turn: Turn) -> None:
    from conversations import form

    await form.ask(turn, resumed=True)
