"""/start: the one place that decides what the word behind it is."""

from __future__ import annotations

from telegram import Update

from conversations import links
from conversations.acting import perform
from conversations.actions import repertoire
from handlers import claims
from pipeline.turn import Turn


async def start(update: Update, turn: Turn) -> None:
    """/start, perhaps with what a link opens behind it, a firm's code or an invitation."""
    opens = links.opened_by(turn.args[0]) if turn.args else None
    if opens is None:
        await claims.start(update, turn)
        return
    name, turn.button = opens
    await perform(update, turn, repertoire(turn).actions[name])
