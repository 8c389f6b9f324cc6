"""订单式研发: what no patent answers is gathered from many firms into one order."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, Match, Need, Patent
from services import order_book
from tests.chat import Chat

TEA = (
    "黑茶渥堆发酵时间太长，想缩短发酵周期",
    "黑茶渥堆发酵周期长，想找快速发酵的办法",
    "茶叶渥堆发酵太慢",
)


async def needs(session: AsyncSession, now: datetime, *said: str, **more: object) -> list[Need]:
    """Published needs, each of a firm of its own."""
    made = []
    for problem in said:
        firm = Enterprise(name=f"做{problem[:9]}的厂", city="益阳", tags=[], created_at=now)
        session.add(firm)
        await session.flush()
        values = {"state": "published", "modes": [], "anonymous": False, "rough": False, **more}
        need = Need(enterprise_id=firm.id, problem=problem, created_at=now, **values)
        session.add(need)
        made.append(need)
    await session.flush()
    return made


async def test_like_needs_are_one_order(session: AsyncSession, now: datetime) -> None:
    """However they word it; the order of most firms comes first, and adds up what they pay."""
    await needs(session, now, "竹材防霉不用有毒药剂", budget_low=90_000)
    await needs(session, now, *TEA, budget_low=100_000)
    first, second = await order_book.orders(session)
    assert (first.firms, first.budget, first.cities) == (3, 300_000, ["益阳"])
    assert {one.need.problem for one in first.needs} == set(TEA)
    assert (second.firms, second.budget) == (1, 90_000)


async def test_what_a_patent_answers_is_no_order(session: AsyncSession, now: datetime) -> None:
    (need,) = await needs(session, now, TEA[0])
    patent = Patent(
        number="202010000001.0", kind="发明", title="一种黑茶渥堆方法", abstract="快", keywords=[],
        ipc=[], applicant="某大学", inventors=[], status="有效", modes=[], updated_at=now,
    )  # fmt: skip
    session.add(patent)
    await session.flush()
    session.add(Match(need_id=need.id, patent_id=patent.id, score=1, coverage=1, terms=[],
                      created_at=now))  # fmt: skip
    await session.flush()
    assert await order_book.orders(session) == []
    assert await order_book.order_of(session, need.id) is None


@pytest.mark.parametrize("more", [{"rough": True}, {"state": "review"}, {"state": "solved"}])
async def test_what_is_vague_unseen_or_over_is_no_order(
    session: AsyncSession, now: datetime, more: dict[str, object]
) -> None:
    await needs(session, now, TEA[0], **more)
    assert await order_book.orders(session) == []


async def test_an_organizer_reads_the_orders(chat: Chat, now: datetime) -> None:
    """Five a page; who wants no name has none, and an enterprise is not shown any."""
    async with chat.programme.database.session() as session:
        await needs(session, now, *TEA, anonymous=True)
        await needs(session, now, *(f"{one}怎么处理" for one in "金木水火土日月"))
    organizer = await chat.somebody("组织者", "org")
    await organizer.says("菜单")
    await organizer.taps("订单式研发")
    assert "3 家企业" in organizer.last
    assert "下一页" in organizer.last.labels
    await organizer.taps("黑茶渥堆")
    assert "茶叶渥堆发酵太慢" in organizer.last and "企业：匿名" in organizer.last
    assert "做黑茶" not in organizer.last
    await organizer.taps("全部订单")
    await organizer.taps("下一页")
    assert "上一页" in organizer.last.labels
    enterprise = await chat.somebody("企业")
    await enterprise.says("菜单")
    await enterprise.presses(enterprise.last, "needs.orders")
    assert "由组织者" in enterprise.last
