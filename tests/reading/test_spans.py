"""Values inside a longer sentence."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.reading import Money, find_values
from tests.conftest import NOW

CODE = "91439999MA9D00013W"
PHONE = "+8613812345678"
YEAR_END = date(2026, 12, 31)


def sums(low: int, high: int | None = None) -> Money:
    return Money(low * 10_000, (high or low) * 10_000)


SENTENCES = {
    "需求：高温轴承润滑，预算50万，年底前要": [("50万", sums(50)), ("年底前", YEAR_END)],
    f"湘澜泵阀 {CODE} 电话 138 1234 5678": [(CODE, CODE), ("138 1234 5678", PHONE)],
    "预算 ３０～５０ 万，12 月 10 日前": [
        ("３０～５０ 万", sums(30, 50)),
        ("12 月 10 日前", date(2026, 12, 10)),
    ],
    "上次那个需求预算写错了，改成80万": [("80万", sums(80))],
    "下週三前，預算五十萬": [("下週三前", date(2026, 12, 2)), ("五十萬", sums(50))],
    "联系人\n13812345678\n30万以内": [("13812345678", PHONE), ("30万以内", Money(0, 300_000))],
    "座机0731-88886666转801，三个月内": [
        ("0731-88886666", "+8673188886666"),
        ("三个月内", date(2027, 2, 23)),
    ],
    "员工500人，想要2027年3月底前": [("2027年3月底前", date(2027, 3, 31))],
    "一月一链是什么意思": [],
    "回复12号：利率以银行为准": [],
    "专利号201710601862.3多少钱": [],
    "年产20万吨的线，周期三个月": [],
    "5万美元，昨天说的": [],
    "91439999MA9D00013X": [],
    "": [],
}


@pytest.mark.parametrize(("text", "values"), SENTENCES.items())
def test_one_sentence_fills_several_slots(text: str, values: list[tuple[str, object]]) -> None:
    """Only what can be nothing else, and where in the text as it was typed."""
    found = find_values(text, NOW)
    assert [(text[one.start : one.end], one.value) for one in found] == values


@given(st.permutations([f"代码{CODE}", "手机13812345678", "预算50万", "年底前"]))
def test_the_order_of_values_does_not_matter(pieces: list[str]) -> None:
    found = find_values("，".join(pieces), NOW)
    assert {one.kind: one.value for one in found} == {
        "code": CODE,
        "phone": PHONE,
        "money": sums(50),
        "date": YEAR_END,
    }


@given(st.text(alphabet="年月日号万元1382905下周一二三前后内，。- \n", max_size=60))
def test_values_never_overlap(text: str) -> None:
    found = find_values(text, NOW)
    ends = [0, *(one.end for one in found)]
    assert all(one.start >= end for one, end in zip(found, ends, strict=False))
    assert all(one.start < one.end <= len(text) for one in found)
