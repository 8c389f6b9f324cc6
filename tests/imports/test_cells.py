"""A cell of a patent list in any of the ways in which people write it."""

from __future__ import annotations

import pytest

from services import patent_cells, patent_owners, patent_prices

FIFTH_OF_MARCH = [
    "2024年3月5日", "2024.3.5", "20240305", "24/3/5", "2024-03-05", "2024-03-05 00:00:00",
    "2024-03-05T08:30:00", "45356", "45356.5", "2024.03.05.", "二〇二四年三月五日", "2024年3月5号",
    "2024,3,5", "2024 - 3 - 5", "2024 03 05", "20240305.0", "申请日:2024.3.5", "5-Mar-2024",
    "March 5, 2024", "2024.3.5(公告)", "5-Mar-24", "240305", "二○二四年三月五日",
    "二零二四年三月五日", "2024.03.05-2044.03.04", "2024.3.5(优先权日2023.3.5)",
]  # fmt: skip


@pytest.mark.parametrize("said", FIFTH_OF_MARCH)
def test_a_day_in_any_form(said: str) -> None:
    assert patent_cells.day(said) == "2024-03-05"


@pytest.mark.parametrize(
    ("said", "known"),
    [("2024.3", "2024-03"), ("2024年12月", "2024-12"), ("202403", "2024-03"), ("2024", "2024"),
     ("2024年", "2024"), ("May-23", "2023-05"),
     ("2023年5月上旬", "2023-05"), ("98.11.22", "1998-11-22"),
     ("二〇二二年十二月三十一日", "2022-12-31"),
     ("二〇二二年十月二十日", "2022-10-20"), ("12/31/2023", "2023-12-31"),
     ("31/12/2023", "2023-12-31")],
)  # fmt: skip
def test_no_more_is_known_of_a_date_than_is_said(said: str, known: str) -> None:
    """A month is a month; two digits are the year of a patent."""
    assert patent_cells.day(said) == known


@pytest.mark.parametrize(
    ("said", "reason"),
    [("2023.13.1", "date_wrong"), ("2021年2月30日", "date_wrong"), ("不详", "date_wrong"),
     ("3月5日", "date_wrong"), ("12345", "date_wrong"), ("3/5/2024", "date_ambiguous"),
     ("1900-01-00", "date_wrong")],
)  # fmt: skip
def test_what_is_no_day_is_said(said: str, reason: str) -> None:
    """A day that may be two days is none."""
    with pytest.raises(ValueError, match=reason):
        patent_cells.day(said)


@pytest.mark.parametrize(
    ("said", "known"),
    [("有效(年费已缴)", "有效"), ("授 权", "有效"), ("专利权维持", "有效"), ("实质审查", "实审"),
     ("审中", "实审"), ("公开", "公开"), ("未缴年费专利权终止", "已终止"), ("失效", "已终止"),
     ("视为撤回", "已撤回"), ("期限届满", "已届满"), ("驳回", "驳回"), ("宣告无效", "已无效"),
     ("授权后放弃", "已放弃"), ("独占许可", "已独占许可"), ("未授权", "实审"),
     ("等年费滞纳金", "有效"), ("驳回复审中", "实审"), ("已下证", "有效"), ("证书已下发", "有效"),
     ("待下证", "实审"), ("一通出案待答复", "实审"), ("逾期视撤等恢复", "已撤回")],
)  # fmt: skip
def test_a_status_in_any_words(said: str, known: str) -> None:
    """What is gone is never read as what is there."""
    assert patent_cells.status(said) == known


@pytest.mark.parametrize(
    ("said", "people"),
    [("甲甲/乙乙/甲甲、", ["甲甲", "乙乙"]), ("甲甲 乙乙 丙丙", ["甲甲", "乙乙", "丙丙"]),
     ("甲甲;乙 乙;", ["甲甲", "乙乙"]), ("1.甲甲 2.乙乙", ["甲甲", "乙乙"]),
     ("甲 甲", ["甲甲"]), ("甲 甲 乙 乙 丙丙", ["甲甲", "乙乙", "丙丙"]),
     ("甲甲1,2,乙乙;丙丙*", ["甲甲", "乙乙", "丙丙"]),
     ("甲甲(第一发明人),乙乙等", ["甲甲", "乙乙"]), ("1甲甲2乙乙3丙丙", ["甲甲", "乙乙", "丙丙"]),
     ("第一发明人:甲甲;其他:乙乙、丙丙等3人", ["甲甲", "乙乙", "丙丙"]),
     ("甲甲、乙乙等 3 人", ["甲甲", "乙乙"]), ("甲甲,乙乙 和 丙丙", ["甲甲", "乙乙", "丙丙"]),
     ("甲甲&乙乙", ["甲甲", "乙乙"]), ("甲甲 教授、乙乙博士", ["甲甲", "乙乙"]),
     ("甲和平、乙乙", ["甲和平", "乙乙"]), ("Li Wei; Zhao Min", ["Li Wei", "Zhao Min"])],
)  # fmt: skip
def test_inventors_between_whatever_parts_them(said: str, people: list[str]) -> None:
    assert list(patent_cells.names(said)) == people


