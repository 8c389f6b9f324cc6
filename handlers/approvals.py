"""Who may come in: cards for a firm's admin and for organizers, and what became of them."""

from __future__ import annotations

from telegram import Update

from conversations import enclosures, form
from conversations.actions import ORGANIZER
from conversations.steps import Answers
from pipeline import words
from pipeline.turn import OldButton, Turn
from pipeline.work import Work
from services import admissions, desk, memberships


def about(admission: int) -> str:
    """What letters and files belong to."""
    return f"admission:{admission}"


async def announce(work: Work, card: admissions.Card) -> None:
    """Bring the card to whoever is asked; the same card once a person, anew after an answer. A
    photo of the licence is for organizers."""
    admission = card.admission
    if admission.asks == "admin":
        admin = await memberships.admin_of(work.session, card.firm.id)
        asked = [] if admin is None else [admin]
    else:
        asked = await work.people(ORGANIZER)
    organizer = admission.asks == "organizer"
    for person in asked:
        await work.notify(
            person,
            "approvals/card",
            key=f"admission:{admission.id}:{admission.asks}:{person}:{len(admission.answer or '')}",
            about=about(admission.id),
            card=card,
            phone=desk.masked(card.person.phone or ""),
            organizer=organizer,
        )
        if organizer:
            await enclosures.pass_on(work, person, about(admission.id))


async def waiting(update: Update, turn: Turn) -> None:
    turn.reply("approvals/list", admissions=await admissions.open_ones(turn.session))


async def show(update: Update, turn: Turn) -> None:
    card = await admissions.deciding(turn.session, turn.button.number(0), turn.person.id)
    turn.reply(
        "approvals/card",
        card=card,
        phone=desk.masked(card.person.phone or ""),
        organizer=turn.person.role == ORGANIZER,
    )


async def accept(update: Update, turn: Turn) -> None:
    await _decide(turn, accept=True)


async def reasons(update: Update, turn: Turn) -> None:
    card = await admissions.deciding(turn.session, turn.button.number(0), turn.person.id)
    turn.reply("approvals/reasons", card=card)


async def refuse(update: Update, turn: Turn) -> None:
    await _decide(turn, accept=False, reason=turn.button.word(1) or None)


async def _decide(turn: Turn, *, accept: bool, reason: str | None = None) -> None:
    """Decide, and tell everybody whom it concerns."""
    if reason is not None and reason not in dict(words.word("approvals/labels", "reasons")):
        raise OldButton
    decided = await admissions.decide(
        turn.session, turn.button.number(0), turn.person.id, turn.now, accept=accept, reason=reason
    )
    card = decided.card
    about = {"kind": card.admission.kind, "firm": card.firm.name}
    turn.reply("approvals/decided", decided=decided)
    if accept:
        await turn.notify(card.person.id, "approvals/accepted", **about)
    else:
        await turn.notify(
            card.person.id, "approvals/turned_down", reason=reason, seats=decided.seats, **about
        )
    if decided.rival not in (None, turn.person.id, card.person.id):
        await turn.notify(
            decided.rival, "approvals/told_admin", person=card.person.name, accepted=accept, **about
        )


async def ask(update: Update, turn: Turn) -> None:
    card = await admissions.deciding(turn.session, turn.button.number(0), turn.person.id)
    await form.begin(turn, "approvals/question", admission=card.admission.id)


async def asked(turn: Turn, answers: Answers) -> None:
    card = await admissions.question(
        turn.session, answers["admission"], turn.person.id, answers["text"]
    )
    turn.reply("approvals/question_sent", card=card)
    await turn.notify(
        card.person.id,
        "approvals/asked",
        firm=card.firm.name,
        question=card.admission.question,
        admission=card.admission.id,
    )


async def answer(update: Update, turn: Turn) -> None:
    await form.begin(turn, "approvals/answer", admission=turn.button.number(0))


async def answered(turn: Turn, answers: Answers) -> None:
    card = await admissions.answer(
        turn.session, answers["admission"], turn.person.id, answers["text"]
    )
    turn.reply("approvals/answer_sent", firm=card.firm.name)
    await announce(turn.work, card)


async def claim(update: Update, turn: Turn) -> None:
    """我是管理员: at once where the firm has none, else for an organizer to settle."""
    admission = await memberships.claim_admin(turn.session, turn.person.id, turn.now)
    turn.reply("approvals/claimed", pending=admission is not None, firm=turn.person.firm)
    if admission is not None:
        await announce(turn.work, await admissions.card(turn.session, admission.id))


async def escalate(work: Work, admission: int) -> None:
    """Two working days have passed: the organizers get it, and the applicant hears so."""
    card = await admissions.escalate(work.session, admission, work.now)
    if card is None:
        return
    await announce(work, card)
    await work.notify(
        card.person.id,
        "people/waiting",
        key=f"admission:{admission}:passed_on",
        firm=card.firm.name,
        kind=card.admission.kind,
        asks=card.admission.asks,
        due=card.admission.due_at,
    )
