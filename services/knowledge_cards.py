"""What the staff answered becomes knowledge: a draft, somebody else's approval, live at once; an
owner answers for it, and it leaves when it expires.

Before a card goes live, questions whose answers are known are asked with it and without it. Where
one would be answered worse, that is said first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Person, StaffAnswer, Ticket
from db.session import Database, session_on
from errors import Refused
from services import audit, gaps, policy_knowledge, policy_trials, ticket_likeness
from services.policy_knowledge import Knowledge, Source
from services.policy_trials import Worse
from services.ticket_states import TicketUnknown
from services.working_time import today

YEAR = timedelta(days=365)
SOON = timedelta(days=14)


class CardUnknown(Refused):
    """No facts. There is no such card, or it left."""


class OwnCard(Refused):
    """Facts: card_id. Who wrote an answer does not approve it, while there is somebody else."""


async def draft(session: AsyncSession, ticket_id: int, by: int, now: datetime) -> StaffAnswer:
    """The card of an answered ticket; the same one again while it is a draft."""
    ticket = await session.get(Ticket, ticket_id)
    if ticket is None or ticket.answer is None:
        raise TicketUnknown
    mine = select(StaffAnswer).filter_by(ticket_id=ticket_id, retired_at=None)
    if card := await session.scalar(mine.limit(1)):
        return card
    card = StaffAnswer(
        question=ticket.question, aliases=await _also_asked(session, ticket, now),
        text=ticket.answer, clause_id=ticket.clause_id, department=ticket.department,
        ticket_id=ticket_id, owner_id=by, expires_on=today(now) + YEAR, created_at=now,
    )  # fmt: skip
    session.add(card)
    await session.flush()
    audit.note(session, by, "card.drafted", f"card:{card.id}", None, card.question, now)
    return card


async def get(session: AsyncSession, card_id: int) -> StaffAnswer:
    card = await session.get(StaffAnswer, card_id, populate_existing=True)
    if card is None or card.retired_at is not None:
        raise CardUnknown
    return card


async def may_approve(session: AsyncSession, card_id: int, who: int) -> StaffAnswer:
    """The card, for somebody who wants to let it go live."""
    card = await get(session, card_id)
    if card.owner_id == who and await reviewers(session, card):
        raise OwnCard(card_id=card_id)
    return card


async def reviewers(session: AsyncSession, card: StaffAnswer) -> Sequence[int]:
    """Who may approve it: everybody at the desk but whoever wrote it."""
    desk = select(Person.id).where(Person.role.in_(("staff", "org")), Person.id != card.owner_id)
    return (await session.scalars(desk.order_by(Person.id))).all()


async def approve(session: AsyncSession, card: StaffAnswer, by: int, now: datetime) -> None:
    """Live at once."""
    if card.approved_at is None:
        card.approved_at, card.version = now, card.version + 1
        audit.note(session, by, "card.approved", f"card:{card.id}", None, card.question, now)
        await session.flush()


async def retire(session: AsyncSession, card: StaffAnswer, by: int, now: datetime) -> None:
    """It answers nothing any more."""
    card.retired_at, card.version = now, card.version + 1
    audit.note(session, by, "card.retired", f"card:{card.id}", card.question, None, now)
    await session.flush()


async def renew(session: AsyncSession, card: StaffAnswer, by: int, now: datetime) -> None:
    """It holds for another year."""
    before, after = card.expires_on, today(now) + YEAR
    card.expires_on = after
    card.version += 1
    audit.note(session, by, "card.renewed", f"card:{card.id}", str(before), str(after), now)
    await session.flush()


async def listed(session: AsyncSession) -> Sequence[StaffAnswer]:
    """Drafts first, then what is live, the next to expire first."""
    cards = select(StaffAnswer).where(StaffAnswer.retired_at.is_(None))
    order = (StaffAnswer.approved_at.is_not(None), StaffAnswer.expires_on, StaffAnswer.id)
    return (await session.scalars(cards.order_by(*order).limit(30))).all()


async def expiring(session: AsyncSession, now: datetime) -> Sequence[StaffAnswer]:
    """Live cards that leave within a fortnight, or have left."""
    live = (StaffAnswer.retired_at.is_(None), StaffAnswer.approved_at.is_not(None))
    soon = StaffAnswer.expires_on <= today(now) + SOON
    cards = select(StaffAnswer).where(*live, soon, StaffAnswer.owner_id.is_not(None))
    return (await session.scalars(cards.order_by(StaffAnswer.id))).all()


async def trial(database: Database, card_id: int, now: datetime) -> list[Worse]:
    """Which questions would be answered worse with this card, holding no lock: it takes seconds."""
    async with database.reading() as connection, session_on(connection) as session:
        card = await get(session, card_id)
        known = await policy_knowledge.knowledge(session)
        asked = await policy_trials.questions(session, known)
        more = policy_knowledge.approved_source(card)
    return await asyncio.to_thread(_compared, known, more, asked, now)


def _compared(known: Knowledge, more: Source, asked: list[str], now: datetime) -> list[Worse]:
    before = policy_trials.answered(known, asked, now)
    after = policy_trials.answered(policy_knowledge.with_source(known, more), before, now)
    return policy_trials.worse(before, after)


async def _also_asked(session: AsyncSession, ticket: Ticket, now: datetime) -> list[str]:
    """How others asked the same, in tickets and in vain."""
    asked = [like.ticket.question for like in await ticket_likeness.same(session, ticket)]
    lately = await gaps.like(session, ticket.question, now)
    return list(dict.fromkeys(q for q in (*asked, *lately) if q != ticket.question))[:10]
