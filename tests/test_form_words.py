"""What a sentence does to a form: corrects it, fills several fields, asks, wishes, or answers."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from channels import updates
from db.models import Outgoing
from tests.chat import Chat, Somebody
from tests.conftest import everywhere
from tests.people.acts import represents
from tests.test_need_journey import sends

CODE = "91430100MA4L16JQ9D"
FIRM = "长沙知桥测试装备有限公司"


@pytest.fixture
async def firm(chat: Chat) -> Somebody:
    person = await chat.somebody("企业")
    await represents(person, chat)
    return person


@pytest.fixture
async def newcomer(chat: Chat) -> Somebody:
    """Somebody whom the registration asks for the contact."""
    person = await chat.somebody("企业")
    for said in ("注册", "同意，开始注册", CODE, FIRM):
        await person.says(said)
    assert "怎么称呼" in person.last
    return person


async def say(person: Somebody, *said: str) -> None:
    for one in said:
        await person.says(one)


async def fill_to_date(firm: Somebody) -> None:
    """A need whose date is asked."""
    await say(firm, "提需求", "柱塞泵滑靴磨损快", "寿命三倍", "跳过", "30万")
    assert "什么时候" in firm.last


async def finish(firm: Somebody, *before: str) -> None:
    """Whatever is still asked before the way of working together, and then up to the card."""
    await say(firm, *before, "许可", "说不准", "公开")
    assert "请核对" in firm.last


# corrections in words


@pytest.mark.parametrize(
    "said",
    [
        "刚才的预算改成 50 万",
        "预算改成50w",
        "把预算改为五十万",
        "预算不是30万，是50万",
        "预算写错了，应该是50万",
        "不好意思刚才预算填错了 是５０万",
        "预算这一项应该是50万",
        "預算改成50萬",
        "写错了，是50万",
        "不对，应该是50万",
    ],
)
async def test_an_earlier_answer_is_corrected_in_words(firm: Somebody, said: str) -> None:
    """Old → new is shown, and the same question stands as before."""
    await fill_to_date(firm)
    await firm.says(said)
    assert "预算：30万元 → 50万元" in firm.last
    assert "什么时候" in firm.last
    await finish(firm, "跳过")
    assert "预算：50万元" in firm.last
    assert "时间：（未填）" in firm.last


@everywhere
async def test_a_text_is_corrected_in_words(firm: Somebody) -> None:
    """刚才指标写错了，是… changes the target, not the open step."""
    await fill_to_date(firm)
    await firm.says("刚才指标写错了,是 0.5mm")
    assert "指标：寿命三倍 → 0.5mm" in firm.last
    assert "什么时候" in firm.last


@everywhere
async def test_a_wrong_field_without_a_value_is_asked_again(firm: Somebody) -> None:
    """预算写错了 leads to the budget, and then back to where the form was."""
    await fill_to_date(firm)
    await firm.says("预算写错了")
    assert "大概多少预算" in firm.last
    await firm.says("80万")
    assert "什么时候" in firm.last


async def test_a_correction_that_cannot_be_read_says_why(firm: Somebody) -> None:
    await fill_to_date(firm)
    await firm.says("预算改成很多钱")
    assert "大概多少预算" in firm.last
    await firm.says("80万")
    await finish(firm, "跳过")
    assert "预算：80万元" in firm.last


@everywhere
async def test_the_review_is_corrected_in_words(firm: Somebody) -> None:
    """On the card too, one or two at once."""
    await fill_to_date(firm)
    await finish(firm, "跳过")
    await firm.says("预算改成80万，时间改成年底前")
    assert "预算：30万元 → 80万元" in firm.last
    assert "请核对" in firm.last
    assert "时间：2026年12月31日" in firm.last
    await firm.says("指标：寿命五倍")
    assert "指标：寿命三倍 → 寿命五倍" in firm.last


@pytest.mark.parametrize(
    "content",
    [
        "时间不是问题，主要是精度不够",
        "要求耐高温，预算有限",
        "一年光换件就要损失50万元",
        "问题出在密封上",
    ],
)
async def test_content_that_names_a_field_stays_content(firm: Somebody, content: str) -> None:
    """A field's name in a description is no correction and no answer to that field."""
    await say(firm, "提需求", content)
    assert "指标" in firm.last
    await say(firm, "跳过", "跳过")
    assert "预算" in firm.last
    await finish(firm, "跳过", "跳过")
    assert f"问题：{content}" in firm.last
    assert "预算：（未填）" in firm.last
    assert "时间：（未填）" in firm.last


