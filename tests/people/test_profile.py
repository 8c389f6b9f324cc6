"""我的资料: each field by one tap or by a sentence."""

from __future__ import annotations

from sqlalchemy import func, select

from db.models import Audit, Enterprise
from tests.chat import Chat, Somebody
from tests.people.acts import FIRM, number, post_need


async def test_each_field_is_changed_by_one_tap(chat: Chat, wang: Somebody) -> None:
    """Old → new is shown, the card shows the new one, and the audit has a line each."""
    await wang.says("我的资料")
    for label, said, shown in (
        ("✏️ 联系人", "王总工", "王工 → 王总工"),
        ("✏️ 电话", "13612345678", "13812345678 → 13612345678"),
        ("✏️ 市州", "株洲", "长沙 → 株洲"),
    ):
        await wang.taps(label)
        await wang.says(said)
        assert shown in wang.last
        await wang.taps("我的资料")
    await wang.taps("✏️ 产业")
    assert "✓ 工程机械" in wang.last.labels
    await wang.ticks("工程机械", "轨道交通")
    assert "工程机械 → 工程机械、" in wang.last
    assert "轨道交通" in wang.last
    await wang.taps("我的资料")
    assert "王总工" in wang.last
    assert "株洲" in wang.last
    assert await number(chat, select(func.count(Audit.id)).where(Audit.what.like("person.%"))) == 3


async def test_what_is_the_firms_is_its_admins(chat: Chat, wang: Somebody, li: Somebody) -> None:
    """A colleague sees no such button, and a forged one is refused in words."""
    await wang.taps("同意")
    await li.says("我的资料")
    assert "✏️ 市州" not in li.last.labels
    await li.presses(li.last, "people.edit:city")
    assert "由管理员（王工）来改" in li.last
    await li.presses(li.last, "people.edit:role")
    assert "过时" in li.last


# by a sentence


async def test_a_sentence_opens_the_right_field_with_what_it_says(
    chat: Chat, wang: Somebody
) -> None:
    """Two things at once come one after the other; the first is only confirmed."""
    await wang.says("联系人换成李工，电话也变了")
    assert "请核对" in wang.last
    assert "李工" in wang.last
    await wang.taps("提交")
    assert any("王工 → 李工" in bubble for bubble in wang.since)
    assert "新的联系电话" in wang.last
    await wang.says("13612345678")
    assert "13812345678 → 13612345678" in wang.last


async def test_a_wrong_value_in_a_sentence_is_asked_for(chat: Chat, wang: Somebody) -> None:
    await wang.says("把我的电话改成12345")
    assert "电话" in wang.last
    assert "提交" not in wang.last.labels


async def test_what_we_do_not_keep_is_said(chat: Chat, wang: Somebody) -> None:
    await wang.says("邮箱填错了")
    assert "不登记" in wang.last


async def test_a_firms_new_name_waits_for_an_organizer(
    chat: Chat, wang: Somebody, organizer: Somebody
) -> None:
    """Until then the old one stands; the audit has both; one may go on posting meanwhile."""
    await wang.says("公司改名了怎么改")
    assert "现在的全称" in wang.last
    await wang.says("长沙知桥智能装备有限公司")
    assert "仍用原名" in wang.last
    assert f"改名：{FIRM} → 长沙知桥智能装备有限公司" in organizer.last
    await post_need(wang)
    await organizer.taps("通过")
    assert "企业现在叫 长沙知桥智能装备有限公司" in wang.last
    async with chat.programme.database.reading() as connection:
        line = (await connection.execute(select(Audit).filter_by(what="enterprise.name"))).one()
    assert (line.before, line.after) == (FIRM, "长沙知桥智能装备有限公司")


async def test_a_new_name_can_be_refused_or_taken(
    chat: Chat, wang: Somebody, li: Somebody, organizer: Somebody
) -> None:
    """Its own name, another firm's, a colleague's wish, an organizer's no: each in words."""
    await wang.taps("同意")
    for said, answer in ((FIRM, "现在就叫"), ("湘澜泵阀有限公司（演示）", "已有另一家企业叫")):
        await wang.says("公司改名了")
        await wang.says(said)
        assert answer in wang.last
    await li.says("公司改名了")
    assert "由管理员（王工）来改" in li.last
    await wang.says("公司改名了")
    await wang.says("长沙知桥智能装备有限公司")
    await organizer.taps("不通过")
    await organizer.taps("名称和代码对不上")
    assert "改名没有通过" in wang.last
    assert await number(chat, select(func.count(Enterprise.id)).filter_by(name=FIRM)) == 1


async def test_a_role_is_not_switched_by_wishing(chat: Chat, wang: Somebody) -> None:
    """One's role is said, and how one gets another."""
    await wang.says("切换到组织者")
    assert "您现在的身份是 企业" in wang.last
    assert "一次性邀请码" in wang.last
    await wang.says("菜单")
    assert "组织者，您好" not in wang.last


async def test_an_old_chat_is_cut_off(chat: Chat, wang: Somebody) -> None:
    """The new phone keeps everything, the old one is a stranger's; nobody cuts another's."""
    new = await chat.somebody("新手机", channel="terminal")
    await new.says("菜单")
    await wang.says("关联")
    await new.says(f"关联 {wang.last.text.split('验证码 ')[1][:6]}")
    stranger = await chat.somebody("外人")
    await stranger.says("菜单")
    await stranger.presses(stranger.last, f"linking.cut:{wang.chat_id}")
    assert "没有这个聊天" in stranger.last
    await new.says("我的资料")
    await new.taps("断开")
    assert "已断开" in new.last
    await new.says("我的资料")
    assert FIRM in new.last
    await wang.says("我的资料")
    assert "（未注册）" in wang.last
