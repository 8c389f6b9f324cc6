"""An enterprise assesses patents: three taps, colleagues of another view, what was and what is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from db.models import Assessment, Draft, Patent
from tests.chat import Chat, Somebody
from tests.people.acts import change, number, represents

NICKEL, NYLON = "202019000001.9", "202219000002.2"
VIEW = ("较好", "要降成本", "愿意许可使用")
OTHER = ("没有前景", "要降成本", "暂无意愿")


@pytest.fixture
def channel(somewhere: str) -> str:
    return somewhere


@pytest.fixture
async def wang(chat: Chat) -> Somebody:
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


async def opens(person: Somebody, patent: str = NICKEL) -> None:
    await person.says(patent)
    assert "权利人" in person.last


async def assesses(
    person: Somebody, view: tuple[str, ...] = VIEW, patent: str = NICKEL, first: str = "评估"
) -> None:
    await opens(person, patent)
    await person.taps(first)
    for label in view:
        await person.taps(label)


async def states(chat: Chat) -> list[str]:
    async with chat.programme.database.session() as session:
        rows = await session.scalars(select(Assessment.state).order_by(Assessment.id))
        return list(rows)


async def withdraws(chat: Chat, number: str = NICKEL) -> None:
    await change(chat, update(Patent).where(Patent.number == number).values(status="已撤回"))


# three taps


async def test_four_taps_from_the_card_to_the_thanks(chat: Chat, wang: Somebody) -> None:
    """评估 and one tap an axis; every question names the patent and says what it means."""
    await opens(wang)
    await wang.taps("评估")
    assert "产业化前景" in wang.last and "己内酰胺" in wang.last and "第 1 步，共 3 步" in wang.last
    await wang.taps("较好")
    assert "技术改进需求" in wang.last
    await wang.taps("要降成本")
    assert "合作意愿" in wang.last
    await wang.taps("愿意许可使用")
    assert "评估已记下" in wang.last and "看不到是贵公司" in wang.last
    for line in ("产业化前景：较好", "技术改进需求：要降成本", "合作意愿：愿意许可使用"):
        assert line in wang.last
    assert await states(chat) == ["valid"]


async def test_numbers_and_own_words_do_as_well(chat: Chat, wang: Somebody) -> None:
    """Where nothing can be tapped; what is missing is said in one's own words."""
    await opens(wang)
    await wang.says("评估")
    await wang.says("2")
    await wang.says("寿命要到 2000 小时才行")
    await wang.says("1")
    assert "较好" in wang.last and "寿命要到 2000 小时才行" in wang.last
    assert "愿意许可使用" in wang.last


async def test_a_number_chooses_what_is_missing_too(chat: Chat, wang: Somebody) -> None:
    await opens(wang)
    for said in ("评估", "2", "3", "1"):
        await wang.says(said)
    assert "技术改进需求：要降成本" in wang.last


async def test_a_sentence_fills_in_what_it_says(chat: Chat, wang: Somebody) -> None:
    """Only what is left is asked; what is complete is shown before it counts."""
    await opens(wang)
    await wang.says("前景不错，但技术要改进")
    assert "合作意愿" in wang.last
    await wang.taps("暂无意愿")
    assert "较好" in wang.last and "技术要改进" in wang.last
    await opens(wang, NYLON)
    await wang.says("打8分")
    assert "技术改进需求" in wang.last
    assert await states(chat) == ["valid"]


async def test_without_a_patent_it_is_asked_which(chat: Chat, wang: Somebody) -> None:
    await wang.says("我要评估")
    assert "要评估哪一项" in wang.last


async def test_words_are_added_later(chat: Chat, wang: Somebody) -> None:
    """Optional, and a version of its own."""
    await assesses(wang)
    await wang.taps("补一句")
    await wang.says("样机在我们线上试过，漏油少一半")
    assert "意见：样机在我们线上试过" in wang.last
    assert await states(chat) == ["replaced", "valid"]


async def test_a_no_is_asked_why_once(chat: Chat, wang: Somebody) -> None:
    """One question with six answers; never a second time."""
    await assesses(wang, OTHER)
    assert "只问这一次" in wang.last
    await wang.taps("太贵")
    assert "记下了：太贵" in wang.last
    await assesses(wang, OTHER, NYLON)
    await wang.taps("改一改")
    for label in ("较小", "要降成本", "暂无意愿"):
        await wang.taps(label)
    assert "评估已更新" in wang.last and "只问这一次" not in wang.last


