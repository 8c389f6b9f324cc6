"""What holds for all readers: only Unfit is raised, with a listed code, in linear time."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations import reading
from conversations.reading import CODES, Unfit
from tests.conftest import NOW

LABELS = ["转让", "许可", "委托开发", "不合适", "10-50万", "B方案"]
READERS: dict[str, Callable[[str], object]] = {
    "number": reading.read_number,
    "money": reading.read_money,
    "date": lambda text: reading.read_date(text, NOW),
    "past": lambda text: reading.read_date(text, NOW, allow_past=True),
    "span": lambda text: reading.read_span(text, NOW),
    "phone": reading.read_phone,
    "code": reading.read_uscc,
    "one": lambda text: reading.pick(text, LABELS),
    "many": lambda text: reading.pick(text, LABELS, many=True),
    "yes": reading.read_yes,
    "values": lambda text: reading.find_values(text, NOW),
    "tidy": reading.tidy,
    "simplified": reading.simplified,
}
# What the readers look for, so that hypothesis makes texts that come close to a value.
PIECES = """
零 一 二 两 三 五 十 廿 百 千 万 亿 点 半 几 多 来 个 w k 元 块 ￥ $ 不超过 以上 到 - ~ 、 ， 。 . :
/ 年 月 日 号 天 周 星期 下 上 这 底 初 前 后 内 元旦 春节 十一 五一 今 明 下午 晚上 时 刻 分 小时
分钟 季度 q 第 倒数 最后 除了 都要 不要 和 转让 许可 开发 + ( ) 138 0731 2026 12 30 0 9143 MA O %
农历 工作日 每 是 不 好 吗 ² ½ Ⅱ ٣ 𝟛 🏻
"""
WORDS = st.sampled_from([*PIECES.split(), " ", "\n", "\u3000", "\u200b"])


def read(name: str, text: str) -> Unfit | None:
    try:
        READERS[name](text)
    except Unfit as refused:
        return refused
    return None


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=150, deadline=None)
@given(text=st.one_of(st.text(), st.lists(WORDS, max_size=12).map("".join)))
def test_any_text_is_read_or_unfit(name: str, text: str) -> None:
    """Nothing a person can type raises anything else, and every refusal has its listed facts."""
    if refused := read(name, text):
        assert set(refused.facts) == set(CODES[refused.code])


@pytest.mark.parametrize("name", READERS)
def test_ten_thousand_characters_are_read_in_no_time(name: str) -> None:
    """Nobody can hold up a turn: the worst rows of what each reader looks for."""
    for unit in [
        "五",
        "二十",
        "50万",
        "1点",
        "今天",
        "12月",
        "138 1234 5678 ",
        "不要",
        "好",
        "(",
        "\n",
        "12.",
    ]:
        began = process_time()
        read(name, (unit * 10_000)[:10_000])
        assert process_time() - began < 5


def _raised() -> list[tuple[str, set[str]]]:
    """The code and the facts of every Unfit that the source builds."""
    found = []
    for path in Path(reading.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Unfit":
                codes = [
                    one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)
                ]
                found += [(str(one), {word.arg or "" for word in node.keywords}) for one in codes]
    return found


def test_every_refusal_is_listed_with_its_facts() -> None:
    """A template is written for each code, and may use the facts that are listed for it."""
    raised = dict(_raised())
    by_name = {"money_open", "money_secret"}  # raised by a variable
    assert raised.keys() | by_name == CODES.keys()
    assert {code: set(CODES[code]) for code in raised} == raised


def test_no_chinese_word_is_in_the_code() -> None:
    """The vocabulary is data, so that staff can edit it; docstrings may give examples."""
    for path in Path(reading.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                chinese = any("\u4e00" <= char <= "\u9fff" for char in node.value)
                assert id(node) in docstrings or not chinese, (path.name, node.value)
