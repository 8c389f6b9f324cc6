"""A person and somebody of the staff speak with each other about a ticket.

Whoever claims it first speaks; the bot is silent until it is handed back. Every word is a line of
the ticket, so that the next one who takes it up has read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Outgoing, Ticket, TicketLine, TicketWatcher
from db.upsert import insert
from services import audit, queue, ticket_clock
from services import ticket_states as states
from services.ticket_states import ANSWERED, ASKED, LIVE, OPEN, ClaimedBefore

IDLE = timedelta(minutes=15)
REACHED = timedelta(minutes=1)
"""After this a letter has arrived or has come back."""


async def claim(
    session: AsyncSession, ticket_id: int, staff_id: int, now: datetime, *, over: bool = False
) -> Ticket:
    """Speak with its person from now on. The first one does; `over`: in place of whoever does."""
    free: ColumnElement[bool] = true() if over else free_for(staff_id)
    await session.execute(
        update(Ticket)
        .where(Ticket.id == ticket_id, Ticket.state != states.CLOSED, free)
        .values(claimed_by=staff_id, active_at=now)
        .execution_options(synchronize_session=False)
    )
    ticket = await states.get(session, ticket_id)
    if ticket.claimed_by != staff_id:
        if ticket.state == states.CLOSED:
            raise await states.answered_before(session, ticket)
        by = await states.name_of(session, ticket.claimed_by)
        raise ClaimedBefore(ticket_id=ticket_id, by=by)
    audit.note(session, staff_id, "ticket.claimed", f"ticket:{ticket_id}", None, None, now)
    await _plan_idle(session, ticket, now)
    return ticket


def free_for(staff_id: int) -> ColumnElement[bool]:
    """Tickets that nobody else has claimed."""
    return Ticket.claimed_by.is_(None) | (Ticket.claimed_by == staff_id)


async def release(session: AsyncSession, ticket: Ticket) -> None:
    """Back to the bot, and to the queue where an answer is still owed."""
    ticket.claimed_by = None
    await session.flush()


async def idle(session: AsyncSession, ticket_id: int, now: datetime) -> Ticket | None:
    """The ticket that nobody has spoken about for a while. None where somebody did, and another
    look is planned, or where nobody has it."""
    ticket = await session.get(Ticket, ticket_id, populate_existing=True)
    if ticket is None or ticket.claimed_by is None:
        return None
    if (ticket.active_at or ticket.created_at) + IDLE > now:
        await _plan_idle(session, ticket, ticket.active_at or now)
        return None
    return ticket


async def heard(
    session: AsyncSession, ticket: Ticket, text: str, now: datetime, update_id: int | None = None
) -> TicketLine:
    """The person says something about their ticket; the clock runs for us again."""
    line = await add(session, ticket, ticket.person_id, "person", text, now, update_id)
    ticket.active_at = now
    if ticket.state == ASKED:
        await ticket_clock.resume(session, ticket, now)
    elif ticket.state != OPEN:
        await ticket_clock.begin(session, ticket, now)
    await session.flush()
    return line


async def said(
    session: AsyncSession,
    ticket: Ticket,
    staff_id: int,
    text: str,
    now: datetime,
    update_id: int | None = None,
) -> TicketLine:
    """The staff says something to the person: it is their turn then."""
    line = await add(session, ticket, staff_id, "staff", text, now, update_id)
    ticket.answer, ticket.answered_by, ticket.answered_at = text, staff_id, now
    ticket.active_at = now
    await ticket_clock.stop(session, ticket, ANSWERED)
    await plan_reached(session, ticket.id, line.id, staff_id, now)
    return line


async def asks_back(session: AsyncSession, ticket: Ticket, now: datetime) -> None:
    """What was said last is a question to the person."""
    await ticket_clock.pause(session, ticket, now)


async def transfer(
    session: AsyncSession,
    ticket: Ticket,
    staff_id: int,
    department: str,
    note: str | None,
    now: datetime,
) -> None:
    """To another queue, with a note for whoever takes it up there; the promise stays."""
    before, ticket.department, ticket.claimed_by = ticket.department, department, None
    if note:
        await add(session, ticket, staff_id, "note", note, now)
    audit.note(
        session, staff_id, "ticket.transferred", f"ticket:{ticket.id}", before, department, now
    )
    await session.flush()


async def add(
    session: AsyncSession,
    ticket: Ticket,
    person_id: int | None,
    side: str,
    text: str,
    now: datetime,
    update_id: int | None = None,
) -> TicketLine:
    line = TicketLine(
        ticket_id=ticket.id, person_id=person_id, side=side, text=text.strip(),
        update_id=update_id, created_at=now,
    )  # fmt: skip
    session.add(line)
    await session.flush()
    return line


async def lines(session: AsyncSession, ticket_id: int, limit: int = 10) -> Sequence[TicketLine]:
    """What was said since the question, the oldest first."""
    newest = (
        select(TicketLine)
        .where(TicketLine.ticket_id == ticket_id)
        .order_by(TicketLine.id.desc())
        .limit(limit)
    )
    return [*reversed((await session.scalars(newest)).all())]


async def line_said_by(session: AsyncSession, updates: Sequence[int]) -> TicketLine | None:
    """The line that a message became, which one of these updates brought."""
    line = select(TicketLine).where(TicketLine.update_id.in_(updates))
    return await session.scalar(line.order_by(TicketLine.id).limit(1))


async def line_of(session: AsyncSession, line_id: int, person_id: int) -> TicketLine | None:
    """What this person said."""
    line = await session.get(TicketLine, line_id)
    return line if line is not None and line.person_id == person_id else None


async def on_card(session: AsyncSession, chat_id: int, message_id: int) -> int | None:
    """The ticket that one of our messages in a chat is about: what is said in reply to it, is said
    to its person."""
    about = await session.scalar(
        select(Outgoing.about)
        .where(Outgoing.chat_id == chat_id, Outgoing.message_id == message_id)
        .order_by(Outgoing.id.desc())
        .limit(1)
    )
    kind, _, number = (about or "").partition(":")
    return int(number) if kind == "ticket" and number.isdecimal() else None


async def waits_for(session: AsyncSession, person_id: int) -> Ticket | None:
    """The person's newest question that nobody has finished answering."""
    mine = select(Ticket).where(Ticket.person_id == person_id, Ticket.state.in_(LIVE))
    return await session.scalar(mine.order_by(Ticket.id.desc()).limit(1))