# several answers


@pytest.mark.parametrize(
    "said",
    [
        "王工 13812345678 长沙",
        "王工，13812345678，长沙",
        "联系人：王工，电话：138 1234 5678，市州：长沙",
        "联系人是王工，电话13812345678，长沙",
        "王工\n13812345678\n长沙",
    ],
)
async def test_one_message_fills_several_fields(newcomer: Somebody, said: str) -> None:
    """Each goes where it belongs; only what is missing is asked."""
    await newcomer.says(said)
    assert "哪些产业" in newcomer.last
    await newcomer.says("工程机械")
    assert "联系人：王工" in newcomer.last
    assert "电话：13812345678" in newcomer.last
    assert "市州：长沙" in newcomer.last


@everywhere
async def test_five_lines_at_once(firm: Somebody) -> None:
    """A forwarded form: lines go to the steps in their order, the review shows them."""
    await say(firm, "提需求", "柱塞泵滑靴磨损快\n寿命从500小时提高到2000小时\n50万\n年底前\n许可")
    await say(firm, "跳过", "说不准", "公开")
    assert "问题：柱塞泵滑靴磨损快\n" in firm.last.text
    assert "指标：寿命从500小时提高到2000小时" in firm.last
    assert "预算：50万元" in firm.last
    assert "时间：2026年12月31日" in firm.last
    assert "合作方式：许可" in firm.last


async def test_an_answer_with_the_budget_and_the_date_behind_it(firm: Somebody) -> None:
    await say(firm, "提需求", "高温轴承润滑，预算大概50万，年底前要")
    assert "记下了，预算：50万元" in firm.last
    assert "指标" in firm.last
    await finish(firm, "跳过", "跳过")
    assert "问题：高温轴承润滑\n" in firm.last.text
    assert "时间：2026年12月31日" in firm.last


@everywhere
async def test_a_need_in_one_sentence_opens_the_form_with_its_answers(firm: Somebody) -> None:
    await firm.says("需求：高温轴承润滑，预算50万，年底前要")
    assert "指标" in firm.last
    await finish(firm, "跳过", "跳过")
    assert "问题：高温轴承润滑\n" in firm.last.text
    assert "预算：50万元" in firm.last
    assert "时间：2026年12月31日" in firm.last


@everywhere
async def test_an_answer_and_a_question_in_one_message(newcomer: Somebody) -> None:
    """The answer is kept, the question is answered, and the form goes on."""
    await say(newcomer, "王工")
    await newcomer.says("13812345678，质押融资谁牵头？")
    assert "省财政厅" in newcomer.seen
    assert "哪个市州" in newcomer.last


async def test_a_question_beside_the_only_answer_does_not_hold_it_back(
    chat: Chat, firm: Somebody
) -> None:
    """A form of one field is done with its answer; the question is answered as well."""
    await firm.says("我的资料")
    await firm.taps("✏️ 电话")
    await firm.says("13912345678，质押融资谁牵头？")
    assert "省财政厅" in firm.seen
    assert "13812345678 → 13912345678" in firm.last


async def test_several_messages_at_once_are_taken_in_order(chat: Chat, newcomer: Somebody) -> None:
    from pipeline.inbox import Raw

    for said in ("王工", "13812345678", "长沙", "工程机械"):
        update = updates.text(newcomer.chat_id, said, chat.clock.now())
        await chat.programme.inbox.put(Raw("web", chat.key(), newcomer.chat_id, update))
    await chat.settle()
    assert "请核对" in newcomer.last
    assert "联系人：王工" in newcomer.last


# questions and wishes


@everywhere
async def test_a_question_about_the_service_is_answered_in_the_form(newcomer: Somebody) -> None:
    await newcomer.says("这要钱吗？")
    assert "不收费" in newcomer.seen
    assert "怎么称呼" in newcomer.last
    await newcomer.says("谁能看到我的电话")
    assert "不会公开" in newcomer.seen
    await newcomer.says("王工")
    assert "电话" in newcomer.last


@everywhere
async def test_what_may_be_a_question_or_the_answer_is_asked(firm: Somebody) -> None:
    """怎么提高滑靴寿命 may be what they look for: they say which, and nothing is lost."""
    await say(firm, "提需求", "怎么提高滑靴寿命？")
    assert "还是对我说的" in firm.last
    await firm.says("1")
    assert "指标" in firm.last
    await finish(firm, "跳过", "跳过", "跳过", "跳过")
    assert "问题：怎么提高滑靴寿命？" in firm.last


