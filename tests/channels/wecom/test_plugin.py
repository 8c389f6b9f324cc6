"""Members who read in the WeChat plugin: no markdown, no cards."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from db.models import Chat as ChatRow
from pipeline import words
from tests.channels.wecom.letters import CARD, LONG, Still, bot, broadcast
from tests.emulators.wecom.user import PICTURE

TICKS = [
    [{"text": f"{words.TICK}先进材料", "callback_data": "forms.choose:1:a"}],
    [{"text": "工程机械", "callback_data": "forms.choose:1:b"}],
    [{"text": "就这些", "callback_data": "forms.done:1"}],
]
MANY = [[{"text": f"第{n}项专利的名称", "callback_data": f"patents.show:{n}"}] for n in range(9)]
LINK = [[{"text": "看全文", "url": "https://example.org/x"}]]


def _markup(rows: list[list[dict[str, str]]]) -> dict[str, Any]:
    return {"reply_markup": {"inline_keyboard": rows}}


@pytest.mark.parametrize("rows", [CARD, TICKS, MANY, LINK], ids=["few", "ticks", "many", "link"])
async def test_who_reads_in_wechat_can_read_every_choice(
    still: Still, rows: list[list[dict[str, str]]]
) -> None:
    """FACTS 9, test 12: as words, each with its number or its address."""
    wecom, chat, chat_id, _ = still
    liu = wecom.user("LiuYang", plugin=True)
    await _reads_text(still)
    sent = await bot(chat).send_message(
        chat_id, "<b>请选择</b>", parse_mode="HTML", **_markup(rows)
    )
    await bot(chat).edit_message_text("<b>又改</b>", chat_id, sent.message_id, parse_mode="HTML",
                                      **_markup(rows))  # fmt: skip
    for message in liu.messages[1:]:
        assert message.kind == "text" and message.readable
        for row in rows:
            assert row[0]["text"].removeprefix(words.TICK) in message.text
    assert len(liu.messages) == 3


async def test_who_reads_in_wechat_can_read_every_kind(still: Still) -> None:
    """FACTS 9, test 12: text short and long, files, pictures, captions, broadcasts."""
    wecom, chat, chat_id, _ = still
    liu = wecom.user("LiuYang", plugin=True)
    await _reads_text(still)
    await bot(chat).send_message(
        chat_id, "<b>甲</b>\n<blockquote>乙</blockquote>", parse_mode="HTML"
    )
    await bot(chat).send_message(chat_id, LONG * 60)
    await bot(chat).send_document(chat_id, b"BEGIN:VCALENDAR", filename="对接会.ics")
    await bot(chat).send_photo(chat_id, PICTURE, filename="a.png", caption="签到码 1")
    await broadcast(chat, [chat_id], "对接会改期", **_markup(CARD))
    await chat.programme.settle()
    assert {message.kind for message in liu.messages} == {"text", "file", "image"}
    assert all(message.readable for message in liu.messages)
    assert liu.last.text == "对接会改期\n [1] 报名"


async def _reads_text(still: Still) -> None:
    _, chat, chat_id, _ = still
    async with chat.programme.database.writing() as connection:
        await connection.execute(update(ChatRow).where(ChatRow.id == chat_id).values(plain=True))
