"""/start: the one place that decides what the word behind it is."""

from __future__ import annotations

from telegram import Update

from conversations import links
from conversations.acting import perform
from conversations.actions import repertoire
from handlers import absence, linking, menu, people
from pipeline.turn import Button, Turn
from services import claims, door_codes, door_staff, invitations


async def start(update: Update, turn: Turn) -> None:
    """/start, perhaps with what a link opens behind it: an event or a patent, a firm's or a
    park's code, an invitation, a code from another chat. Who was away hears what they missed."""
    payload = turn.args[0] if turn.args else ""
    back = await absence.come_back(turn)
    if payload:
        await _open(update, turn, payload)
    elif not back:
        await menu.show(update, turn)


async def _open(update: Update, turn: Turn, payload: str) -> None:
    for opens in (_thing, _door, _other_chat, _firm, _role):
        if await opens(update, turn, payload):
            return
    turn.reply("menu/code_unknown")
    await menu.show(update, turn)


async def _thing(update: Update, turn: Turn, payload: str) -> bool:
    opens = links.opened_by(payload)
    if opens is None:
        return False
    name, turn.button = opens
    await perform(update, turn, repertoire(turn).actions[name])
    return True


async def _door(update: Update, turn: Turn, payload: str) -> bool:
    """A ticket that was scanned, or a steward's code."""
    scanned = door_codes.found(payload) is not None
    if not scanned and not door_staff.is_code(payload):
        return False
    turn.button = Button([payload])
    await perform(update, turn, repertoire(turn).actions["door.scan" if scanned else "door.join"])
    return True


async def _other_chat(update: Update, turn: Turn, payload: str) -> bool:
    if not links.is_link_code(payload):
        return False
    await linking.enter(update, turn)
    return True


async def _firm(update: Update, turn: Turn, payload: str) -> bool:
    opened = await claims.opened(turn.session, payload, turn.now)
    if opened is None:
        return False
    await people.come_in(turn, payload, opened.firm.name if opened.firm else opened.park)
    return True


async def _role(update: Update, turn: Turn, payload: str) -> bool:
    role = await invitations.bind(turn.session, turn.person.id, payload, turn.now)
    if role is None:
        return False
    turn.reply("menu/welcome_role", role=role)
    await linking.show_commands(turn, turn.person.id)
    return True
