"""How this chat shows choices: as cards, or as numbered text where its reader sees no cards."""

from __future__ import annotations

from telegram import Update

from pipeline.turn import Turn


async def plain(update: Update, turn: Turn) -> None:
    """Numbered text instead of cards, in this chat from now on."""
    await turn.show_cards(False)
    turn.reply("channels/plain")


async def cards(update: Update, turn: Turn) -> None:
    """Cards and buttons again."""
    await turn.show_cards(True)
    turn.reply("channels/cards")
