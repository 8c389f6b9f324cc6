"""Which choices become which card, and what a card sends back."""

from __future__ import annotations

from typing import Any

import pytest

from channels.wecom import cards, limits
from channels.wecom.cards import Shape, pressed, shape
from pipeline import words
from pipeline.words import Row

CHOICE = "forms.choose:need:modes"


def button(label: str, data: str) -> dict[str, str]:
    return {"text": label, "callback_data": data}


def choices(count: int, data: str = CHOICE, label: str = "选项") -> list[Row]:
    return [[button(f"{label}{n}", f"{data}:{n}")] for n in range(1, count + 1)]


def ways(*names: str) -> Row:
    return [button(name, f"{words.WAY}{name}") for name in names]


END = button("完成", f"{words.ENDING}forms.done:need:modes")


def kind(shape: Shape) -> Any:
    return shape.card and shape.card["card_type"]


def test_up_to_six_choices_are_buttons() -> None:
    """With the words on the card; the ways are its small menu."""
    made = shape("标题\n\n正文", [*choices(6), ways("上一步", "取消")], cards=True)
    assert kind(made) == "button_interaction" and made.text is None and made.card is not None
    assert made.card["main_title"] == {"title": "标题"}
    assert made.card["sub_title_text"] == "正文"
    assert [b["key"] for b in made.card["button_list"]] == [f"{CHOICE}:{n}" for n in range(1, 7)]
    assert [a["text"] for a in made.card["action_menu"]["action_list"]] == ["上一步", "取消"]


def test_answers_to_one_question_are_a_list_up_to_twenty() -> None:
    """FACTS 9, test 11: one is picked; a menu of different acts is numbered text, whose numbers are
    typed."""
    one = shape("哪个市州？", choices(14), cards=True)
    assert kind(one) == "vote_interaction" and one.card is not None
    assert one.card["checkbox"]["mode"] == 0
    assert kind(shape("哪个？", choices(21), cards=True)) is None
    mixed = [[button(f"做{n}", f"act{n}.do")] for n in range(8)]
    menu = shape("要做什么？", mixed, cards=True)
    assert menu.card is None and menu.text is not None and "[8] 做7" in menu.text


def test_several_choices_are_ticks_with_their_end() -> None:
    """What is picked already is checked, without its tick in the words."""
    rows = [[button("✓ 转让", f"{CHOICE}:转让"), button("许可", f"{CHOICE}:许可")], [END]]
    made = shape("<b>合作方式</b>", rows, cards=True).card
    assert made is not None and made["checkbox"]["mode"] == 1
    options = made["checkbox"]["option_list"]
    assert [(o["text"], o["is_checked"]) for o in options] == [("转让", True), ("许可", False)]
    assert made["submit_button"] == {"text": "完成", "key": END["callback_data"]}
    assert "action_menu" not in made


@pytest.mark.parametrize(
    "text", ["标题\n" + "长" * 161, "题" * 37, '标题\n<a href="https://x.org">原文</a>']
)
def test_what_a_card_would_cut_is_sent_as_text_before_it(text: str) -> None:
    """And nothing of it is lost."""
    made = shape(text, choices(3), cards=True)
    assert made.text == text
    assert made.card is not None and len(made.card["main_title"]["title"]) <= limits.TITLE


def test_ways_beyond_the_menu_are_said_in_words() -> None:
    """A card's menu holds three."""
    made = shape(
        "标题", [*choices(2), ways("跳过", "上一步", "取消", "先放着", "人工")], cards=True
    )
    assert made.card is not None and made.text is not None
    assert len(made.card["action_menu"]["action_list"]) == limits.WAYS
    assert "先放着、人工" in made.text


@pytest.mark.parametrize(
    "rows",
    [
        choices(2, label="一个很长很长很长很长很长的选项" + "长" * 4),
        [[button("甲", "a.b"), button("乙", "a.b")]],
        [ways("取消")],
        [],
    ],
    ids=["long labels", "one key twice", "ways alone", "nothing"],
)
def test_what_no_card_can_show_is_text(rows: list[Row]) -> None:
    made = shape("标题\n正文", rows, cards=True)
    assert made.card is None and made.text == made.plain


def test_text_alone_offers_the_same() -> None:
    """Numbered as understanding counts: ways have no number."""
    made = shape("标题", [*choices(2), ways("取消")], cards=False)
    assert made.card is None
    assert made.text == made.plain == "标题\n [1] 选项1\n [2] 选项2\n 可以说：取消"


def test_a_submitted_card_is_one_press() -> None:
    """Ticks come back behind the way that ends the question; a list gives its one choice."""
    end = END["callback_data"]
    assert pressed(end, [f"{CHOICE}:转让", f"{CHOICE}:许可"]) == f"{end}:转让:许可"
    assert pressed(end, []) == end
    assert pressed(cards.CHOOSE, [f"{CHOICE}:2"]) == f"{CHOICE}:2"
    assert pressed(cards.CHOOSE, []) is None


def test_a_link_button_opens_its_address() -> None:
    rows: list[Row] = [[{"text": "打开", "url": "https://x.org"}, button("报名", "e.s:1")]]
    made = shape("标题", rows, cards=True).card
    assert made is not None
    assert made["button_list"][0] == {"text": "打开", "style": 1, "type": 1, "url": "https://x.org"}
