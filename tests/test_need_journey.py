"""A need from the first word to its end: posted with mistakes, looked at by a human, kept alive."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from channels import updates
from db.models import File, Need, Outgoing
from tests.chat import Chat, Somebody
from tests.people.acts import number, represents

PROBLEM = "柱塞泵滑靴磨损快，想找表面处理技术"
REST = ("滑靴寿命", "现在 500 小时，想到 2000 小时", "50万", "跳过", "许可", "液压与关键件", "公开")


@pytest.fixture
def channel(somewhere: str) -> str:
    return somewhere


@pytest.fixture
async def staff(chat: Chat) -> Somebody:
    person = await chat.somebody("工作人员", "staff")
    await person.says("菜单")
    return person


@pytest.fixture
async def wang(chat: Chat, staff: Somebody) -> Somebody:
    """The first of the firm, so its admin."""
    person = await chat.somebody("王")
    await represents(person, chat)
    return person


@pytest.fixture
async def li(chat: Chat, wang: Somebody) -> Somebody:
    """A colleague."""
    person = await chat.somebody("李")
    await represents(person, chat, "李工", "13912345678")
    return person


async def fills(person: Somebody, problem: str = PROBLEM, rest: tuple[str, ...] = REST) -> None:
    """As far as the review card."""
    for said in ("提需求", problem, *rest):
        await person.says(said)
    assert "请核对" in person.last


async def posts(person: Somebody, problem: str = PROBLEM, rest: tuple[str, ...] = REST) -> None:
    await fills(person, problem, rest)
    await person.taps("提交")
    assert "需求已登记" in person.seen


async def state(chat: Chat) -> list[str]:
    async with chat.programme.database.session() as session:
        return list(await session.scalars(select(Need.state).where(~Need.demo).order_by(Need.id)))


# the form


async def test_eight_steps_each_with_an_example(chat: Chat, wang: Somebody) -> None:
    """Four may be skipped; every question shows how an answer looks."""
    await wang.says("提需求")
    optional = []
    for at, said in enumerate((PROBLEM, *REST), 1):
        assert f"第 {at} 步，共 8 步" in wang.last
        assert "例：" in wang.last
        optional.append("可跳过" in wang.last)
        await wang.says(said)
    assert optional == [False, True, True, True, True, False, False, False]
    for line in (
        "指标：滑靴寿命",
        "现在和目标：现在 500 小时，想到 2000 小时",
        "预算：50万元",
        "时间：（未填）",
        "合作方式：许可",
        "领域：液压与关键件",
        "公开范围：公开",
    ):
        assert line in wang.last


async def test_the_segment_is_suggested_and_any_other_can_be_typed(
    chat: Chat, wang: Somebody
) -> None:
    """The likeliest is a button; a synonym finds one off the list; a whole industry asks which."""
    for said in ("提需求", PROBLEM, *REST[:-2]):
        await wang.says(said)
    assert wang.last.labels[0] == "液压与关键件"
    assert len(wang.last.labels) < 9
    await wang.says("农业")
    assert "种业" in wang.last and "都像" in wang.last
    await wang.says("阿巴阿巴")
    assert "没认出" in wang.last
    await wang.says("种业")
    assert "怎么公开" in wang.last
    await wang.says("匿名")
    assert "领域：种业" in wang.last


async def test_a_problem_that_suggests_nothing_gets_the_firms_own_segments(
    chat: Chat, wang: Somebody
) -> None:
    """Registered under 工程机械."""
    for said in ("提需求", "要先进技术", *REST[:-2]):
        await wang.says(said)
    assert wang.last.labels[:4] == ["起重与混凝土机械", "盾构与掘进", "液压与关键件", "说不准"]


async def test_a_segment_that_nobody_knows_is_left_open(chat: Chat, wang: Somebody) -> None:
    """说不准 is an answer."""
    await posts(wang, rest=(*REST[:-2], "说不准", "公开"))
    assert not await number(chat, select(Need.segment_id).where(~Need.demo))


async def test_a_posted_need_has_a_number_a_date_and_matches_at_once(
    chat: Chat, wang: Somebody, staff: Somebody
) -> None:
    """On Monday at nine somebody promises Tuesday at nine; the staff have the card."""
    await posts(wang)
    assert "1 个工作日内" in wang.seen and "11月24日 周二 09:00" in wang.seen
    assert "推荐理由" in wang.seen
    assert "没写指标" not in wang.seen
    assert PROBLEM in staff.last and "11月24日 周二 09:00" in staff.last
    assert "138****5678" in staff.last
    await wang.says("我的需求")
    await wang.taps("柱塞泵滑靴")
    assert "审核中" in wang.last and "工作人员会在 11月24日 周二 09:00 前看并联系您" in wang.last


async def test_a_broken_promise_is_owned_to(chat: Chat, wang: Somebody, staff: Somebody) -> None:
    """Late, the firm reads an apology and a way to a human, the staff a warning."""
    await posts(wang)
    await chat.later(timedelta(days=2))
    await wang.says("我的需求")
    await wang.taps("柱塞泵滑靴")
    assert "已经晚了" in wang.last
    await staff.says("待审需求")
    assert "⚠️ 已超时" in staff.last


# the gates


async def test_a_vague_need_is_warned_of_and_may_be_posted_as_it_is(
    chat: Chat, wang: Somebody, staff: Somebody
) -> None:
    """Two examples, nothing stored; in spite of it, the need is marked 待完善."""
    await fills(wang, "要先进技术", ("跳过", "跳过", *REST[2:-2], "说不准", "公开"))
    await wang.taps("提交")
    assert "太笼统" in wang.last and wang.last.text.count("·") == 2
    assert await state(chat) == []
    await wang.taps("仍这样提")
    assert "待完善" in wang.seen and "没写指标" in wang.seen
    assert "待完善" in staff.last and "没有指标" in staff.last
    assert await state(chat) == ["review"]


async def test_a_vague_need_can_be_mended_on_the_spot(chat: Chat, wang: Somebody) -> None:
    """改一改 asks for the problem alone; all other answers stay; nothing warns any more."""
    await fills(wang, "要先进技术", (*REST[:-2], "说不准", "公开"))
    await wang.taps("提交")
    await wang.taps("改一改")
    await wang.says(PROBLEM)
    assert f"问题：{PROBLEM}" in wang.last and "预算：50万元" in wang.last
    await wang.taps("提交")
    assert "需求已登记" in wang.seen and "待完善" not in wang.seen


async def test_missing_figures_are_hinted_at_and_added_in_one_tap(
    chat: Chat, wang: Somebody
) -> None:
    """补上指标 asks for nothing but the index."""
    await posts(wang, rest=("跳过", "跳过", *REST[2:]))
    assert "没写指标" in wang.seen
    await wang.taps("补上指标")
    await wang.says("滑靴寿命翻倍")
    assert "原来：（未填）" in wang.last and "现在：滑靴寿命翻倍" in wang.last


async def test_secrets_are_warned_of_before_anything_is_stored(chat: Chat, wang: Somebody) -> None:
    """The words are named; 改一改 mends, and what is mended passes."""
    await fills(wang, f"{PROBLEM}，涂层配方见图纸")
    await wang.taps("提交")
    assert "“配方、图纸”" in wang.last and "还没有提交" in wang.last
    assert await state(chat) == []
    await wang.taps("改一改")
    await wang.says(PROBLEM)
    await wang.says("提交")
    assert "需求已登记" in wang.seen


async def test_a_warning_counts_for_the_words_it_was_given_for(chat: Chat, wang: Somebody) -> None:
    """仍这样提 posts; but other words after it are looked at anew."""
    await fills(wang, "要先进技术", (*REST[:-2], "说不准", "公开"))
    await wang.taps("提交")
    vague = wang.last
    await wang.taps("改一改")
    await wang.says(f"{PROBLEM}，配方另给")
    await wang.taps("提交")
    assert "配方" in wang.last and "还没有提交" in wang.last
    await wang.taps("仍这样提", vague)
    assert "还没有提交" in wang.last
    await wang.taps("仍这样提")
    assert await state(chat) == ["review"]


async def test_a_warnings_button_after_the_form_is_gone_does_nothing(
    chat: Chat, wang: Somebody
) -> None:
    await fills(wang, "要先进技术", (*REST[:-2], "说不准", "公开"))
    await wang.taps("提交")
    card = wang.last
    await wang.taps("仍这样提")
    await wang.taps("仍这样提", card)
    assert "过时" in wang.seen
    assert await state(chat) == ["review"]


# twice in one firm


async def test_a_colleagues_like_need_is_shown_and_can_be_joined(
    chat: Chat, wang: Somebody, li: Somebody, staff: Somebody
) -> None:
    """One need stays; who posted it hears of the colleague; both hear what becomes of it."""
    await posts(wang)
    await chat.later(timedelta(days=3))
    await fills(li, "柱塞泵滑靴磨损大，求表面涂层")
    await li.taps("提交")
    assert "贵公司3 天前提过相似需求" in li.last and PROBLEM in li.last
    await li.taps("并入那条")
    assert "并入需求" in li.last
    assert "同事李工" in wang.last and "求表面涂层" in wang.last
    assert await state(chat) == ["review"]
    await staff.says("待审需求")
    await staff.taps(PROBLEM[:8])
    await staff.taps("发布")
    assert "已审核发布" in wang.last and "已审核发布" in li.last


async def test_both_needs_can_be_kept(chat: Chat, wang: Somebody, li: Somebody) -> None:
    await posts(wang)
    await fills(li, "柱塞泵滑靴磨损大，求表面涂层")
    await li.taps("提交")
    await li.taps("保留两条")
    assert "需求已登记" in li.seen
    assert await state(chat) == ["review", "review"]


async def test_the_same_words_again_are_the_same_need(
    chat: Chat, wang: Somebody, staff: Somebody
) -> None:
    """Nobody is asked about it, and the staff do not hear of it twice."""
    await posts(wang)
    heard = len(staff.messages)
    await chat.later(timedelta(hours=1))
    await fills(wang)
    await wang.taps("提交")
    assert "没有重复登记" in wang.seen
    assert await state(chat) == ["review"]
    assert len(staff.messages) == heard


async def test_another_firms_like_need_is_nobodys_business(chat: Chat, wang: Somebody) -> None:
    """A demo firm has nearly the same trouble."""
    await fills(wang, "柱塞泵滑靴磨损快，想找涂层或者微织构之类能提高寿命的工艺")
    await wang.taps("提交")
    assert "相似" not in wang.seen and "需求已登记" in wang.seen


# the human gate


async def test_staff_return_a_need_and_the_firm_answers_in_place(
    chat: Chat, wang: Somebody, staff: Somebody
) -> None:
    """The question may be one; the answer stands on the card; then it is published."""
    await posts(wang)
    await staff.taps("退回问一句")
    await staff.says("现在的磨损量是多少？")
    assert "等对方补充" in staff.last
    assert "现在的磨损量是多少？" in wang.last
    assert await state(chat) == ["returned"]
    await wang.taps("回答")
    await wang.says("500 小时磨掉 0.2 毫米")
    assert "接着审核" in wang.last
    assert "企业答：500 小时磨掉 0.2 毫米" in staff.last
    await staff.taps("发布")
    assert "已审核发布" in wang.last
    await wang.taps("看这条需求")
    assert "已发布" in wang.last and "看过" in wang.last
    assert await state(chat) == ["published"]


async def test_of_two_staff_the_second_hears_that_it_is_done(
    chat: Chat, wang: Somebody, staff: Somebody
) -> None:
    """By the card and in the middle of typing the question."""
    other = await chat.somebody("乙", "staff")
    await other.says("菜单")
    await posts(wang)
    card = staff.last
    await other.taps("退回问一句")
    await staff.taps("发布")
    await other.says("多少钱？")
    assert "已发布" in other.last and "不用做了" in other.last
    await staff.taps("发布", card)
    assert "不用做了" in staff.last
    assert await state(chat) == ["published"]


async def test_a_question_is_answered_once(
    chat: Chat, wang: Somebody, li: Somebody, staff: Somebody
) -> None:
    """A colleague answers; the old button of the other says how it stands."""
    await posts(wang)
    await staff.taps("退回问一句")
    await staff.says("现在的磨损量是多少？")
    card = wang.last
    await li.says("我的需求")
    await li.taps("柱塞泵滑靴")
    await li.taps("回答")
    await li.says("0.2 毫米")
    await wang.taps("回答", card)
    assert "审核中" in wang.last


async def test_silence_is_reminded_of_once_then_the_need_is_parked(
    chat: Chat, wang: Somebody, staff: Somebody
) -> None:
    """Seven days, a reminder, seven more; the answer wakes it even then."""
    await posts(wang)
    await staff.taps("退回问一句")
    await staff.says("现在的磨损量是多少？")
    heard = len(wang.messages)
    for _ in range(6):
        await chat.later(timedelta(days=1))
    assert not any("还差您一句话" in bubble for bubble in wang.messages[heard:])
    for _ in range(7):
        await chat.later(timedelta(days=1))
    assert sum("还差您一句话" in bubble for bubble in wang.messages[heard:]) == 1
    assert await state(chat) == ["returned"]
    for _ in range(3):
        await chat.later(timedelta(days=1))
    assert "已搁置" in wang.last
    assert await state(chat) == ["parked"]
    await wang.taps("回答")
    await wang.says("0.2 毫米")
    assert await state(chat) == ["review"]
    assert "企业答：0.2 毫米" in staff.last


async def test_an_answer_in_time_is_never_chased(
    chat: Chat, wang: Somebody, staff: Somebody
) -> None:
    await posts(wang)
    await staff.taps("退回问一句")
    await staff.says("现在的磨损量是多少？")
    await wang.taps("回答")
    await wang.says("0.2 毫米")
    for _ in range(20):
        await chat.later(timedelta(days=1))
    assert not any("还差您一句话" in bubble or "搁置" in bubble for bubble in wang.messages)


# whose it is


async def test_an_anonymous_need_hides_its_firm_from_all_but_staff(
    chat: Chat, wang: Somebody, staff: Somebody
) -> None:
    """An organizer reads the need and not whose; nor gets the files; the staff know both."""
    organizer = await chat.somebody("组织者", "org")
    await posts(wang, rest=(*REST[:-1], "匿名"))
    assert "谁都看不到是贵公司" in wang.seen
    assert "长沙知桥测试装备有限公司" in staff.last
    need = await number(chat, select(Need.id).where(~Need.demo))
    await organizer.says("待审需求")
    await organizer.taps("柱塞泵")
    assert PROBLEM in organizer.last and "企业：匿名" in organizer.last
    for hidden in ("知桥测试装备", "王工", "5678"):
        assert hidden not in organizer.last
    await organizer.presses(organizer.last, f"needs.files:{need}")
    assert "没有找到" in organizer.last
    stranger = await chat.somebody("外人")
    await stranger.says("菜单")
    for action in ("show", "files", "review", "publish", "matches", "renew", "answer"):
        await stranger.presses(stranger.last, f"needs.{action}:{need}")
        assert "滑靴" not in stranger.last and "知桥测试装备" not in stranger.last


# what came with it


async def sends(chat: Chat, person: Somebody, name: str, mime: str) -> None:
    """As the page stores what a visitor sends."""
    token, at = chat.key(), chat.clock.now()
    row = {"token": token, "chat_id": person.chat_id, "name": name, "mime": mime, "content": b"x"}
    async with chat.programme.database.writing() as connection:
        await connection.execute(insert(File).values(created_at=at, **row))
    await person.does(updates.file(person.chat_id, "web", token, name, mime, 1, at))


async def test_attachments_are_kept_counted_and_shown(
    chat: Chat, wang: Somebody, staff: Somebody
) -> None:
    """What came with the form is counted on every card, and sent to the desk and to the firm."""
    await fills(wang)
    await sends(chat, wang, "磨损.jpg", "image/jpeg")
    await sends(chat, wang, "图纸.pdf", "application/pdf")
    await wang.taps("提交")
    assert "附件：2 个" in staff.last
    await staff.taps("看附件")
    assert "磨损.jpg" in staff.seen and "图纸.pdf" in staff.seen
    assert "附件共 2 个，都在上面" in staff.last
    await wang.says("我的需求")
    await wang.taps("柱塞泵")
    assert "附件：2 个" in wang.last
    await wang.taps("看附件")
    assert "都在上面" in wang.last
    sent = select(func.count(Outgoing.id)).where(
        Outgoing.method.in_(("send_photo", "send_document"))
    )
    assert await number(chat, sent) == 4


# changing


async def test_one_need_is_changed_by_a_sentence(chat: Chat, wang: Somebody) -> None:
    """Old → new, at once; a budget needs no second look."""
    await posts(wang)
    await wang.says("上次那个需求预算写错了，改成80万")
    assert "原来：50万元" in wang.last and "现在：80万元" in wang.last
    assert await number(chat, select(Need.budget_high).where(~Need.demo)) == 800_000


async def test_more_words_are_added_and_looked_at_again(
    chat: Chat, wang: Somebody, staff: Somebody
) -> None:
    """What the staff have not read is not published."""
    await posts(wang)
    await staff.taps("发布")
    await wang.says("需求里加一条要求省内高校优先")
    assert f"原来：{PROBLEM}" in wang.last and "要求省内高校优先" in wang.last
    assert "再看一遍" in wang.last
    assert await state(chat) == ["review"]
    assert "要求省内高校优先" in staff.last


async def test_of_several_needs_it_is_asked_which(chat: Chat, wang: Somebody) -> None:
    """Unless the sentence names one; what it said already is not asked again."""
    await posts(wang)
    await posts(wang, "轴箱轴承误报太高，想做在线预警", (*REST[:-2], "智能运维", "公开"))
    await wang.says("需求预算改成80万")
    assert "改哪一条" in wang.last
    await wang.taps("柱塞泵")
    assert "现在：80万元" in wang.last
    await wang.says("轴承那个需求，预算改成90万")
    assert "轴箱" not in wang.last and "现在：90万元" in wang.last
    budgets = select(Need.budget_high).where(~Need.demo).order_by(Need.id)
    async with chat.programme.database.session() as session:
        assert list(await session.scalars(budgets)) == [800_000, 900_000]


async def test_a_change_that_cannot_be_read_is_asked_again(chat: Chat, wang: Somebody) -> None:
    """改需求 asks which field, then the value, with its choices where it has any."""
    await posts(wang)
    await wang.says("需求的预算改成很多很多")
    assert "改成什么" in wang.last
    await wang.says("很多")
    assert "改成什么" in wang.last
    await wang.says("80w")
    assert "现在：80万元" in wang.last
    await wang.taps("再改一项")
    assert "改哪一项" in wang.last
    await wang.says("公开范围")
    await wang.taps("匿名")
    assert "原来：公开" in wang.last and "现在：匿名" in wang.last
    await wang.says("把需求的截止日期改成年底")
    assert "现在：2026年12月31日" in wang.last


async def test_a_change_that_was_left_half_said_is_no_part_of_the_next(
    chat: Chat, wang: Somebody
) -> None:
    """改一改 on another need begins afresh."""
    await posts(wang)
    await posts(wang, "轴箱轴承误报太高，想做在线预警", (*REST[:-2], "智能运维", "公开"))
    first, second = 26, 27
    await wang.presses(wang.last, f"needs.edit:{first}:budget")
    assert "改成什么" in wang.last
    await wang.presses(wang.last, f"needs.edit:{second}")
    assert "改哪一项" in wang.last
    await wang.says("指标")
    await wang.says("误报率")
    assert f"需求 {second} 的指标已改" in wang.last and "现在：误报率" in wang.last


async def test_a_secret_that_is_added_later_is_named(chat: Chat, wang: Somebody) -> None:
    await posts(wang)
    await wang.says("需求里补一条，附上涂层配方")
    assert "“配方”" in wang.last and "商业秘密" in wang.last


async def test_nothing_to_change_where_there_is_no_need(chat: Chat, wang: Somebody) -> None:
    await wang.says("改需求")
    assert "还没有提过需求" in wang.last
    await wang.says("那个需求已经解决了，下架吧")
    assert "还没有提过需求" in wang.last


# the end, and the beginning of another ninety days


async def test_a_need_is_taken_down_by_a_sentence_and_taken_up_by_a_tap(
    chat: Chat, wang: Somebody
) -> None:
    """As solved where the sentence says so; 恢复 undoes it."""
    await posts(wang)
    await wang.says("那个需求已经解决了，下架吧")
    assert "已解决" in wang.last
    assert await state(chat) == ["solved"]
    await wang.taps("恢复")
    assert await state(chat) == ["review"]
    await wang.says("关闭需求")
    assert "下架的原因" in wang.last
    await wang.taps("不需要了")
    assert await state(chat) == ["closed"]


async def test_of_several_it_is_asked_which_is_taken_down(chat: Chat, wang: Somebody) -> None:
    await posts(wang)
    await posts(wang, "轴箱轴承误报太高，想做在线预警", (*REST[:-2], "智能运维", "公开"))
    await wang.says("需求不用了")
    assert "要下架哪一条" in wang.last
    await wang.taps("轴箱轴承")
    assert await state(chat) == ["review", "closed"]
    await posts(wang, "鲜米粉放久了发硬断条", (*REST[:-2], "粮油与预制菜", "公开"))
    await wang.says("米粉那个需求解决了")
    assert await state(chat) == ["review", "closed", "solved"]


@pytest.mark.parametrize(
    ("label", "then"), [("还需要", "published"), ("已解决", "solved"), ("不需要了", "closed")]
)
async def test_after_ninety_days_three_buttons_ask(
    chat: Chat, wang: Somebody, staff: Somebody, label: str, then: str
) -> None:
    """Once; the answer counts, and 还需要 holds for another ninety days."""
    await posts(wang)
    await staff.taps("发布")
    await chat.later(timedelta(days=89))
    assert "还需要吗" not in wang.last
    await chat.later(timedelta(days=2))
    assert "还需要吗" in wang.last
    assert wang.last.labels == ["还需要", "已解决", "不需要了"]
    await wang.taps(label)
    assert await state(chat) == [then]
    heard = len(wang.messages)
    for _ in range(3):
        await chat.later(timedelta(days=20))
    assert not any("还需要吗" in bubble or "搁置" in bubble for bubble in wang.messages[heard:])


async def test_a_need_that_nobody_renews_is_parked_and_can_come_back(
    chat: Chat, wang: Somebody, staff: Somebody
) -> None:
    await posts(wang)
    await staff.taps("发布")
    await chat.later(timedelta(days=91))
    await chat.later(timedelta(days=15))
    assert "已搁置" in wang.last
    assert await state(chat) == ["parked"]
    await wang.taps("重新提出")
    assert await state(chat) == ["published"]


async def test_a_need_that_is_met_says_so(chat: Chat, wang: Somebody, staff: Somebody) -> None:
    """Published, then met; the firm is one tap from solved."""
    await posts(wang)
    await staff.taps("发布")
    await staff.taps("看这条需求")
    await staff.taps("已对接上")
    assert "已对接上" in wang.last
    await wang.taps("已解决")
    assert await state(chat) == ["solved"]
