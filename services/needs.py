"""Technology needs: posting one, and reading those of one's own enterprise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Need
from errors import Refused
from services.events import PersonLike


class NotRegistered(Refused):
    """No facts. Only people who act for an enterprise have needs."""


class NotYours(Refused):
    """No facts: whether there is such a need at another firm is not told either."""


@dataclass(frozen=True)
class NeedAnswers:
    """What a need says; the budget is in yuan, an exact one has the same value twice."""

    problem: str
    target: str | None = None
    budget_low: int | None = None
    budget_high: int | None = None
    wanted_by: date | None = None
    modes: list[str] = field(default_factory=list)
    segment_id: int | None = None


async def post(
    session: AsyncSession, person: PersonLike, answers: NeedAnswers, now: datetime
) -> Need:
    """Post the need; the same words again from the same person are the same need."""
    if person.enterprise_id is None:
        raise NotRegistered
    posted = select(Need).filter_by(
        enterprise_id=person.enterprise_id,
        person_id=person.id,
        problem=answers.problem,
        state="open",
    )
    if need := await session.scalar(posted.limit(1)):
        return need
    need = Need(
        enterprise_id=person.enterprise_id, person_id=person.id, created_at=now, **vars(answers)
    )
    session.add(need)
    await session.flush()
    return need


async def of_enterprise(session: AsyncSession, enterprise_id: int) -> Sequence[Need]:
    """All needs of a firm, also its colleagues', the newest first."""
    needs = select(Need).filter_by(enterprise_id=enterprise_id)
    return (await session.scalars(needs.order_by(Need.created_at.desc(), Need.id.desc()))).all()


async def get_for(session: AsyncSession, person: PersonLike, need_id: int) -> Need:
    """The need, if it is of the person's own enterprise."""
    need = await session.get(Need, need_id)
    if need is None or need.enterprise_id != person.enterprise_id:
        raise NotYours
    return need
