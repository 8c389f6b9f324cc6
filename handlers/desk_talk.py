"""Somebody of the staff and a person speak with each other: claim, pass on words, hand back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from telegram import Message, Update

from conversations import enclosures, form
from conversations.actions import DESK
from conversations.reading import Unfit
from conversations.steps import Answers
from conversations.talk import SCREEN
from conversations.wordless import ATTACHMENTS, KEPT
from handlers import desk as tickets
from pipeline import words
from pipeline.turn import OldButton, Turn
from pipeline.work import Work
from services import desk, files, ticket_clock, ticket_likeness, ticket_routes, ticket_talk
from services import ticket_states as states

if TYPE_CHECKING:
    from db.models import Ticket


async def claim(update: Update, turn: Turn) -> None:
    """Take it up: from now on both say things to each other here."""
    await _claim(turn, over=False)


async def over(update: Update, turn: Turn) -> None:
    """In place of a colleague."""
    await _claim(turn, over=True)


async def _claim(turn: Turn, *, over: bool) -> None:
    number = turn.button.number(0)
    before = (await states.get(turn.session, number)).claimed_by
    ticket = await ticket_talk.claim(turn.session, number, turn.person.id, turn.now, over=over)
    turn.screen = f"{SCREEN}:{ticket.id}"
    firm = await desk.firm_card(turn.session, ticket.person_id)
    turn.reply("desk/claimed", ticket=ticket, firm=firm)
    if before == turn.person.id:
        return
    await turn.notify(
        ticket.person_id, "desk/taken", key=f"taken:{turn.update_id}", about=tickets.about(ticket),
        ticket=ticket, by=turn.person.name,
    )  # fmt: skip
    if before is not None:
        await turn.notify(
            before, "desk/taken_over", about=tickets.about(ticket), ticket=ticket,
            by=turn.person.name,
        )  # fmt: skip


async def say(update: Update, turn: Turn) -> None:
    """Words or a file for the other side. (Not a button: the message itself names the ticket.)"""
    message = update.message
    if message is None:
        raise OldButton
    turn.asked = True  # a form that is open keeps quiet meanwhile
    ticket = await states.get(turn.session, turn.button.number(0))
    if ticket.person_id == turn.person.id:
        await _from_person(turn, ticket, message)
    elif turn.person.role in DESK:
        await _from_staff(turn, ticket, message)
    else:
        raise states.TicketUnknown


async def _from_person(turn: Turn, ticket: Ticket, message: Message) -> None:
    if (text := await _taken(turn, message, f"said:{turn.update_id}")) is None:
        return
    ticket = await desk.follow_up(turn.session, ticket, text, turn.now, turn.update_id)
    await tickets.tell_more(turn, ticket, text)
    if ticket.claimed_by is not None:
        await enclosures.pass_on(turn.work, ticket.claimed_by, f"said:{turn.update_id}")
        by = await states.name_of(turn.session, ticket.claimed_by)
        turn.reply("desk/passed", who=by)
    else:
        turn.reply("desk/joined", ticket=ticket)


async def _from_staff(turn: Turn, ticket: Ticket, message: Message) -> None:
    if ticket.claimed_by != turn.person.id:
        await desk.unanswered(turn.session, ticket.id, turn.person.id)
        ticket = await ticket_talk.claim(turn.session, ticket.id, turn.person.id, turn.now)
    if (text := await _taken(turn, message, f"said:{turn.update_id}")) is None:
        return
    line = await ticket_talk.said(
        turn.session, ticket, turn.person.id, text, turn.now, turn.update_id
    )
    reached = await turn.notify(
        ticket.person_id, "desk/said", key=ticket_talk.letter_key(line.id),
        about=tickets.about(ticket), text=text, by=turn.person.name, department=ticket.department,
    )  # fmt: skip
    await enclosures.pass_on(turn.work, ticket.person_id, f"said:{turn.update_id}")
    firm = await desk.firm_card(turn.session, ticket.person_id)
    turn.screen = f"{SCREEN}:{ticket.id}"
    turn.reply("desk/sent", ticket=ticket, reached=reached, firm=firm)


async def _taken(turn: Turn, message: Message, about: str) -> str | None:
    """The words of a message, its file kept for the other side; None where it cannot be passed on,
    which is said."""
    kind = next((name for name in ATTACHMENTS if getattr(message, name)), None)
    if kind is not None:
        try:
            if kind not in KEPT:
                raise Unfit("not_text", kind=kind)
            kept = await enclosures.kept(turn, kind, message)
        except Unfit as unfit:
            turn.reply(f"unfit/{unfit.code}", **unfit.facts)
            return None
        await files.belong(turn.session, [kept["file"]], about)
        named = words.plain(words.render("desk/file", name=kept["name"]).text)
        return f"{named} {message.caption or ''}".strip()
    return (message.text or "").strip()


async def edited(update: Update, turn: Turn) -> None:
    """Words that were passed on are corrected where they arrived. (Not a button either.)"""
    message = update.edited_message
    line = await ticket_talk.line_of(turn.session, turn.button.number(0), turn.person.id)
    if message is None or line is None:
        raise OldButton
    turn.asked = True
    line.text = text = (message.text or message.caption or "").strip()
    ticket = await states.get(turn.session, line.ticket_id)
    if line.side == "person":
        await tickets.tell_more(turn, ticket, text)
        turn.reply("desk/corrected")
        return
    if ticket.answered_by == line.person_id:
        ticket.answer = text
    letter = await ticket_talk.letter(turn.session, line.id)
    said = {"text": text, "by": turn.person.name, "department": ticket.department}
    if letter is not None and letter.message_id is not None:
        turn.edit(letter.chat_id, letter.message_id, "desk/said", **said)
    else:
        await turn.notify(ticket.person_id, "desk/said", about=tickets.about(ticket), **said)
    turn.reply("desk/corrected")


async def ask_back(update: Update, turn: Turn) -> None:
    """The last words were a question: the clock stands until the person answers."""
    ticket = await states.claimed(turn.session, turn.button.number(0), turn.person.id)
    await ticket_talk.asks_back(turn.session, ticket, turn.now)
    turn.reply("desk/asked_back", ticket=ticket)


async def solve(update: Update, turn: Turn) -> None:
    """Done: the person is asked whether it helped, and is the bot's again."""
    ticket = await states.claimed(turn.session, turn.button.number(0), turn.person.id)
    if ticket.answered_at is None:
        turn.reply("desk/nothing_said", ticket=ticket)
        return
    await ticket_clock.stop(turn.session, ticket, states.ANSWERED)
    await ticket_talk.release(turn.session, ticket)
    turn.screen = None
    turn.reply("desk/solved", ticket=ticket)
    await turn.notify(
        ticket.person_id, "desk/handed_back", key=f"back:{turn.update_id}",
        about=tickets.about(ticket), ticket=ticket, by=turn.person.name, how="solved",
        form=await _interrupted(turn.work, ticket.person_id),
    )  # fmt: skip


