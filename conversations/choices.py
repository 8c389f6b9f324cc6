"""Choices that several forms offer: cities, industries, and lists of words in labels."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.steps import Answers, Option, Options
from pipeline import words
from pipeline.turn import Turn
from services import industries as services


async def cities(turn: Turn, answers: Answers) -> Sequence[Option]:
    return [Option(name, name) for name in words.word("forms/choices", "cities")]


async def industries(turn: Turn, answers: Answers) -> Sequence[Option]:
    return [Option(node.code, node.name) for node in await services.tree(turn.session)]


def listed(form: str, step: str) -> Options:
    """The words that labels.html of the form lists under the step's name and "_options"."""

    async def options(turn: Turn, answers: Answers) -> Sequence[Option]:
        names = words.word(f"{form}/labels", f"{step}_options")
        return [Option(name, name) for name in names]

    return options


def paired(form: str, step: str) -> Options:
    """As `listed`, but each with a key of its own: what is kept is the key."""

    async def options(turn: Turn, answers: Answers) -> Sequence[Option]:
        return [Option(key, name) for key, name in words.word(f"{form}/labels", f"{step}_options")]

    return options
