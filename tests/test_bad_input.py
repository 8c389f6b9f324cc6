"""Whatever people send: a clear sentence back, and nothing lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from channels import updates
from pipeline import words
from tests.chat import Chat, Somebody

PNG = {"name": "照片.png", "mime": "image/png"}


@pytest.fixture
async def firm(chat: Chat) -> Somebody:
    """Somebody in the middle of registering: the name is asked."""
    person = await chat.somebody("企业")
    for said in ("注册", "同意，开始注册", "91430100MA4L16JQ9D"):
        await person.says(said)
    assert "企业全称" in person.last
    return person


async def sends(person: Somebody, chat: Chat, **message: Any) -> None:
    """Something that is no text, as its network describes it."""
    update = updates.text(person.chat_id, "", chat.clock.now())
    del update["message"]["text"], update["message"]["entities"]
    update["message"] |= message
    await person.does(update)


FILE = {"file_id": "web:x", "file_unique_id": "x"}
THINGS: list[tuple[dict[str, Any], str]] = [
    ({"photo": [FILE | {"width": 1, "height": 1}]}, "文件没有收到"),  # the form would keep it
    ({"document": FILE | {"file_name": "名单.exe", "mime_type": "application/x-dosexec"}}, "文件"),
    ({"sticker": FILE | {"width": 1, "height": 1, "is_animated": False, "is_video": False,
                         "type": "regular"}}, "表情"),
    ({"voice": FILE | {"duration": 3}}, "文件没有收到"),
    ({"location": {"latitude": 28.2, "longitude": 112.9}}, "位置"),
    ({"story": {"id": 1, "chat": {"id": 1, "type": "private"}}}, "消息"),
]  # fmt: skip


@pytest.mark.parametrize(("thing", "named"), THINGS)
async def test_what_is_no_text_is_named_and_the_question_stays(
    chat: Chat, firm: Somebody, thing: dict[str, Any], named: str
) -> None:
    """In a form the same question follows; the next message answers it."""
    await sends(firm, chat, **thing)
    assert named in firm.last
    assert "企业全称" in firm.last
    await firm.says("长沙知桥测试装备有限公司")
    assert "联系人" in firm.last


@pytest.mark.parametrize("blank", ["", "   ", "\n\n", "\u200b\u202e"])
async def test_an_empty_message_is_answered(chat: Chat, firm: Somebody, blank: str) -> None:
    """Blanks and invisible characters are nothing."""
    await firm.says(blank)
    assert "没有收到文字" in firm.last
    assert "企业全称" in firm.last


async def test_a_very_long_message_is_counted_and_refused(chat: Chat, firm: Somebody) -> None:
    """10,000 characters: how many, how many are allowed, and the draft is as it was."""
    await firm.says("长" * 10_000)
    assert "10000 个字" in firm.last
    await firm.says("长沙知桥测试装备有限公司")
    assert "联系人" in firm.last


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("9143010", "7 位"),
        ("91430100MA4L16JQ9DD", "19 位"),
        ("91430100MA4L16JQ9A", "校验位"),
        ("91430100MA4L16JI9D", "I"),
    ],
)
async def test_a_wrong_code_says_which_rule_failed(chat: Chat, code: str, rule: str) -> None:
    """Length, letters or the check character."""
    person = await chat.somebody("企业")
    for said in ("注册", "同意，开始注册", code):
        await person.says(said)
    assert rule in person.last
    assert "第 1 步" in person.last


async def test_an_old_button_changes_nothing_and_says_so(chat: Chat, firm: Somebody) -> None:
    """A choice of a step that is long past, of a form that is closed, of nothing at all."""
    for data in ("forms.choose:need:modes:x", "forms.send:need", "events.show:99999", "x.y:1", "~"):
        await firm.presses(firm.messages[0], data)
        assert "企业全称" in firm.seen or "过时" in firm.seen or "没有找到" in firm.seen, data
    await firm.says("长沙知桥测试装备有限公司")
    assert "联系人" in firm.last


async def test_ticks_that_were_never_offered_are_an_old_button(chat: Chat, firm: Somebody) -> None:
    """A card that brings its ticks along is believed no more than a button."""
    ending = f"{words.ENDING}forms.done:register"
    for ticked in ("industries:x", "name:x", "nothing:x", "industries:A1:x", "city:长沙"):
        await firm.presses(firm.messages[0], f"{ending}:{ticked}")
        assert "过时" in firm.seen, ticked
    await firm.says("长沙知桥测试装备有限公司")
    assert "联系人" in firm.last


async def test_the_same_button_twice_submits_once(chat: Chat, firm: Somebody) -> None:
    """The second press finds no open form and says that the button is old."""
    for said in ("长沙知桥测试装备有限公司", "王工", "13812345678", "长沙", "工程机械"):
        await firm.says(said)
    card = firm.last
    await firm.taps("提交", card)
    assert "注册好了" in firm.seen
    await firm.taps("提交", card)
    assert "过时" in firm.seen


async def test_the_same_update_twice_has_one_effect(chat: Chat, firm: Somebody) -> None:
    """A network that repeats itself is not answered twice."""
    await firm.says("长沙知桥测试装备有限公司", key="once")
    heard = len(firm.messages)
    await firm.says("长沙知桥测试装备有限公司", key="once")
    assert len(firm.messages) == heard


async def test_two_messages_at_once_are_answered_in_order(chat: Chat, firm: Somebody) -> None:
    """Both count, the second for the question that the first opened."""
    at, inbox = chat.clock.now(), chat.programme.inbox
    from pipeline.inbox import Raw

    await asyncio.gather(
        *(
            inbox.put(Raw("web", chat.key(), firm.chat_id, updates.text(firm.chat_id, said, at)))
            for said in ("长沙知桥测试装备有限公司", "王工")
        )
    )
    await chat.settle()
    assert "电话" in firm.last
    assert len(firm.new) == 2


async def test_markup_and_buttons_in_a_text_stay_text(chat: Chat, firm: Somebody) -> None:
    """What looks like a tag, a template or a button is shown as typed."""
    name = "<b>长沙</b>{{ 7*7 }} & [提交](forms.send)有限公司"
    for said in (name, "王工", "13812345678", "长沙", "工程机械"):
        await firm.says(said)
    assert name in firm.last.text
    assert firm.last.labels[0] == "提交"
