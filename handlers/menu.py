"""The menu, and what was not understood."""

from __future__ import annotations

from telegram import Update

from conversations.actions import ORGANIZER, STAFF, UNIVERSITY, repertoire
from pipeline.turn import Turn
from services import desk, gaps, ticket_talk

SCREEN = "lost"
MENUS = {ORGANIZER: "menu/organizer", STAFF: "menu/staff", UNIVERSITY: "menu/university"}


async def show(update: Update, turn: Turn) -> None:
    turn.screen = None
    if turn.person.role in MENUS:
        turn.reply(MENUS[turn.person.role])
    else:
        turn.reply("menu/enterprise", firm=turn.person.firm)


async def guess(update: Update, turn: Turn) -> None:
    """Not understood: the three likeliest wishes and a human, in other words each time. What was
    said is counted under what it was nearest to."""
    table, guesses = repertoire(turn), turn.slots.get("guesses", "").split()
    misses = int(turn.came_from.detail) + 1 if turn.came_from.kind == SCREEN else 1
    wishes = [
        action.name
        for intent in guesses
        if (action := table.for_intent(intent)) and turn.person.role in action.roles
    ]
    topic = guesses[0] if guesses else "unknown"
    await gaps.count(turn.session, turn.person.id, topic, turn.said, turn.now)
    turn.passes(SCREEN, misses)
    waits = await ticket_talk.waits_for(turn.session, turn.person.id)
    turn.reply(
        "menu/guesses", wishes=list(dict.fromkeys(wishes)), misses=misses,
        ticket=waits if waits and desk.takes_more(waits, turn.now) else None,
    )  # fmt: skip
