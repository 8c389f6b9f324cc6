"""What the bot may write, and what Telegram refuses."""

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
from telegram.constants import ParseMode

from tests.emulators.telegram import TelegramEmulator, User
from tests.emulators.test_telegram.conftest import Refused

IN_BUTTON = "can't parse inline keyboard button: "
INLINE = 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array'


def keyboard(*rows: list[str]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=label) for label in row] for row in rows]
    )


async def test_a_person_reads_visible_text_and_buttons(bot: Bot, hua: User) -> None:
    """What was sent as HTML is seen as plain text, with its buttons in rows."""
    html = "<b>路演</b> &lt;周三&gt;"
    sent = await bot.send_message(
        hua.id, html, parse_mode=ParseMode.HTML, reply_markup=keyboard(["报名"], ["详情", "返回"])
    )
    assert (sent.text, sent.text_html) == ("路演 <周三>", "<b>路演</b> &lt;周三&gt;")
    assert hua.last.text == "路演 <周三>"
    assert hua.last.html == html
    assert hua.last.buttons == [["报名"], ["详情", "返回"]]


async def test_accepted_is_the_log_of_what_took_effect(
    tg: TelegramEmulator, bot: Bot, hua: User, refused: Refused
) -> None:
    """A refused call is in `refused` with its error, and not in `accepted`."""
    await bot.send_message(hua.id, "一")
    with refused("Bad Request: message text is empty"):
        await bot.send_message(hua.id, "")
    await bot.send_chat_action(hua.id, "typing")
    assert [(call.method, call.chat_id, call.text) for call in tg.accepted] == [
        ("sendMessage", hua.id, "一")
    ]


@pytest.mark.parametrize("text", ["", " \n ", "<b> </b>"])
async def test_nobody_gets_an_empty_message(
    bot: Bot, hua: User, text: str, refused: Refused
) -> None:
    """White space and empty tags are no text."""
    with refused("Bad Request: message text is empty"):
        await bot.send_message(hua.id, text, parse_mode=ParseMode.HTML)


async def test_white_space_around_a_text_is_not_kept(bot: Bot, hua: User) -> None:
    """Telegram trims a text, and the entities move with it."""
    sent = await bot.send_message(hua.id, "\n <b>路演</b>  \n", parse_mode=ParseMode.HTML)
    assert sent.text == "路演"
    assert [(e.offset, e.length) for e in sent.entities] == [(0, 2)]


async def test_a_text_ends_at_4096_characters_after_entities(
    bot: Bot, hua: User, refused: Refused
) -> None:
    """Tags and references do not count; one character more is refused."""
    await bot.send_message(hua.id, f"<b>{'&lt;' * 4096}</b>", parse_mode=ParseMode.HTML)
    assert hua.last.text == "<" * 4096
    with refused("Bad Request: message is too long"):
        await bot.send_message(hua.id, "中" * 4097)


async def test_length_is_counted_in_utf16_units(bot: Bot, hua: User, refused: Refused) -> None:
    """An emoji counts twice."""
    await bot.send_message(hua.id, "😀" * 2048)
    with refused("Bad Request: message is too long"):
        await bot.send_message(hua.id, "😀" * 2048 + "!")


async def test_explicit_entities_are_taken_too(bot: Bot, hua: User) -> None:
    """A message may bring entities instead of HTML; its text is then taken literally."""
    first = await bot.send_message(hua.id, "<b>一</b>")
    again = await bot.send_message(hua.id, "路演", entities=first.entities)
    assert (first.text, again.text) == ("<b>一</b>", "路演")


async def test_other_parse_modes_are_refused(bot: Bot, hua: User, refused: Refused) -> None:
    """This project writes HTML only."""
    with refused("Bad Request: unsupported parse_mode"):
        await bot.send_message(hua.id, "*一*", parse_mode=ParseMode.MARKDOWN_V2)


async def test_callback_data_ends_at_64_bytes(bot: Bot, hua: User, refused: Refused) -> None:
    """Bytes, not characters: 22 Chinese characters are too many."""
    await bot.send_message(hua.id, "一", reply_markup=keyboard(["x" * 64]))
    with refused("Bad Request: BUTTON_DATA_INVALID"):
        await bot.send_message(hua.id, "一", reply_markup=keyboard(["路" * 22]))


