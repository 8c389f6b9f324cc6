"""Registering, with consent first; leaving a firm."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from telegram import Update

from conversations import enclosures, form
from conversations import register as registering
from conversations.actions import ENTERPRISE, ORGANIZER
from conversations.steps import Answers
from handlers import approvals
from pipeline.turn import Callback, OldButton, Turn, as_speaker
from services import admissions, claims, drafts, enterprises, leaving, memberships, people

if TYPE_CHECKING:
    from db.models import Enterprise


def members(callback: Callback) -> Callback:
    """An act for the firm: somebody who waits to be let in is told for whom they wait, and nobody
    acts on a consent to an older text."""

    @wraps(callback)
    async def run(update: Update, turn: Turn) -> None:
        if turn.person.enterprise_id is None:
            await memberships.check_not_waiting(turn.session, turn.person.id)
        await agreed(callback)(update, turn)

    return run


def agreed(callback: Callback) -> Callback:
    """An act for the firm that is open to whoever founded it, while it is under approval."""

    @wraps(callback)
    async def run(update: Update, turn: Turn) -> None:
        if turn.person.enterprise_id is None:
            found = await memberships.waiting(turn.session, turn.person.id)
            if found is not None and found[0].kind != "found":
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
    firm = await registering.firm_of(turn, answers)
    code = await registering.opened(turn, answers)
    result = await enterprises.register(
        turn.session,
        turn.person.id,
        enterprises.EnterpriseAnswers(
            uscc=answers["uscc"],
            name=answers["name"],
            firm=firm.id if firm else None,
            park=code.park if code else None,
            contact=answers["contact"],
            phone=answers["phone"],
            city=answers["city"],
            industries=answers["industries"],
            tags=answers["tags"] or [],
            consent=people.CONSENT,
        ),
        turn.now,
        approve=await _to_approve(turn, answers, firm),
    )
    if result.admission is None:
        left = await drafts.last(turn.session, turn.person.id, but="register")
        title = form.declared(turn, left).title if left else None
        turn.reply(
            "register/done", firm=result.enterprise, created=result.created, left=left, title=title
        )
        return
    await enclosures.keep(turn, answers, approvals.about(result.admission.id))
    await waiting(turn)
    await approvals.announce(turn.work, await admissions.card(turn.session, result.admission.id))


async def _to_approve(turn: Turn, answers: Answers, firm: Enterprise | None) -> bool:
    """As the setting says, and always without a code; but to the holder of a firm's or a park's
    poster the telephone decides."""
    proof = None
    if code := answers.get("claim"):
        proof = await claims.proves(turn.session, code, firm, answers["phone"], turn.now)
    setting: bool = turn.bot_data["settings"].approve_enterprises
    return (setting or answers["uscc"] is None) if proof is None else not proof


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
    if not await memberships.withdraw(turn.session, turn.person.id, turn.now):
        raise OldButton
    turn.reply("people/withdrawn")


async def leave(update: Update, turn: Turn) -> None:
    """Say what becomes of everything before anything happens."""
    turn.reply("people/leave", plan=await leaving.plan(turn.session, turn.person.id, turn.now))


async def left(update: Update, turn: Turn) -> None:
    """Gone; whoever takes over hears of it, or the organizers where nobody is left."""
    firm = turn.button.number(0)
    done = await leaving.leave(turn.session, turn.person.id, firm, turn.now)
    turn.reply("people/left", plan=done)
    await hand_over(turn, done, turn.person.name)


async def hand_over(turn: Turn, done: leaving.Leaving, name: str | None) -> None:
    """Tell whoever takes over, and bring them what lay with the one who left."""
    heirs = [done.heir.id] if done.heir else await turn.work.people(ORGANIZER)
    for person in heirs:
        await turn.notify(
            person, "people/handed_over", about=f"person:{turn.person.id}", plan=done, name=name
        )
    for request in done.requests:
        if done.heir is None:
            await approvals.escalate(turn.work, request)
        else:
            await approvals.announce(turn.work, await admissions.card(turn.session, request))
