"""Where a question goes that the bot cannot answer, and how the answer comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from telegram import Update

from conversations import enclosures, form
from conversations.actions import ORGANIZER
from conversations.reading import Unfit, read_number
from conversations.steps import Answers
from pipeline import words
from pipeline.turn import Turn
from pipeline.work import REMINDER, Work
from services import (
    desk,
    files,
    policy,
    policy_askers,
    queue,
    ticket_clock,
    ticket_likeness,
    ticket_routes,
    ticket_talk,
    working_time,
)
from services import gaps as unanswered
from services import ticket_states as states

if TYPE_CHECKING:
    from db.models import Ticket
    from pipeline.turn import Passing
    from services.policy_answers import Answer

QUESTION = "question"  # the form that asks what it is about
UNSOLVED = "unsolved"  # the one that asks what is still unclear
POLICY = "policy"  # the screen with an answer from the documents
LEFT_OPEN = "?"  # after the clause that it shows, where that is no answer
ASKED = "asked"  # why there is a ticket: somebody wants a human


async def ask(update: Update, turn: Turn) -> None:
    """To a human: with the question that was asked just now, or about the form that is open, or
    asking for it."""
    if turn.talk is not None:
        turn.reply("desk/in_talk", ticket=await states.get(turn.session, turn.talk))
        return
    question = await _question_before(turn)
    if question is None and turn.filling is not None and turn.filling.form != QUESTION:
        question = _stuck(turn)
    if question is None:
        await form.begin(turn, QUESTION)
    else:
        await open_ticket(turn, question, ASKED)


async def _question_before(turn: Turn) -> str | None:
    """What was asked just now, or the question whose answer is on the screen."""
    before = turn.came_from
    if typed := await desk.text_of(turn.session, before.update, turn.now):
        return typed
    clause = clause_shown(before)
    if clause is None:
        return None
    return await policy_askers.asked(turn.session, turn.person.id, clause, turn.now)


def shown(answer: Answer) -> str:
    """What its screen keeps of it."""
    clause = str(answer.citations[0].clause_id) if answer.citations else ""
    return clause if answer.status == "answered" else f"{clause}{LEFT_OPEN}"


def clause_shown(before: Passing) -> int | None:
    clause = before.detail.removesuffix(LEFT_OPEN) if before.kind == POLICY else ""
    return int(clause) if clause else None


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
    patent_id: int | None = None,
    department: str | None = None,
    enclosed: Sequence[int] = (),
) -> None:
    """One ticket, told to the person with a date and to whoever is responsible; what is asked while
    another one waits goes with that."""
    if department is None and reason != desk.ALONE:
        clause_id, department = await ticket_routes.guess(turn.session, question, turn.now)
    before = await desk.joined(
        turn.session, turn.person.id, question, reason, department, turn.now, turn.update_id
    )
    if before is not None:
        await _enclose(turn, before, enclosed)
        turn.reply("desk/joined", ticket=before)
        await tell_more(turn, before, question)
        return
    ticket = await desk.ask(
        turn.session, turn.person.id, question, reason, turn.now,
        clause_id=clause_id, patent_id=patent_id, department=department,
    )  # fmt: skip
    await _enclose(turn, ticket, enclosed)
    turn.reply("desk/opened", ticket=ticket, open=working_time.is_open(turn.now))
    await call(turn.work, ticket)
    if reason == ASKED and turn.hand_over():
        turn.reply("desk/handed_over")


async def _enclose(turn: Turn, ticket: Ticket, enclosed: Sequence[int]) -> None:
    await files.belong(turn.session, enclosed, about(ticket))


def about(ticket: Ticket) -> str:
    """What letters and files belong to."""
    return f"ticket:{ticket.id}"


async def call(work: Work, ticket: Ticket, rank: ticket_routes.Rank = "agent") -> None:
    """Bring the card to whoever is responsible, each card once. Outside working hours only those
    get it who are around; the others when these begin."""
    hearers = await ticket_routes.hearers(work.session, ticket, work.now, rank)
    opening = ticket_clock.next_opening(work.now)
    if opening > work.now:
        await queue.plan(
            work.session, "desk.call", f"{about(ticket)}:call:{ticket.department}:{rank}", opening,
            ticket=ticket.id, rank=rank,
        )  # fmt: skip
        hearers = await ticket_routes.around(work.session, hearers, work.now)
    if not hearers:
        return
    shown = await card(work, ticket.id)
    stamp = f"{ticket.started_at:%Y%m%d%H%M%S%f}" if ticket.started_at else ""
    for staff in hearers:
        await work.notify(
            staff, "desk/ticket_card", key=f"{about(ticket)}:{stamp}:{staff}", about=about(ticket),
            **shown, staff=staff,
        )  # fmt: skip
        await enclosures.pass_on(work, staff, about(ticket))


async def called(work: Work, ticket: int, rank: ticket_routes.Rank) -> None:
    """Working hours have begun."""
    found = await states.get(work.session, ticket)
    if found.state == states.OPEN and found.claimed_by is None:
        await call(work, found, rank)


async def tell_more(turn: Turn, ticket: Ticket, text: str) -> None:
    """Whoever speaks with the person hears it at once; else whoever will, when they are there."""
    if ticket.claimed_by is not None:
        hearers: Sequence[int] = [ticket.claimed_by]
    else:
        hearers = await ticket_routes.hearers(turn.session, ticket, turn.now)
        if not working_time.is_open(turn.now):
            hearers = await ticket_routes.around(turn.session, hearers, turn.now)
    watchers = await ticket_talk.watchers(turn.session, ticket.id)
    for staff in dict.fromkeys([*hearers, *watchers]):
        await turn.notify(
            staff, "desk/heard", key=f"heard:{turn.update_id}:{staff}", about=about(ticket),
            ticket=ticket, who=turn.person.name, text=text, mine=staff == ticket.claimed_by,
        )  # fmt: skip


async def card(work: Work, ticket_id: int) -> dict[str, Any]:
    """All that the staff need to see of a ticket."""
    session = work.session
    ticket = await states.get(session, ticket_id)
    return {
        "ticket": ticket,
        "firm": await desk.firm_card(session, ticket.person_id),
        "clause": await policy.cited(session, ticket.clause_id),
        "lines": await desk.transcript(session, ticket.person_id, limit=6),
        "more": await ticket_talk.lines(session, ticket_id),
        "claimed": await states.name_of(session, ticket.claimed_by),
        "past": await ticket_likeness.answers(session, ticket, work.now),
        "alike": len(await ticket_likeness.open_ones(session, ticket)),
    }


async def asked(turn: Turn, answers: Answers) -> None:
    """The words of a question."""
    await open_ticket(turn, answers["question"], ASKED, enclosed=enclosures.ids(answers))


async def asked_again(turn: Turn, answers: Answers) -> None:
    """What is still unclear after an answer, or only that it is."""
    before = await states.get(turn.session, answers["ticket"])
    text = answers["more"] or words.plain(words.render("desk/still_open", ticket=before).text)
    ticket = await desk.follow_up(turn.session, before, text, turn.now, turn.update_id)
    await _enclose(turn, ticket, enclosures.ids(answers))
    turn.reply("desk/opened", ticket=ticket, open=working_time.is_open(turn.now))
    await call(turn.work, ticket)


async def again(update: Update, turn: Turn) -> None:
    """The answer did not help: what is still unclear? The form."""
    ticket = await own(turn, turn.button.number(0))
    await form.begin(turn, UNSOLVED, ticket=ticket.id)


async def unsolved(update: Update, turn: Turn) -> None:
    """The same in words: of the last answer, be it of the staff or of ours."""
    question = await _question_before(turn)
    ticket = await desk.last_answered(turn.session, turn.person.id, turn.now)
    if ticket is not None and question in (None, ticket.question):
        await form.begin(turn, UNSOLVED, ticket=ticket.id)
    else:
        await ask(update, turn)


async def which(turn: Turn, answers: Answers) -> str:
    """The ticket that is taken up again, by its number and question."""
    ticket = await states.get(turn.session, answers["ticket"])
    return words.plain(words.render("desk/which", ticket=ticket).text)


async def own(turn: Turn, ticket_id: int) -> Ticket:
    """A ticket of this person."""
    ticket = await states.get(turn.session, ticket_id)
    if ticket.person_id != turn.person.id:
        raise states.TicketUnknown
    return ticket


async def answered(turn: Turn, answers: Answers) -> None:
    await give_answer(turn, answers["ticket"], answers["text"], enclosures.ids(answers))


async def waiting(update: Update, turn: Turn) -> None:
    turn.reply("desk/list", tickets=await desk.waiting(turn.session), now=turn.now)


async def show(update: Update, turn: Turn) -> None:
    turn.screen = "ticket"
    shown = await card(turn.work, turn.button.number(0))
    turn.reply("desk/ticket_card", **shown, staff=turn.person.id)
    await enclosures.show(turn, about(shown["ticket"]))


async def reply(update: Update, turn: Turn) -> None:
    """Answer a ticket: in one go where the sentence said everything, else asking for the words."""
    try:
        number = int(read_number(turn.slots.get("number") or turn.button.word(0)))
    except Unfit:
        await waiting(update, turn)
        return
    ticket = await desk.unanswered(turn.session, number, turn.person.id)
    if said := turn.slots.get("text") if "number" in turn.slots else None:
        await give_answer(turn, ticket.id, said)
    else:
        await form.begin(turn, "reply", ticket=ticket.id)


async def give_answer(turn: Turn, ticket_id: int, text: str, enclosed: Sequence[int] = ()) -> None:
    """The first answer counts; it reaches the person where they were heard last."""
    ticket = await desk.answer(
        turn.session, turn.person.id, ticket_id, text, turn.now, turn.update_id
    )
    reached = await deliver(turn, ticket)
    await files.belong(turn.session, enclosed, f"answer:{ticket.id}")
    await enclosures.pass_on(turn.work, ticket.person_id, f"answer:{ticket.id}")
    alike = len(await ticket_likeness.open_ones(turn.session, ticket))
    firm = await desk.firm_card(turn.session, ticket.person_id)
    turn.reply("desk/answered", ticket=ticket, reached=reached, alike=alike, firm=firm)
    for watcher in await ticket_talk.watchers(turn.session, ticket.id):
        if watcher != turn.person.id:
            await turn.notify(
                watcher, "desk/watched", about=about(ticket), ticket=ticket, by=turn.person.name
            )


async def deliver(turn: Turn, ticket: Ticket) -> bool:
    """Bring the person their answer; whether they can be reached."""
    line = (await ticket_talk.lines(turn.session, ticket.id, limit=1))[-1]
    reached = await turn.notify(
        ticket.person_id, "desk/answer", key=ticket_talk.letter_key(line.id), about=about(ticket),
        ticket=ticket,
    )  # fmt: skip
    await ticket_talk.plan_reached(turn.session, ticket.id, line.id, turn.person.id, turn.now)
    return reached


async def gaps(update: Update, turn: Turn) -> None:
    """What nobody could answer lately, the most asked first."""
    turn.reply("desk/gaps", gaps=await unanswered.by_frequency(turn.session, turn.now))


async def check_calendar(work: Work) -> None:
    """Once a week: in December, is next year's table of holidays there?"""
    if (year := working_time.missing_year(work.now)) is not None:
        for organizer in await work.people(ORGANIZER):
            await work.notify(
                organizer, "desk/calendar", key=f"calendar:{year}:{work.now:%W}:{organizer}",
                priority=REMINDER, year=year,
            )  # fmt: skip
    await ticket_clock.plan_weekly(work.session, "desk.calendar", work.now)
