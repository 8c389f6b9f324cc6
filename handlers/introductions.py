"""A university offers to help with a need; the firm is asked; each hears who the other is."""

from __future__ import annotations

from typing import Literal

from telegram import Update

from pipeline.turn import OldButton, Turn
from services import introductions, needs, order_book


async def offer(update: Update, turn: Turn) -> None:
    """我们能做: what that means, before anybody is asked."""
    order = await order_book.order_of(turn.session, turn.button.number(0))
    if order is None:
        raise OldButton
    wanted = next(one.need for one in order.needs if one.need.id == turn.button.number(0))
    turn.reply("introductions/offer", need=wanted)


async def ask(update: Update, turn: Turn) -> None:
    """Ask the firm, whoever it is; the university has agreed by this."""
    asked, new = await introductions.ask(
        turn.session, turn.person.id, turn.button.number(0), turn.now
    )
    turn.reply("introductions/asked", introduction=asked, new=new)
    if new:
        need = await needs.get(turn.session, asked.need_id)
        for person in await needs.watchers(turn.session, need):
            await turn.notify(
                person, "introductions/question", key=f"introduction:{asked.id}:{person}",
                about=f"need:{need.id}", need=need, introduction=asked,
            )  # fmt: skip


async def agree(update: Update, turn: Turn) -> None:
    """Both have agreed: each gets the other's name and number."""
    await _decide(turn, "agreed")


async def decline(update: Update, turn: Turn) -> None:
    """The university hears that it is no, and never from whom."""
    await _decide(turn, "declined")


async def _decide(turn: Turn, answer: Literal["agreed", "declined"]) -> None:
    asked = await introductions.decide(
        turn.session, turn.person, turn.button.number(0), answer, turn.now
    )
    met = await introductions.meeting(turn.session, asked)
    key = f"introduction:{asked.id}:{answer}"
    if met is None:
        turn.reply("introductions/declined", university=asked.university)
        need = await needs.get(turn.session, asked.need_id)
        await turn.notify(asked.person_id, "introductions/no", key=key, need=need)
    else:
        turn.reply("introductions/met", need=met.need, other=met.university)
        await turn.notify(met.asker, "introductions/met", key=key, need=met.need, other=met.firm)
