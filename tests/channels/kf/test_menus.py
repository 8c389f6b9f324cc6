"""A message as customer service shows it: as few as hold it, and none larger than it may be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.kf import limits
from channels.kf.menus import Content, contents
from channels.wecom.limits import TEXT_BYTES
from pipeline import words

LINE = "专利转化对接会将在长沙举行，请携带需求清单。"


def rows(count: int, label: str = "选项") -> list[words.Row]:
    return [[{"text": f"{label}{n}", "callback_data": f"a.b:{n}"}] for n in range(count)]


def params(text: str, choices: list[words.Row] | None = None) -> Content:
    made: Content = {"text": text, "parse_mode": "HTML"}
    return made | ({"reply_markup": {"inline_keyboard": choices}} if choices else {})


def sent(text: str, choices: list[words.Row] | None = None, most: int = 4) -> list[Content]:
    return contents(params(text, choices), menus=True, most=most)


def test_a_short_message_is_one_text() -> None:
    assert sent("<b>您好</b>") == [{"msgtype": "text", "text": {"content": "您好"}}]


def test_buttons_are_entries() -> None:
    web = [{"text": "网页", "url": "https://demo.invalid"}]
    (menu,) = sent("选一个", [*rows(1), web])
    assert menu["msgmenu"] == {
        "head_content": "选一个",
        "list": [
            {"type": "click", "click": {"id": "a.b:0", "content": "选项0"}},
            {"type": "view", "view": {"url": "https://demo.invalid", "content": "网页"}},
        ],
    }


def test_a_text_that_the_head_cannot_hold_stands_in_entries_of_text() -> None:
    """One message instead of two, while the buttons leave room."""
    text = "\n".join(f"{n} {LINE}" for n in range(25))
    (menu,) = sent(text, rows(3))
    kinds = [entry["type"] for entry in menu["msgmenu"]["list"]]
    assert kinds[-3:] == ["click"] * 3
    assert set(kinds[:-3]) == {"text"}
    said = [entry["text"]["content"] for entry in menu["msgmenu"]["list"][:-3]]
    assert "\n".join([menu["msgmenu"]["head_content"], *said]) == text


def test_a_longer_one_is_texts_and_then_a_menu() -> None:
    *texts, menu = sent("\n".join([LINE * 4] * 10), rows(9))
    assert [one["msgtype"] for one in texts] == ["text"] * len(texts)
    assert menu["msgtype"] == "msgmenu"


@pytest.mark.parametrize(
    "choices",
    [rows(11), rows(1, "长" * 50), [[{"text": "x", "callback_data": "y" * 65}]]],
    ids=["many", "long", "large"],
)
def test_what_a_menu_cannot_hold_is_numbered(choices: list[words.Row]) -> None:
    (only,) = sent("选一个", choices)
    assert "[1] " in only["text"]["content"]


def test_without_menus_everything_is_numbered() -> None:
    (only,) = contents(params("选一个", rows(2)), menus=False, most=4)
    assert only["text"]["content"].endswith("[2] 选项1")


def test_links_are_shown_with_their_address() -> None:
    """WeChat lets one tap an address, and shows a tag as it is written."""
    (only,) = sent('见<a href="https://demo.invalid/?a=1&amp;b=2">网页</a>。')
    assert only["text"]["content"] == "见网页 https://demo.invalid/?a=1&b=2 。"


def test_what_is_cut_says_so() -> None:
    *_, last = sent("\n".join([LINE * 4] * 60), rows(2))
    assert words.word("kf/words", "cut") in last["msgmenu"]["head_content"]
    (only,) = sent("\n".join([LINE * 4] * 60), most=1)
    assert words.word("kf/words", "cut") in only["text"]["content"]


TEXTS = st.text(st.sampled_from("专利ab 。\n😀\u0301"), min_size=1, max_size=4000).filter(str.strip)


@settings(max_examples=60, deadline=None)
@given(text=TEXTS, count=st.integers(0, 12), most=st.integers(1, 4))
def test_nothing_is_larger_than_it_may_be(text: str, count: int, most: int) -> None:
    found = contents({"text": text, **_markup(count)}, menus=True, most=most)
    assert 1 <= len(found) <= most
    for one in found:
        if one["msgtype"] == "text":
            assert 0 < len(one["text"]["content"].encode()) <= TEXT_BYTES
            continue
        menu = one["msgmenu"]
        assert len(menu["head_content"].encode()) <= limits.HEAD_BYTES
        assert len(menu["list"]) <= limits.MENU
        for entry in menu["list"]:
            if entry["type"] == "text":
                assert 0 < len(entry["text"]["content"].encode()) <= limits.WORDS_BYTES


def _markup(count: int) -> dict[str, Any]:
    return {"reply_markup": {"inline_keyboard": rows(count)}} if count else {}
