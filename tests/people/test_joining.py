"""A second colleague: asking to join, who decides, and what waits meanwhile."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from db.models import Admission, Audit, Enterprise, Person, SignUp
from tests.chat import Chat, Somebody
from tests.people.acts import (
    DAY,
    FIRM,
    a_button,
    number,
    post_need,
    who,
)


async def test_a_colleague_joins_when_the_admin_agrees(
    chat: Chat, wang: Somebody, li: Somebody, organizer: Somebody
) -> None:
    """Who is there is said with a masked name; one company row, two people, both see the needs."""
    assert any("该企业已有 1 位联系人（王**）" in bubble for bubble in li.messages)
    assert "已向 长沙知桥测试装备有限公司 的管理员申请加入" in li.last
    assert "申请加入" in wang.last
    assert "李工 139****5678" in wang.last
    assert wang.last.labels == ["同意", "不同意"]
    assert not any("申请加入" in bubble for bubble in organizer.messages)
    await wang.taps("同意")
    assert "您已加入" in li.last
    assert await number(chat, select(func.count(Enterprise.id)).filter_by(name=FIRM)) == 1
    firm = select(Person.enterprise_id).where(Person.name == "王工").scalar_subquery()
    assert await number(chat, select(func.count(Person.id)).filter_by(enterprise_id=firm)) == 2
    await post_need(wang)
    await li.taps("我的需求")
    assert "滑靴" in li.last


async def test_who_waits_may_look_and_ask_and_is_told_why_not_more(
    chat: Chat, wang: Somebody, li: Somebody
) -> None:
    """Patents, events and questions work; a need and a seat wait, and the firm's needs are shut."""
    await post_need(wang)
    await li.taps("看专利")
    assert "产业" in li.last
    await li.says("质押融资谁牵头？")
    assert "省财政厅" in li.seen
    for label, wanted in (("看专利", "needs.post"), ("看专利", "needs.mine")):
        bubble, _ = await a_button(li, label)
        await li.presses(bubble, wanted)
        assert "还在等企业管理员同意" in li.last
    await li.taps("近期活动")
    await li.presses(li.last, "events.sign_up:1")
    assert "还在等企业管理员同意" in li.last
    assert await number(chat, select(func.count(SignUp.id))) == 0
    await li.presses(li.last, "needs.show:1")
    assert "滑靴" not in li.last


async def test_an_admin_may_say_no(chat: Chat, wang: Somebody, li: Somebody) -> None:
    """The colleague is told, stays outside, and may ask again."""
    await wang.taps("不同意")
    assert "加入申请没有通过" in li.last
    assert await number(chat, select(Person.enterprise_id).where(Person.name == "李工")) == 0
    await wang.taps("同意")
    assert "处理过了" in wang.last
    assert "没有通过" in wang.last


async def test_silence_of_two_working_days_brings_it_to_the_organizers(
    chat: Chat, wang: Somebody, li: Somebody, organizer: Somebody
) -> None:
    """Monday nine o'clock: nothing on Tuesday, the organizer's card on Wednesday, once."""
    await chat.later(DAY)
    assert "申请加入" not in organizer.last
    await chat.later(DAY + timedelta(minutes=30))
    assert "申请加入" in organizer.last
    assert organizer.last.labels[:3] == ["通过", "问一句", "不通过"]
    assert "已交给组织者" in li.last
    cards = sum("申请加入" in bubble for bubble in organizer.messages)
    await chat.later(DAY)
    assert sum("申请加入" in bubble for bubble in organizer.messages) == cards
    await organizer.taps("通过")
    assert "您已加入" in li.last
    assert "组织者已同意" in wang.last
    await wang.taps("同意")
    assert "处理过了" in wang.last


async def test_only_those_asked_may_decide(chat: Chat, wang: Somebody, li: Somebody) -> None:
    """Neither the applicant nor a stranger nor another firm's admin, whatever they press."""
    stranger = await chat.somebody("外人")
    await stranger.says("菜单")
    _, accept = await a_button(wang, "同意")
    for person in (li, stranger):
        for data in (accept, accept.replace("accept", "refuse"), "approvals.accept:999"):
            await person.presses(person.last, data)
            assert "不由您处理" in person.last
    assert await number(chat, select(Person.enterprise_id).where(Person.name == "李工")) == 0
    assert await number(chat, select(func.count(Admission.id)).filter_by(state="waiting")) == 1


async def test_a_request_can_be_withdrawn(chat: Chat, wang: Somebody, li: Somebody) -> None:
    """The admin's card says nothing any more, and no organizer is bothered."""
    await li.taps("撤回申请")
    assert "申请已撤回" in li.last
    await wang.taps("同意")
    assert "处理过了" in wang.last
    assert await number(chat, select(Person.enterprise_id).where(Person.name == "李工")) == 0


async def test_two_who_claim_to_be_admin_are_settled_by_an_organizer(
    chat: Chat, wang: Somebody, li: Somebody, organizer: Somebody
) -> None:
    """Exactly one is; both are told, and the audit says who it was before."""
    await wang.taps("同意")
    await li.says("我的资料")
    await li.taps("我是管理员")
    assert "已有管理员" in li.last
    assert "申请当管理员" in organizer.last
    assert "管理员 王**" in organizer.last
    await organizer.taps("通过")
    assert "您现在是" in li.last
    assert "组织者定为 李工" in wang.last
    admins = select(func.count(Person.id)).where(Person.admin)
    assert await number(chat, admins) == 1
    async with chat.programme.database.reading() as connection:
        line = (await connection.execute(select(Audit).filter_by(what="enterprise.admin"))).one()
    old, new = await who(chat, "王工"), await who(chat, "李工")
    assert (line.before, line.after) == (f"person:{old}", f"person:{new}")
