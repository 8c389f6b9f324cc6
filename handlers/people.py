"""Registering an enterprise, with consent first."""

from __future__ import annotations

from telegram import Update

from conversations import form
from conversations.steps import Answers
from pipeline.turn import Turn
from services import enterprises, people


async def register(update: Update, turn: Turn) -> None:
    if turn.person.enterprise_id is not None:
        turn.reply("people/already", firm=turn.person.firm)
    elif turn.person.consent != people.CONSENT:
        turn.reply("people/consent", version=people.CONSENT)
    else:
        await form.begin(turn, "register")


async def consent(update: Update, turn: Turn) -> None:
    await people.agree(turn.session, turn.person.id)
    await form.begin(turn, "register")


async def registered(turn: Turn, answers: Answers) -> None:
    result = await enterprises.register(
        turn.session,
        turn.person.id,
        enterprises.EnterpriseAnswers(
            uscc=answers["uscc"],
            name=answers["name"],
            contact=answers["contact"],
            phone=answers["phone"],
            city=answers["city"],
            industries=answers["industries"],
            consent=people.CONSENT,
        ),
        turn.now,
    )
    turn.reply("register/done", firm=result.enterprise, created=result.created)


async def profile(update: Update, turn: Turn) -> None:
    turn.reply("people/profile", person=turn.person)
