"""Telegram's HTML as WeCom's text, in parts that WeCom does not cut."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.wecom import limits
from channels.wecom.text import LINK, salted, split, text_of, without_links

WORDS = st.text(alphabet="一二三四。；\n ab🙂👨\u200d👩é<&", max_size=3000)


@given(WORDS, st.integers(40, 300))
@example("字" * 3000, 100)
@example("👨\u200d👩\u200d👧" * 200, 64)
def test_no_part_is_longer_than_allowed_and_nothing_is_lost(text: str, most: int) -> None:
    """In bytes; only white space between parts may go."""
    parts = split(text, most)
    assert all(len(part.encode()) <= most for part in parts)
    assert _solid("".join(parts)) == _solid(text)


@pytest.mark.parametrize("length", [600, 700, 1400, 3000])
def test_salt_has_room(length: int) -> None:
    """What was said often is salted, and still not cut."""
    for part in split("专利转化。" * (length // 5)):
        assert len(salted(part, 20).encode()) <= limits.TEXT_BYTES


def test_a_part_ends_with_a_paragraph_a_line_or_a_sentence() -> None:
    """The largest of them that leaves no tiny part."""
    assert split("一" * 10 + "\n\n" + "二" * 10, 50) == ["一" * 10, "二" * 10]
    assert split("一" * 10 + "\n" + "二" * 10, 50) == ["一" * 10, "二" * 10]
    assert split("一" * 9 + "。" + "二" * 9 + "。", 50) == ["一" * 9 + "。", "二" * 9 + "。"]
    assert split("一\n\n" + "二" * 9 + "。" + "三" * 9, 50) == [
        "一\n\n" + "二" * 9 + "。",
        "三" * 9,
    ]


def test_a_link_is_not_cut() -> None:
    """It goes whole into the next part."""
    link = '<a href="https://example.org/x">看全文</a>'
    parts = split("字" * 20 + link + "尾" * 20, 80)
    assert any(link in part for part in parts)
    assert "".join(parts) == "字" * 20 + link + "尾" * 20


def test_marks_go_links_stay_and_signs_are_signs() -> None:
    html = '<b>甲 &amp; 乙</b>\n<a href="https://x.org/?a=1&amp;b=2">原文</a> 3 &lt; 5 <i>斜</i>'
    assert text_of(html) == '甲 & 乙\n<a href="https://x.org/?a=1&amp;b=2">原文</a> 3 < 5 斜'
    assert without_links(text_of(html)) == "甲 & 乙\n原文 3 < 5 斜"


@pytest.mark.parametrize(
    "typed",
    ['<a href="https://evil.example">x</a>', "< a href=x>", "<A HREF='x'>", "</a>", "< /a>"],
)
def test_a_link_that_somebody_typed_is_no_link(typed: str) -> None:
    """Only the templates link; what people write is shown as they wrote it."""
    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for text in (text_of(escaped), text_of(typed, None)):
        assert not LINK.search(text)
        assert "<a" not in text.replace(" ", "").lower() and "</a" not in text.replace(" ", "")


def test_a_link_to_no_address_is_its_label() -> None:
    assert text_of('<a href="javascript:x">点</a><a href="tg://user?id=1">我</a>') == "点我"


def _solid(text: str) -> str:
    return "".join(text.split())
