"""A new firm waits for an organizer."""

from __future__ import annotations

from sqlalchemy import func, select

from db.models import Enterprise
from tests.chat import Chat
from tests.people.acts import (
    FIRM,
    number,
    post_need,
    register,
)


async def test_a_new_firm_waits_for_an_organizer(strict: Chat) -> None:
    """Reading works, posting waits; a question goes there and back; then the firm is active."""
    organizer = await strict.somebody("组织者", "org")
    await organizer.says("菜单")
    founder = await strict.somebody("王")
    await register(founder)
    assert "正在等组织者审核" in founder.last
    await founder.taps("看专利")
    assert "产业" in founder.last
    await founder.presses(founder.last, "needs.post")
    assert "还在等组织者审核" in founder.last
    assert "新企业登记" in organizer.last
    await organizer.taps("问一句")
    await organizer.says("营业执照上的住所在哪里")
    assert "住所" in founder.last
    await founder.taps("回答")
    await founder.says("岳麓区某路一号")
    assert "回答已发给组织者" in founder.seen
    assert "岳麓区某路一号" in organizer.last
    await organizer.taps("通过")
    assert "审核通过了" in founder.last
    state = select(func.count(Enterprise.id)).filter_by(name=FIRM, state="active")
    assert await number(strict, state) == 1
    await post_need(founder)


async def test_a_refusal_names_its_reason(strict: Chat) -> None:
    """One of the listed reasons, told to the applicant; the firm stays out of what is active."""
    organizer = await strict.somebody("组织者", "org")
    await organizer.says("菜单")
    founder = await strict.somebody("王")
    await register(founder)
    await organizer.taps("不通过")
    await organizer.presses(organizer.last, "approvals.refuse:1:made_up")
    assert "过时" in organizer.last
    await organizer.taps("查不到这家企业")
    assert "已回绝" in organizer.last
    assert "登记没有通过" in founder.last
    assert "查不到这家企业" in founder.last
    assert await number(strict, select(func.count(Enterprise.id)).filter_by(state="refused")) == 1
    await organizer.says("菜单")
    await organizer.taps("待审申请")
    assert "没有待审" in organizer.last
