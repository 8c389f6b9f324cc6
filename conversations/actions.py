"""What a person can do here: each act once, with all its entrances.

A button carries an action's name, a command and a sentence lead to the same callback. So there is
one place where a role is checked, a refusal is put into words and an open form is taken up again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from pipeline import words
from pipeline.turn import Button, Callback, OldButton, Turn

ENTERPRISE, ORGANIZER, STAFF, UNIVERSITY = "ent", "org", "staff", "uni"
EVERYBODY = frozenset({ENTERPRISE, ORGANIZER, STAFF, UNIVERSITY})
FIRMS = frozenset({ENTERPRISE})
UNIVERSITIES = frozenset({UNIVERSITY})
ORGANIZERS = frozenset({ORGANIZER})
DESK = frozenset({STAFF, ORGANIZER})


@dataclass(frozen=True)
class Action:
    """`name` is topic.verb; its refusals are the templates <topic>/refused/<code>. What is done
    `in_groups` shows nothing personal and leaves no trace."""

    name: str
    do: Callback
    intents: tuple[str, ...] = ()
    command: str = ""
    roles: frozenset[str] = EVERYBODY
    in_groups: bool = False

    @property
    def topic(self) -> str:
        return self.name.partition(".")[0]


class Repertoire:
    """All actions and forms, found by whatever leads to them."""

    def __init__(self, actions: Iterable[Action], forms: Iterable[Any]) -> None:
        self.actions = {action.name: action for action in actions}
        self.forms = {form.name: form for form in forms}
        self._by_intent = {
            intent: action for action in self.actions.values() for intent in action.intents
        }

    def for_intent(self, intent: str) -> Action | None:
        return self._by_intent.get(intent)

    def for_command(self, word: str) -> Action | None:
        found = (action for action in self.actions.values() if action.command == word.lower())
        return next(found, None) if word else None

    def commands(self, role: str) -> list[tuple[str, str]]:
        """What this role may say with a slash, each with what it does."""
        said = words.word("menu/commands", "descriptions")
        return [
            (action.command, said[action.command])
            for action in self.actions.values()
            if action.command and role in action.roles
        ]

    def for_data(self, data: str) -> tuple[Action, Button]:
        """The action and arguments in a button's data; OldButton if there is no such action."""
        name, *args = words.act(data).split(":")
        if name not in self.actions:
            raise OldButton
        return self.actions[name], Button(args)


def repertoire(turn: Turn) -> Repertoire:
    return cast(Repertoire, turn.bot_data["repertoire"])
