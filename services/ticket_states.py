"""The life of a ticket: open (somebody waits for us), asked (we wait for them, the clock stands),
answered (they may go on within a week), closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Person, Ticket
from errors import Refused

OPEN, ASKED, ANSWERED, CLOSED = "open", "asked", "answered", "closed"
LIVE = (OPEN, ASKED)
AGAIN = timedelta(days=7)
"""So long an answered ticket can be opened again; what comes later is a new one."""


class TicketUnknown(Refused):
    """No facts."""


class AlreadyAnswered(Refused):
    """Facts: ticket_id, by (a name, or None), at."""


class ClaimedBefore(Refused):
    """Facts: ticket_id, by (a name, or None). Somebody else speaks with the person."""


class NotClaimed(Refused):
    """Facts: ticket_id. Nobody, or somebody else, speaks with the person by now."""


async def get(session: AsyncSession, ticket_id: int) -> Ticket:
    ticket = await session.get(Ticket, ticket_id, populate_existing=True)
    if ticket is None:
        raise TicketUnknown
    return ticket


async def claimed(session: AsyncSession, ticket_id: int, staff_id: int) -> Ticket:
    """The ticket, for whoever speaks with its person."""
    ticket = await get(session, ticket_id)
    if ticket.claimed_by != staff_id:
        raise NotClaimed(ticket_id=ticket_id)
    return ticket


async def answered_before(session: AsyncSession, ticket: Ticket) -> AlreadyAnswered:
    by = await name_of(session, ticket.answered_by)
    return AlreadyAnswered(ticket_id=ticket.id, by=by, at=ticket.answered_at)


async def name_of(session: AsyncSession, person_id: int | None) -> str | None:
    person = await session.get(Person, person_id) if person_id else None
    return person.name if person else None


def may_go_on(ticket: Ticket, now: datetime) -> bool:
    """Whether what its person says now still belongs to this ticket."""
    if ticket.state in LIVE:
        return True
    return ticket.answered_at is not None and now - ticket.answered_at <= AGAIN