async def release(update: Update, turn: Turn) -> None:
    """Back into the queue, for a colleague."""
    ticket = await states.claimed(turn.session, turn.button.number(0), turn.person.id)
    turn.screen = None
    turn.reply("desk/released", ticket=ticket)
    await _back(turn.work, ticket, turn.person.name, "released")


async def leave(update: Update, turn: Turn) -> None:
    """结束人工, from either side."""
    if turn.talk is not None:
        ticket = await states.get(turn.session, turn.talk)
        staff = ticket.claimed_by
        await ticket_talk.release(turn.session, ticket)
        turn.reply("desk/left", ticket=ticket)
        if staff is not None:
            await turn.notify(
                staff, "desk/person_left", about=tickets.about(ticket), ticket=ticket,
                who=turn.person.name,
            )  # fmt: skip
        if turn.filling is not None:
            await form.ask(turn, resumed=True)
            turn.asked = True
    elif turn.screen and turn.screen.startswith(f"{SCREEN}:"):
        turn.button = type(turn.button)([turn.screen.partition(":")[2]])
        await release(update, turn)
    else:
        turn.reply("desk/no_talk")


async def idle(work: Work, ticket: int) -> None:
    """Nobody said anything for a while: the bot is there again, and the queue has it."""
    found = await ticket_talk.idle(work.session, ticket, work.now)
    if found is None:
        return
    by = await states.name_of(work.session, found.claimed_by)
    if found.claimed_by is not None:
        await work.notify(found.claimed_by, "desk/idle", about=tickets.about(found), ticket=found)
    await _back(work, found, by, "idle")


async def _back(work: Work, ticket: Ticket, by: str | None, how: str) -> None:
    await ticket_talk.release(work.session, ticket)
    await work.notify(
        ticket.person_id, "desk/handed_back", about=tickets.about(ticket), ticket=ticket, by=by,
        how=how, form=await _interrupted(work, ticket.person_id),
    )  # fmt: skip
    if ticket.state == states.OPEN:
        await tickets.call(work, ticket)


async def _interrupted(work: Work, person_id: int) -> tuple[str, str] | None:
    """The form that was open when the talk began: its name and its title."""
    name = await desk.open_form(work.session, person_id)
    return (name, str(words.word(f"{name}/labels", "title"))) if name else None


async def ladder(work: Work, ticket: int, stage: int) -> None:
    """Time passes and nobody answers: a second person, the lead, the next department, which makes
    a new promise that the person hears."""
    found = await ticket_clock.climb(work.session, ticket, stage, work.now)
    if found is None:
        return
    if stage < len(ticket_routes.RUNGS):
        await _remind(work, found, ticket_routes.RUNGS[stage])
        return
    moved = await ticket_routes.pass_up(work.session, found)
    await ticket_clock.begin(work.session, found, work.now)
    await work.notify(
        found.person_id, "desk/late", key=f"late:{found.id}:{work.now:%Y%m%d%H%M}",
        about=tickets.about(found), ticket=found, moved=moved,
    )  # fmt: skip
    await tickets.call(work, found, "agent" if moved else "lead")


