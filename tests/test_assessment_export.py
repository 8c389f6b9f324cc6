"""Assessments on their way to the national platform, and ticked off when they come back."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, insert, select
from typer.testing import CliRunner

from channels import updates
from commands import cli
from db.models import Assessment, File
from services import workbook
from tests.chat import Chat, Somebody
from tests.people.acts import CODE, FIRM, number, represents
from tests.test_assessments import NYLON, OTHER, assesses, opens

COLUMNS = [
    "评估编号", "专利申请号", "专利名称", "专利权人", "企业名称", "统一社会信用代码",
    "产业化前景", "技术改进需求", "产学研合作意愿", "补充意见", "评估日期", "平台登记状态",
]  # fmt: skip
DONE = "已在平台登记"


@pytest.fixture
async def organizer(chat: Chat) -> Somebody:
    person = await chat.somebody("组织者", "org")
    await person.says("菜单")
    return person


@pytest.fixture
async def wang(chat: Chat) -> Somebody:
    person = await chat.somebody("王")
    await represents(person, chat)
    return person


async def exports(chat: Chat, organizer: Somebody) -> list[list[str]]:
    """The rows of the spreadsheet, its header first."""
    await organizer.says("导出评估")
    await organizer.taps("导出 ")
    async with chat.programme.database.session() as session:
        newest = select(File.content).where(File.name == "专利评估.xlsx").order_by(File.id.desc())
        content = await session.scalar(newest.limit(1))
    assert content is not None
    return rows_of(content)


def rows_of(content: bytes) -> list[list[str]]:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    return [[str(cell) for cell in row] for row in sheet.to_python()]


async def returns(
    chat: Chat, organizer: Somebody, rows: list[list[str]], header: list[str] = COLUMNS
) -> None:
    token, at = chat.key(), chat.clock.now()
    content = workbook.write([workbook.Sheet("专利评估", header, rows)])
    row = {"token": token, "chat_id": organizer.chat_id, "name": "回执.xlsx", "mime": workbook.MIME}
    async with chat.programme.database.writing() as connection:
        await connection.execute(insert(File).values(content=content, created_at=at, **row))
    await organizer.does(
        updates.file(organizer.chat_id, "web", token, "回执.xlsx", workbook.MIME, 1, at)
    )


REGISTERED = select(func.count(Assessment.id)).where(Assessment.registered_at.is_not(None))


async def test_rows_for_the_platform_hold_the_three_axes_and_nobodys_name(
    chat: Chat, organizer: Somebody, wang: Somebody
) -> None:
    """With patent, owner and firm, in words; no person, no telephone."""
    await assesses(wang)
    await assesses(wang, OTHER, NYLON)
    header, *rows = await exports(chat, organizer)
    assert header == COLUMNS
    assert [row[4:9] for row in rows] == [
        [FIRM, CODE, "较好，值得投入", "要降成本", "愿意许可使用"],
        [FIRM, CODE, "没有前景", "要降成本", "暂无意愿"],
    ]
    assert all(row[-1] == "待登记" for row in rows)
    assert not any("王工" in cell or "13812345678" in cell for row in rows for cell in row)


async def test_what_was_exported_stands(chat: Chat, organizer: Somebody, wang: Somebody) -> None:
    """The firm edits until then; afterwards it is told when that was, and whom to ask."""
    await assesses(wang)
    saved = wang.last
    await exports(chat, organizer)
    for label in ("改一改", "撤销", "补一句"):
        await wang.taps(label, saved)
        assert "已经导出到国家平台" in wang.last
    await opens(wang)
    await wang.taps("评估")
    assert "准备在国家平台登记" in wang.last and "改一改" not in wang.last.labels


async def test_what_a_firm_disagrees_about_waits(
    chat: Chat, organizer: Somebody, wang: Somebody
) -> None:
    """Until its admin has decided."""
    li = await chat.somebody("李")
    await represents(li, chat, "李工", "13912345678")
    await assesses(wang)
    await opens(li)
    await li.taps("评估")
    await li.taps("我有不同看法")
    for label in OTHER:
        await li.taps(label)
    await organizer.taps("导出专利评估")
    assert "暂不导出的：1" in organizer.last and "没有要导出的" in organizer.last
    await wang.taps("采用李工的看法")
    _, row = await exports(chat, organizer)
    assert row[6] == "没有前景"


async def test_a_returned_file_ticks_and_names_what_it_does_not_know(
    chat: Chat, organizer: Somebody, wang: Somebody
) -> None:
    """Tried first; a row that the platform has not taken stays open; twice is once; undo."""
    await assesses(wang)
    await assesses(wang, OTHER, NYLON)
    _, first, second = await exports(chat, organizer)
    strange = ["9999", *first[1:]]
    mixed = [second[0], *first[1:]]
    await returns(
        chat, organizer,
        [[*first[:-1], DONE], [*strange[:-1], DONE], second, [*mixed[:-1], DONE]],
    )  # fmt: skip
    assert "还没有写入" in organizer.last and "登记 1" in organizer.last
    assert "还没登记 1" in organizer.last and "认不出 2" in organizer.last
    assert "第 3 行：9999" in organizer.last and "第 5 行" in organizer.last
    assert await number(chat, REGISTERED) == 0
    trial = organizer.last
    await organizer.taps("确认登记")
    assert "已登记，批次" in organizer.last
    assert await number(chat, REGISTERED) == 1
    await organizer.taps("确认登记", trial)
    assert "已经导入过了" in organizer.last
    await wang.says("我的评估")
    assert "已在国家平台登记" in wang.last
    assert len(await exports(chat, organizer)) == 2
    await organizer.taps("撤回（24 小时内）")
    assert "1 份评估改回" in organizer.last
    assert await number(chat, REGISTERED) == 0


async def test_after_a_day_ticks_stay(chat: Chat, organizer: Somebody, wang: Somebody) -> None:
    await assesses(wang)
    _, row = await exports(chat, organizer)
    await returns(chat, organizer, [[*row[:-1], DONE]])
    await organizer.taps("确认登记")
    await chat.later(timedelta(days=1, minutes=1))
    await organizer.taps("撤回（24 小时内）")
    assert "只能在 24 小时内撤回" in organizer.last
    assert await number(chat, REGISTERED) == 1


async def test_a_file_without_our_numbers_is_read_by_patent_and_firm(
    chat: Chat, organizer: Somebody, wang: Somebody
) -> None:
    """As the platform may write it: other columns, a number with ZL."""
    await assesses(wang)
    _, row = await exports(chat, organizer)
    header = ["序号", "专利号", "企业名称", "平台登记状态"]
    await returns(chat, organizer, [["1", f"ZL{row[1]}", FIRM, "已登记"]], header)
    await organizer.taps("确认登记")
    assert await number(chat, REGISTERED) == 1


async def test_nobody_else_exports(chat: Chat, wang: Somebody) -> None:
    await assesses(wang)
    await wang.says("导出评估")
    assert "由组织者或工作人员来做" in wang.last
    await wang.presses(wang.last, "assessments.rows")
    assert await number(chat, select(func.count(File.id)).filter_by(name="专利评估.xlsx")) == 0


def test_the_command_line_writes_and_takes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty programme has a header; a file that is none is named."""
    monkeypatch.setenv("ZHIQIAO_DATA_DIR", str(tmp_path))
    run = CliRunner().invoke
    sheet, list_ = tmp_path / "out.xlsx", tmp_path / "firms.csv"
    assert '"rows": 0' in run(cli, ["export", "assessments", str(sheet), "--json"]).output
    assert rows_of(sheet.read_bytes()) == [COLUMNS]
    assert '"ticked": 0' in run(cli, ["import", "assessments", str(sheet), "--json"]).output
    list_.write_text("企业名称,信用代码\n甲有限公司,\n", encoding="utf-8")
    refused = run(cli, ["import", "assessments", str(list_)])
    assert type(refused.exception).__name__ == "NoAssessments"
