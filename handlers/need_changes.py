"""What a firm does with a need that is posted: change it, end it, want it for longer."""

from __future__ import annotations

from typing import Any, Literal

from telegram import Update

from conversations import changing, need, need_sentences
from conversations.steps import Answers
from conversations.understanding import chosen
from handlers import need_review
from pipeline.turn import OldButton, Turn
from services import need_changes, need_states, needs

CHANGE = "needs/change"


async def edit(update: Update, turn: Turn) -> None:
    """Change a need: at once where the sentence said all of it, else asking for what is open."""
    live = await needs.live(turn.session, turn.person.enterprise_id)
    if not live:
        turn.reply("needs/list", needs=[])
        return
    known: dict[str, Any] = dict(need_sentences.change(turn.said))
    if field := turn.button.word(1):
        known = {"field": field} if field in need_changes.FIELDS else {}
    if row := await _meant(turn, live):
        known["need"] = str(row.id)
    whole = len(known) == len(("need", "field", "value"))
    if whole and await changing.readable(turn, known, need.value_of):
        await changed(turn, known)
    else:
        await changing.afresh(turn, CHANGE, known)


async def _meant(turn: Turn, live: list[Any]) -> Any | None:
    """By a button, by its place on the list on the screen, the only one, or by its words."""
    if turn.button:
        return await needs.get_for(turn.session, turn.person, turn.button.number(0))
    if len(live) == 1:
        return live[0]
    if placed := await chosen(turn, "needs.show"):
        return await needs.get_for(turn.session, turn.person, placed.number(0))
    return needs.named(turn.said, live)


async def changed(turn: Turn, answers: Answers) -> None:
    """Old → new, and to the staff again where the words are new."""
    value = await need.value_of(turn, answers, answers["value"])
    done = await need_changes.change(
        turn.session, turn.person, int(answers["need"]), answers["field"], value, turn.now
    )
    turn.reply("needs/changed", change=done)
    if done.reviewed:
        await need_review.announce(turn, done.need.id)


async def end(update: Update, turn: Turn) -> None:
    """Take a need down: as solved, or as wanted no more; it can be taken up again."""
    live = await needs.live(turn.session, turn.person.enterprise_id)
    row = await _meant(turn, live)
    outcome = _outcome(turn)
    if row is None:
        turn.reply("needs/which" if live else "needs/list", needs=live, outcome=outcome)
    elif outcome is None:
        turn.reply("needs/how_ended", need=row)
    else:
        ended = await needs.end(turn.session, turn.person, row.id, outcome, turn.now)
        turn.reply("needs/ended", need=ended)


def _outcome(turn: Turn) -> Literal["solved", "closed"] | None:
    match turn.button.word(1):
        case "solved":
            return "solved"
        case "closed":
            return "closed"
        case "":
            return need_sentences.ending(turn.said)
    raise OldButton


async def renew(update: Update, turn: Turn) -> None:
    """Still wanted."""
    row = await needs.renew(turn.session, turn.person, turn.button.number(0), turn.now)
    turn.reply("needs/renewed", need=row)
    if row.state == need_states.REVIEW:
        await need_review.announce(turn, row.id)
