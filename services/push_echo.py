"""What became of a university's patents that were pushed, in figures that name nobody."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Interest, Offer, Patent, Person, Ticket, WeeklyPack
from services import patent_views, universities
from services.push_rounds import PACKED

LEAST = 3  # firms; fewer are no figure


@dataclass(frozen=True)
class Echo:
    """Firms: to how many something was `shown`, how many were `interested`, and why how many said
    no (a firm counts once a reason); `views`: how often firms opened a card. None where they are
    fewer than LEAST."""

    shown: int | None
    views: int | None
    interested: int | None
    reasons: Counter[str] | None


async def echo(
    session: AsyncSession, university: str, since: datetime | None, until: datetime
) -> Echo | None:
    """None where nothing was shown or seen and nobody was interested."""
    owned = Patent.applicant.contains(university, autoescape=True)
    patents = [
        id
        for id, applicant in await session.execute(select(Patent.id, Patent.applicant).where(owned))
        if university in universities.owners(applicant)
    ]
    shown = await _shown(session, patents, since, until)
    views = await patent_views.count(session, patents, since, until)
    said = await session.execute(
        select(Offer.enterprise_id, Offer.reason).distinct()
        .where(Offer.patent_id.in_(patents), Offer.reason.is_not(None),
               *_within(Offer.decided_at, since, until))
    )  # fmt: skip
    answers = [(firm, str(reason)) for firm, reason in said]
    interested = await _interested(session, patents, since, until)
    if not (shown or views or answers or interested):
        return None
    enough = len({firm for firm, _ in answers}) >= LEAST
    reasons = Counter(reason for _, reason in answers) if enough else None
    return Echo(_figure(shown), _figure(views), _figure(interested), reasons)


async def _shown(
    session: AsyncSession, patents: list[int], since: datetime | None, until: datetime
) -> int:
    firms = (
        select(func.count(Offer.enterprise_id.distinct()))
        .join(WeeklyPack, PACKED)
        .where(WeeklyPack.people > 0, Offer.patent_id.in_(patents),
               *_within(Offer.pushed_at, since, until))
    )  # fmt: skip
    return await session.scalar(firms) or 0


async def _interested(
    session: AsyncSession, patents: list[int], since: datetime | None, until: datetime
) -> int:
    """A wish to talk is a ticket."""
    firms = (
        select(func.count(Person.enterprise_id.distinct()))
        .join(Ticket, Ticket.person_id == Person.id)
        .join(Interest, Interest.ticket_id == Ticket.id)
        .where(Interest.patent_id.in_(patents), *_within(Ticket.created_at, since, until))
    )
    return await session.scalar(firms) or 0


def _within(moment: Any, since: datetime | None, until: datetime) -> list[ColumnElement[bool]]:
    return [moment < until, *([moment >= since] if since is not None else [])]


def _figure(number: int) -> int | None:
    return number if number >= LEAST else None
