"""The states of an assessment, what is refused, and the rows that the rules ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Assessment, Person
from errors import Refused
from services import memberships
from services.people import PersonLike

VALID, PROPOSED, REPLACED = "valid", "proposed", "replaced"
DECLINED, WITHDRAWN = "declined", "withdrawn"
LOW, NO_INTENT = 2, "none"  # up to this prospect, and without any wish to work together: a no
LEVELS = range(1, 6)


class AssessmentUnknown(Refused):
    """No facts: whether another firm has such a one is not told either."""


class AssessmentMoved(Refused):
    """Facts: patent_id. Somebody was faster, or the button is old."""


class AssessmentExported(Refused):
    """Facts: patent_id, at. It went to the national platform as it stands."""


class AdminOnly(Refused):
    """Facts: admin (a name, or None), patent_id. Of two views of a firm its admin chooses."""


@dataclass(frozen=True)
class Axes:
    """产业化前景 from 1 to 5, 技术改进需求 in words, 合作意愿 as the name of a choice."""

    prospect: int
    improvement: str
    intent: str


def axes_of(row: Assessment) -> Axes:
    return Axes(row.prospect, row.improvement, row.intent)


def is_no(row: Assessment) -> bool:
    """No prospect and no wish: worth one question, why."""
    return row.prospect <= LOW and row.intent == NO_INTENT


async def valid(session: AsyncSession, firm: int, patent_id: int) -> Assessment | None:
    return await session.scalar(
        select(Assessment)
        .where(
            Assessment.enterprise_id == firm,
            Assessment.patent_id == patent_id,
            Assessment.state == VALID,
        )
        .with_for_update()  # an export at the same moment makes it stand
        .execution_options(populate_existing=True)
    )


async def proposed(session: AsyncSession, firm: int, patent_id: int) -> Sequence[Assessment]:
    rows = await session.scalars(
        select(Assessment)
        .where(
            Assessment.enterprise_id == firm,
            Assessment.patent_id == patent_id,
            Assessment.state == PROPOSED,
        )
        .order_by(Assessment.id.desc())
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def decides(session: AsyncSession, person: PersonLike) -> bool:
    """The admin; in a firm whose admin cannot be asked, anybody."""
    admin = await memberships.admin_of(session, person.enterprise_id or 0)
    return admin in (None, person.id)


async def check_decides(session: AsyncSession, person: PersonLike, patent_id: int) -> None:
    if not await decides(session, person):
        admin = await memberships.admin_of(session, person.enterprise_id or 0)
        name = await session.scalar(select(Person.name).where(Person.id == admin))
        raise AdminOnly(admin=name, patent_id=patent_id)


def check_open(row: Assessment) -> None:
    if row.exported_at is not None:
        raise AssessmentExported(patent_id=row.patent_id, at=row.exported_at)