async def test_what_was_a_question_after_all_is_answered_as_one(firm: Somebody) -> None:
    await say(firm, "提需求", "怎么提高滑靴寿命？")
    await firm.taps("是对你说的")
    assert "技术问题" in firm.last
    await firm.says("滑靴寿命短")
    assert "指标" in firm.last


@everywhere
async def test_a_wish_in_a_form_is_done_and_the_form_goes_on(firm: Somebody) -> None:
    await say(firm, "提需求", "柱塞泵滑靴磨损快")
    await firm.says("这个月有什么活动")
    assert "对接" in firm.seen
    assert "指标" in firm.last


@everywhere
async def test_the_label_of_a_choice_is_its_answer(chat: Chat) -> None:
    """加入 is the choice that is shown, not the wish to register."""
    person = await chat.somebody("赵")
    await say(person, "注册", "同意，开始注册", "91439999MA9D00013W", "加入")
    assert "怎么称呼" in person.last


async def test_a_wish_that_resembles_a_choice_is_a_wish(chat: Chat) -> None:
    """近期活动 is not the kind 其他活动."""
    organizer = await chat.somebody("组织者", "org")
    await say(organizer, "新建活动", "近期活动")
    assert "哪一种" in organizer.last
    await organizer.says("培训")
    assert "名称" in organizer.last


# words for somebody else


async def test_words_for_somebody_else_may_be_a_question(chat: Chat, firm: Somebody) -> None:
    """A notice that asks something is sent as it is."""
    organizer = await chat.somebody("组织者", "org")
    await organizer.says("群发通知")
    await organizer.taps("写内容")
    await organizer.says("明天的对接会您能来吗？")
    assert "明天的对接会您能来吗？" in organizer.last
    assert "发送前请核对" in organizer.last


async def test_the_command_is_not_the_notice(chat: Chat) -> None:
    organizer = await chat.somebody("组织者", "org")
    await organizer.says("群发通知")
    assert "写内容" in organizer.last.labels and "内容：" not in organizer.last
    await organizer.taps("写内容")
    await organizer.says("群发通知")
    assert "发什么" in organizer.last or "内容" in organizer.last


async def test_an_answer_of_the_staff_may_be_one_word(chat: Chat, firm: Somebody) -> None:
    """确认 is what the firm reads; 菜单 is still the menu; a command is asked about."""
    staff = await chat.somebody("甲", "staff")
    await staff.says("菜单")
    await firm.says("能补多少钱")
    await staff.taps("答复")
    await staff.says("待答问题")
    assert "能补多少钱" in staff.seen
    assert "答复内容" in staff.last
    await staff.says("看看工单")
    assert "还是对我说的" in staff.last
    await staff.taps("是对你说的")
    assert "答复内容" in staff.last
    await staff.says("确认")
    assert "确认" in firm.last


# out of a form


@everywhere
async def test_a_human_is_called_from_any_step_and_the_form_stays(
    chat: Chat, firm: Somebody
) -> None:
    staff = await chat.somebody("甲", "staff")
    await staff.says("菜单")
    await fill_to_date(firm)
    await firm.says("人工")
    assert "已转给人工" in firm.seen
    assert "什么时候" in firm.last
    assert "停在“时间”这一步" in staff.last


async def test_a_human_after_a_question_takes_that_question(chat: Chat, firm: Somebody) -> None:
    """And not one that was an answer to something else long ago."""
    staff = await chat.somebody("甲", "staff")
    await staff.says("菜单")
    await firm.says("质押融资谁牵头？")
    await firm.says("转人工")
    assert "质押融资谁牵头？" in staff.last
    await firm.says("菜单")
    await firm.says("转人工")
    assert "想问什么" in firm.last or "问题" in firm.last
    assert "已转给人工" not in firm.last


@everywhere
@pytest.mark.parametrize("said", ["跳过", "没有", "先不填"])
async def test_what_is_needed_cannot_be_skipped(newcomer: Somebody, said: str) -> None:
    """Neither the word nor 没有 becomes somebody's name."""
    await newcomer.says(said)
    assert "怎么称呼" in newcomer.last
    await say(newcomer, "王工", "13812345678", "长沙", "工程机械")
    assert "联系人：王工" in newcomer.last


