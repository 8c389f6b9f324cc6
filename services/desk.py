"""The staff's desk: questions that a person answers, promised in working time, answered once."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import fixed
from db.models import (
    Body,
    Chat,
    Draft,
    Enterprise,
    Incoming,
    Interest,
    Need,
    Outgoing,
    Person,
    Ticket,
)
from services import ticket_clock, ticket_talk
from services import ticket_states as states
from services.need_states import LIVE
from services.ticket_states import OPEN, ClaimedBefore

TAG = re.compile(r"<[^>]*>")
MOBILE = re.compile(r"(?<!\d)(?:\+?86)?[ -]?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)")


RECENT = timedelta(minutes=10)


JOINS = timedelta(minutes=30)
"""What somebody asks so soon after a question goes with it, unless it is another department's."""
ALONE = "interest"
"""A wish to talk about one patent is no question, and nothing goes with it."""


@dataclass(frozen=True)
class FirmCard:
    """Whom the staff answer. `phone` is masked; `needs` counts those still wanted."""

    firm: str | None
    city: str | None
    contact: str | None
    phone: str | None
    needs: int


@dataclass(frozen=True)
class Line:
    """What was said, as plain text."""

    at: datetime
    who: Literal["person", "bot"]
    text: str


async def ask(
    session: AsyncSession,
    person_id: int,
    question: str,
    reason: str,
    now: datetime,
    clause_id: int | None = None,
    department: str | None = None,
    patent_id: int | None = None,
    after: int | None = None,
) -> Ticket:
    """A ticket with a promise that can be kept; the same open question keeps its ticket.
    `patent_id` is what it wishes to talk about, `after` the ticket from which this one goes on."""
    question = question.strip()
    same = select(Ticket).filter_by(person_id=person_id, question=question, state=OPEN)
    if ticket := await session.scalar(same.limit(1)):
        return ticket
    ticket = Ticket(
        person_id=person_id,
        question=question,
        reason=reason,
        clause_id=clause_id,
        department=department,
        promised_at=now,
        created_at=now,
        after_id=after,
    )
    session.add(ticket)
    await session.flush()
    if patent_id is not None:
        session.add(Interest(ticket_id=ticket.id, patent_id=patent_id))
    await ticket_clock.begin(session, ticket, now)
    return ticket


async def joined(
    session: AsyncSession,
    person_id: int,
    question: str,
    reason: str,
    department: str | None,
    now: datetime,
    update_id: int | None = None,
) -> Ticket | None:
    """The question that is still open and that this one goes with: it is told there."""
    before = await ticket_talk.waits_for(session, person_id)
    if before is None or reason == ALONE or before.question == question.strip():
        return None
    elsewhere = department is not None and department != before.department
    if not takes_more(before, now) or (before.claimed_by is None and elsewhere):
        return None
    await ticket_talk.heard(session, before, question, now, update_id)
    return before


def takes_more(ticket: Ticket, now: datetime) -> bool:
    """Whether what its person asks a human now goes with it."""
    fresh = now - ticket.created_at <= JOINS
    return ticket.reason != ALONE and (ticket.claimed_by is not None or fresh)


async def follow_up(
    session: AsyncSession, ticket: Ticket, text: str, now: datetime, update_id: int | None = None
) -> Ticket:
    """What a person still wants to know after an answer: the same ticket within a week, and a new
    one that names it later."""
    if states.may_go_on(ticket, now):
        await ticket_talk.heard(session, ticket, text, now, update_id)
        return ticket
    return await ask(
        session, ticket.person_id, text, ticket.reason, now, clause_id=ticket.clause_id,
        department=ticket.department, after=ticket.id,
    )  # fmt: skip


async def waiting(session: AsyncSession, limit: int = 20) -> Sequence[Ticket]:
    """Open tickets, the most urgent promise first."""
    tickets = await session.scalars(
        select(Ticket)
        .where(Ticket.state == fixed(OPEN))
        .order_by(Ticket.promised_at, Ticket.id)
        .limit(limit)
    )
    return tickets.all()


async def unanswered(session: AsyncSession, ticket_id: int, staff_id: int) -> Ticket:
    """The ticket, for somebody who wants to answer it: AlreadyAnswered where somebody did,
    ClaimedBefore where somebody else speaks with its person."""
    ticket = await states.get(session, ticket_id)
    if ticket.claimed_by not in (None, staff_id):
        by = await states.name_of(session, ticket.claimed_by)
        raise ClaimedBefore(ticket_id=ticket_id, by=by)
    if ticket.state not in states.LIVE and ticket.claimed_by is None:
        raise await states.answered_before(session, ticket)
    return ticket


