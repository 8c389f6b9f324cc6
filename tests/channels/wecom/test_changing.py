"""What becomes of a message that was sent through WeCom: changed, recalled; and files."""

from __future__ import annotations

from datetime import timedelta

import pytest
from telegram.error import BadRequest

from channels.wecom.ledger import Ledger
from pipeline import words
from tests.channels.wecom.letters import CARD, LONG, Still, bot, notice, outbox


async def test_an_edit_changes_the_card(still: Still) -> None:
    """While its code lives; a message that is sent anew after that is still the same message."""
    _, chat, chat_id, liu = still
    sent = await bot(chat).send_message(
        chat_id, "<b>对接会</b>", parse_mode="HTML", reply_markup={"inline_keyboard": CARD}
    )
    other = [[{"text": "取消报名", "callback_data": "events.cancel:1"}]]
    edit = {"chat_id": chat_id, "message_id": sent.message_id, "parse_mode": "HTML"}
    await bot(chat).edit_message_text(
        "<b>已报名</b>", reply_markup={"inline_keyboard": other}, **edit
    )
    cards = [m for m in liu.messages if m.is_card]
    assert len(cards) == 1 and cards[0].buttons == ["取消报名"] and "已报名" in cards[0].text
    edited = await bot(chat).edit_message_text(
        "<b>又改</b>", reply_markup={"inline_keyboard": CARD}, **edit
    )
    assert edited.message_id == sent.message_id
    assert [m.text for m in liu.messages if m.is_card] == ["已报名", "又改"]


async def test_a_click_lets_its_card_be_changed_again(still: Still) -> None:
    _, chat, chat_id, liu = still
    sent = await bot(chat).send_message(chat_id, "甲", reply_markup={"inline_keyboard": CARD})
    for text in ("乙", "丙"):
        await bot(chat).edit_message_text(
            text, chat_id, sent.message_id, reply_markup={"inline_keyboard": CARD}
        )
        assert [m.text for m in liu.messages if m.is_card] == [text]
        await liu.clicks_card("events.sign_up:1")


async def test_after_72_hours_an_edit_is_a_new_message(still: Still) -> None:
    """FACTS 9, test 11: the code of the card is over."""
    wecom, chat, chat_id, liu = still
    sent = await bot(chat).send_message(chat_id, "甲", reply_markup={"inline_keyboard": CARD})
    chat.clock.forward(timedelta(hours=73))
    await bot(chat).edit_message_text(
        "乙", chat_id, sent.message_id, reply_markup={"inline_keyboard": CARD}
    )
    assert [m.text for m in liu.messages if m.is_card] == ["甲", "乙"]
    assert [call for call in wecom.calls if "update" in call.path] == []


async def test_what_is_old_is_forgotten(still: Still) -> None:
    """A text after the last time that it could be recalled, a card while it can be clicked; what
    was forgotten is still a message, which an edit says anew."""
    _, chat, chat_id, liu = still
    markup = {"inline_keyboard": CARD}
    await bot(chat).send_message(chat_id, "卡片", reply_markup=markup)
    await notice(chat, chat_id, "一条")
    await chat.programme.settle()
    (sent,) = [row.message_id for row in await outbox(chat)]
    ledger = Ledger(chat.programme.database, chat.clock)
    assert await ledger.tidy() == 0
    chat.clock.forward(timedelta(days=5))
    assert await ledger.tidy() == 2 and await ledger.tidy() == 0
    await liu.clicks_card("events.sign_up:1")
    await chat.programme.settle()
    await bot(chat).edit_message_text("另一条", chat_id, sent)
    assert liu.last.text == "另一条"
    chat.clock.forward(timedelta(days=180))
    assert await ledger.tidy() == 3  # with the answer to the click
    before = len(liu.messages)
    await bot(chat).send_message(chat_id, "又一张", reply_markup=markup)
    assert len(liu.messages) == before + 1  # no hint once more


async def test_an_edit_to_words_closes_the_card(still: Still) -> None:
    """So that nobody presses what is over; the words follow."""
    _, chat, chat_id, liu = still
    sent = await bot(chat).send_message(chat_id, "甲", reply_markup={"inline_keyboard": CARD})
    await bot(chat).edit_message_text("报名已截止", chat_id, sent.message_id)
    card = next(m for m in liu.messages if m.is_card)
    assert card.buttons == [words.word("wecom/words", "changed")] and card.keys == {}
    assert liu.last.text == "报名已截止"


async def test_a_message_is_recalled_within_a_day(still: Still) -> None:
    """All its parts; later it stays, and the caller hears so."""
    _, chat, chat_id, liu = still
    sent = await bot(chat).send_message(chat_id, LONG * 60)
    assert len(liu.messages) > 2
    await bot(chat).delete_message(chat_id, sent.message_id)
    assert [m.text for m in liu.messages] == ["您好"]
    late = await bot(chat).send_message(chat_id, "通知")
    chat.clock.forward(timedelta(hours=25))
    with pytest.raises(BadRequest):
        await bot(chat).delete_message(chat_id, late.message_id)


async def test_files_go_with_their_names(still: Still) -> None:
    """A picture as a picture, the rest as files; the same file is uploaded once."""
    wecom, chat, chat_id, liu = still
    for _ in range(2):
        await bot(chat).send_document(chat_id, b"BEGIN:VCALENDAR", filename="对接会.ics")
    await bot(chat).send_photo(
        chat_id,
        b"\x89PNG\r\n\x1a\n....",
        filename="a.png",
        caption="签到码 <b>1</b>",
        parse_mode="HTML",
    )
    assert [m.kind for m in liu.messages[1:]] == ["file", "file", "image", "text"]
    assert liu.messages[1].file == b"BEGIN:VCALENDAR" and "对接会.ics" in liu.messages[1].text
    assert liu.last.text == "签到码 1"
    assert wecom.count("media/upload") == 2
    with pytest.raises(BadRequest, match="too small"):
        await bot(chat).send_document(chat_id, b"x", filename="a.txt")


async def test_a_file_that_wecom_forgot_is_uploaded_again(still: Still) -> None:
    wecom, chat, chat_id, liu = still
    await bot(chat).send_document(chat_id, b"BEGIN:VCALENDAR", filename="a.ics")
    wecom.world.media.clear()
    await bot(chat).send_document(chat_id, b"BEGIN:VCALENDAR", filename="a.ics")
    assert [m.kind for m in liu.messages[1:]] == ["file", "file"]


async def test_what_wecom_has_not_is_refused_in_words(still: Still) -> None:
    _, chat, chat_id, _ = still
    with pytest.raises(BadRequest, match=r"(?i)wecom has no sendLocation"):
        await bot(chat).send_location(chat_id, 28.2, 112.9)
    with pytest.raises(BadRequest, match="not found"):
        await bot(chat).edit_message_text("x", chat_id, 999)
    with pytest.raises(BadRequest, match="too long"):
        await bot(chat).send_message(chat_id, "x" * 4097)
    assert await bot(chat).send_chat_action(chat_id, "typing")