@everywhere
async def test_a_button_under_an_earlier_question_does_not_answer_this_one(firm: Somebody) -> None:
    """跳过 under the second step skips nothing at the third; a double tap neither."""
    await say(firm, "提需求", "柱塞泵滑靴磨损快")
    target = firm.last
    await firm.says("寿命三倍")
    await firm.taps("跳过", target)
    assert "现在多少" in firm.last
    await say(firm, "跳过", "30万")
    assert "什么时候" in firm.last


async def test_what_is_refused_at_the_last_answer_closes_the_form(
    chat: Chat, firm: Somebody
) -> None:
    """A second answer to one ticket is told who was first; nobody is held in the form."""
    first, second = await chat.somebody("甲", "staff"), await chat.somebody("乙", "staff")
    for staff in (first, second):
        await staff.says("菜单")
    await firm.says("能补多少钱")
    for staff in (first, second):
        await staff.taps("答复")
    await first.says("以通知为准")
    await second.says("我也来答")
    assert "已" in second.last
    await second.says("菜单")
    assert "工作人员，您好" in second.last


async def test_a_cancelled_form_counts_what_was_typed(chat: Chat) -> None:
    """What was known or carried along is nothing to lose."""
    person = await chat.somebody("赵")
    await say(person, "注册", "同意，开始注册", CODE, FIRM, "取消")
    assert "已经填了 2 项" in person.last
    staff = await chat.somebody("甲", "staff")
    await staff.says("菜单")
    await person.taps("不要了")
    await person.says("能补多少钱")
    await staff.taps("答复")
    await staff.says("取消")
    assert "已取消" in staff.last


@everywhere
async def test_going_on_with_nothing_open(firm: Somebody) -> None:
    """继续 takes up what was put aside, and says so where there is nothing."""
    await firm.says("继续")
    assert "没有正在填" in firm.last
    await fill_to_date(firm)
    await say(firm, "先放着", "继续")
    assert "什么时候" in firm.last


@everywhere
async def test_a_form_is_put_aside_and_taken_up(firm: Somebody) -> None:
    await fill_to_date(firm)
    await firm.says("先放着")
    assert "都留着" in firm.last
    await firm.says("质押融资谁牵头？")
    assert "什么时候" not in firm.last
    await firm.says("提需求")
    assert "什么时候" in firm.last


@everywhere
async def test_the_same_mistake_is_not_answered_the_same_way(firm: Somebody) -> None:
    """The third time the person is offered a way around."""
    await say(firm, "提需求", "柱塞泵滑靴磨损快", "跳过", "跳过")
    heard = []
    for said in ("看情况", "不好说", "随缘", "再说"):
        await firm.says(said)
        heard.append(firm.last.text)
    assert len(set(heard)) == 4
    assert "先放着" in heard[1]
    assert any("人工" in label for label in firm.last.labels)
    await firm.says("50万")
    assert "什么时候" in firm.last


async def test_misses_outside_a_form_do_not_repeat(firm: Somebody) -> None:
    heard = []
    for said in ("咕噜咕噜哗啦", "啦啦噜噜", "叽里呱啦"):
        await firm.says(said)
        heard.append(firm.last.text)
        assert any("人工" in label for label in firm.last.labels)
    assert len(set(heard)) == 3


# not words


def thing(chat: Chat, person: Somebody, **message: Any) -> dict[str, Any]:
    update = updates.text(person.chat_id, "", chat.clock.now())
    del update["message"]["text"], update["message"]["entities"]
    update["message"] |= message
    return update


@everywhere
async def test_a_contact_card_fills_name_and_phone(chat: Chat, newcomer: Somebody) -> None:
    card = {"phone_number": "+8613812345678", "first_name": "工", "last_name": "王"}
    await newcomer.does(thing(chat, newcomer, contact=card))
    assert "哪个市州" in newcomer.last
    await say(newcomer, "长沙", "工程机械")
    assert "联系人：王 工" in newcomer.last
    assert "电话：13812345678" in newcomer.last


async def test_words_under_a_picture_count(chat: Chat, newcomer: Somebody) -> None:
    photo = [{"file_id": "web:x", "file_unique_id": "x", "width": 1, "height": 1}]
    await newcomer.does(thing(chat, newcomer, photo=photo, caption="王工"))
    assert "电话" in newcomer.last


