"""Needs belong to the enterprise; nobody else reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, Need, Person
from pipeline import words
from services import needs
from services.needs import (
    NeedAnswers,
    NeedCard,
    NotRegistered,
    NotYours,
    get_for,
    of_enterprise,
    post,
)

ANSWERS = NeedAnswers(
    problem="柱塞泵滑靴磨损快",
    target="寿命翻倍",
    budget_low=300_000,
    budget_high=500_000,
    wanted_by=date(2027, 3, 1),
    modes=["许可"],
)


@dataclass
class People:
    hua: Person
    rui: Person
    stranger: Person
    nobody: Person


@pytest.fixture
async def people(session: AsyncSession, now: datetime) -> People:
    """Two colleagues, somebody of another firm, and somebody of none."""
    firms = [Enterprise(name=f"演示{i}", tags=[], created_at=now) for i in range(2)]
    session.add_all(firms)
    await session.flush()
    of = [firms[0].id, firms[0].id, firms[1].id, None]
    rows = [Person(enterprise_id=firm, created_at=now) for firm in of]
    session.add_all(rows)
    await session.flush()
    return People(*rows)


async def test_a_need_keeps_what_was_said(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """Every answer is in the row, and the need waits for review."""
    posted = await post(session, people.hua, ANSWERS, now)
    await session.refresh(posted)
    assert {key: getattr(posted, key) for key in vars(ANSWERS)} == vars(ANSWERS)
    assert (posted.enterprise_id, posted.person_id) == (people.hua.enterprise_id, people.hua.id)
    assert (posted.state, posted.created_at, posted.demo) == ("review", now, False)


async def test_only_who_acts_for_a_firm_posts(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """A person without a firm is asked to register first, and nothing is stored."""
    with pytest.raises(NotRegistered) as refusal:
        await post(session, people.nobody, ANSWERS, now)
    assert not await session.scalar(select(func.count(Need.id)))
    assert words.render(f"refused/{refusal.value.code}").rows


async def test_the_same_need_twice_is_one_need(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """Submitting twice posts once; once it is closed, the same words are a new need."""
    first = await post(session, people.hua, ANSWERS, now)
    assert (await post(session, people.hua, ANSWERS, now)).id == first.id
    first.state = "closed"
    assert (await post(session, people.hua, ANSWERS, now)).id != first.id


async def test_colleagues_read_the_firms_needs_newest_first(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """What one person posts the whole firm sees, and no other."""
    old = await post(session, people.hua, ANSWERS, now)
    new = await post(
        session, people.rui, replace(ANSWERS, problem="泄漏"), now + timedelta(hours=1)
    )
    await post(session, people.stranger, ANSWERS, now)
    assert people.hua.enterprise_id is not None
    found = await of_enterprise(session, people.hua.enterprise_id)
    assert [need.id for need in found] == [new.id, old.id]
    assert (await get_for(session, people.rui, old.id)).id == old.id


@pytest.mark.parametrize("who", ["stranger", "nobody"])
async def test_another_firms_need_is_refused(
    session: AsyncSession, people: People, now: datetime, who: str
) -> None:
    """A forged id and one that never was get the same answer."""
    need = await post(session, people.hua, ANSWERS, now)
    for need_id in (need.id, need.id + 1000):
        with pytest.raises(NotYours) as refusal:
            await get_for(session, getattr(people, who), need_id)
        assert ANSWERS.problem not in words.render(f"needs/refused/{refusal.value.code}").text


async def test_the_messages_say_number_and_next_step(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """A firm that posted reads the number, when somebody calls, and finds its need again."""
    need = await post(session, people.hua, ANSWERS, now)
    card = await needs.card(session, need)
    posted = words.render("needs/posted", card=card)
    assert str(need.id) in posted.text
    assert "1 个工作日" in posted.text
    assert posted.rows[-1][0]["callback_data"] == "needs.mine"
    shown = words.render("needs/show", card=card, now=now).text
    assert "30万元至50万元" in shown
    assert "2027年3月1日" in shown
    assert "合作方式：许可" in shown
    listed = words.render("needs/list", needs=[need])
    assert listed.rows[0][0]["callback_data"] == f"needs.show:{need.id}"
    assert words.render("needs/list", needs=[]).rows


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(None, None, None), (0, 500_000, "50万元以内"), (500_000, None, "50万元以上")],
)
def test_an_open_budget_is_said_as_it_was_meant(
    low: int | None, high: int | None, said: str | None, now: datetime
) -> None:
    """No budget is no line; an open end is not filled with a number."""
    need = Need(id=1, problem="x", target=None, budget_low=low, budget_high=high, modes=[])
    need.wanted_by, need.state, need.created_at = None, "published", now
    card = NeedCard(need, None, 0, 0)
    text = words.render("needs/show", card=card, now=now).text
    assert (said in text) if said else ("预算" not in text)
