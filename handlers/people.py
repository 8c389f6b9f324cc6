"""Registering, with consent first; 我的资料; leaving a firm."""

from __future__ import annotations

from functools import wraps
from typing import Any

from telegram import Update

from conversations import form, profile
from conversations.actions import ENTERPRISE, ORGANIZER
from conversations.steps import Answers
from handlers import approvals
from pipeline.turn import Callback, Filling, OldButton, Turn, as_speaker
from services import admissions, claims, enterprises, leaving, memberships, people


def members(callback: Callback) -> Callback:
    """An act for the firm: somebody who waits to be let in is told for whom they wait, and nobody
    acts on a consent to an older text."""

    @wraps(callback)
    async def run(update: Update, turn: Turn) -> None:
        if turn.person.enterprise_id is None:
            await memberships.check_not_waiting(turn.session, turn.person.id)
        elif turn.person.role == ENTERPRISE:
            people.check_consent(turn.person.consent)
        await callback(update, turn)

    return run


async def register(update: Update, turn: Turn) -> None:
    await come_in(turn)


async def come_in(turn: Turn, claim: str = "", invited: str | None = None) -> None:
    """Registration, with the firm known where a `claim` code names it."""
    if turn.person.enterprise_id is not None:
        turn.reply("people/already", firm=turn.person.firm)
    elif await memberships.waiting(turn.session, turn.person.id):
        await waiting(turn)
    elif turn.person.consent != people.CONSENT:
        turn.reply("people/consent", version=people.CONSENT, claim=claim, invited=invited)
    else:
        await form.begin(turn, "register", **({"claim": claim} if claim else {}))


async def consent(update: Update, turn: Turn) -> None:
    await people.agree(turn.session, turn.person.id, turn.now)
    if turn.person.enterprise_id is None and turn.person.role == ENTERPRISE:
        turn.person = as_speaker(turn.person, consent=people.CONSENT)
        await come_in(turn, turn.button.word(0))
    else:
        turn.reply("people/consented")


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
        approve=await _to_approve(turn, answers),
    )
    if result.admission is None:
        turn.reply("register/done", firm=result.enterprise, created=result.created)
        return
    await waiting(turn)
    await approvals.announce(turn.work, await admissions.card(turn.session, result.admission.id))


async def _to_approve(turn: Turn, answers: Answers) -> bool:
    """As the setting says, but for the holder of a firm's code: there the telephone decides."""
    proof = None
    if code := answers.get("claim"):
        firm = await enterprises.known(turn.session, answers["uscc"], answers["name"])
        proof = await claims.proves(turn.session, code, firm, answers["phone"], turn.now)
    setting: bool = turn.bot_data["settings"].approve_enterprises
    return setting if proof is None else not proof


async def waiting(turn: Turn) -> None:
    """What the person waits for, and until when."""
    found = await memberships.waiting(turn.session, turn.person.id)
    if found is None:
        raise OldButton
    admission, firm = found
    turn.reply(
        "people/waiting", firm=firm, kind=admission.kind, asks=admission.asks, due=admission.due_at
    )


async def withdraw(update: Update, turn: Turn) -> None:
    await memberships.withdraw(turn.session, turn.person.id)
    turn.reply("people/withdrawn")


async def show_profile(update: Update, turn: Turn) -> None:
    found = await memberships.waiting(turn.session, turn.person.id)
    turn.reply(
        "people/profile",
        profile=await people.profile(turn.session, turn.person.id),
        waits=found[1] if found else None,
    )


async def edit(update: Update, turn: Turn) -> None:
    """Ask for one field anew. Of several choices those that stand are ticked."""
    field = turn.button.word(0)
    if field not in profile.FIELDS:
        raise OldButton
    people.check_consent(turn.person.consent)
    known: list[str] = []
    if field in profile.OF_FIRM:
        firm = await people.firm_of_admin(turn.session, turn.person.id)
        known = list(await people.industries(turn.session, firm.id)) if field != "city" else []
    if known and turn.filling is None:
        turn.filling = Filling(profile.form_of(field), field, {field: known})
        await form.ask(turn)
    else:
        await form.begin(turn, profile.form_of(field))


async def edited(turn: Turn, answers: Answers) -> None:
    """Old → new."""
    (field, value), *_ = answers.items()
    turn.reply("people/changed", field=field, change=await _change(turn, field, value))


async def _change(turn: Turn, field: str, value: Any) -> people.Change:
    session, person = turn.session, turn.person.id
    if field == "city":
        return await people.change_city(session, person, value, turn.now)
    if field == "industries":
        return await people.change_industries(session, person, value, turn.now)
    column = "name" if field == "contact" else field
    return await people.change(session, person, column, value, turn.now)


async def leave(update: Update, turn: Turn) -> None:
    """Say what becomes of everything before anything happens."""
    turn.reply("people/leave", plan=await leaving.plan(turn.session, turn.person.id, turn.now))


async def left(update: Update, turn: Turn) -> None:
    """Gone; whoever takes over hears of it, or the organizers where nobody is left."""
    done = await leaving.leave(turn.session, turn.person.id, turn.now)
    turn.reply("people/left", plan=done)
    heirs = [done.heir.id] if done.heir else await turn.work.people(ORGANIZER)
    for person in heirs:
        await turn.notify(person, "people/handed_over", plan=done, name=turn.person.name)
