"""A list of firms as people send it: taken in at once, told line by line, and taken back."""

from __future__ import annotations

import asyncio
import json
import time
import zipfile
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from stdnum.cn import uscc
from typer.testing import CliRunner

from bot import CONTENTS
from commands import cli
from db.models import Enterprise, Person
from pipeline import words
from services.apart import Reading, read
from services.batches import BatchUnknown, undo
from services.enterprise_import import Report, take_in
from services.enterprise_rows import FIRMS
from services.lists import NoHeader
from services.tables import NotATable
from tests.databases import any_database

HEADER = "企业名称,统一社会信用代码,市州,规模,联系人,电话,标签"
GOOD = "湘澜泵阀有限公司,91439999MA9D00013W,湘潭市,小型企业,演示甲,138 1234 5678,专精特新、高企"


def csv(tmp_path: Path, *lines: str, encoding: str = "utf-8-sig") -> Path:
    file = tmp_path / "firms.csv"
    file.write_text("\r\n".join([HEADER, *lines]), encoding=encoding)
    return file


def xlsx(tmp_path: Path, rows: list[list[object]]) -> Path:
    """The least that is a spreadsheet."""
    cells = "".join(
        "<row>"
        + "".join(
            f"<c><v>{cell}</v></c>"
            if isinstance(cell, int | float)
            else f'<c t="inlineStr"><is><t>{cell}</t></is></c>'
            for cell in row
        )
        + "</row>"
        for row in rows
    )
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    file = tmp_path / "firms.xlsx"
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("xl/worksheets/sheet1.xml",
                      f"<worksheet {main}><sheetData>{cells}</sheetData></worksheet>")  # fmt: skip
        book.writestr("xl/workbook.xml",
                      f'<workbook {main} xmlns:r="{rel}"><sheets>'
                      '<sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>')  # fmt: skip
        book.writestr("xl/_rels/workbook.xml.rels",
                      '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
                      f'relationships"><Relationship Id="r1" Type="{rel}/worksheet" '
                      'Target="worksheets/sheet1.xml"/></Relationships>')  # fmt: skip
        book.writestr("_rels/.rels",
                      '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
                      f'relationships"><Relationship Id="r1" Type="{rel}/officeDocument" '
                      'Target="xl/workbook.xml"/></Relationships>')  # fmt: skip
        book.writestr("[Content_Types].xml", "<Types/>")
    return file


async def firms(session: AsyncSession) -> int:
    return await session.scalar(select(func.count(Enterprise.id))) or 0


async def the_firm(session: AsyncSession) -> Enterprise:
    session.expire_all()
    firm = await session.scalar(select(Enterprise).order_by(Enterprise.id).limit(1))
    assert firm is not None
    return firm


async def import_file(
    session: AsyncSession, path: Path, now: datetime, *, dry_run: bool = False
) -> Report:
    """As the command does it."""
    reading = await read(await asyncio.to_thread(path.read_bytes), FIRMS.name)
    return await take_in(session, path.name, reading, now, dry_run=dry_run)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, len(report.skipped)


@any_database
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
async def test_a_csv_of_any_encoding_is_cleaned(
    session: AsyncSession, now: datetime, tmp_path: Path, encoding: str
) -> None:
    """Names, cities, sizes, numbers and labels stand as registration would store them."""
    report = await import_file(session, csv(tmp_path, GOOD, encoding=encoding), now)
    assert counts(report) == (1, 0, 0, 0)
    firm = await the_firm(session)
    assert (firm.name, firm.city, firm.size) == ("湘澜泵阀有限公司", "湘潭", "小型")
    assert (firm.phone, firm.tags) == ("+8613812345678", ["专精特新", "高企"])