async def watch(session: AsyncSession, ticket_id: int, staff_id: int) -> bool:
    """Hear what becomes of it, or no longer; whether they do now."""
    mine = (TicketWatcher.ticket_id == ticket_id, TicketWatcher.person_id == staff_id)
    gone = await session.execute(delete(TicketWatcher).where(*mine).returning(TicketWatcher.id))
    if gone.all():
        return False
    row = {"ticket_id": ticket_id, "person_id": staff_id}
    await session.execute(insert(session, TicketWatcher).values(row).on_conflict_do_nothing())
    return True


async def watchers(session: AsyncSession, ticket_id: int) -> Sequence[int]:
    who = select(TicketWatcher.person_id).where(TicketWatcher.ticket_id == ticket_id)
    return (await session.scalars(who.order_by(TicketWatcher.person_id))).all()


async def rate(session: AsyncSession, ticket: Ticket, rating: str) -> None:
    """How its person found the answer; with that it is done."""
    ticket.rating, ticket.state = rating, states.CLOSED
    await session.flush()


def letter_key(line_id: int) -> str:
    """By which the letter that carried a line is known."""
    return f"line:{line_id}"


async def letter(session: AsyncSession, line_id: int) -> Outgoing | None:
    found = select(Outgoing).where(Outgoing.key == letter_key(line_id))
    return (await session.scalars(found.execution_options(populate_existing=True))).first()


async def plan_reached(
    session: AsyncSession, ticket_id: int, line_id: int, staff_id: int, now: datetime
) -> None:
    """Look in a minute whether what was said has arrived."""
    await queue.plan(
        session, "desk.reached", f"{letter_key(line_id)}:reached", now + REACHED,
        ticket=ticket_id, line=line_id, staff=staff_id,
    )  # fmt: skip


async def _plan_idle(session: AsyncSession, ticket: Ticket, since: datetime) -> None:
    stamp = f"{since:%Y%m%d%H%M%S%f}"
    await queue.plan(
        session, "desk.idle", f"ticket:{ticket.id}:idle:{stamp}", since + IDLE, ticket=ticket.id
    )
