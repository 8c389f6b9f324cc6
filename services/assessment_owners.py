"""What becomes of somebody's assessments when they leave their firm or are forgotten.

They are the firm's word and stay; whoever said them goes.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Assessment, Patent, Person
from services.assessment_states import PROPOSED, VALID


async def count(session: AsyncSession, person: Person) -> int:
    """How many of the firm's assessments the person answers for."""
    mine = select(func.count(Assessment.id)).where(*_answers_for(person))
    return await session.scalar(mine) or 0


async def hand_over(session: AsyncSession, person: Person, heir: Person | None) -> None:
    """The heir answers for them; the history keeps who said what."""
    if heir is not None:
        handed = update(Assessment).where(*_answers_for(person))
        await session.execute(handed.values(person_id=heir.id))


async def forget(session: AsyncSession, people: Sequence[int]) -> None:
    """The firm's figures stay, without whoever said them and without their own words."""
    said = update(Assessment).where(Assessment.person_id.in_(people))
    await session.execute(said.values(person_id=None, comment=None))


async def of_person(session: AsyncSession, person_id: int) -> Sequence[tuple[Assessment, str, str]]:
    """Every view that a person holds, with number and title of the patent."""
    rows = await session.execute(
        select(Assessment, Patent.number, Patent.title)
        .join(Patent, Patent.id == Assessment.patent_id)
        .where(Assessment.person_id == person_id)
        .order_by(Assessment.id)
    )
    return [(row, number, title) for row, number, title in rows]


def _answers_for(person: Person) -> tuple[ColumnElement[bool], ...]:
    return (
        Assessment.person_id == person.id,
        Assessment.enterprise_id == person.enterprise_id,
        Assessment.state.in_((VALID, PROPOSED)),
    )