@any_database
async def test_a_spreadsheet_with_a_title_and_its_own_headers(
    session: AsyncSession, now: datetime, tmp_path: Path
) -> None:
    """A title above, other words, other order, numbers that were texts, empty lines."""
    rows: list[list[object]] = [
        ["2026年企业名单"],
        ["序号", "联系 电话", "单位名称（全称）", "社会信用代码"],
        [1, 13812345678, "湘澜泵阀有限公司(演示)", "91439999ma9d00013w"],
        [],
        [2, "无", "另一家有限公司", ""],
    ]
    report = await import_file(session, xlsx(tmp_path, rows), now)
    assert counts(report) == (2, 0, 0, 0)
    firm = await the_firm(session)
    assert (firm.name, firm.uscc) == ("湘澜泵阀有限公司（演示）", "91439999MA9D00013W")
    assert firm.phone == "+8613812345678"


async def test_wrong_lines_are_named_and_the_others_come_in(
    session: AsyncSession, now: datetime, tmp_path: Path
) -> None:
    """Each with its line and reason; a cell that cannot be read is left out, its line is not."""
    file = csv(
        tmp_path,
        GOOD,
        ",91439999MA9D00021P,,,,,",
        "错码有限公司,91439999MA9D0001,,,,,",
        "错位有限公司,91439999MA9D00013A,,,,,",
        "湘澜泵阀有限公司,91439999MA9D00013W,,,,,",
        "湘澜泵阀有限公司,91439999MA9D00021P,,,,,",
        "外省电话有限公司,,武汉市,巨型,,12,",
    )
    report = await import_file(session, file, now)
    assert [(p.line, p.reason) for p in report.skipped] == [
        (3, "name_missing"),
        (4, "code_length"),
        (5, "code_check"),
        (6, "doubled"),
        (7, "code_mismatch"),
    ]
    assert {p.reason for p in report.incomplete} == {"city_unknown", "size_unknown", "phone_wrong"}
    assert (report.created, report.lines) == (2, 7)
    shown = words.plain(words.render("people/import_report", **asdict(report)).text)
    assert "第 5 行 信用代码：信用代码校验位不对" in shown


async def test_the_same_file_again_changes_nothing(
    session: AsyncSession, now: datetime, tmp_path: Path
) -> None:
    """A firm is known by its code, else by its name; an empty cell empties nothing."""
    await import_file(session, csv(tmp_path, GOOD, "无码有限公司,,长沙,,,,"), now)
    again = await import_file(session, csv(tmp_path, GOOD, "无码有限公司,,长沙,,,,"), now)
    assert counts(again) == (0, 0, 2, 0)
    changed = await import_file(
        session, csv(tmp_path, "湘澜泵阀股份有限公司,91439999MA9D00013W,株洲,,,,小巨人"), now
    )
    assert counts(changed) == (0, 1, 0, 0)
    firm = await the_firm(session)
    assert (firm.name, firm.city, firm.size) == ("湘澜泵阀股份有限公司", "株洲", "小型")
    assert firm.tags == ["专精特新", "高企", "小巨人"]
    assert await firms(session) == 2


async def test_a_dry_run_writes_nothing(
    session: AsyncSession, now: datetime, tmp_path: Path
) -> None:
    """The same report, and no batch."""
    report = await import_file(session, csv(tmp_path, GOOD), now, dry_run=True)
    assert (counts(report), report.batch, await firms(session)) == ((1, 0, 0, 0), None, 0)


async def test_a_batch_is_taken_back(session: AsyncSession, now: datetime, tmp_path: Path) -> None:
    """What it made goes unless somebody uses it; what it changed is as before, or as said since."""
    await import_file(session, csv(tmp_path, GOOD), now)
    second = await import_file(
        session,
        csv(tmp_path, "湘澜泵阀有限公司,91439999MA9D00013W,株洲,大型,,,", "甲甲有限公司,,,,,,",
            "乙乙有限公司,,,,,,"),
        now,
    )  # fmt: skip
    firm = await the_firm(session)
    firm.city = "岳阳"
    used = await session.scalar(select(Enterprise.id).filter_by(name="甲甲有限公司"))
    session.add(Person(enterprise_id=used, created_at=now))
    await session.flush()
    assert second.batch is not None
    undone = await undo(session, second.batch, now)
    assert (undone.removed, undone.restored, undone.kept) == (1, 1, 1)
    firm = await the_firm(session)
    assert (firm.city, firm.size) == ("岳阳", "小型")
    assert await firms(session) == 2
    with pytest.raises(BatchUnknown):
        await undo(session, second.batch, now)


