"""Inviting a firm that was imported, and coming in by its code."""

from __future__ import annotations

from telegram import Update

from conversations import form
from conversations.steps import Answers
from handlers import menu, people
from pipeline.turn import Turn
from services import claims


async def start(update: Update, turn: Turn) -> None:
    """/start, perhaps with the code of a firm behind it, or with what the menu knows."""
    code = turn.args[0] if turn.args else ""
    firm = await claims.open_firm(turn.session, code, turn.now) if code else None
    if firm is None:
        await menu.start(update, turn)
    else:
        await people.come_in(turn, code, firm.name)


async def invite(update: Update, turn: Turn) -> None:
    """邀请企业: by a name that was said, else asking for it."""
    name = turn.button.word(0)
    if name:
        await _named(turn, name)
    else:
        await form.begin(turn, "people/invite")


async def invited(turn: Turn, answers: Answers) -> None:
    await _named(turn, answers["firm"])


async def _named(turn: Turn, name: str) -> None:
    found = await claims.candidates(turn.session, name)
    if len(found) == 1:
        await _make(turn, found[0].id)
    else:
        turn.reply("people/which_firm", firms=found, name=name)


async def make(update: Update, turn: Turn) -> None:
    """The firm was chosen among those of a similar name: its code."""
    await _make(turn, turn.button.number(0))


async def _make(turn: Turn, enterprise_id: int) -> None:
    firm, code = await claims.invite(turn.session, enterprise_id, turn.person.id, turn.now)
    until = turn.now + claims.VALID
    link = turn.link(code)
    turn.reply("people/claim_code", firm=firm.name, code=code, until=until, link=link)