async def answer(
    session: AsyncSession,
    staff_id: int,
    ticket_id: int,
    text: str,
    now: datetime,
    update_id: int | None = None,
) -> Ticket:
    """The first answer wins; the same one again is the same answer."""
    ticket = await states.get(session, ticket_id)
    if (ticket.answer, ticket.answered_by) == (text.strip(), staff_id):
        return ticket
    news = {"answer": text.strip(), "answered_by": staff_id, "state": states.ANSWERED}
    done = await session.execute(
        update(Ticket)
        .where(
            Ticket.id == ticket_id, Ticket.state.in_(states.LIVE), ticket_talk.free_for(staff_id)
        )
        .values(answered_at=now, claimed_by=None, **news)
        .returning(Ticket.id)
        .execution_options(synchronize_session=False)
    )
    if done.all():
        ticket = await states.get(session, ticket_id)
        await ticket_clock.stop(session, ticket, states.ANSWERED)
        await ticket_talk.add(session, ticket, staff_id, "staff", text, now, update_id)
        return ticket
    await unanswered(session, ticket_id, staff_id)
    raise await states.answered_before(session, ticket)


async def staff_ids(session: AsyncSession) -> Sequence[int]:
    people = await session.scalars(
        select(Person.id).where(Person.role == "staff").order_by(Person.id)
    )
    return people.all()


async def firm_card(session: AsyncSession, person_id: int) -> FirmCard:
    """What the staff need to know of whoever asks; all empty for a stranger."""
    needs = (
        select(func.count())
        .where(Need.enterprise_id == Person.enterprise_id, Need.state.in_(LIVE))
        .correlate(Person)
        .scalar_subquery()
    )
    row = (
        await session.execute(
            select(Enterprise.name, Enterprise.city, Person.name, Person.phone, needs)
            .select_from(Person)
            .outerjoin(Enterprise, Enterprise.id == Person.enterprise_id)
            .where(Person.id == person_id)
        )
    ).one_or_none()
    if row is None:
        return FirmCard(None, None, None, None, 0)
    firm, city, contact, phone, count = row
    return FirmCard(firm, city, contact, phone and masked(phone), count)


def masked(phone: str) -> str:
    """138****0000: enough to recognise a number, too little to dial it."""
    digits = re.sub(r"^\+86|\D", "", phone)
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) > 7 else "****"


async def last_answered(session: AsyncSession, person_id: int, now: datetime) -> Ticket | None:
    """The newest ticket of this person, if it was answered and may go on."""
    mine = select(Ticket).filter_by(person_id=person_id).order_by(Ticket.id.desc()).limit(1)
    ticket = await session.scalar(mine)
    answered = ticket is not None and ticket.state == states.ANSWERED
    return ticket if ticket and answered and states.may_go_on(ticket, now) else None


async def text_of(session: AsyncSession, incoming_id: int, now: datetime) -> str | None:
    """What was typed in a message of the last ten minutes; None for a press or an older one."""
    raw = await session.scalar(
        select(Incoming.raw).where(Incoming.id == incoming_id, Incoming.received_at > now - RECENT)
    )
    return ((raw or {}).get("message") or {}).get("text")


async def transcript(session: AsyncSession, person_id: int, limit: int = 10) -> list[Line]:
    """The last things said in the person's chats, both ways, the oldest first."""
    chats = select(Chat.id).where(Chat.person_id == person_id)
    heard = await session.execute(
        select(Incoming.received_at, Incoming.raw)
        .where(Incoming.chat_id.in_(chats))
        .order_by(Incoming.id.desc())
        .limit(limit)
    )
    said = await session.execute(
        select(Outgoing.sent_at, Outgoing.params, Body.params)
        .outerjoin(Body, Body.id == Outgoing.body_id)
        .where(Outgoing.chat_id.in_(chats), Outgoing.sent_at.is_not(None))
        .order_by(Outgoing.id.desc())
        .limit(limit)
    )
    lines = [Line(at, "person", _discreet(_heard(raw))) for at, raw in heard]
    lines += [
        Line(at, "bot", _discreet(_said(Body.joined(body, own)))) for at, own, body in said if at
    ]
    return sorted((line for line in lines if line.text), key=lambda line: line.at)[-limit:]


def _discreet(text: str) -> str:
    """Mobile numbers as the card shows them: a transcript must not say what the card masks."""
    return MOBILE.sub(lambda number: masked(number[0]), text)


def _heard(raw: dict[str, Any]) -> str:
    """What a person wrote, or the words on the button that they pressed."""
    if press := raw.get("callback_query"):
        return _label(press)
    message = raw.get("message") or raw.get("edited_message") or {}
    return str(message.get("text") or message.get("caption") or "")


def _label(press: dict[str, Any]) -> str:
    rows = press.get("message", {}).get("reply_markup", {}).get("inline_keyboard", [])
    labels = (b["text"] for row in rows for b in row if b.get("callback_data") == press.get("data"))
    return f"[{label}]" if (label := next(labels, "")) else ""


def _said(params: dict[str, Any]) -> str:
    return html.unescape(TAG.sub("", str(params.get("text") or params.get("caption") or "")))


async def phone_of(session: AsyncSession, person_id: int) -> str | None:
    """In full, for whoever has to call because nothing else arrives."""
    return await session.scalar(select(Person.phone).where(Person.id == person_id))


async def open_form(session: AsyncSession, person_id: int) -> str | None:
    """The form that a person is filling."""
    mine = select(Draft.form).where(Draft.person_id == person_id, Draft.active)
    return await session.scalar(mine.limit(1))
