"""Inviting a firm that was imported, and coming in by its code."""

from __future__ import annotations

from telegram import Update

from conversations import form
from conversations.steps import Answers
from handlers import absence, menu, people, profile
from pipeline.turn import Turn
from services import claims


async def start(update: Update, turn: Turn) -> None:
    """/start, perhaps with the code of a firm behind it, or with what the menu knows."""
    code = turn.args[0] if turn.args else ""
    back = await absence.come_back(turn)
    opened = await claims.opened(turn.session, code, turn.now) if code else None
    if opened is not None:
        await people.come_in(turn, code, opened.firm.name if opened.firm else opened.park)
    elif code or not back:
        await menu.start(update, turn)


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
    link = profile.link(turn, code)
    turn.reply("people/claim_code", firm=firm.name, park=None, code=code, until=until, link=link)


async def poster(update: Update, turn: Turn) -> None:
    """园区海报: one code for everybody of a park, for as many as read it."""
    park = turn.button.word(0)
    if not park:
        await form.begin(turn, "people/poster")
        return
    await _poster(turn, park)


async def postered(turn: Turn, answers: Answers) -> None:
    await _poster(turn, answers["park"])


async def _poster(turn: Turn, park: str) -> None:
    code = await claims.poster(turn.session, park, turn.person.id, turn.now)
    until = turn.now + claims.VALID
    link = profile.link(turn, code)
    turn.reply("people/claim_code", firm=None, park=park, code=code, until=until, link=link)
