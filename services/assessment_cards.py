"""What a firm has said of patents, as its people look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Assessment, Patent, Person
from services import assessment_states as states
from services import memberships, patents
from services.assessment_states import PROPOSED, VALID, AssessmentUnknown
from services.needs import NotRegistered
from services.people import PersonLike

PAGE_SIZE = 8


@dataclass(frozen=True)
class View:
    """A row, with the name of whoever said it; None where they are gone."""

    row: Assessment
    who: str | None


@dataclass(frozen=True)
class Card:
    """All that a firm has said of a patent. `decides`: whether whoever looks chooses among views;
    `own`: whether the valid one is theirs."""

    patent: Patent
    valid: View | None
    proposed: Sequence[View]
    versions: int
    decides: bool
    own: bool


@dataclass(frozen=True)
class Mine:
    """A page of the firm's valid assessments, each with its patent and the views that wait."""

    rows: Sequence[tuple[Assessment, Patent, int]]
    page: int
    pages: int
    total: int


async def card(session: AsyncSession, person: PersonLike, patent_id: int) -> Card:
    """What the person's firm has said of a patent."""
    patent = await patents.get(session, patent_id)
    views = await history(session, person, patent_id)
    valid = next((view for view in views if view.row.state == VALID), None)
    proposed = [view for view in views if view.row.state == PROPOSED]
    decides = bool(proposed) and await states.decides(session, person)
    own = valid is not None and valid.row.person_id == person.id
    return Card(patent, valid, proposed, len(views), decides, own)


async def history(session: AsyncSession, person: PersonLike, patent_id: int) -> list[View]:
    """Every view of the firm, the newest first."""
    if person.enterprise_id is None:
        raise NotRegistered
    rows = await session.execute(
        select(Assessment, Person.name)
        .outerjoin(Person, Person.id == Assessment.person_id)
        .where(Assessment.enterprise_id == person.enterprise_id, Assessment.patent_id == patent_id)
        .order_by(Assessment.id.desc())
        .execution_options(populate_existing=True)
    )
    return [View(row, name) for row, name in rows]


async def mine(session: AsyncSession, person: PersonLike, page: int) -> Mine:
    """What the person's firm has assessed, the newest first."""
    if person.enterprise_id is None:
        raise NotRegistered
    where = (Assessment.enterprise_id == person.enterprise_id, Assessment.state == VALID)
    total = await session.scalar(select(func.count(Assessment.id)).where(*where)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    at = min(max(page, 1), pages)
    rows = await session.execute(
        select(Assessment, Patent)
        .join(Patent, Patent.id == Assessment.patent_id)
        .where(*where)
        .order_by(Assessment.created_at.desc(), Assessment.id.desc())
        .limit(PAGE_SIZE)
        .offset((at - 1) * PAGE_SIZE)
    )
    waiting = await _waiting(session, person.enterprise_id)
    shown = [(row, patent, waiting.get(patent.id, 0)) for row, patent in rows]
    return Mine(shown, at, pages, total)


async def authors(
    session: AsyncSession, person: PersonLike, row: Assessment
) -> dict[int | None, str | None]:
    """Whose views a decision was about: who said this one, and who said what stood; {id: name}."""
    views = {view.row.id: view for view in await history(session, person, row.patent_id)}
    valid = next((view for view in views.values() if view.row.state == VALID), None)
    concerned = (views.get(row.id), views.get(row.before_id or 0), valid)
    return {view.row.person_id: view.who for view in concerned if view is not None}


async def decider(session: AsyncSession, person: PersonLike) -> Person | None:
    """The firm's admin, if there is one who can be asked."""
    admin = await memberships.admin_of(session, person.enterprise_id or 0)
    return await session.get(Person, admin) if admin is not None else None


async def patent_of(session: AsyncSession, person: PersonLike, row_id: int) -> int:
    """The patent that a view of the person's firm is about."""
    row = await session.get(Assessment, row_id)
    if row is None or row.enterprise_id != person.enterprise_id:
        raise AssessmentUnknown
    return row.patent_id


async def check_changeable(session: AsyncSession, person: PersonLike, patent_id: int) -> None:
    """Raise before anybody fills a form for nothing."""
    if person.enterprise_id is None:
        raise NotRegistered
    valid = await states.valid(session, person.enterprise_id, patent_id)
    if valid is not None:
        states.check_open(valid)


async def _waiting(session: AsyncSession, firm: int) -> dict[int, int]:
    """How many views wait for the admin, by patent."""
    rows = await session.execute(
        select(Assessment.patent_id, func.count().label("waiting"))
        .where(Assessment.enterprise_id == firm, Assessment.state == PROPOSED)
        .group_by(Assessment.patent_id)
    )
    return {row.patent_id: row.waiting for row in rows}
