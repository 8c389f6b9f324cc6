"""联系不上的人: who is to be called; and 欢迎回来 for those who write again."""

from __future__ import annotations

from telegram import Update

from pipeline.turn import Callback, Turn
from services import absence, desk, linking


def welcoming(callback: Callback) -> Callback:
    """The callback, and for whoever was away what they missed: not everybody comes back with
    /start."""

    async def run(update: Update, turn: Turn) -> None:
        await callback(update, turn)
        if turn.was_away:
            await come_back(turn)

    return run


async def come_back(turn: Turn) -> bool:
    """Tell somebody who was away what they missed. False: they were not away."""
    missed = await absence.come_back(turn.session, turn.person.id, turn.chat_id, turn.now)
    if missed is None:
        return False
    turn.reply("people/welcome_back", missed=missed, firm=turn.person.firm)
    return True


async def lost(update: Update, turn: Turn) -> None:
    """Whom no message reaches: to call, with the number masked until it is asked for."""
    people = await absence.lost_ones(turn.session)
    turn.reply("absence/list", people=[(one, desk.masked(one.phone or "")) for one in people])


async def reveal(update: Update, turn: Turn) -> None:
    """The whole number; that it was looked at is written down."""
    number = turn.button.number(0)
    one = await absence.reveal(turn.session, number, turn.person.id, turn.now)
    turn.reply("absence/phone", one=one)


async def relink(update: Update, turn: Turn) -> None:
    """A code to tell somebody with a new phone or account; using it cuts the old chats off."""
    code = await linking.relink(turn.session, turn.button.number(0), turn.person.id, turn.now)
    turn.reply("absence/relink", code=code, until=turn.now + linking.VALID)
