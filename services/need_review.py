"""The gate with a human: staff publish a need or return it with one question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, Need
from services import desk, need_states, needs
from services.desk import FirmCard
from services.need_states import FRESH, MET, PARKED, PUBLISHED, RETURNED, REVIEW, TO_ANSWER
from services.people import PersonLike

STAFF = "staff"


@dataclass(frozen=True)
class ReviewCard:
    """A need as the desk sees it. `firm` is None where whoever looks must not know whose it is."""

    card: needs.NeedCard
    firm: FirmCard | None

    @property
    def need(self) -> Need:
        return self.card.need


async def queue(session: AsyncSession, limit: int = 20) -> list[Need]:
    """What waits to be looked at, the most urgent promise first."""
    waiting = select(Need).where(Need.state == REVIEW).order_by(Need.promised_at, Need.id)
    return list(await session.scalars(waiting.limit(limit)))


async def card(session: AsyncSession, need_id: int, role: str) -> ReviewCard:
    need = await session.get(Need, need_id, populate_existing=True)
    if need is None:
        raise need_states.NeedUnknown
    hidden = need.anonymous and role != STAFF
    firm = None if hidden else await _firm(session, need)
    return ReviewCard(await needs.card(session, need), firm)


async def _firm(session: AsyncSession, need: Need) -> FirmCard:
    if need.person_id is not None:
        return await desk.firm_card(session, need.person_id)
    firm = await session.get_one(Enterprise, need.enterprise_id)
    return FirmCard(firm.name, firm.city, None, None, 0)


async def publish(session: AsyncSession, staff_id: int, need_id: int, now: datetime) -> Need:
    fresh = need_states.unchased(now + FRESH)
    return await need_states.move(
        session, need_id, (REVIEW,), staff_id, now,
        state=PUBLISHED, handled_at=now, published_at=now, **fresh,
    )  # fmt: skip


async def send_back(
    session: AsyncSession, staff_id: int, need_id: int, question: str, now: datetime
) -> Need:
    """Return it with one question; the firm has a week, and after a reminder another."""
    week = need_states.unchased(now + TO_ANSWER)
    return await need_states.move(
        session, need_id, (REVIEW,), staff_id, now,
        state=RETURNED, handled_at=now, question=question, answer=None, **week,
    )  # fmt: skip


async def answer(
    session: AsyncSession, person: PersonLike, need_id: int, text: str, now: datetime
) -> Need:
    """The firm answers; a need that was parked for its silence wakes up."""
    await answerable(session, person, need_id)
    again = need_states.for_review(now)
    return await need_states.move(
        session, need_id, (RETURNED, PARKED), person.id, now, state=REVIEW, answer=text, **again
    )


async def answerable(session: AsyncSession, person: PersonLike, need_id: int) -> Need:
    """The need, while its question is open."""
    need = await needs.get_for(session, person, need_id)
    if need.state not in (RETURNED, PARKED) or need.question is None or need.answer is not None:
        raise need_states.NeedMoved(need_id=need.id, state=need.state)
    return need


async def met(session: AsyncSession, staff_id: int, need_id: int, now: datetime) -> Need:
    """The firm and somebody who can help have been brought together."""
    return await need_states.move(session, need_id, (PUBLISHED,), staff_id, now, state=MET)
