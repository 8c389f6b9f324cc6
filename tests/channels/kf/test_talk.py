"""What customers do: said, pressed, sent and taken back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from db.models import File, Incoming, Outgoing
from tests import scenario
from tests.channels.kf.conftest import Talk, inbox, rows, until
from tests.channels.kf.phone import OnKf
from tests.channels.kf.test_reading import has_said
from tests.emulators.wecom.kf.sync import note

PICTURE = b"\x89PNG\r\n\x1a\n" + b"a picture"


async def test_an_entry_of_a_menu_is_a_button(talk: Talk) -> None:
    """Its press carries the data, the label for the transcript, and the message it stood on; its
    number does the same."""
    wecom, chat = talk
    phone = OnKf(wecom.customer("小王"))
    await phone.says("菜单")
    await phone.sees("问政策")
    await phone.taps("问政策")
    await phone.sees("质押融资谁牵头")
    query = (await inbox(chat))[-1].raw["callback_query"]
    assert query["data"] == "policy.start"
    (button,) = query["message"]["reply_markup"]["inline_keyboard"][0]
    assert button["text"] == "问政策"
    (menu,) = await rows(chat, Outgoing, message_id=query["message"]["message_id"])
    assert "问政策" in str(menu.params)
    await phone.says("菜单")
    await phone.sees("问政策")
    labels = phone.customer.last.buttons
    await phone.says(str(labels.index("问政策") + 1))
    await phone.sees("质押融资谁牵头")


async def test_what_does_not_fit_a_menu_is_numbered(talk: Talk) -> None:
    """Fourteen cities are more than ten entries: a number picks one, and nothing is lost."""
    wecom, _ = talk
    phone = OnKf(wecom.customer("小王"))
    await phone.says("注册")
    await phone.taps("同意")
    for said, seen in (
        (scenario.CODE, "企业全称"),
        (scenario.FIRM, "怎么称呼"), ("王工", "联系电话"), ("13812345678", "哪个市州"),
    ):  # fmt: skip
        await phone.says(said)
        await phone.sees(seen)
    assert phone.customer.last.kind == "text"
    await phone.sees("[14]")
    await phone.taps("湘潭")
    await phone.sees("哪些产业")


async def test_a_reader_without_menus_gets_numbers(talk: Talk) -> None:
    wecom, _ = talk
    phone = OnKf(wecom.customer("小王"))
    await phone.says("看不到按钮")
    await phone.sees("带编号的文字")
    await phone.says("菜单")
    await phone.sees("[1]")
    assert phone.customer.last.kind == "text"
    await phone.taps("问政策")
    await phone.sees("质押融资谁牵头")


async def test_a_picture_goes_with_the_need(talk: Talk) -> None:
    """Fetched before the turn, because WeCom keeps it three days only."""
    wecom, chat = talk
    phone = OnKf(wecom.customer("王工"))
    await scenario.register(phone)
    for said in ("提需求", "柱塞泵滑靴磨损快，想找表面处理技术", "跳过", "跳过", "50万", "跳过"):
        await phone.says(said)
        await phone.sees("提技术需求")
    await phone.sends("image", "照片.png", PICTURE)
    await phone.sees("附件：一张图片")
    files = await rows(chat, File)
    assert PICTURE in [file.content for file in files]


@pytest.mark.parametrize(
    ("kind", "part", "held"),
    [
        ("location", {"latitude": 28.2, "longitude": 112.9, "name": "岳麓区", "address": ""},
         "location"),
        ("link", {"title": "新闻", "desc": "专利", "url": "https://demo.invalid"}, "text"),
        ("voice", {"media_id": "M-1"}, "voice"), ("video", {"media_id": "M-1"}, "video"),
        ("file", {"media_id": "M-1"}, "document"), ("business_card", {"userid": "LiuYang"}, None),
        ("miniprogram", {"title": "小程序"}, None), ("msgmenu", {"head_content": "选"}, None),
        ("channels", {"nickname": "号"}, None), ("merged_msg", {"title": "记录", "item": []}, None),
    ],
)  # fmt: skip
async def test_every_kind_of_message_is_answered(
    talk: Talk, kind: str, part: dict[str, Any], held: str | None
) -> None:
    """What it holds is in the update; what we do not know gets an answer, too."""
    wecom, chat = talk
    wang = wecom.customer("小王")
    await wang.writes_kf("你好")
    await wang.waits_for("我在", 10)
    note(wecom.world, wang.account, 3, kind, **{kind: part},
         external_userid=wang.external_userid)  # fmt: skip
    wecom.world.signal_kf(wang.account)
    await until(lambda: len(wang.messages) == 2)
    message = (await inbox(chat))[-1].raw["message"]
    known = {"text", "location", "voice", "video", "document"}
    assert message.keys() & known == ({held} if held else set())
    assert not await rows(chat, Incoming, state="failed")


async def test_what_was_taken_back_in_time_is_not_answered(talk: Talk) -> None:
    wecom, chat = talk
    wang = wecom.customer("小王")
    wecom.delay(0.5, path="kf/sync_msg")
    said = asyncio.create_task(wang.writes_kf("说错了"))
    await until(lambda: wang.account.log)
    await wang.recalls_kf(wang.account.log[-1][1]["msgid"])
    await said
    await asyncio.sleep(1)
    assert await inbox(chat) == []
    await wang.writes_kf("你好")
    await has_said(chat, "你好")


async def test_a_withdrawn_update_is_never_handled(talk: Talk) -> None:
    """What a worker has not begun is done without a word; a second taking back changes nothing."""
    wecom, chat = talk
    inbox_ = chat.programme.inbox
    wang = wecom.customer("小王")
    await wang.writes_kf("你好")
    await wang.waits_for("我在", 10)
    (row,) = await inbox(chat)
    await inbox_.withdraw("kf", row.key)
    assert (await inbox(chat))[0].state == "done"


async def test_the_same_customer_of_two_accounts_is_two_chats(talk: Talk) -> None:
    wecom, chat = talk
    wecom.kf_account("wkSecond", "第二个客服")
    for account in ("wkDemo1", "wkSecond"):
        one = wecom.customer("小王", account)
        await one.writes_kf("你好")
        await one.waits_for("我在", 10)
    assert len({row.chat_id for row in await inbox(chat)}) == 2


async def test_servicers_words_are_not_the_customers(talk: Talk) -> None:
    """origin 5 is never handled."""
    wecom, chat = talk
    wang = wecom.customer("小王")
    await wang.writes_kf("你好")
    note(wecom.world, wang.account, 5, "text", text={"content": "我是客服"},
         external_userid=wang.external_userid, servicer_userid="LiuYang")  # fmt: skip
    wecom.world.signal_kf(wang.account)
    await has_said(chat, "你好")
    await asyncio.sleep(0.2)
    await has_said(chat, "你好")
