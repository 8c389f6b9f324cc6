"""The tiers of the library, for who promotes it."""

from __future__ import annotations

from telegram import Update

from handlers.patents import LIST
from pipeline.turn import Turn
from services import patents, tiers


async def show(update: Update, turn: Turn) -> None:
    """How many patents stand in each tier, and what is done for it."""
    turn.reply("tiers/counts", counts=await tiers.counts(turn.session, turn.now))


async def page(update: Update, turn: Turn) -> None:
    """Five patents of a tier."""
    tier = tiers.find(turn.button.word(0))
    number = turn.button.number(1)
    turn.screen = LIST
    shown = await patents.by_tier(turn.session, tier.code, number, turn.now)
    turn.reply("tiers/list", tier=tier, page=shown)


async def why(update: Update, turn: Turn) -> None:
    """Why a patent stands in its tier: every rule that was tried, with what it asks for."""
    patent = await patents.get(turn.session, turn.button.number(0))
    tried = await tiers.why(turn.session, patent.id, turn.now)
    turn.reply("tiers/why", patent=patent, tried=tried)
