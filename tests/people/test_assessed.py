"""Assessments are the firm's, and somebody said them: what becomes of both."""

from __future__ import annotations

import io
from datetime import timedelta

from python_calamine import CalamineWorkbook
from sqlalchemy import Text, func, select, type_coerce

from db.models import Assessment, File, Outgoing
from tests.chat import Chat, Somebody
from tests.people.acts import number, represents, who
from tests.people.test_linking import link
from tests.test_assessments import NYLON, OTHER, VIEW, assesses, opens, states

WORDS = "样机在我们线上试过，漏油少一半"


async def colleague(chat: Chat) -> Somebody:
    person = await chat.somebody("孙")
    await represents(person, chat, "孙金丝雀", "13612345678")
    return person


async def differs(person: Somebody) -> None:
    await opens(person)
    await person.taps("评估")
    await person.taps("我有不同看法")
    for label in OTHER:
        await person.taps(label)


async def comments(person: Somebody) -> None:
    await person.taps("补一句")
    await person.says(WORDS)


async def test_own_data_holds_what_one_said(chat: Chat, wang: Somebody) -> None:
    """In words, with the earlier version."""
    await assesses(wang)
    await comments(wang)
    await wang.says("导出我的数据")
    assert "2 份专利评估" in wang.seen
    async with chat.programme.database.session() as session:
        content = await session.scalar(select(File.content).order_by(File.id.desc()).limit(1))
    assert content is not None
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("专利评估")
    assert [row[4:8] for row in rows.to_python()[1:]] == [
        ["愿意许可使用", "", "", "已更新"], ["愿意许可使用", "", WORDS, "有效"],
    ]  # fmt: skip


async def test_who_leaves_hands_their_assessments_over(chat: Chat, wang: Somebody) -> None:
    """The heir answers for them, and for what is still to be decided."""
    sun = await colleague(chat)
    await assesses(wang)
    await differs(sun)
    await wang.says("我换公司了")
    assert "1 份专利评估，交给 孙金丝雀" in wang.last
    await wang.taps("确认离开")
    assert "1 份专利评估交给您了" in sun.last
    heir = await who(chat, "孙金丝雀")
    assert await number(chat, select(func.count(Assessment.id)).filter_by(person_id=heir)) == 2
    await sun.says("我的评估")
    await sun.taps("己内酰胺")
    await sun.taps("采用孙金丝雀的看法")
    assert await states(chat) == ["replaced", "valid"]


async def test_the_last_one_leaves_the_assessments_standing(chat: Chat, wang: Somebody) -> None:
    """The next of the firm says otherwise without asking somebody who is gone."""
    await assesses(wang)
    await wang.says("我换公司了")
    assert "1 份专利评估仍然有效" in wang.last
    await wang.taps("确认离开")
    zhao = await chat.somebody("赵")
    await represents(zhao, chat, "赵工", "13712345678")
    await differs(zhao)
    assert "评估已更新" in zhao.last
    assert await states(chat) == ["replaced", "valid"]


async def test_after_deletion_the_figures_stay_and_the_name_goes(
    chat: Chat, wang: Somebody
) -> None:
    """The firm's axes count as before; who said them and their own words are nowhere, nor in what
    colleagues were told."""
    sun = await colleague(chat)
    await assesses(sun, VIEW, NYLON)
    await comments(sun)
    await assesses(wang)
    await differs(sun)
    assert "孙金丝雀" in wang.last
    await sun.says("把我的信息都删掉")
    assert "企业对专利的评估（不带姓名和意见原话" in sun.last
    await sun.taps("确认删除")
    await chat.later(timedelta(minutes=11))
    assert await states(chat) == ["replaced", "valid", "valid", "proposed"]
    nobody = select(func.count(Assessment.id)).where(Assessment.person_id.is_(None))
    assert await number(chat, nobody) == 3
    commented = select(func.count(Assessment.id)).where(Assessment.comment.is_not(None))
    assert await number(chat, commented) == 0
    told = select(func.count(Outgoing.id)).where(
        type_coerce(Outgoing.params, Text).contains("孙金丝雀")
    )
    assert await number(chat, told) == 0
    await wang.says("我的评估")
    await wang.taps("己内酰胺")
    assert "不同看法（原同事" in wang.last
    await wang.taps("采用原同事的看法")
    assert "采用原同事的看法" in wang.last


async def test_two_chats_of_one_person_have_one_list(chat: Chat, wang: Somebody) -> None:
    """What was said in one is found in the other, and given back when they are parted."""
    await assesses(wang)
    other = await chat.somebody("另一个", channel="web")
    await other.says("菜单")
    await link(wang, other)
    await other.says("我的评估")
    assert "己内酰胺" in other.last
    await opens(other)
    await other.taps("评估")
    assert "改一改" in other.last.labels
