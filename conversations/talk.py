"""Whether a message is meant for the human at the other end, and not for us.

It is while somebody of the staff speaks with a person, from both sides, and when it replies to a
message about a ticket. What leads out of the talk is never passed on.
"""

from __future__ import annotations

from telegram import Message

from conversations import ways
from conversations.actions import DESK
from conversations.reading import tidy
from pipeline.turn import Turn
from services import ticket_talk

SCREEN = "talk"


async def meant(turn: Turn, message: Message) -> int | None:
    """The ticket that this message is said about to a human; None where it is said to us."""
    text = tidy(message.text or message.caption or "")
    if text and ways.out_of_talk(text) is not None:
        return None
    quoted = message.reply_to_message
    if quoted is not None:
        ticket = await ticket_talk.on_card(turn.session, turn.chat_id, quoted.message_id)
        if ticket is not None:
            return ticket
    if turn.talk is not None:
        return turn.talk
    return speaking_of(turn) if turn.person.role in DESK and turn.filling is None else None


def speaking_of(turn: Turn) -> int | None:
    """The ticket about which whoever is at the desk speaks here."""
    kind, _, number = (turn.screen or "").partition(":")
    return int(number) if kind == SCREEN and number.isdecimal() else None
