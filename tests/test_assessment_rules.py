"""The rules of assessments, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Assessment, Enterprise, Patent, Person
from services import assessment_cards as cards
from services import assessment_digest, assessment_export, assessments, demo
from services.apart import Reading
from services.assessment_rows import ASSESSMENTS, Returned
from services.assessment_states import AssessmentExported, AssessmentMoved, Axes

GOOD, BAD = Axes(4, "要降成本", "license"), Axes(1, "要降成本", "none")
PATENT = 1


@pytest.fixture
async def people(session: AsyncSession, now: datetime) -> list[Person]:
    """Two of one firm; the first is its admin, whom nobody can write to yet."""
    await demo.load(session, now)
    firm = await session.scalar(select(Enterprise).order_by(Enterprise.id).limit(1))
    assert firm is not None
    both = [
        Person(role="ent", name=name, enterprise_id=firm.id, created_at=now)
        for name in ("王工", "李工")
    ]
    session.add_all(both)
    await session.flush()
    return both


async def states(session: AsyncSession) -> list[str]:
    await session.flush()
    return list(await session.scalars(select(Assessment.state).order_by(Assessment.id)))


async def test_one_valid_word_whoever_speaks(
    session: AsyncSession, people: list[Person], now: datetime
) -> None:
    """A colleague's other view waits beside it; chosen, it replaces it; undone, nothing is lost."""
    wang, li = people
    first = await assessments.assess(session, wang, PATENT, GOOD, now)
    other = await assessments.assess(session, li, PATENT, BAD, now)
    assert (first.kind, other.kind, other.why) == ("first", "proposed", False)
    again = await assessments.assess(session, li, PATENT, BAD, now)
    assert await states(session) == ["valid", "replaced", "proposed"]
    await assessments.decide(session, li, again.row.id, now, accept=True)
    assert await states(session) == ["replaced", "replaced", "valid"]
    back = await assessments.undo(session, li, again.row.id, now)
    assert back is not None and back.id == first.row.id
    with pytest.raises(AssessmentMoved):
        await assessments.undo(session, li, again.row.id, now)


async def test_a_view_stands_alone_when_what_it_contradicted_is_taken_back(
    session: AsyncSession, people: list[Person], now: datetime
) -> None:
    wang, li = people
    first = await assessments.assess(session, wang, PATENT, GOOD, now)
    other = await assessments.assess(session, li, PATENT, BAD, now)
    again = await assessments.undo(session, wang, first.row.id, now)
    assert again is not None and again.id == other.row.id
    assert await states(session) == ["withdrawn", "valid"]


async def test_colleagues_who_come_to_agree_need_no_decision(
    session: AsyncSession, people: list[Person], now: datetime
) -> None:
    wang, li = people
    await assessments.assess(session, wang, PATENT, GOOD, now)
    await assessments.assess(session, li, PATENT, BAD, now)
    await assessments.assess(session, wang, PATENT, BAD, now)
    assert await states(session) == ["replaced", "replaced", "valid"]


async def test_words_of_a_colleague_are_added_and_never_replaced(
    session: AsyncSession, people: list[Person], now: datetime
) -> None:
    """The first comment joins the same axes; a second one beside it is another view."""
    wang, li = people
    await assessments.assess(session, wang, PATENT, GOOD, now)
    assert (await assessments.comment(session, li, PATENT, "漏油少一半", now)).kind == "changed"
    assert (await assessments.comment(session, wang, PATENT, "太重", now)).kind == "proposed"


async def test_exported_it_stands_until_the_platform_has_it(
    session: AsyncSession, people: list[Person], now: datetime
) -> None:
    """Both engines lock, mark and tick alike; a second export has it until it is ticked."""
    wang, _ = people
    done = await assessments.assess(session, wang, PATENT, GOOD, now)
    assert len(await assessment_export.export(session, now, dry_run=True)) == 1
    assert (await assessment_export.outlook(session)).new == 1
    lines = await assessment_export.export(session, now)
    assert [line.row.id for line in lines] == [done.row.id]
    with pytest.raises(AssessmentExported):
        await assessments.assess(session, wang, PATENT, BAD, now)
    returned = [Returned(2, id=str(done.row.id)), Returned(3, id="77"), Returned(4, id="x")]
    reading = Reading(ASSESSMENTS, returned, [], [], [])
    ticked = await assessment_export.take_back_in(session, "回执.xlsx", reading, now)
    assert (ticked.ticked, [one.line for one in ticked.unknown]) == (1, [3, 4])
    assert await assessment_export.export(session, now) == []
    assert ticked.batch is not None
    await assessment_export.undo(session, ticked.batch, now + timedelta(hours=1), None)
    card = await cards.card(session, wang, PATENT)
    assert card.valid is not None and card.valid.row.registered_at is None


async def test_a_month_counts_what_was_said_in_it(
    session: AsyncSession, people: list[Person], now: datetime
) -> None:
    """Not what was said before or after."""
    patent = await session.get_one(Patent, PATENT)
    firms = await session.scalars(select(Enterprise.id).order_by(Enterprise.id).limit(4))
    for at, firm in enumerate(firms):
        moment = now - timedelta(days=60) if at == 0 else now
        session.add(
            Assessment(enterprise_id=firm, patent_id=PATENT, created_at=moment, **vars(GOOD))
        )
    await session.flush()
    since, until = assessment_digest.last_month(now + timedelta(days=20))
    found = await assessment_digest.digest(session, patent.applicant, since, until)
    assert found is not None and found.figures is not None
    assert found.figures.firms == 3
    ever = await assessment_digest.digest(session, patent.applicant, None, until)
    assert ever is not None and ever.figures is not None and ever.figures.firms == 4