async def _remind(work: Work, ticket: Ticket, rank: ticket_routes.Rank) -> None:
    asked = {*await ticket_routes.hearers(work.session, ticket, work.now, rank)}
    if ticket.claimed_by is not None:
        asked.add(ticket.claimed_by)
    for staff in sorted(asked):
        await work.notify(
            staff, "desk/due", key=f"due:{ticket.id}:{ticket.stage}:{ticket.started_at}:{staff}",
            about=tickets.about(ticket), ticket=ticket, now=work.now,
            by=await states.name_of(work.session, ticket.claimed_by),
        )  # fmt: skip


async def reached(work: Work, ticket: int, line: int, staff: int) -> None:
    """A minute later: did it arrive?"""
    letter = await ticket_talk.letter(work.session, line)
    if letter is None or letter.state not in ("failed", "missed", "cancelled"):
        return
    found = await states.get(work.session, ticket)
    phone = await desk.phone_of(work.session, found.person_id)
    await work.notify(
        staff, "desk/unreached", key=f"unreached:{line}", about=tickets.about(found), ticket=found,
        firm=await desk.firm_card(work.session, found.person_id), phone=phone,
    )  # fmt: skip


async def watch(update: Update, turn: Turn) -> None:
    """Hear what becomes of a ticket, or no longer."""
    ticket = await states.get(turn.session, turn.button.number(0))
    on = await ticket_talk.watch(turn.session, ticket.id, turn.person.id)
    turn.reply("desk/watching", ticket=ticket, on=on)


async def where_to(update: Update, turn: Turn) -> None:
    """Wrong queue: to which one?"""
    ticket = await states.get(turn.session, turn.button.number(0))
    names = await ticket_routes.departments(turn.session, ticket)
    turn.reply("desk/where_to", ticket=ticket, departments=[(mark(n), n) for n in names[:12]])


async def pass_on(update: Update, turn: Turn) -> None:
    """There; why? The form."""
    ticket = await states.get(turn.session, turn.button.number(0))
    name = await department_named(turn, turn.button.word(1))
    await form.begin(turn, "transfer", ticket=ticket.id, department=name)


async def department_named(turn: Turn, marked: str) -> str:
    names = await ticket_routes.departments(turn.session)
    for name in names:
        if mark(name) == marked:
            return name
    raise OldButton


def mark(name: str) -> str:
    """A department in a button, which cannot hold its name."""
    return f"{crc32(name.encode()):x}"


async def passed_on(turn: Turn, answers: Answers) -> None:
    ticket = await states.get(turn.session, answers["ticket"])
    await ticket_talk.transfer(
        turn.session, ticket, turn.person.id, answers["department"], answers["note"], turn.now
    )
    turn.screen = None
    turn.reply("desk/transferred", ticket=ticket)
    await turn.notify(
        ticket.person_id, "desk/moved", key=f"moved:{turn.update_id}",
        about=tickets.about(ticket), ticket=ticket,
    )  # fmt: skip
    await tickets.call(turn.work, ticket)


async def rate(update: Update, turn: Turn) -> None:
    """解决了: how was it? Or what they think of it."""
    ticket = await tickets.own(turn, turn.button.number(0))
    rating = turn.button.word(1)
    if rating and rating not in dict(words.word("desk/ratings", "ratings")):
        raise OldButton
    await ticket_talk.rate(turn.session, ticket, rating or "solved")
    turn.reply("desk/rated" if rating else "desk/how_was_it", ticket=ticket)


async def alike(update: Update, turn: Turn) -> None:
    """Who else asked the same, before they all get the answer that one of them got."""
    ticket = await states.get(turn.session, turn.button.number(0))
    found = await ticket_likeness.open_ones(turn.session, ticket)
    turn.reply("desk/alike", ticket=ticket, alike=found)


async def answer_alike(update: Update, turn: Turn) -> None:
    """The same answer to all who asked the same, each in their own name."""
    ticket = await states.get(turn.session, turn.button.number(0))
    if ticket.answer is None:
        raise OldButton
    reached = []
    for like in await ticket_likeness.open_ones(turn.session, ticket):
        if like.ticket.claimed_by not in (None, turn.person.id):
            continue
        done = await desk.answer(
            turn.session, turn.person.id, like.ticket.id, ticket.answer, turn.now
        )
        reached.append(await tickets.deliver(turn, done))
    turn.reply("desk/alike_answered", ticket=ticket, count=len(reached), lost=reached.count(False))


async def use(update: Update, turn: Turn) -> None:
    """An answer that was given before, to look at before it is sent."""
    ticket = await desk.unanswered(turn.session, turn.button.number(0), turn.person.id)
    past = await states.get(turn.session, turn.button.number(1))
    if past.answer is None:
        raise OldButton
    turn.reply("desk/preview", ticket=ticket, past=past)


async def send(update: Update, turn: Turn) -> None:
    """Send it as it is."""
    past = await states.get(turn.session, turn.button.number(1))
    if past.answer is None:
        raise OldButton
    await tickets.give_answer(turn, turn.button.number(0), past.answer)