@pytest.mark.parametrize(
    ("rows", "fits"),
    [
        ([["x"] * 8] * 12 + [["x"] * 4], True),
        ([["x"] * 8] * 12 + [["x"] * 5], False),
        ([["x"] * 9], False),
        ([["x" * 64] * 2] * 40, False),
    ],
    ids=["100 buttons", "101 buttons", "9 in a row", "more than 10 kB"],
)
async def test_a_keyboard_has_limits(
    bot: Bot, hua: User, rows: list[list[str]], fits: bool, refused: Refused
) -> None:
    """At most 100 buttons, 8 in a row, 10 kB."""
    if fits:
        await bot.send_message(hua.id, "一", reply_markup=keyboard(*rows))
        return
    with refused("Bad Request: reply markup is too long"):
        await bot.send_message(hua.id, "一", reply_markup=keyboard(*rows))


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("{", "can't parse reply keyboard markup JSON object"),
        ("[]", "object expected as reply markup"),
        ('{"inline_keyboard": 1}', INLINE),
        ('{"inline_keyboard": [1]}', f"{INLINE} of Arrays"),
        ('{"inline_keyboard": [["x"]]}', f"{IN_BUTTON}InlineKeyboardButton must be an Object"),
        ('{"inline_keyboard": [[{}]]}', f'{IN_BUTTON}Can\'t find field "text"'),
        (
            '{"inline_keyboard": [[{"text": 1}]]}',
            f'{IN_BUTTON}Field "text" must be of type String',
        ),
        (
            '{"inline_keyboard": [[{"text": " ", "callback_data": "x"}]]}',
            "inline keyboard button text must be non-empty",
        ),
        (
            '{"inline_keyboard": [[{"text": "x", "callback_data": ""}]]}',
            f"{IN_BUTTON}Text buttons are unallowed in the inline keyboard",
        ),
        (
            '{"inline_keyboard": [[{"text": "x", "url": "http://localhost/"}]]}',
            "inline keyboard button URL 'http://localhost/' is invalid: Wrong HTTP URL",
        ),
        (
            '{"keyboard": [[{"text": ""}]]}',
            "can't parse keyboard button: KeyboardButton must be a String",
        ),
    ],
)
async def test_a_wrong_keyboard_is_named(
    bot: Bot, hua: User, markup: str, words: str, refused: Refused
) -> None:
    """Telegram says what is wrong with a keyboard."""
    with refused(f"Bad Request: {words}"):
        await bot.send_message(hua.id, "一", api_kwargs={"reply_markup": markup})


async def test_buttons_may_open_pages(bot: Bot, hua: User) -> None:
    """A button with a link needs no callback data."""
    links = [
        InlineKeyboardButton("网页", url="https://example.org/x"),
        InlineKeyboardButton("机器人", url="tg://resolve?domain=zhiqiao_bot"),
    ]
    await bot.send_message(hua.id, "一", reply_markup=InlineKeyboardMarkup([links]))
    assert hua.last.buttons == [["网页", "机器人"]]


async def test_nobody_is_written_to_who_did_not_start(
    tg: TelegramEmulator, bot: Bot, refused: Refused
) -> None:
    """A bot cannot write first, and an unknown chat is not found."""
    with refused("Forbidden: bot can't initiate conversation with a user"):
        await bot.send_message(tg.user("瑞科").id, "一")
    with refused("Bad Request: chat not found"):
        await bot.send_message(1, "一")
    with refused("Bad Request: chat_id is empty"):
        await bot.send_message("", "一")


async def test_the_blocked_and_the_gone_are_not_written_to(
    bot: Bot, hua: User, refused: Refused
) -> None:
    """403 with the reason; after unblocking it works again."""
    await hua.blocks()
    with refused("Forbidden: bot was blocked by the user"):
        await bot.send_message(hua.id, "一")
    await hua.unblocks()
    await bot.send_message(hua.id, "二")
    await hua.deletes_account()
    with refused("Forbidden: user is deactivated"):
        await bot.send_message(hua.id, "三")


async def test_a_reply_needs_its_message(bot: Bot, hua: User, refused: Refused) -> None:
    """A reply to an unknown message is refused unless it may go without."""
    asked = await hua.says("问")
    answer = await bot.send_message(hua.id, "答", reply_to_message_id=asked.id)
    assert answer.reply_to_message is not None and answer.reply_to_message.text == "问"
    with refused("Bad Request: message to be replied not found"):
        await bot.send_message(hua.id, "答", reply_to_message_id=99_999)
    alone = ReplyParameters(99_999, allow_sending_without_reply=True)
    await bot.send_message(hua.id, "无", reply_parameters=alone)
    assert hua.last.text == "无"


async def test_actions_are_seen_and_checked(bot: Bot, hua: User, refused: Refused) -> None:
    """A chat action is one of Telegram's list."""
    await bot.send_chat_action(hua.id, "typing")
    assert hua.person.actions == ["typing"]
    with refused("Bad Request: wrong parameter action in request"):
        await bot.send_chat_action(hua.id, "dancing")


async def test_commands_are_kept_per_audience(tg: TelegramEmulator, bot: Bot) -> None:
    """setMyCommands replaces an audience's list, deleteMyCommands removes it."""
    await bot.set_my_commands([("help", "帮助")])
    await bot.set_my_commands([("help", "帮助")], language_code="zh")
    await bot.delete_my_commands()
    assert tg.world.commands == {"default::zh": [{"command": "help", "description": "帮助"}]}


@pytest.mark.parametrize(
    ("commands", "words"),
    [
        ([("Help", "帮助")], "BOT_COMMAND_INVALID"),
        ([("help", "")], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([("help", "帮" * 257)], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([(f"c{n}", "x") for n in range(101)], "BOT_COMMANDS_TOO_MUCH"),
    ],
)
async def test_commands_are_checked(
    bot: Bot, commands: list[tuple[str, str]], words: str, refused: Refused
) -> None:
    """At most 100, names of [a-z0-9_], descriptions of 1-256 characters."""
    with refused(f"Bad Request: {words}"):
        await bot.set_my_commands(commands)