@any_database
@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "empty"), (b"PK\x03\x04no zip", "unreadable"), (b"a\0b", "unreadable"),
     (b"\xff\xff\xff", "encoding")],
)  # fmt: skip
async def test_what_is_no_table_is_said(
    session: AsyncSession, now: datetime, tmp_path: Path, content: bytes, why: str
) -> None:
    """Empty, broken, or in nobody's encoding."""
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    with pytest.raises(NotATable) as refusal:
        await import_file(session, file, now)
    assert refusal.value.facts == {"why": why}


@any_database
async def test_a_table_of_something_else_is_refused(
    session: AsyncSession, now: datetime, tmp_path: Path
) -> None:
    """Without firms' names nothing is read, and it says what stands there."""
    file = tmp_path / "x.csv"
    file.write_text("活动,时间\n对接会,周三\n", encoding="utf-8")
    with pytest.raises(NoHeader) as refusal:
        await import_file(session, file, now)
    assert refusal.value.facts == {"found": ["活动", "时间"], "kind": "enterprises"}


def test_headers_are_read_as_people_write_them() -> None:
    """Brackets, blanks, longer and shorter words; one column each."""
    header = [
        "序号",
        "企业名称*",
        "统一社会信用代码（18位）",
        "所在 市州",
        "企业联系电话",
        "联系人",
    ]
    assert FIRMS.columns_of(header).places == {
        "name": 1,
        "uscc": 2,
        "city": 3,
        "phone": 4,
        "contact": 5,
    }
    assert not FIRMS.columns_of(["企业名称有限公司"]).places


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> list[Reading]:
    """All its firms, read once for both databases; and when all of them have moved."""
    file = csv(tmp_path_factory.mktemp("province"), *map(_firm, range(22_400)))
    here = asyncio.run(read(file.read_bytes(), FIRMS.name))
    moved = [replace(row, city="株洲") for row in here.rows]
    return [here, replace(here, rows=moved)]


async def test_all_firms_of_the_province_come_in_seconds(
    session: AsyncSession, now: datetime, province: list[Reading]
) -> None:
    """22,400 lines, first new and then changed, each within ten seconds."""
    done = []
    for reading in province:
        begun = time.perf_counter()
        report = await take_in(session, "firms.csv", reading, now)
        done.append((report.created, report.updated, len(report.skipped)))
        assert time.perf_counter() - begun < 10
    assert done == [(22_400, 0, 0), (0, 22_400, 0)]
    cities = await session.scalars(select(Enterprise.city).distinct())
    assert cities.all() == ["株洲"]


def _firm(number: int) -> str:
    base = f"91430100MA{number:07d}"
    code = base + uscc.calc_check_digit(base)
    return f"测试{number}有限公司,{code},长沙,小型,演示,0731-8{number:07d},"


def test_the_command_line_imports_and_undoes(tmp_path: Path) -> None:
    """In words, and as JSON for scripts; a file that is no list is said in a sentence."""
    file = csv(tmp_path, GOOD)
    environment = {"ZHIQIAO_DATA_DIR": str(tmp_path / "var"), "ZHIQIAO_DEMO": "false"}

    def run(*args: str) -> str:
        result = CliRunner().invoke(cli, ["import", "enterprises", *args], obj=CONTENTS,
                                    env=environment)  # fmt: skip
        assert result.exit_code == 0, result.output
        return result.output

    assert "试运行" in run(str(file), "--dry-run")
    report = json.loads(run(str(file), "--json").splitlines()[-1])
    assert (report["created"], report["batch"]) == (1, 1)
    assert "新增 0，更新 0，无变化 1" in run(str(file))
    assert "删除新增企业 1 家" in run("--undo", "1")
