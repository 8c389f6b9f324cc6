"""Who helps at the door of an event: invited by a code, and let go."""

from __future__ import annotations

from telegram import Update

from pipeline.turn import Turn
from services import door_staff, events


async def listed(update: Update, turn: Turn) -> None:
    """Who helps at this door."""
    event_id = turn.button.number(0)
    await door_staff.check_organizer(turn.session, turn.person, event_id)
    await _list(turn, event_id)


async def _list(turn: Turn, event_id: int) -> None:
    there = await door_staff.stewards(turn.session, event_id)
    event = await events.get(turn.session, event_id)
    turn.reply("door/stewards", event=event, stewards=there)


async def invite(update: Update, turn: Turn) -> None:
    """A code, valid once, for somebody who is to help."""
    event, code = await door_staff.invite_steward(
        turn.session, turn.person, turn.button.number(0), turn.now
    )
    turn.reply("door/steward_code", event=event, code=code, link=turn.link(code))


async def dismiss(update: Update, turn: Turn) -> None:
    """Somebody helps no more."""
    event_id, steward = turn.button.number(0), turn.button.number(1)
    await door_staff.dismiss(turn.session, turn.person, event_id, steward, turn.now)
    await _list(turn, event_id)


async def join(update: Update, turn: Turn) -> None:
    """Somebody brings a code and hears what they may do from now on."""
    event = await door_staff.join(turn.session, turn.person, turn.button.word(0), turn.now)
    turn.reply("door/steward_joined", event=event)
