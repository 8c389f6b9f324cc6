"""The journeys' side paths: looking around, changing one's mind, people at the desk."""

from __future__ import annotations

import pytest

from tests.chat import Chat, Somebody
from tests.people.acts import represents


@pytest.fixture
async def firm(chat: Chat) -> Somebody:
    person = await chat.somebody("企业")
    await represents(person, chat)
    return person


async def test_three_taps_from_the_menu_to_a_patent(chat: Chat) -> None:
    """Industry, segment, patent: also for somebody who never registered."""
    person = await chat.somebody("企业")
    await person.says("菜单")
    await person.taps("看专利")
    await person.taps("工程机械")
    await person.taps("液压与关键件")
    await person.taps("柱塞泵")
    assert "专利号" in person.last
    await person.taps("感兴趣")
    assert "已转给人工" in person.seen


@pytest.mark.parametrize(
    "number", ["202019000001.9", "ZL2020190000019", "２０２０１９００００１９"]
)
async def test_a_patent_is_found_by_its_number_in_any_writing(chat: Chat, number: str) -> None:
    person = await chat.somebody("企业")
    await person.says(number)
    assert "己内酰胺" in person.last


async def test_the_second_of_a_list_is_shown_by_its_place(chat: Chat) -> None:
    """第二个 means the choice with that number on the screen."""
    person = await chat.somebody("企业")
    await person.says("菜单")
    for label in ("看专利", "现代石化", "炼化与化工新材料"):
        await person.taps(label)
    second = [label for label in person.last.labels if "…" in label or "催化剂" in label][-1]
    await person.says("第二个详细说说")
    assert second[:8].rstrip("…") in person.last.text


async def test_a_seat_is_taken_once_and_given_back(chat: Chat, firm: Somebody) -> None:
    """报名 twice is one seat; 取消报名 frees it; signing up again works."""
    await firm.says("菜单")
    await firm.taps("近期活动")
    await firm.taps("工程机械专场")
    card = firm.last
    await firm.taps("报名", card)
    assert "签到码" in firm.seen
    await firm.taps("报名", card)
    assert "已" in firm.last and "签到码" in firm.last
    await firm.says("菜单")
    await firm.taps("我的报名")
    await firm.taps("取消")
    assert "已取消" in firm.last or "取消" in firm.last
    await firm.taps("报名", card)
    assert "签到码" in firm.seen


async def test_an_unregistered_person_is_told_what_to_do_first(chat: Chat) -> None:
    """Posting and signing up need a firm; the way there is one tap."""
    person = await chat.somebody("企业")
    await person.says("菜单")
    await person.taps("提需求")
    assert "注册" in person.last
    await person.taps("注册")
    assert "请您知悉" in person.last


async def test_needs_are_listed_shown_and_matched_again(chat: Chat, firm: Somebody) -> None:
    for said in (
        "提需求",
        "盾构刀圈在花岗岩里老是崩刃，求硬质合金改进",
        "跳过",
        "跳过",
        "跳过",
        "跳过",
        "许可",
        "1",
        "公开",
    ):
        await firm.says(said)
    await firm.taps("提交")
    assert "命中" in firm.seen
    await firm.says("菜单")
    await firm.taps("我的需求")
    assert "崩刃" in firm.last
    await firm.presses(firm.last, "needs.show:26")
    assert "崩刃" in firm.seen or "没有找到" in firm.seen
    await firm.presses(firm.last, "needs.show:1")  # another firm's
    assert "崩刃" not in firm.last


async def test_a_clause_and_its_neighbours(chat: Chat) -> None:
    """看原文, 下一条, 上一条 lead through the document."""
    person = await chat.somebody("企业")
    await person.says("质押融资谁牵头")
    await person.taps("看原文")
    assert "二、（四）2" in person.last
    await person.taps("下一条")
    assert "二、（四）3" in person.last
    await person.taps("上一条")
    assert "二、（四）2" in person.last


async def test_what_follows_an_open_question_is_as_open(chat: Chat) -> None:
    """What the documents do not say of firms they are not made to say of universities."""
    person = await chat.somebody("企业")
    await person.says("风险补偿最多赔多少")
    assert "文件未写明" in person.seen and "风险补偿机制" in person.seen
    await person.says("那高校呢？")
    assert person.seen.count("文件未写明") == 1
    await person.says("上一条")
    assert "二、（四）1" in person.seen
    await person.says("备案要求多少件")
    await person.says("那高校呢？")
    assert "文件未写明" not in person.seen and "一、工作目标" in person.seen


async def test_staff_answer_by_words_and_only_the_first_answer_counts(
    chat: Chat, firm: Somebody
) -> None:
    """回复1号：… is the answer; a second one is told who was first."""
    staff, other = await chat.somebody("甲", "staff"), await chat.somebody("乙", "staff")
    for person in (staff, other):
        await person.says("菜单")
    await firm.says("能补多少钱")
    assert "能补多少钱" in staff.last and "能补多少钱" in other.last
    await staff.says("回复1号：以当年通知为准")
    assert "以当年通知为准" in firm.last
    await other.says("回复1号：我来答")
    assert "已" in other.last
    assert "我来答" not in firm.last
    await staff.taps("待答问题")
    assert "没有" in staff.last


async def test_a_human_is_asked_with_the_question_or_asks_for_it(chat: Chat) -> None:
    """转人工 right after a question takes it along; out of nothing it asks what it is about."""
    staff, person = await chat.somebody("甲", "staff"), await chat.somebody("企业")
    await staff.says("菜单")
    await person.says("转人工")
    assert "问题" in person.last
    await person.says("我们想和学校谈作价入股")
    assert "已转给人工" in person.seen
    assert "作价入股" in staff.last


async def test_a_notice_that_is_dropped_reaches_nobody(chat: Chat, firm: Somebody) -> None:
    organizer = await chat.somebody("组织者", "org")
    await organizer.says("群发通知")
    await organizer.taps("写内容")
    await organizer.says("明天活动照常")
    assert "发送前请核对" in organizer.last
    heard = len(firm.messages)
    await organizer.taps("不发了")
    assert len(firm.messages) == heard


async def test_what_a_role_may_not_do_is_refused_in_words(chat: Chat, firm: Somebody) -> None:
    """By sentence, by command and by a forged button."""
    await firm.says("新建一场对接会，6月18号下午两点，长沙高新区")
    assert "组织者" in firm.last
    await firm.says("/create")
    assert "组织者" in firm.last
    await firm.presses(firm.messages[0], "broadcasts.send:1")
    assert "组织者" in firm.last


async def test_nonsense_gets_guesses_and_a_human(chat: Chat, firm: Somebody) -> None:
    await firm.says("咕噜咕噜哗啦")
    assert any("人工" in label for label in firm.last.labels)


async def test_an_order_out_of_role_is_understood_and_refused_in_words(chat: Chat) -> None:
    """Who may not do it is told whose it is, rather than asked what was meant."""
    firm = await chat.somebody("企业")
    await firm.says("用管理员身份给全体企业群发：活动取消")
    assert "由组织者或工作人员来做" in firm.last


async def test_a_question_of_money_is_policy_whatever_is_on_the_screen(
    chat: Chat, firm: Somebody
) -> None:
    """Right after a list of patents too; and the desk's transcript masks the telephone."""
    staff = await chat.somebody("甲", "staff")
    await staff.says("菜单")
    await firm.says("有没有电池回收方面的专利")
    await firm.says("能补多少钱")
    assert "文件未写明" in firm.seen
    assert "能补多少钱" in staff.last
    assert "13812345678" not in staff.last
