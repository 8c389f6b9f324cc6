"""How a text is kept, and how it is seen by the readers."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.reading import plain, simplified, tidy
from conversations.reading.text import aligned

TIDY = {
    "  你好　 世界  ": "你好 世界",
    "ＡＢＣ１２３": "ABC123",
    "预算５０％，可谈！": "预算50%，可谈！",
    "（演示）：甲；乙？": "（演示）：甲；乙？",
    "面积10⁶ m²，½，①": "面积10⁶ m²，½，①",
    "⽤户⾼压": "用户高压",
    "ﾊﾝﾃﾞ": "ハンデ",
    "零\u200b宽\ufeff和\u202e方向\u2066": "零宽和方向",
    "一\r\n二\u2028三\x85四": "一\n二\n三\n四",
    "第一段\n\n\n\n\n第二段": "第一段\n\n第二段",
    " 行首 \n\t 行尾\t ": "行首\n行尾",
    "空\x00字\x1b符": "空字符",
    "半个表情\ud83d": "半个表情",
    "e\u0301": "é",
    "": "",
    " \n \n ": "",
}


@pytest.mark.parametrize(("text", "kept"), TIDY.items())
def test_a_kept_text_means_what_was_typed(text: str, kept: str) -> None:
    """Width and invisible signs go; exponents, Chinese punctuation and line breaks stay."""
    assert tidy(text) == kept


@given(st.text())
def test_a_kept_text_is_kept_as_it_is(text: str) -> None:
    """Tidying twice changes nothing, and a database can store the outcome."""
    once = tidy(text)
    assert tidy(once) == once
    assert once.encode().decode() == once
    assert not {unicodedata.category(char) for char in once.replace("\n", "")} & {"Cc", "Cf", "Cs"}


SIMPLIFIED = {
    "專利轉化對接會": "专利转化对接会",
    "下週三後天兩點半": "下周三后天两点半",
    "五十萬範圍內": "五十万范围内",
    "這裡只有一隻": "这里只有一只",
    "聯係臺灣徵求儘快": "联系台湾征求尽快",
    "著作權與乾坤": "著作权与乾坤",
    "已经是简体": "已经是简体",
}


@pytest.mark.parametrize(("text", "simple"), SIMPLIFIED.items())
def test_traditional_characters_are_read(text: str, simple: str) -> None:
    assert simplified(text) == simple


@given(st.text())
def test_simplifying_keeps_places(text: str) -> None:
    """One character for one, else a value could not be pointed at in the text."""
    assert len(simplified(text)) == len(text)


PLAIN = {
    "１２ 月 １０ 日": "12月10日",
    "2026 - 12 - 10  14:00": "2026-12-10 14:00",
    "② 2️⃣ Ｂ": "2 2 b",
    "￥ 20，000": "¥20,000",
    "10⁶": "10^6",
    "一行 \n 二行": "一行\n二行",
}


@pytest.mark.parametrize(("text", "seen"), PLAIN.items())
def test_readers_see_one_form(text: str, seen: str) -> None:
    assert plain(text) == seen


@given(st.text())
def test_every_character_read_is_found_in_the_text(text: str) -> None:
    seen, places = aligned(text)
    assert len(seen) == len(places)
    assert places == sorted(places)
    assert all(0 <= place < len(text) for place in places)
