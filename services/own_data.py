"""Everything that is kept of one person, for that person, as tables of plain values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Chat, Event, Favourite, Need, Patent, SignUp, Ticket, TicketLine
from services import assessment_owners, desk, event_traces, own_reminders, people

ZONE = ZoneInfo("Asia/Shanghai")
MESSAGES = 2000  # the newest, each way

Rows = Sequence[Sequence[str]]


async def gather(session: AsyncSession, person_id: int) -> dict[str, Rows]:
    """Rows by the name of their sheet; templates/privacy/labels.html names sheets and columns."""
    profile = await people.profile(session, person_id)
    return {
        "person": await _person(session, profile),
        "firm": _firm(profile),
        "needs": await _needs(session, person_id),
        "assessments": await _assessments(session, person_id),
        "signups": await _signups(session, person_id),
        "pitches": [_row(*row) for row in await event_traces.pitches(session, person_id)],
        "feedback": [_row(*row) for row in await event_traces.feedback(session, person_id)],
        "tickets": await _tickets(session, person_id),
        "favourites": await _favourites(session, person_id),
        "reminders": await _reminders(session, person_id),
        "messages": await _messages(session, person_id),
    }


async def _person(session: AsyncSession, profile: people.Profile) -> Rows:
    one = profile.person
    chats = await session.scalars(select(Chat.channel).where(Chat.person_id == one.id))
    return [_row(one.name, one.phone, one.role, one.consent, one.consented_at, one.created_at,
                 " ".join(sorted(set(chats))), one.university)]  # fmt: skip


def _firm(profile: people.Profile) -> Rows:
    firm = profile.firm
    if firm is None:
        return []
    industries, tags = " ".join(profile.industries), " ".join(firm.tags)
    return [_row(firm.name, firm.uscc, firm.city, firm.park, firm.size, industries, tags,
                 firm.state)]  # fmt: skip


async def _needs(session: AsyncSession, person_id: int) -> Rows:
    mine = await session.scalars(select(Need).where(Need.person_id == person_id).order_by(Need.id))
    return [
        _row(n.id, n.problem, n.target, n.budget_low, n.budget_high, n.wanted_by,
             " ".join(n.modes), n.state, n.created_at)
        for n in mine
    ]  # fmt: skip


async def _assessments(session: AsyncSession, person_id: int) -> Rows:
    return [
        _row(number, title, a.prospect, a.improvement, a.intent, a.reason, a.comment, a.state,
             a.created_at)
        for a, number, title in await assessment_owners.of_person(session, person_id)
    ]  # fmt: skip


async def _signups(session: AsyncSession, person_id: int) -> Rows:
    rows = await session.execute(
        select(Event.title, Event.starts_at, SignUp)
        .join(Event, Event.id == SignUp.event_id)
        .where(SignUp.person_id == person_id)
        .order_by(SignUp.id)
    )
    return [
        _row(title, starts_at, s.state, s.code, s.created_at,
             "\n".join(f"{q}: {a}" for q, a in s.answers.items()), s.reason, s.checked_in_at)
        for title, starts_at, s in rows
    ]  # fmt: skip


async def _tickets(session: AsyncSession, person_id: int) -> Rows:
    mine = select(Ticket).where(Ticket.person_id == person_id).order_by(Ticket.id)
    said = (
        select(TicketLine)
        .join(Ticket, Ticket.id == TicketLine.ticket_id)
        .where(Ticket.person_id == person_id, TicketLine.side != "note")
        .order_by(TicketLine.id)
    )
    lines: dict[int, list[str]] = defaultdict(list)
    for line in await session.scalars(said):
        lines[line.ticket_id].append(line.text)
    return [
        _row(t.id, t.question, t.state, t.answer, t.created_at, t.answered_at,
             "\n".join(lines[t.id]))
        for t in await session.scalars(mine)
    ]  # fmt: skip


async def _favourites(session: AsyncSession, person_id: int) -> Rows:
    rows = await session.execute(
        select(Patent.number, Patent.title, Patent.applicant, Favourite.created_at)
        .join(Favourite, Favourite.patent_id == Patent.id)
        .where(Favourite.person_id == person_id)
        .order_by(Favourite.id)
    )
    return [_row(*row) for row in rows]


async def _reminders(session: AsyncSession, person_id: int) -> Rows:
    return [
        _row(one.title, one.due_at, one.state, one.created_at)
        for one in await own_reminders.all_of(session, person_id)
    ]


async def _messages(session: AsyncSession, person_id: int) -> Rows:
    lines = await desk.transcript(session, person_id, limit=MESSAGES)
    return [_row(line.at, line.who, line.text) for line in lines]


def _row(*values: object) -> list[str]:
    return [_text(value) for value in values]


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)
