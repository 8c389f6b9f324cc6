"""A person's view: what they do becomes updates, what they see is what stands there."""

import asyncio

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)

from tests.emulators.telegram import TelegramEmulator, User


def buttons(**data: str) -> InlineKeyboardMarkup:
    row = [InlineKeyboardButton(label, callback_data=text) for label, text in data.items()]
    return InlineKeyboardMarkup([row])


async def newest(bot: Bot) -> Update:
    updates = await bot.get_updates()
    return updates[-1]


async def test_start_carries_the_links_payload(bot: Bot, hua: User) -> None:
    """A link t.me/bot?start=x is the command /start x, marked as a command."""
    await hua.starts("event_12")
    message = (await newest(bot)).message
    assert message is not None and message.text == "/start event_12"
    assert message.parse_entities() == {message.entities[0]: "/start"}
    assert (message.from_user and message.from_user.first_name) == "华锐"


async def test_a_press_brings_its_data(bot: Bot, hua: User) -> None:
    """The newest button of that label is pressed, unless an older message is named."""
    older = await bot.send_message(hua.id, "一", reply_markup=buttons(报名="1"))
    await bot.send_message(hua.id, "二", reply_markup=buttons(报名="2"))
    await hua.taps("报名")
    query = (await newest(bot)).callback_query
    assert query is not None and query.data == "2"
    await hua.taps("报名", message=older.message_id)
    query = (await newest(bot)).callback_query
    assert query is not None and query.data == "1"
    assert query.message is not None and query.message.message_id == older.message_id


async def test_only_a_visible_button_can_be_pressed(bot: Bot, hua: User) -> None:
    """No button, a button edited away, and a button that opens a page are errors of the test."""
    sent = await bot.send_message(hua.id, "一", reply_markup=buttons(报名="1"))
    with pytest.raises(AssertionError, match="报名"):
        await hua.taps("取消")
    await bot.edit_message_text("二", hua.id, sent.message_id)
    with pytest.raises(AssertionError, match="no button"):
        await hua.taps("报名", message=sent.message_id)
    page = InlineKeyboardMarkup([[InlineKeyboardButton("网页", url="https://example.org/")]])
    await bot.send_message(hua.id, "三", reply_markup=page)
    with pytest.raises(AssertionError, match="opens a page"):
        await hua.taps("网页")


async def test_a_client_may_forge_a_press(bot: Bot, hua: User) -> None:
    """Any data for any message, as Telegram warns."""
    sent = await bot.send_message(hua.id, "一")
    await hua.forges("approve:9", sent.message_id)
    query = (await newest(bot)).callback_query
    assert query is not None and query.data == "approve:9"


async def test_a_reply_keyboards_button_says_its_label(bot: Bot, hua: User) -> None:
    """Until the keyboard is removed."""
    keyboard = ReplyKeyboardMarkup([["菜单"], [KeyboardButton("电话", request_contact=True)]])
    await bot.send_message(hua.id, "一", reply_markup=keyboard)
    await hua.taps("菜单")
    message = (await newest(bot)).message
    assert message is not None and message.text == "菜单"
    await bot.send_message(hua.id, "二", reply_markup=ReplyKeyboardRemove())
    with pytest.raises(AssertionError):
        await hua.taps("菜单")


async def test_photos_stickers_and_contacts_arrive(bot: Bot, hua: User) -> None:
    """As PTB reads them."""
    await hua.sends_photo(caption="图")
    await hua.sends_sticker()
    await hua.shares_contact("13800000000")
    photo, sticker, contact = [u.message for u in (await bot.get_updates())[1:]]
    assert photo is not None and photo.photo and photo.caption == "图"
    assert sticker is not None and sticker.sticker
    assert contact is not None and contact.contact
    assert (contact.contact.phone_number, contact.contact.user_id) == ("13800000000", hua.id)


async def test_an_edited_message_is_told(bot: Bot, hua: User) -> None:
    """And only one's own message can be edited."""
    mine = await hua.says("预算 30 万")
    await hua.edits(mine, "预算 50 万")
    edited = (await newest(bot)).edited_message
    assert edited is not None and (edited.message_id, edited.text) == (mine.id, "预算 50 万")
    sent = await bot.send_message(hua.id, "一")
    with pytest.raises(AssertionError):
        await hua.edits(sent.message_id, "二")


async def test_a_reply_brings_what_it_answers(bot: Bot, hua: User) -> None:
    """The bot sees which message was meant."""
    sent = await bot.send_message(hua.id, "一")
    await hua.replies_to(sent.message_id, "好")
    message = (await newest(bot)).message
    assert message is not None and message.reply_to_message is not None
    assert message.reply_to_message.message_id == sent.message_id
    with pytest.raises(AssertionError, match="has no message"):
        await hua.replies_to(99_999, "好")


async def test_who_blocked_the_bot_cannot_write(bot: Bot, hua: User) -> None:
    """Pressing Start again unblocks first, and both are told."""
    await hua.blocks()
    with pytest.raises(AssertionError, match="cannot write: blocked"):
        await hua.says("一")
    await hua.starts()
    kinds = [update.my_chat_member is not None for update in await bot.get_updates()]
    assert kinds == [False, True, True, False]


async def test_waiting_sees_only_news(bot: Bot, hua: User) -> None:
    """News are sends and edits since the person's last act, each waited for once."""
    old = await bot.send_message(hua.id, "提醒 1")
    await hua.says("好")
    with pytest.raises(AssertionError, match=r"for '提醒', saw \['提醒 1'\]"):
        await hua.waits_for("提醒", timeout=0.01)
    waiting = asyncio.create_task(hua.waits_for("提醒"))
    await asyncio.sleep(0.01)
    await bot.edit_message_text("提醒 2", hua.id, old.message_id)
    assert (await waiting).text == "提醒 2"
    with pytest.raises(AssertionError):
        await hua.waits_for("提醒", timeout=0.01)


async def test_an_edit_is_the_last_thing_seen(bot: Bot, hua: User) -> None:
    """`last` is what changed last, `messages` keeps the chat's order."""
    first = await bot.send_message(hua.id, "一")
    await bot.send_message(hua.id, "二")
    await bot.edit_message_text("三", hua.id, first.message_id)
    assert hua.last.text == "三"
    assert [message.text for message in hua.messages] == ["三", "二"]


async def test_silence_is_told_as_silence(tg: TelegramEmulator) -> None:
    """`last` before any message names the person."""
    with pytest.raises(AssertionError, match="岚图 has heard nothing"):
        _ = tg.user("岚图").last