# asking again, changing, taking back


async def test_asking_again_shows_what_was_said(chat: Chat, wang: Somebody, li: Somebody) -> None:
    """To whoever of the firm asks; nobody is asked twice."""
    await assesses(wang)
    for person in (wang, li):
        await opens(person)
        await person.taps("评估")
        assert "贵公司的评估（王工" in person.last and "要降成本" in person.last
    assert await states(chat) == ["valid"]


async def test_a_change_keeps_the_history_and_can_be_undone(chat: Chat, wang: Somebody) -> None:
    """What stood before stands again, step by step, until nothing does."""
    await assesses(wang)
    await wang.taps("改一改")
    for label in ("一般", "不用改", "作价入股"):
        await wang.taps(label)
    assert "评估已更新" in wang.last
    changed = wang.last
    await opens(wang)
    await wang.taps("评估")
    await wang.taps("历史")
    assert "有效" in wang.last and "已更新" in wang.last and "较好" in wang.last
    await wang.taps("看评估")
    await wang.taps("撤销")
    assert "已撤销" in wang.last and "较好" in wang.last
    assert await states(chat) == ["valid", "withdrawn"]
    if wang.buttons:
        await wang.taps("撤销", changed)
        assert "已经变了" in wang.last
    await wang.taps("看评估")
    await wang.taps("撤销")
    assert "没有贵公司的评估" in wang.last
    assert await states(chat) == ["withdrawn", "withdrawn"]
    await wang.taps("重新评估")
    assert "产业化前景" in wang.last


async def test_the_same_again_changes_nothing(chat: Chat, wang: Somebody) -> None:
    await assesses(wang)
    await wang.taps("改一改")
    for label in VIEW:
        await wang.taps(label)
    assert "没有改动" in wang.last
    assert await states(chat) == ["valid"]


async def test_my_assessments_are_listed(chat: Chat, wang: Somebody, li: Somebody) -> None:
    """Those of the firm, so a colleague's as well; by words or from the menu."""
    await wang.says("我的评估")
    assert "还没有评估过" in wang.last
    await assesses(wang)
    await assesses(li, OTHER, NYLON)
    for said in ("我的评估", "我们评过哪些专利"):
        await wang.says(said)
        assert "评估过 2 项专利" in wang.last and "己内酰胺" in wang.last and "耐水解" in wang.last
    await wang.taps("耐水解")
    assert "贵公司的评估（李工" in wang.last


# colleagues


async def test_another_view_is_shown_before_it_replaces_anything(
    chat: Chat, wang: Somebody, li: Somebody
) -> None:
    """Both are kept and marked; the admin sees both and decides; the firm counts once."""
    await assesses(wang)
    await opens(li)
    await li.taps("评估")
    await li.taps("我有不同看法")
    for label in OTHER:
        await li.taps(label)
    assert "两种看法" in li.last and "现在有效（王工" in li.last and "不同看法（李工" in li.last
    assert "请企业管理员王工确认" in li.last
    assert await states(chat) == ["valid", "proposed"]
    assert "两种看法" in wang.last and "暂无意愿" in wang.last
    await wang.says("我的评估")
    assert "同事有不同看法" in wang.last
    await wang.taps("己内酰胺")
    await wang.taps("采用李工的看法")
    assert "采用李工的看法" in wang.last
    assert "采用李工的看法" in li.last
    assert await states(chat) == ["replaced", "valid"]


async def test_a_view_that_is_declined_stays_in_the_history(
    chat: Chat, wang: Somebody, li: Somebody
) -> None:
    await assesses(wang)
    await opens(li)
    await li.taps("评估")
    await li.taps("我有不同看法")
    for label in OTHER:
        await li.taps(label)
    await wang.taps("保留原来的")
    assert "没有采用李工的看法" in li.last
    assert await states(chat) == ["valid", "declined"]
    await li.taps("看评估")
    await li.taps("历史")
    assert "未采用" in li.last and "没有前景" in li.last


