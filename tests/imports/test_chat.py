"""A patent list by chat: recognised, asked about, tried, confirmed, found, taken back."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from channels import updates
from db.models import File, ImportColumn, Match, Patent
from tests.chat import Chat, Somebody
from tests.imports.sheets import HEADER, csv, line, number, xlsx
from tests.people.acts import post_need, represents
from tests.people.test_import_chat import sends

WRONG = line(3, number="见附件")
LIST = csv([HEADER, line(1, title="一种演示用微织构滑靴"), line(2), WRONG])
MINE = select(Patent.number).where(Patent.number.in_([number(n) for n in (1, 2)]))


@pytest.fixture
async def organizer(chat: Chat) -> Somebody:
    person = await chat.somebody("组织者", "org")
    await person.says("菜单")
    return person


async def stored(chat: Chat) -> list[str]:
    async with chat.programme.database.session() as session:
        return list(await session.scalars(MINE.order_by(Patent.number)))


async def test_a_list_is_recognised_tried_and_searchable(chat: Chat, organizer: Somebody) -> None:
    """Nothing before the yes; then found by words at once; taken back it is found no more."""
    await organizer.taps("导入专利或企业")
    assert "专利清单" in organizer.last
    await sends(chat, organizer, LIST, "清单.csv")
    assert "还没有写入" in organizer.last
    assert "新增 2" in organizer.last
    assert "第 4 行 申请号/专利号：没有申请号（见附件）" in organizer.last
    assert await stored(chat) == []
    trial = organizer.last
    await organizer.taps("确认导入", trial)
    assert "已导入，批次" in organizer.last
    done = organizer.last
    assert await stored(chat) == [number(1), number(2)]
    await organizer.says("找专利 微织构滑靴")
    assert "演示用微织构滑靴" in organizer.last
    await organizer.taps("撤回（24 小时内）", done)
    assert "删除新增专利 2 项" in organizer.last
    assert await stored(chat) == []


async def test_the_same_file_comes_back_with_red_cells(chat: Chat, organizer: Somebody) -> None:
    """Every cell as it was sent, and one more column that says why."""
    await sends(chat, organizer, xlsx({"清单": [HEADER, line(1), WRONG]}), "清单.xlsx")
    async with chat.programme.database.session() as session:
        name, content = (
            await session.execute(select(File.name, File.content).order_by(File.id.desc()))
        ).first() or ("", b"")
    assert name == "清单-有问题的格已标红.xlsx"
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows[0] == [*HEADER, "问题"]
    assert rows[1][:-1] == line(1)
    assert "没有申请号" in str(rows[2][-1])


async def test_an_unknown_column_is_asked_about_once(chat: Chat, organizer: Somebody) -> None:
    """The answer counts for this file and for the university's next one."""
    header = [*HEADER, "成果去向", "来源"]
    await sends(chat, organizer, csv([header, [*line(1), "化工学院", "x"]]))
    assert "“成果去向”这一列我不认识（另外还有 1 列）" in organizer.last
    await organizer.taps("所属学院")
    assert "“来源”这一列我不认识" in organizer.last
    await organizer.taps("不导入这一列")
    assert "还没有写入" in organizer.last
    await organizer.taps("确认导入")
    async with chat.programme.database.session() as session:
        patent = (await session.scalars(select(Patent).where(Patent.number == number(1)))).one()
        assert patent.college == "化工学院"
        assert len((await session.scalars(select(ImportColumn))).all()) == 2
    await sends(chat, organizer, csv([header, [*line(2), "化工学院", "x"]]))
    assert "还没有写入" in organizer.last


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0" + bytes(500) + "EncryptedPackage".encode("utf-16-le"), "加了密码"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "网页存成的表格"),
        (b"", "文件是空的"),
    ],
)
async def test_what_is_no_list_is_named_with_a_template(
    chat: Chat, organizer: Somebody, content: bytes, said: str
) -> None:
    await sends(chat, organizer, content)
    assert said in organizer.last
    await organizer.taps("专利模板")
    assert "第二行是示例" in organizer.seen


async def test_a_picture_of_a_list_is_none(chat: Chat, organizer: Somebody) -> None:
    """After asking how to send one."""
    await organizer.taps("导入专利或企业")
    update = updates.text(organizer.chat_id, "", chat.clock.now())
    del update["message"]["text"], update["message"]["entities"]
    photo = {"file_id": "web:x", "file_unique_id": "x", "width": 1, "height": 1}
    await organizer.does(update | {"message": update["message"] | {"photo": [photo]}})
    assert "这是一张图片" in organizer.last


async def withdrawn(chat: Chat, organizer: Somebody, number: str, said: str = "视为撤回") -> None:
    await chat.later(timedelta(minutes=1))
    await sends(chat, organizer, csv([["专利号", "法律状态"], [number, said]]))
    assert "更新 1" in organizer.last
    await organizer.taps("确认导入")


async def test_a_firm_hears_once_that_a_match_is_gone(chat: Chat, organizer: Somebody) -> None:
    """Withdrawn and expired later, it is told the first time; the pack then has it no more."""
    firm = await chat.somebody("王")
    await represents(firm, chat)
    await post_need(firm)
    async with chat.programme.database.session() as session:
        match = select(Match.patent_id).order_by(Match.id.desc()).limit(1)
        patent = (
            await session.scalars(select(Patent).where(Patent.id == match.scalar_subquery()))
        ).one()
    await withdrawn(chat, organizer, patent.number)
    assert f"对上过的专利“{patent.title}”已经不能用了：已撤回" in firm.last
    heard = len(firm.messages)
    await firm.taps("看看别的")
    assert patent.title.removeprefix("一种")[:20] not in firm.last
    await withdrawn(chat, organizer, patent.number, "终止")
    assert not any("不能用了" in bubble for bubble in firm.messages[heard:])


async def test_a_withdrawn_patent_says_so(chat: Chat, organizer: Somebody) -> None:
    """Its card names the state and the day, and offers nothing that cannot be had."""
    await sends(chat, organizer, csv([HEADER, line(1)]))
    await organizer.taps("确认导入")
    await withdrawn(chat, organizer, number(1))
    firm = await chat.somebody("企业")
    await firm.says(f"专利 {number(1)}")
    assert "【已撤回】" in firm.last
    assert "2026年11月23日得知" in firm.last
    assert "感兴趣" not in firm.last.labels
