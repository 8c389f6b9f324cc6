"""The needs that no patent answers, as orders for universities."""

from __future__ import annotations

from telegram import Update

from pipeline.turn import OldButton, Turn
from services import order_book

PAGE = 5


async def listed(update: Update, turn: Turn) -> None:
    """Five orders, those that most firms want first."""
    page = turn.button.number(0) if turn.button else 0
    orders = await order_book.orders(turn.session)
    turn.reply(
        "needs/orders", orders=orders[page * PAGE : (page + 1) * PAGE], page=page,
        total=len(orders), more=len(orders) > (page + 1) * PAGE,
    )  # fmt: skip


async def show(update: Update, turn: Turn) -> None:
    """One order: what each firm says; nobody is named who does not want to be."""
    order = await order_book.order_of(turn.session, turn.button.number(0))
    if order is None:
        raise OldButton
    turn.reply("needs/order", order=order, role=turn.person.role)
