"""Trying what may be refused: what it had changed is undone, and only the refusal remains."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from errors import Refused
from pipeline import words
from pipeline.turn import Turn


async def attempt(turn: Turn, topic: str, do: Callable[[], Awaitable[None]]) -> bool:
    """Do it; False where it was refused, which is said in words."""
    letters, before = len(turn.work.letters), (turn.filling, turn.screen)
    try:
        async with turn.work.connection.begin_nested():
            await do()
            await turn.work.flush()
    except Refused as refused:
        del turn.work.letters[letters:]
        turn.work.forget()
        turn.filling, turn.screen = before
        say_refused(turn, topic, refused)
        return False
    return True


def say_refused(turn: Turn, topic: str, refused: Refused) -> None:
    own = f"{topic}/refused/{refused.code}"
    turn.reply(own if words.exists(own) else f"refused/{refused.code}", **refused.facts)
