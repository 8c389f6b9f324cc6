"""Where a patent list stands in a file, and which of its lines are patents."""

from __future__ import annotations

import io
from datetime import date

import pytest
import xlsxwriter

from services import apart
from services.lists import AnotherList, NoHeader
from tests.imports.sheets import HEADER, OWNER, csv, line, number, ods, xlsx


async def test_headers_in_two_lines_in_other_words(now: object) -> None:
    """申请 over 号 and 日期; a kind that was merged over lines; titles, blocks, sums and notes."""
    rows: list[list[object]] = [
        [f"附件3：{OWNER}专利清单"],
        ["序号", "成果名称", "类别", "申请", "", "授权", "", "当前状态", "TRL", "意向价格(万元)"],
        ["", "", "", "号", "日期", "公告号", "公告日", "", "", ""],
        [1, "一种甲", "发明", number(1), date(2021, 3, 4), "CN199000001B", 44562, "授权", 6, 12],
        [2, "一种乙", "", number(2), "24/3/5", "", "", "等待实审", "实验室阶段", "3~5"],
        ["二、实用新型"],
        [3, "一种丙", "实用新型", number(3, 2022, 2), "2022年末", "", "", "欠费终止", "", "面议"],
        ["合计", "3件"],
        ["", "注：以上数据截至2026年"],
    ]  # fmt: skip
    book = xlsx({"2021": rows, "字典": [["发明"]]}, merged=[(3, 2, 4, 2, "发明")])
    found = await apart.read(book, "patents")
    assert [(row.line, row.number, row.filed_on) for row in found.rows] == [
        (4, number(1), "2021-03-04"), (5, number(2), "2024-03-05"), (7, number(3, 2022, 2), None),
    ]  # fmt: skip
    assert [row.status for row in found.rows] == ["有效", "实审", "已终止"]
    assert found.rows[0].granted_on == "2022-01-01"
    assert (found.owner, found.without, found.unknown) == (OWNER, ["字典"], [])


async def test_marks_of_repetition_and_short_names_are_understood() -> None:
    """同上 and 〃 say what the line above says; a header may list what it takes in brackets; a
    name may leave its place out."""
    rows = [["申请号", "专利名称", "转化方式 （许可/转让）", "所属学院", "授权日", "专利权人"],
            [number(1), "一种甲", "许可", "机械学院", "2024.3.5", "湖南演示学院（演示）"],
            [number(2), "一种乙", "〃", "同上", "未授权", "湖南演示学院（演示）"],
            [number(3), "一种丙", "转让", '"', "", "演示学院"]]  # fmt: skip
    found = await apart.read(xlsx({"s": rows}), "patents")
    assert [row.modes for row in found.rows] == [["许可"], ["许可"], ["转让"]]
    assert {row.college for row in found.rows} == {"机械学院"}
    assert [row.granted for row in found.rows] == [True, False, False]
    assert (found.rows[1].status, found.problems) == ("实审", [])
    assert {owner for row in found.rows for owner in row.applicants} == {"湖南演示学院（演示）"}