async def test_only_the_admin_decides_and_nobody_of_another_firm_looks(
    chat: Chat, wang: Somebody, li: Somebody
) -> None:
    """A forged button of whoever it is changes nothing."""
    await assesses(wang)
    await opens(li)
    await li.taps("评估")
    await li.taps("我有不同看法")
    for label in OTHER:
        await li.taps(label)
    first, second = await ids(chat)
    await li.presses(li.last, f"assessments.accept:{second}")
    assert "由企业管理员王工来定" in li.last
    await li.presses(li.last, f"assessments.undo:{first}")
    assert "由企业管理员王工来定" in li.last
    stranger = await chat.somebody("外人")
    await stranger.says("菜单")
    for act in ("accept", "decline", "undo"):
        await stranger.presses(stranger.last, f"assessments.{act}:{second}")
        assert "较好" not in stranger.seen and "采用" not in stranger.seen
    assert await states(chat) == ["valid", "proposed"]
    await li.presses(li.last, f"assessments.undo:{second}")
    assert await states(chat) == ["valid", "withdrawn"]


async def ids(chat: Chat) -> list[int]:
    async with chat.programme.database.session() as session:
        return list(await session.scalars(select(Assessment.id).order_by(Assessment.id)))


# who has not registered, what is withdrawn, what was interrupted


async def test_who_is_not_registered_reads_registers_and_comes_back(chat: Chat) -> None:
    """To the same patent; and nothing is stored for a firm before there is one."""
    zhao = await chat.somebody("赵")
    await opens(zhao)
    await zhao.taps("评估")
    assert "要先注册企业" in zhao.last and "己内酰胺" in zhao.last
    await zhao.taps("注册企业")
    for said in ("同意，开始注册", "91430100MA4L16JQ9D", "长沙知桥测试装备有限公司", "赵工",
                 "13712345678", "长沙", "工程机械"):  # fmt: skip
        await zhao.says(said)
    await zhao.taps("提交")
    assert "注册好了" in zhao.seen
    await zhao.taps("接着评估专利")
    assert "产业化前景" in zhao.last and "己内酰胺" in zhao.last
    for label in VIEW:
        await zhao.taps(label)
    assert "评估已记下" in zhao.last


async def test_a_draft_of_somebody_unregistered_is_not_lost(chat: Chat) -> None:
    """They went on with the questions anyway: the answers wait as well."""
    zhao = await chat.somebody("赵")
    await opens(zhao)
    await zhao.taps("评估")
    await zhao.presses(zhao.last, "forms.resume:assessment")
    for label in VIEW:
        await zhao.taps(label)
    assert "要先注册企业" in zhao.last
    assert await number(chat, select(func.count(Assessment.id))) == 0
    assert await number(chat, select(func.count(Draft.id)).filter_by(form="assessment")) == 1


async def test_an_organizer_assesses_nothing(chat: Chat) -> None:
    organizer = await chat.somebody("组织者", "org")
    await opens(organizer)
    assert "评估" not in organizer.last.labels
    await organizer.presses(organizer.last, "assessments.assess:1")
    assert "不在您当前的角色里" in organizer.last


async def test_a_withdrawn_patent_is_assessed_with_thanks(chat: Chat, wang: Somebody) -> None:
    """The university hears it all the same; interest is no longer possible."""
    await opens(wang)
    await wang.taps("评估")
    await withdraws(chat)
    for label in VIEW:
        await wang.taps(label)
    assert "感谢，该专利已撤回，评价仍会反馈高校" in wang.last
    assert "感兴趣" not in wang.last.labels


async def test_what_was_interrupted_is_offered_next_day_once(chat: Chat, wang: Somebody) -> None:
    """With the patent's name, at the same question; another patent begins afresh."""
    await opens(wang)
    await wang.taps("评估")
    await wang.taps("较好")
    await chat.later(timedelta(days=1))
    assert "没填完的“评估专利”" in wang.last
    await wang.taps("接着填")
    assert "技术改进需求" in wang.last and "己内酰胺" in wang.last
    await wang.says("先放着")
    await assesses(wang, OTHER, NYLON)
    assert "没有前景" in wang.last and "耐水解" in wang.last


async def test_another_open_form_is_not_lost(chat: Chat, wang: Somebody) -> None:
    await wang.says("提需求")
    await wang.says("柱塞泵滑靴磨损快，想找表面处理技术")
    await wang.presses(wang.last, "assessments.assess:1")
    assert "还没填完" in wang.last
    await wang.taps("先评估")
    for label in VIEW:
        await wang.taps(label)
    assert "评估已记下" in wang.last
    assert await number(chat, select(func.count(Draft.id)).filter_by(form="need")) == 1
