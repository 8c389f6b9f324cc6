"""The replies of a turn in few messages, where a network counts them."""

from __future__ import annotations

from typing import Any

from pipeline.joining import joined
from pipeline.work import NOTICE, TEXT_LIMIT, Letter

HERE, ELSEWHERE = 1, 2
SIGN_UP = [{"text": "报名", "callback_data": "events.sign_up:1"}]
MENU = [{"text": "菜单", "callback_data": "~menu.show"}]
CANCEL = [{"text": "取消", "callback_data": "~forms.cancel"}]


def said(text: str, *rows: Any, method: str = "send_message", **more: Any) -> Letter:
    params = {"text": text, "parse_mode": "HTML", **more}
    if rows:
        params["reply_markup"] = {"inline_keyboard": [*rows]}
    return Letter(HERE, method, params)


def texts(letters: list[Letter]) -> list[str]:
    return [letter.params.get("text", letter.method) for letter in letters]


def test_texts_become_one() -> None:
    one, other = joined([said("一"), said("二")], HERE), said("一")
    assert texts(one) == ["一\n\n二"]
    assert joined([other], HERE) == [other]


def test_an_edit_in_the_middle_is_said_with_the_rest() -> None:
    """It would be a message of its own there."""
    (one,) = joined([said("一"), said("二", method="edit_message_text", message_id=7)], HERE)
    assert one.method == "send_message"
    assert "message_id" not in one.params


def test_ways_are_offered_once_and_last() -> None:
    (one,) = joined([said("一", MENU), said("二", SIGN_UP, CANCEL, MENU)], HERE)
    rows = one.params["reply_markup"]["inline_keyboard"]
    assert rows[0] == SIGN_UP
    assert sorted(button["text"] for button in rows[1]) == ["取消", "菜单"]


def test_two_lists_of_choices_stay_two() -> None:
    """ "2" must mean the choice that it means."""
    two = [said("一", SIGN_UP), said("二", SIGN_UP)]
    assert joined(two, HERE) == two


def test_nothing_is_longer_than_a_message_may_be() -> None:
    long = said("长" * (TEXT_LIMIT - 2))
    assert texts(joined([long, said("短"), said("又")], HERE)) == [long.params["text"], "短\n\n又"]


def test_files_keep_their_place() -> None:
    file = Letter(HERE, "send_document", {"document": {"file": 1}})
    assert texts(joined([said("一"), said("二"), file, said("三")], HERE)) == [
        "一\n\n二", "send_document", "三",
    ]  # fmt: skip


def test_whoever_leaves_says_first_what_there_is_to_say() -> None:
    leave = Letter(HERE, "leave_chat", {})
    assert texts(joined([said("一"), leave, said("二")], HERE)) == ["一\n\n二", "leave_chat"]


def test_what_is_for_others_or_for_later_is_left_alone() -> None:
    notice = Letter(HERE, "send_message", {"text": "通知", "parse_mode": "HTML"}, NOTICE, "k")
    other = Letter(ELSEWHERE, "send_message", {"text": "别处", "parse_mode": "HTML"})
    result = joined([said("一"), notice, other, said("二")], HERE)
    assert texts(result) == ["一\n\n二", "通知", "别处"]
