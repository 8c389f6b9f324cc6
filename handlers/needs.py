"""An enterprise's technology needs."""

from __future__ import annotations

from typing import Any

from telegram import Update

from conversations import form, reading
from conversations.steps import Answers
from handlers import patents
from pipeline.turn import Turn
from services import industries, needs


async def post(update: Update, turn: Turn) -> None:
    """Open the form, with what the sentence already said."""
    if turn.person.enterprise_id is None:
        raise needs.NotRegistered
    await form.begin(turn, "need", **_said(turn))


def _said(turn: Turn) -> dict[str, Any]:
    """Answers in place: the problem, and a budget or a date that can be read."""
    answers: dict[str, Any] = {}
    if problem := turn.slots.get("problem"):
        answers["problem"] = problem
    for slot, step in (("budget", "budget"), ("deadline", "wanted_by")):
        if said := turn.slots.get(slot):
            try:
                answers[step] = form.read_as(turn, "need", step, said)
            except reading.Unfit:
                continue
    return answers


async def posted(turn: Turn, answers: Answers) -> None:
    """Posted, and matched at once: nobody waits in silence."""
    low, high = answers["budget"] or (None, None)
    segment = await industries.guess(turn.session, patents.index(turn), answers["problem"])
    need = await needs.post(
        turn.session,
        turn.person,
        needs.NeedAnswers(
            problem=answers["problem"],
            target=answers["target"],
            budget_low=low,
            budget_high=high,
            wanted_by=answers["wanted_by"],
            modes=answers["modes"],
            segment_id=segment.id if segment else None,
        ),
        turn.now,
    )
    turn.reply("needs/posted", need=need)
    await patents.show_matches(turn, need.id)


async def mine(update: Update, turn: Turn) -> None:
    if turn.person.enterprise_id is None:
        raise needs.NotRegistered
    turn.reply(
        "needs/list", needs=await needs.of_enterprise(turn.session, turn.person.enterprise_id)
    )


async def show(update: Update, turn: Turn) -> None:
    need = await needs.get_for(turn.session, turn.person, turn.button.number(0))
    turn.reply("needs/show", need=need)


async def matches(update: Update, turn: Turn) -> None:
    await patents.show_matches(turn, turn.button.number(0))