@pytest.mark.parametrize(
    ("said", "header", "known"),
    [("15.5", "参考价格(万元)", "15.5万元"), ("5-8", "价格(万元)", "5-8万元"), ("面议", "", "面议"),
     ("50000元", "参考价格(万元)", "50000元"), ("20万", "", "20万"), ("0", "价格(万元)", None),
     ("3000", "价格(元)", "3000元"), ("12", "价格", "12"),
     ("约15", "价格(万元)", "约15万元"), ("≥100", "价格(万元)", "100万元以上"),
     ("<50", "价格(万元)", "50万元以下"), ("A3", "价格(万元)", "A3"),
     ("20至30", "价格(万元)", "20-30万元"), ("100以上", "价格(万元)", "100万元以上"),
     ("80(可面议)", "价格(万元)", "80万元(可面议)")],
)  # fmt: skip
def test_a_price_has_the_unit_that_somebody_wrote(
    said: str, header: str, known: str | None
) -> None:
    """None is made up, and nothing is free because a cell says 0."""
    assert patent_prices.price(said, header) == known


@pytest.mark.parametrize(
    ("said", "bounds"),
    [("叁万元", (30_000, 30_000, None)), ("人民币壹拾贰万元整", (120_000, 120_000, None)),
     ("三十万", (300_000, 300_000, None)), ("一百五十万元", (1_500_000, 1_500_000, None)),
     ("1,200,000元", (1_200_000, 1_200_000, None)), ("10w", (100_000, 100_000, None)),
     ("3万—5万元", (30_000, 50_000, None)), ("不低于20万", (200_000, None, None)),
     ("不超过8万元(含税)", (None, 80_000, None)), ("8万/年", (80_000, 80_000, "年")),
     ("面议,不低于10万", (100_000, None, None)), ("首付5万+3%提成", (None, None, None)),
     ("面议", (None, None, None))],
)  # fmt: skip
def test_a_price_is_known_in_yuan_however_it_is_said(
    said: str, bounds: tuple[int | None, int | None, str | None]
) -> None:
    assert patent_prices.price_bounds(said) == bounds


@pytest.mark.parametrize(
    ("said", "known"),
    [("《一种阀》", "一种阀"), ("★一种阀*", "一种阀"), ("3、一种阀", "一种阀"),
     ("(12)一种阀", "一种阀"),
     ("3.5GHz天线", "3.5GHz天线"), ("2,4-二氯苯的制备", "2,4-二氯苯的制备"),
     ("3D打印机", "3D打印机")],
)  # fmt: skip
def test_a_title_is_without_what_the_list_puts_to_it(said: str, known: str) -> None:
    assert patent_cells.title(said) == known


@pytest.mark.parametrize(
    ("said", "chosen"),
    [("☑是 □否", "是"), ("□是 ■否", "否"), ("√转让 □许可 √作价", "转让、作价"), ("□是 □否", ""),
     ("√", "√"), ("☑", "☑"), ("转让", "转让")],
)  # fmt: skip
def test_of_boxes_the_ticked_ones_count(said: str, chosen: str) -> None:
    assert patent_cells.ticked(said) == chosen


@pytest.mark.parametrize(
    ("name", "owner", "same"),
    [("星城工大", "星城工业大学（演示）", True), ("星城工业大学", "星城工业大学（演示）", True),
     ("演示学院", "湖南演示学院（演示）", True), ("星城大学", "星城师范大学", False),
     ("星城大学", "星城大学附属医院", False), ("星城大学", "星城大学设计院有限公司", False),
     ("星师大", "星城师范大学", True), ("星城工业大学", "星城大学", False)],
)  # fmt: skip
def test_a_whole_name_is_no_short_one(name: str, owner: str, same: bool) -> None:
    """Nobody is taken for another because its name stands in the other's."""
    assert patent_owners.is_short_for(name, owner) is same


def test_owners_between_marks_ranks_and_blanks() -> None:
    """A blank inside a name parts nobody."""
    assert patent_cells.owners("星城大学 演示有限公司") == ("星城大学", "演示有限公司")
    assert patent_cells.owners("星城大学(第一)、演示有限公司等") == ("星城大学", "演示有限公司")
    assert patent_cells.owners("星 城 大学") == ("星城大学",)


def test_levels_and_ways() -> None:
    """Maturity, grade, ways of working together, an open licence."""
    levels = {"TRL6": 6, "6级": 6, "第六级": 6, "中试": 6, "已量产": 9, "实验室": 4,
              "VI级": 6, "IX": 9, "五级": 5, "Level 7": 7, "TRL4-5": 4}  # fmt: skip
    assert {said: patent_cells.maturity(said) for said in levels} == levels
    grades = {"A": "A", "b类": "B", "三档": "C", "一级": "A", "优": "A", "乙": "B", "B+": "B",
              "A类(高价值)": "A"}  # fmt: skip
    assert {said: patent_cells.tier(said) for said in grades} == grades
    assert patent_cells.modes("均可") == ("转让", "许可", "作价投资")
    assert patent_cells.modes("√") == ()
    assert patent_cells.is_open("开放许可", "") is True
    opened = {"同意": True, "不同意": False, "√": True, "x": False, "待定": None,
              "是(已声明)": True, "否,暂不考虑": False}  # fmt: skip
    assert {said: patent_cells.is_open("", said) for said in opened} == opened
    assert patent_cells.is_open("转让", "") is None
