"""A list of events as offices send it: tried, kept as drafts, published together, taken back."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from typer.testing import CliRunner

from commands import cli
from db.models import Event, Job, Person
from services import event_cells
from tests.chat import Chat, Somebody
from tests.events.conftest import id_of
from tests.imports.sheets import csv, xlsx
from tests.people.acts import change, number
from tests.people.test_import_chat import sends

HEADER = [
    "序号", "活动主题", "活动类型", "日期", "时间", "市州", "地点", "人数", "报名截止", "议程",
]  # fmt: skip
GOOD: list[list[Any]] = [
    ["1", "演示农机专场对接会", "一月一对接", date(2026, 12, 10), "下午2:30-5:00", "岳阳市",
     "南湖宾馆三楼", "约80人", "12月8日", "政策解读、洽谈"],
    ["2", "演示新材料路演", "路演", "2027.1.14", "9点半", "", "株洲高新区会议中心", "60", "", ""],
]  # fmt: skip
WRONG = [
    ["3", "演示过去的会", "培训", "2026-10-10", "9:00", "长沙", "一楼", "60", "", ""],
    ["4", "演示没有钟点的会", "培训", "12月11日", "上午", "长沙", "一楼", "60", "", ""],
    ["5", "演示没有人数的会", "培训", "12月11日", "9:00", "长沙", "一楼", "待定", "", ""],
    ["6", "演示外地的会", "培训", "12月11日", "9:00", "武汉", "一楼", "60", "", ""],
    ["7", "演示农机专场对接会", "", "12月10日", "14:30", "岳阳", "又一处", "80", "", ""],
    ["8", "演示截止太晚的会", "聚会", "12月11日", "9:00", "长沙", "一楼", "60", "12月12日", ""],
]
DRAFTS = select(func.count(Event.id)).filter_by(state="draft")


async def test_a_messy_list_becomes_drafts_that_are_published_together(
    chat: Chat, organizer: Somebody
) -> None:
    """Good lines only, each reason named; nothing before the yes; taken back, nothing is left."""
    there = await number(chat, select(func.count(Event.id)))
    rows = [["岳阳市 12 月活动安排"], HEADER, *GOOD, *WRONG]
    await sends(chat, organizer, xlsx({"安排": rows}), "安排.xlsx")
    for line in (
        "共 8 行：新增草稿 3 场", "12月10日 周四 14:30 演示农机专场对接会", "株洲",
        "第 5 行 活动时间：时间已经过去", "第 6 行 活动时间：没有写几点开始",
        "第 7 行 名额：人数认不出", "第 8 行 市州：不是本省市州",
        "第 9 行 活动名称：与前面的行重复，行号（3）",
        "第 10 行 报名截止：报名截止已经过去，或晚于开始", "第 10 行 活动类型：类型认不出",
    ):  # fmt: skip
        assert line in organizer.last, line
    assert "有问题的格已标红" in str([bubble.files for bubble in organizer.messages])
    assert await number(chat, DRAFTS) == 0
    await organizer.taps("确认导入")
    done = organizer.last
    assert await number(chat, DRAFTS) == 3
    await organizer.taps("全部发布", done)
    assert "已发布 3 场" in organizer.last and "14:30–17:00" in organizer.last
    one = select(Event).filter_by(title="演示农机专场对接会")
    async with chat.programme.database.session() as session:
        event = (await session.scalars(one)).one()
    told = (event.kind, event.city, event.capacity, event.agenda)
    assert told == ("一月一对接", "岳阳", 80, ["政策解读", "洽谈"])
    assert event.created_by == await id_of(chat, organizer)
    planned = select(func.count(Job.id)).where(Job.key.startswith(f"remind:event:{event.id}:"))
    assert await number(chat, planned) == 3
    await sends(chat, organizer, csv([HEADER, *GOOD]), "又一次.csv")
    assert "已有的 2" in organizer.last and "没有要写入的" in organizer.last
    moved = [[*GOOD[0][:3], "12月17日", *GOOD[0][4:]]]
    await sends(chat, organizer, csv([HEADER, *moved]), "改期.csv")
    assert "同名活动已经在别的时间" in organizer.last
    await organizer.taps("撤回（24 小时内）", done)
    assert "删除新增活动 3 场" in organizer.last
    assert await number(chat, select(func.count(Event.id))) == there


async def test_a_list_of_other_cities_is_not_theirs(chat: Chat, organizer: Somebody) -> None:
    """Known in the dry run already."""
    own = update(Person).where(Person.id == await id_of(chat, organizer)).values(city="岳阳")
    await change(chat, own)
    await sends(chat, organizer, csv([HEADER, *GOOD]), "安排.csv")
    assert "新增草稿 1 场" in organizer.last
    assert "第 3 行 市州：不是您负责的市州（株洲）" in organizer.last


@pytest.mark.parametrize(
    ("said", "day", "clocks"),
    [
        ("2026-12-10 14:30:00", "2026-12-10", ["14:30"]),
        ("12月10日下午两点", "2026-12-10", ["14:00"]),
        ("12/10 9:00-11:30", "2026-12-10", ["09:00", "11:30"]),
        ("1月5日 晚上7点半", "2027-01-05", ["19:30"]),
        ("26.12.10 上午9时至下午3时", "2026-12-10", ["09:00", "15:00"]),
        ("46366.604166666664", "2026-12-10", ["14:30"]),
        ("14:00-17:00", None, ["14:00", "17:00"]),
        ("中午11:30", None, ["11:30"]),
        ("十二月另行通知", None, []),
    ],
)
def test_days_and_times_as_people_write_them(
    said: str, day: str | None, clocks: list[str], now: datetime
) -> None:
    found = event_cells.day(said, now)
    assert (found and found.isoformat()) == day
    assert event_cells.clocks(said) == [time.fromisoformat(clock) for clock in clocks]


def test_the_command_line_takes_the_same_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHIQIAO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ZHIQIAO_DEMO", "false")
    file = tmp_path / "events.csv"
    later = [[*row[:3], "2099-12-10", *row[4:]] for row in GOOD]
    file.write_bytes(csv([HEADER, *later]))
    runner = CliRunner()
    tried = runner.invoke(cli, ["import", "events", str(file), "--dry-run", "--json"])
    assert json.loads(tried.stdout)["created"] == 2, tried.output
    done = json.loads(runner.invoke(cli, ["import", "events", str(file), "--json"]).stdout)
    assert done["batch"] and done["lines"] == 2
    undone = runner.invoke(cli, ["import", "events", "--undo", str(done["batch"])])
    assert "删除新增活动 2 场" in undone.stdout
