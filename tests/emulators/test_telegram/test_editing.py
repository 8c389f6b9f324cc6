"""Editing, deleting, and answering a press."""

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from tests.emulators.telegram import Popup, TelegramEmulator, User
from tests.emulators.telegram.user import PICTURE
from tests.emulators.test_telegram.conftest import Refused

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"
SIGN_UP = InlineKeyboardMarkup([[InlineKeyboardButton("报名", callback_data="up")]])


async def test_an_edit_changes_the_message_in_place(bot: Bot, hua: User) -> None:
    """The person sees the new text where the old one stood, marked as edited."""
    sent = await bot.send_message(hua.id, "旧")
    edited = await bot.edit_message_text("新", hua.id, sent.message_id)
    assert [message.text for message in hua.messages] == ["新"]
    assert getattr(edited, "edit_date", None) is not None


async def test_an_edit_without_a_keyboard_takes_it_away(bot: Bot, hua: User) -> None:
    """Telegram keeps no keyboard that an edit does not bring again."""
    sent = await bot.send_message(hua.id, "旧", reply_markup=SIGN_UP)
    await bot.edit_message_text("新", hua.id, sent.message_id)
    assert hua.last.buttons == []


async def test_a_keyboard_can_be_changed_alone(bot: Bot, hua: User) -> None:
    """editMessageReplyMarkup leaves the text as it is."""
    sent = await bot.send_message(hua.id, "一")
    await bot.edit_message_reply_markup(hua.id, sent.message_id, reply_markup=SIGN_UP)
    assert (hua.last.text, hua.last.buttons) == ("一", [["报名"]])
    await bot.edit_message_reply_markup(hua.id, sent.message_id)
    assert hua.last.buttons == []


async def test_an_edit_must_change_something(bot: Bot, hua: User, refused: Refused) -> None:
    """The same content and keyboard again are refused, in Telegram's full sentence."""
    sent = await bot.send_message(hua.id, "一", reply_markup=SIGN_UP)
    with refused(NOT_MODIFIED):
        await bot.edit_message_text("一", hua.id, sent.message_id, reply_markup=SIGN_UP)
    with refused(NOT_MODIFIED):
        await bot.edit_message_reply_markup(hua.id, sent.message_id, reply_markup=SIGN_UP)


async def test_only_the_bots_own_texts_are_edited(bot: Bot, hua: User, refused: Refused) -> None:
    """Unknown, foreign and textless messages are refused, each in its words."""
    theirs = await hua.says("我的")
    photo = await bot.send_photo(hua.id, PICTURE)
    for number, words in [
        (99_999, "message to edit not found"),
        (theirs.id, "message can't be edited"),
        (photo.message_id, "there is no text in the message to edit"),
    ]:
        with refused(f"Bad Request: {words}"):
            await bot.edit_message_text("新", hua.id, number)


async def test_an_edit_has_the_limits_of_a_message(bot: Bot, hua: User, refused: Refused) -> None:
    """Too long is MESSAGE_TOO_LONG here; the rest reads as for sending."""
    sent = await bot.send_message(hua.id, "一")
    with refused("Bad Request: MESSAGE_TOO_LONG"):
        await bot.edit_message_text("中" * 4097, hua.id, sent.message_id)
    with refused("Bad Request: message text is empty"):
        await bot.edit_message_text(" ", hua.id, sent.message_id)
    with refused("Bad Request: message identifier is not specified"):
        await bot.edit_message_text("新", hua.id)
    with refused("Bad Request: inline keyboard expected"):
        keyboard = {"reply_markup": '{"keyboard": [["x"]]}'}
        await bot.edit_message_text("新", hua.id, sent.message_id, api_kwargs=keyboard)


async def test_a_deleted_message_is_gone(bot: Bot, hua: User, refused: Refused) -> None:
    """It is neither seen nor found again."""
    sent = await bot.send_message(hua.id, "一")
    await bot.delete_message(hua.id, sent.message_id)
    assert hua.messages == []
    with refused("Bad Request: message to delete not found"):
        await bot.delete_message(hua.id, sent.message_id)
    with refused("Bad Request: message to edit not found"):
        await bot.edit_message_text("新", hua.id, sent.message_id)


async def test_a_message_can_be_deleted_for_two_days(
    tg: TelegramEmulator, bot: Bot, hua: User, refused: Refused
) -> None:
    """After 48 hours it stays, though it can still be edited."""
    sent = await bot.send_message(hua.id, "一")
    tg.later(48 * 3600 + 1)
    with refused("Bad Request: message can't be deleted for everyone"):
        await bot.delete_message(hua.id, sent.message_id)
    await bot.edit_message_text("新", hua.id, sent.message_id)


async def test_a_press_is_answered_with_a_popup(bot: Bot, hua: User, refused: Refused) -> None:
    """At most 200 characters; the person sees them."""
    await bot.send_message(hua.id, "一", reply_markup=SIGN_UP)
    query = await hua.taps("报名")
    with refused("Bad Request: MESSAGE_TOO_LONG"):
        await bot.answer_callback_query(query, "中" * 201)
    await bot.answer_callback_query(query, "中" * 200, show_alert=True)
    assert hua.popups == [Popup("中" * 200, alert=True)]


async def test_a_press_is_answered_once_and_soon(
    tg: TelegramEmulator, bot: Bot, hua: User, refused: Refused
) -> None:
    """An unknown, an answered and an old query are all "too old"."""
    await bot.send_message(hua.id, "一", reply_markup=SIGN_UP)
    answered, old = await hua.taps("报名"), await hua.taps("报名")
    await bot.answer_callback_query(answered)
    tg.later(61)
    for query in ("1", answered, old):
        with refused(TOO_OLD):
            await bot.answer_callback_query(query)
