"""A photo of a ticket, sent to the door: read apart, so that nobody waits for it."""

from __future__ import annotations

import asyncio

from telegram import Update

from conversations import door as at_door
from conversations import enclosures
from conversations.acting import perform
from conversations.actions import repertoire
from conversations.reading import Unfit
from errors import Refused
from pipeline import words
from pipeline.turn import OldButton, Speaker, Turn
from pipeline.work import Aside, Work
from services import door, door_pictures, files, queue


async def taken(update: Update, turn: Turn) -> bool:
    """Whether this is a picture for the door that is open here."""
    if update.message is None or at_door.picture(turn, update.message) is None:
        return False
    await perform(update, turn, repertoire(turn).actions["door.photo"])
    return True


async def photo(update: Update, turn: Turn) -> None:
    """A photo of a ticket: what is on it comes with the next message."""
    event_id, message = at_door.standing(turn), update.message
    kind = at_door.picture(turn, message) if message else None
    if event_id is None or message is None or kind is None:
        raise OldButton
    try:
        file = (await enclosures.kept(turn, kind, message))["file"]
    except Unfit as unfit:
        turn.reply(f"unfit/{unfit.code}", **unfit.facts)
        return
    await queue.plan(
        turn.session, "door.read", f"door:{event_id}:photo:{turn.update_id}", turn.now, file=file,
        event=event_id, chat=turn.chat_id, person=turn.person.id,
    )  # fmt: skip


async def reading(aside: Aside, file: int, event: int, chat: int, person: int) -> str | None:
    """Look for a code, holding no lock."""
    async with aside.reading() as session:
        found = await files.content(session, file)
    return await asyncio.to_thread(door_pictures.code_in, found[1]) if found else None


async def read(
    work: Work, prepared: str | None, file: int, event: int, chat: int, person: int
) -> None:
    """Let in whose ticket it was, or say why not."""
    if prepared is None:
        work.say(chat, "door/unread")
        return
    key = work.data["ticket_key"]
    try:
        entry = await door.scan(work.session, Speaker(person, ""), event, prepared, key, work.now)
    except Refused as refused:
        own = f"door/refused/{refused.code}"
        work.say(chat, own if words.exists(own) else f"refused/{refused.code}", **refused.facts)
    else:
        work.say(chat, "door/entry", entry=entry)