async def test_a_long_list_is_one_list() -> None:
    """It comes by portions, in its order; whose it is, is known at its end and counts for all."""
    said = ["星城工大", "星城工业大学", OWNER, OWNER]
    rows = [HEADER, *(line(at, owner=said[at * 4 // 500]) for at in range(500))]
    found = await apart.read(csv(rows), "patents")
    assert [row.number for row in found.rows] == [number(at) for at in range(500)]
    assert [row.applicants for row in found.rows] == [[OWNER]] * 500
    assert found.owner == OWNER


async def test_all_sheets_are_read_but_hidden_ones() -> None:
    """Each with its own columns in its own order, and lines that say where they stand."""
    other = [["名称", "专利号", "权利人"], ["一种多表方法", f"ZL {number(13)}", "星城工大（演示）"]]
    book = xlsx({"一": [HEADER, line(11), line(12)], "二": other, "旧": [HEADER, line(9)]},
                hidden=["旧"])  # fmt: skip
    found = await apart.read(book, "patents")
    assert [(row.sheet, row.line) for row in found.rows] == [("一", 2), ("一", 3), ("二", 2)]
    assert {owner for row in found.rows for owner in row.applicants} == {OWNER}


async def test_a_form_filled_in_by_hand_is_understood() -> None:
    """Groups named after what they hold, a page's header again, a line that shows how, a legend on
    a sheet of its own, 同 上, and a university that calls itself 本校."""
    head: list[list[object]] = [
        ["编号", "权利人", "申请（专利）号", "成果（专利）名称", "时间", "",
         "所属二级单位", "产业化信息", ""],
        ["", "", "", "", "申请", "授权公告", "", "转化方式", "是否同意开放许可"],
    ]  # fmt: skip
    firm = "湘江演示机电有限公司"
    rows: list[list[object]] = [
        [f"{OWNER}汇总表"], *head,
        ["示例", OWNER, number(9), "一种示例", "2021.3.4", "", "学院", "转让", "是"],
        [1, OWNER, f"ZL{number(1)}\n(CN119000001B)", "一种甲", "2021.3.4", "2023年5月",
         "机械学院", "☑转让 □许可", "☑是 □否"],
        ["", "", "", "本页小计", "1件"], ["续表1"], *head,
        [7, "本校", number(2), "★一种乙", "44259", "", "同 上", "", "不同意"],
        ["补1", f"{OWNER}(第一)、{firm}(第二)", number(3), "一种丙", "6-May-23", "", "", "", "—"],
        ["注：★为重点"],
    ]  # fmt: skip
    legend: list[list[object]] = [
        ["填表说明"],
        ["申请（专利）号", "必填，授权的写专利号（ZL开头）"],
        ["示例", f"ZL{number(8)}"],
    ]
    found = await apart.read(xlsx({"汇总": rows, "说明": legend}), "patents")
    first, second, third = found.rows
    assert (found.owner, found.without, found.unknown) == (OWNER, ["说明"], [])
    assert [row.number for row in found.rows] == [number(1), number(2), number(3)]
    assert [row.filed_on for row in found.rows] == ["2021-03-04", "2021-03-04", "2023-05-06"]
    assert (first.publication, first.granted_on, first.modes) == (
        "CN119000001B",
        "2023-05",
        ["转让"],
    )
    assert [row.open_licence for row in found.rows] == [True, False, None]
    assert (second.title, second.college, second.applicants) == ("一种乙", "机械学院", [OWNER])
    assert third.applicants == [OWNER, firm]


async def test_what_a_header_has_in_brackets_tells_it_from_another() -> None:
    """完成单位(学院) beside 专利权人, a unit with a comma; a signed foot is no patent."""
    rows = [["专利名称（全称）", "专利号（申请号）", "专利权人（申请人）", "完成单位（学院）",
             "意向价格（万元，可面议）"],
            ["一种甲", f"Z L {number(1)}", OWNER, "化工院", "50"],
            ["单位负责人（签字）：", "填表日期：20261120", "", "", ""]]  # fmt: skip
    found = await apart.read(xlsx({"s": rows}), "patents")
    (row,) = found.rows
    assert (row.number, row.applicants, row.college) == (number(1), [OWNER], "化工院")
    assert (row.price, found.unknown) == ("50万元", [])


async def test_a_list_may_begin_again_in_another_order() -> None:
    """A header in the middle counts from there on; the same one again is no patent."""
    rows = [HEADER, line(1), HEADER, line(2), ["专利名称", "专利号", "申请日", "专利权人"],
            ["一种倒序装置", number(3), "2021.5.6", OWNER]]  # fmt: skip
    found = await apart.read(csv(rows), "patents")
    assert [row.number for row in found.rows] == [number(1), number(2), number(3)]
    assert found.rows[2].filed_on == "2021-05-06"


@pytest.mark.parametrize(
    "content",
    [ods([HEADER, line(1)]), csv([HEADER, line(1)], "gb18030", "\t"),
     csv([HEADER, line(1, number=f'="{number(1)}"')], "utf-8", ";"),
     csv([HEADER, line(1)], "utf-16"), xlsx({"s": [HEADER, line(1, number=f"'{number(1)}")]})],
    ids=["ods", "tabs", "formula text", "utf-16", "apostrophe"],
)  # fmt: skip
async def test_every_container_says_the_same(content: bytes) -> None:
    found = await apart.read(content, "patents")
    assert [(row.number, row.title) for row in found.rows] == [(number(1), "一种演示装置1")]
    assert not found.rows[0].problems


async def test_a_column_full_of_numbers_is_the_number() -> None:
    """Whatever it is called; what else is unknown is named, if anything stands in it."""
    rows = [["成果号码", "专利名称", "申请日", "去向", "空列"],
            [number(1), "一种甲", "2021.3.4", "企业", ""],
            [number(2), "一种乙", "2021.3.4", "企业", ""]]  # fmt: skip
    found = await apart.read(csv(rows), "patents", "星城工业大学专利.csv")
    assert [row.number for row in found.rows] == [number(1), number(2)]
    assert (found.unknown, found.owner) == (["去向"], "星城工业大学")
    told = await apart.read(csv(rows), "patents", told={"去向": "college"})
    assert (told.unknown, told.rows[0].college) == ([], "企业")


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("2.01919E+12", "digits_lost"), (2.01919e12, "digits_lost"), ("见附件", "number_missing"),
     ("", "number_missing"), ("202119000", "number_wrong"), ("2021490000299", "kind_digit"),
     ("PCT/CN2023/123456", "number_wrong"), (f"{number(1)}；{number(2)}", "two_numbers")],
)  # fmt: skip
async def test_a_number_that_cannot_be_known_is_refused(cell: object, reason: str) -> None:
    """By what is wrong with it."""
    found = await apart.read(xlsx({"s": [HEADER, line(1, number=cell)]}), "patents")
    assert [problem.reason for problem in found.rows[0].problems] == [reason]
    assert found.rows[0].refused


async def test_a_wrong_check_digit_is_named_and_comes_in() -> None:
    """With the digit that it should be; so does a patent that has a publication number only."""
    wrong = number(1)[:-1] + ("0" if number(1)[-1] != "0" else "1")
    rows = [HEADER, line(1, number=wrong), line(2, number="CN 199000002 b")]
    first, second = (await apart.read(csv(rows), "patents")).rows
    assert (first.number, [p.reason for p in first.problems]) == (number(1), ["check_digit"])
    assert first.problems[0].value == f"{wrong} → {number(1)[-1]}"
    assert (second.number, second.publication) == (None, "CN199000002B")
    assert not first.refused
    assert not second.refused


async def test_what_is_another_list_is_named() -> None:
    events = [["活动名称", "时间", "地点", "名额"], ["一月一对接", "2026-12-01", "长沙", "80"]]
    firms = [["企业名称", "市州"], ["某某有限公司", "长沙"]]
    for rows, kind in ((events, "events"), (firms, "enterprises")):
        with pytest.raises(AnotherList) as refusal:
            await apart.read(csv(rows), "patents")
        assert refusal.value.facts == {"kind": "patents", "found": kind}
    with pytest.raises(NoHeader):
        await apart.read(csv([["甲", "乙"], ["丙", "丁"]]), "patents")


async def test_a_formula_that_nobody_computed_is_named() -> None:
    """It is text, never run, and never an empty cell; one that was computed is its value."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        page = book.add_worksheet("表一")
        page.write_row(0, 0, HEADER)
        for at in (1, 2, 3):
            page.write_row(at, 0, line(at))
        page.write_formula(1, 0, "=VLOOKUP(A9,B:C,2)", None, "")
        page.write_formula(2, 3, "=TODAY()", None, "")
        page.write_formula(3, 1, '="一种"&B9', None, "一种算好的装置")
    uncomputed, undated, computed = (await apart.read(made.getvalue(), "patents")).rows
    assert [(p.column, p.reason) for p in uncomputed.problems] == [("number", "formula")]
    assert uncomputed.refused
    assert [(p.column, p.reason) for p in undated.problems] == [("filed_on", "formula")]
    assert (undated.number, undated.filed_on, undated.refused) == (number(2), None, False)
    assert (computed.title, computed.problems) == ("一种算好的装置", [])
