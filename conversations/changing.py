"""A change of one field of what stands already: by a form that asks which and what instead, or at
once by a sentence that says all of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from conversations import form
from conversations.reading import Unfit
from conversations.steps import Answers
from pipeline.turn import Filling, Turn

ValueOf = Callable[[Turn, Answers, str], Awaitable[Any]]
"""Reads what was said as the value of the field that the answers name."""


async def afresh(turn: Turn, name: str, known: dict[str, Any]) -> None:
    """Ask what is open; what was half said of another change must not be taken for a part of
    this one."""
    if turn.filling is None or turn.filling.form == name:
        turn.filling = Filling(name, form.declared(turn, name).next(known), known)
        await form.ask(turn)
    else:
        await form.begin(turn, name, **known)


async def readable(turn: Turn, known: dict[str, Any], value_of: ValueOf) -> bool:
    """Whether the value can be read; one that cannot is asked for again, with the reason."""
    try:
        await value_of(turn, known, known["value"])
    except Unfit as unfit:
        turn.reply(f"unfit/{unfit.code}", **unfit.facts)
        del known["value"]
        return False
    return True