@everywhere
async def test_a_forwarded_message_is_what_it_says(chat: Chat, newcomer: Somebody) -> None:
    """A forwarded question is answered, not stored."""
    origin = {"type": "hidden_user", "sender_user_name": "-", "date": 1}
    update = updates.text(newcomer.chat_id, "质押融资谁牵头？", chat.clock.now())
    update["message"]["forward_origin"] = origin
    await newcomer.does(update)
    assert "省财政厅" in newcomer.seen
    assert "怎么称呼" in newcomer.last


# two phones


async def test_a_second_device_is_told_that_the_form_went_on(chat: Chat) -> None:
    """The card on the first one changes; what is typed there is no answer to what it never saw."""
    page = await chat.somebody("企业", channel="web")
    await say(page, "注册", "同意，开始注册", CODE)
    terminal = await chat.somebody("企业", channel="terminal")
    await terminal.says(FIRM)
    assert "怎么称呼" in terminal.last
    assert "已在终端继续填写" in page.last
    await page.says("长沙另一家有限公司")
    assert "怎么称呼" in page.last
    assert "已在网页继续填写" in terminal.last
    await page.says("王工")
    assert "电话" in page.last


async def test_what_one_field_knew_is_not_kept_when_it_changes(chat: Chat) -> None:
    """The code of another firm takes the first firm's name and city with it."""
    person = await chat.somebody("赵")
    await say(person, "注册", "同意，开始注册", "91439999MA9D00013W", "加入", "赵工", "13812345678")
    assert "湘澜泵阀有限公司（演示）" in person.last
    await person.says(f"信用代码改成{CODE}")
    assert "湘澜泵阀" not in person.last.text.split("\n\n")[-1]
    assert "企业全称" in person.last


# what the random talks found


async def needs_asked(firm: Somebody) -> None:
    await say(firm, "提需求")
    assert "技术问题" in firm.last


async def test_a_picture_beside_a_need_is_noted(chat: Chat, firm: Somebody) -> None:
    """It has no name of its own; the question stays."""
    await needs_asked(firm)
    await sends(chat, firm, "磨损.png", "image/png")
    assert "记下了，附件：一张图片" in firm.last
    assert "技术问题" in firm.last


async def test_a_file_that_did_not_come_is_asked_for_again(chat: Chat, firm: Somebody) -> None:
    await needs_asked(firm)
    photo = [{"file_id": "web:x", "file_unique_id": "x", "width": 1, "height": 1}]
    await firm.does(thing(chat, firm, photo=photo))
    assert "没有收到" in firm.last
    assert "技术问题" in firm.last


async def test_an_answer_and_a_question_are_both_heard(chat: Chat, newcomer: Somebody) -> None:
    """Nothing is left unsaid, nothing empty is sent."""
    await say(newcomer, "王工", "13812345678，这要钱吗？")
    assert "不收费" in newcomer.seen
    assert "哪个市州" in newcomer.last
    async with chat.programme.database.reading() as connection:
        failed = select(Outgoing.id).where(Outgoing.state == "failed")
        assert not (await connection.execute(failed)).all()


async def test_an_old_doubt_does_not_speak_of_a_new_one(firm: Somebody) -> None:
    """The button stores the sentence that it stands under, or nothing."""
    await needs_asked(firm)
    await firm.says("滑靴怎么才耐磨？")
    old = firm.last
    await firm.says("焊缝为什么开裂？")
    await firm.taps("填进问题", old)
    assert "已经过时" in firm.seen
    assert "技术问题" in firm.last


async def test_the_same_by_name_is_no_correction(newcomer: Somebody) -> None:
    await say(newcomer, "王工", "电话：13812345678", "电话：13812345678")
    assert "记下了，电话：13812345678" in newcomer.last
    assert "✏️" not in newcomer.last.text


async def test_a_new_value_waits_for_its_field(firm: Somebody) -> None:
    """改需求: what it is to be cannot be read before it is said what changes."""
    for problem in ("热处理后齿轮变形太大，希望少磨齿", "喷漆车间废气异味重，找吸附办法"):
        await say(firm, "提需求", problem, *["跳过"] * 4, "转让", "种业", "公开", "提交")
    await say(firm, "改需求", "新内容：八个月")
    assert "改哪一条" in firm.last
    await say(firm, "1", "刚才的新内容改成八个月")
    assert "改哪一项" in firm.last


async def test_tags_are_told_by_their_name(newcomer: Somebody) -> None:
    await say(newcomer, "标签：专精特新", "王工", "13812345678", "长沙", "工程机械")
    assert "标签（可选）：专精特新" in newcomer.last
