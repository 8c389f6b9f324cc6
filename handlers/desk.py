"""Where a question goes that the bot cannot answer, and how the answer comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from telegram import Update

from conversations import enclosures, form
from conversations.reading import Unfit, read_number
from conversations.steps import Answers
from pipeline import words
from pipeline.turn import Turn
from services import desk, files, policy, working_time

QUESTION = "question"  # the form that asks what it is about
ASKED = "asked"  # why there is a ticket: somebody wants a human


async def ask(update: Update, turn: Turn) -> None:
    """To a human: with the question that was asked just now, or about the form that is open, or
    asking for it."""
    question = await desk.text_of(turn.session, turn.came_from.update, turn.now)
    if question is None and turn.filling is not None and turn.filling.form != QUESTION:
        question = _stuck(turn)
    if question is None:
        await form.begin(turn, QUESTION)
    else:
        await open_ticket(turn, question, ASKED)


def _stuck(turn: Turn) -> str:
    """Where in which form the person wants help."""
    declared, filling = form.opened(turn)
    label = None if filling.step == form.REVIEW else declared.label(filling.step)
    return words.plain(words.render("desk/stuck", title=declared.title, label=label).text)


async def open_ticket(
    turn: Turn,
    question: str,
    reason: str,
    *,
    clause_id: int | None = None,
    department: str | None = None,
    enclosed: Sequence[int] = (),
) -> None:
    """One ticket, told to the person with a date and to everybody at the desk."""
    ticket = await desk.ask(
        turn.session, turn.person.id, question, reason, turn.now,
        clause_id=clause_id, department=department,
    )  # fmt: skip
    about = f"ticket:{ticket.id}"
    await files.belong(turn.session, enclosed, about)
    turn.reply("desk/opened", ticket=ticket, open=working_time.is_open(turn.now))
    card = await _card(turn, ticket.id)
    for staff in await desk.staff_ids(turn.session):
        await turn.notify(
            staff, "desk/ticket_card", key=f"ticket:{ticket.id}:{staff}",
            about=about, **card,
        )  # fmt: skip
        await enclosures.pass_on(turn.work, staff, about)
    if reason == ASKED and turn.hand_over():
        turn.reply("desk/handed_over")


async def _card(turn: Turn, ticket_id: int) -> dict[str, Any]:
    ticket = await desk.get(turn.session, ticket_id)
    return {
        "ticket": ticket,
        "firm": await desk.firm_card(turn.session, ticket.person_id),
        "clause": await policy.cited(turn.session, ticket.clause_id),
        "lines": await desk.transcript(turn.session, ticket.person_id, limit=6),
    }


async def asked(turn: Turn, answers: Answers) -> None:
    await open_ticket(turn, answers["question"], ASKED, enclosed=enclosures.ids(answers))


async def answered(turn: Turn, answers: Answers) -> None:
    await give_answer(turn, answers["ticket"], answers["text"], enclosures.ids(answers))


async def waiting(update: Update, turn: Turn) -> None:
    turn.reply("desk/list", tickets=await desk.waiting(turn.session), now=turn.now)


async def show(update: Update, turn: Turn) -> None:
    turn.screen = "ticket"
    card = await _card(turn, turn.button.number(0))
    turn.reply("desk/ticket_card", **card)
    await enclosures.show(turn, f"ticket:{card['ticket'].id}")


async def reply(update: Update, turn: Turn) -> None:
    """Answer a ticket: in one go where the sentence said everything, else asking for the words."""
    try:
        number = int(read_number(turn.slots.get("number") or turn.button.word(0)))
    except Unfit:
        await waiting(update, turn)
        return
    ticket = await desk.unanswered(turn.session, number)
    if said := turn.slots.get("text") if "number" in turn.slots else None:
        await give_answer(turn, ticket.id, said)
    else:
        await form.begin(turn, "reply", ticket=ticket.id)


async def give_answer(turn: Turn, ticket_id: int, text: str, enclosed: Sequence[int] = ()) -> None:
    """The first answer counts; it reaches the person where they were heard last."""
    ticket = await desk.answer(turn.session, turn.person.id, ticket_id, text, turn.now)
    reached = await turn.notify(
        ticket.person_id, "desk/answer", key=f"answer:{ticket.id}", about=f"ticket:{ticket.id}",
        ticket=ticket,
    )  # fmt: skip
    await files.belong(turn.session, enclosed, f"answer:{ticket.id}")
    await enclosures.pass_on(turn.work, ticket.person_id, f"answer:{ticket.id}")
    turn.reply("desk/answered", ticket=ticket, reached=reached)
