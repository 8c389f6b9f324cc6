"""One firm is one row, however many people act for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, EnterpriseSegment, Person, Segment
from pipeline import words
from services import demo, industries
from services.enterprises import (
    BelongsElsewhere,
    CodeMismatch,
    EnterpriseAnswers,
    Registered,
    register,
    similar,
)
from services.firm_names import proper_name

ANSWERS = EnterpriseAnswers(
    name="湘澜泵阀有限公司（演示）",
    contact="演示联系人甲",
    phone="19900000001",
    consent=3,
    uscc="91439999MA9D00013W",
    city="湘潭",
    industries=["A1"],
)


@pytest.fixture(autouse=True)
async def shelves(session: AsyncSession) -> None:
    await industries.load(session)


async def newcomer(session: AsyncSession, now: datetime) -> Person:
    person = Person(created_at=now)
    session.add(person)
    await session.flush()
    return person


async def arrive(session: AsyncSession, now: datetime, **answers: object) -> Registered:
    """Somebody new who registers with these answers."""
    person = await newcomer(session, now)
    return await register(session, person.id, replace(ANSWERS, **answers), now)  # type: ignore[arg-type]


async def firms(session: AsyncSession) -> int:
    return await session.scalar(select(func.count(Enterprise.id))) or 0


async def test_a_new_firm_is_written_down_with_its_person(
    session: AsyncSession, now: datetime
) -> None:
    """The firm has what was told of it; the person has name, phone, firm and consent version."""
    person = await newcomer(session, now)
    registered = await register(session, person.id, ANSWERS, now)
    firm = registered.enterprise
    assert registered.created
    assert (firm.name, firm.uscc, firm.city) == (ANSWERS.name, ANSWERS.uscc, "湘潭")
    assert (person.name, person.phone) == ("演示联系人甲", "19900000001")
    assert (person.enterprise_id, person.consent) == (firm.id, 3)
    assert not firm.demo


async def test_a_colleague_asks_to_join_the_firm_that_is_there(
    session: AsyncSession, now: datetime
) -> None:
    """One company row; the second acts for nobody until they are let in, and tells nothing new."""
    first = await arrive(session, now)
    second = await arrive(
        session, now, contact="演示联系人乙", name="写得不一样（演示）", city="长沙"
    )
    assert (first.created, second.created) == (True, False)
    assert second.enterprise.id == first.enterprise.id
    assert await firms(session) == 1
    assert first.admission is None
    assert second.admission is not None
    assert second.enterprise.city == "湘潭"
    people = select(func.count(Person.id)).filter_by(enterprise_id=first.enterprise.id)
    assert await session.scalar(people) == 1


async def test_under_approval_a_new_firm_has_nobody_yet(
    session: AsyncSession, now: datetime
) -> None:
    """It stands there as pending with what was told of it, and its founder waits."""
    person = await newcomer(session, now)
    registered = await register(session, person.id, ANSWERS, now, approve=True)
    assert registered.admission is not None
    assert (registered.admission.kind, registered.admission.asks) == ("found", "organizer")
    assert (registered.enterprise.state, registered.enterprise.city) == ("pending", "湘潭")
    assert person.enterprise_id is None


async def test_nobody_acts_for_two_firms(session: AsyncSession, now: datetime) -> None:
    """Whoever is of one firm leaves it before they join another; no firm is made on the way."""
    person = await newcomer(session, now)
    await register(session, person.id, ANSWERS, now)
    other = replace(ANSWERS, uscc="91439999MA9D00021P", name="另一家有限公司（演示）")
    with pytest.raises(BelongsElsewhere) as refusal:
        await register(session, person.id, other, now)
    assert refusal.value.facts == {"firm": ANSWERS.name}
    assert await firms(session) == 1


@pytest.mark.parametrize("name", ["湘澜泵阀有限公司(演示)", " 湘澜泵阀 有限公司（演示） "])
async def test_without_a_code_the_exact_name_is_the_firm(
    session: AsyncSession, now: datetime, name: str
) -> None:
    """Blanks and the width of brackets do not make another firm."""
    first = await arrive(session, now)
    second = await arrive(session, now, name=name, uscc=None)
    assert second.enterprise.id == first.enterprise.id
    assert not second.created


async def test_another_name_is_another_firm(session: AsyncSession, now: datetime) -> None:
    """A name that merely resembles is not joined."""
    await arrive(session, now, uscc=None)
    second = await arrive(session, now, uscc=None, name="湘澜泵业有限公司（演示）")
    assert second.created
    assert await firms(session) == 2


async def test_a_name_under_another_code_is_refused(session: AsyncSession, now: datetime) -> None:
    """Nobody gets into a firm by its name when the code they give says otherwise."""
    await arrive(session, now)
    person = await newcomer(session, now)
    with pytest.raises(CodeMismatch) as refusal:
        await register(session, person.id, replace(ANSWERS, uscc="91439999MA9D00021P"), now)
    assert person.enterprise_id is None
    assert ANSWERS.name in words.render("refused/code_mismatch", **refusal.value.facts).text


async def test_answers_fill_in_and_never_overwrite(session: AsyncSession, now: datetime) -> None:
    """An imported firm gets the code and city it lacked; what it has stays as it is."""
    session.add(Enterprise(name=ANSWERS.name, size="小型", tags=["专精特新"], created_at=now))
    await session.flush()
    firm = (await arrive(session, now, size="大型", tags=["其他"])).enterprise
    assert (firm.uscc, firm.city, firm.size, firm.tags) == (
        ANSWERS.uscc,
        "湘潭",
        "小型",
        ["专精特新"],
    )


async def test_industries_add_up(session: AsyncSession, now: datetime) -> None:
    """The industries that a person names again add up, each with all its segments, each once."""
    person = await newcomer(session, now)
    await register(session, person.id, replace(ANSWERS, industries=["A1", "A2"]), now)
    await register(session, person.id, replace(ANSWERS, industries=["A2", "F3"]), now)
    of_firm = select(Segment.industry_code).join(
        EnterpriseSegment, EnterpriseSegment.segment_id == Segment.id
    )
    assert sorted(await session.scalars(of_firm)) == ["A1"] * 3 + ["A2"] * 3 + ["F3"]


async def test_nobody_is_forced_to_name_a_field(session: AsyncSession, now: datetime) -> None:
    """Without industries the firm stands in no segment yet."""
    await arrive(session, now, industries=[])
    assert not await session.scalar(select(func.count(EnterpriseSegment.segment_id)))


async def test_registering_twice_changes_nothing(session: AsyncSession, now: datetime) -> None:
    """The same person with the same answers is still one person of one firm."""
    person = await newcomer(session, now)
    first = await register(session, person.id, ANSWERS, now)
    again = await register(session, person.id, ANSWERS, now)
    assert (again.created, again.enterprise.id) == (False, first.enterprise.id)
    assert await firms(session) == 1


@pytest.mark.parametrize("typed", ["湘澜泵阀", "香兰泵阀", "湘澜泵伐有限公司", "湘澜 泵阀(演示)"])
async def test_a_firm_that_is_there_is_offered_by_a_part_or_a_slip(
    session: AsyncSession, now: datetime, typed: str
) -> None:
    """Short, misspelt or by its sound: the first name offered is the one that was meant."""
    await demo.load(session, now)
    assert (await similar(session, typed, 3))[0] == ANSWERS.name


async def test_a_firm_that_is_not_there_is_not_talked_into_another(
    session: AsyncSession, now: datetime
) -> None:
    """Another firm of the trade is no suggestion; among several the number asked for is kept."""
    assert await similar(session, "湘澜泵阀", 3) == []
    await demo.load(session, now)
    assert await similar(session, "岳阳某某机械有限公司", 3) == []
    assert len(await similar(session, "食品", 1)) == 1


async def test_a_new_firm_is_offered_at_once(session: AsyncSession, now: datetime) -> None:
    """Suggestions are never older than the table."""
    assert await similar(session, "泵阀", 3) == []
    await arrive(session, now)
    assert await similar(session, "泵阀", 3) == [ANSWERS.name]


def test_a_proper_name_is_its_own_proper_name() -> None:
    """Writing a name properly once is enough."""
    assert proper_name("湘澜 泵阀(演示)") == "湘澜泵阀（演示）" == proper_name("湘澜泵阀（演示）")
