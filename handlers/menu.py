"""Coming in, the menu, and what was not understood."""

from __future__ import annotations

from telegram import Update

from conversations.actions import ORGANIZER, STAFF, repertoire
from pipeline.turn import Turn
from services import gaps, invitations

MENUS = {ORGANIZER: "menu/organizer", STAFF: "menu/staff"}


async def start(update: Update, turn: Turn) -> None:
    """/start, perhaps with an invitation code behind it."""
    code = turn.args[0] if turn.args else None
    role = await invitations.bind(turn.session, turn.person.id, code, turn.now) if code else None
    if role is not None:
        turn.reply("menu/welcome_role", role=role)
        return
    if code:
        turn.reply("menu/code_unknown")
    await show(update, turn)


async def show(update: Update, turn: Turn) -> None:
    turn.screen = None
    if turn.person.role in MENUS:
        turn.reply(MENUS[turn.person.role])
    else:
        turn.reply("menu/enterprise", firm=turn.person.firm)


async def guess(update: Update, turn: Turn) -> None:
    """Not understood: the three likeliest wishes and a human. What was said is counted."""
    table = repertoire(turn)
    wishes = [
        action.name
        for intent in turn.slots.get("guesses", "").split()
        if (action := table.for_intent(intent)) and turn.person.role in action.roles
    ]
    await gaps.count(turn.session, turn.person.id, "unknown", turn.slots["text"], turn.now)
    turn.reply("menu/guesses", wishes=list(dict.fromkeys(wishes)))
