"""Whether a message is meant for the human at the other end, and not for us.

It is while somebody of the staff speaks with a person, from both sides, and when it replies to a
message about a ticket. What leads out of the talk is never passed on.
"""

from __future__ import annotations

from telegram import Message

from conversations import ways
from conversations.actions import DESK
from conversations.reading import tidy
from pipeline import words
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
    if turn.person.role not in DESK or turn.filling is not None:
        return None
    ticket = speaking_of(turn)
    return None if ticket is not None and await _is_on_show(turn, text) else ticket


async def _is_on_show(turn: Turn, text: str) -> bool:
    """Whether these are the words of a button of the talk: where nothing can be tapped, 已解决 is
    typed."""
    shown = [button for row in await turn.shown_choices() for button in row]
    return ways.bare(text) in {
        ways.bare(button["text"])
        for button in shown
        if words.act(button["callback_data"]).startswith("desk.")
    }


def speaking_of(turn: Turn) -> int | None:
    """The ticket about which whoever is at the desk speaks here."""
    kind, _, number = (turn.screen or "").partition(":")
    return int(number) if kind == SCREEN and number.isdecimal() else None
