"""Keyboards under a message: which Telegram takes, and which it refuses in which words."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.telegram.args import Args
from tests.emulators.telegram.errors import Json, bad_request
from tests.emulators.telegram.markup import checked_link

CALLBACK_BYTES = 64
BUTTONS, BUTTONS_PER_ROW, KEYBOARD_BYTES = 100, 8, 10_000
OTHER_BUTTONS = {"web_app", "login_url", "copy_text", "pay", "callback_game"} | {
    "switch_inline_query", "switch_inline_query_current_chat", "switch_inline_query_chosen_chat"
}  # fmt: skip


@dataclass(frozen=True)
class Markup:
    inline: list[list[Json]] = field(default_factory=list)
    reply: list[list[str]] | None = None  # None leaves the person's reply keyboard as it is


def reply_markup(args: Args) -> Markup:
    raw = args.json("reply_markup", "reply keyboard markup")
    if raw is None:
        return Markup()
    if not isinstance(raw, dict):
        raise bad_request("object expected as reply markup")
    if "keyboard" in raw:
        return Markup(reply=_rows(raw, "keyboard", "ReplyKeyboardMarkup", _reply_button))
    if raw.get("remove_keyboard"):
        return Markup(reply=[])
    rows = _rows(raw, "inline_keyboard", "InlineKeyboardMarkup", _inline_button)
    sizes = [len(row) for row in rows]
    too_wide = max(sizes, default=0) > BUTTONS_PER_ROW
    too_big = len(args.text("reply_markup").encode()) > KEYBOARD_BYTES
    if too_wide or too_big or sum(sizes) > BUTTONS:
        raise bad_request("reply markup is too long")
    return Markup(inline=[row for row in rows if row])


def inline_markup(args: Args) -> list[list[Json]]:
    markup = reply_markup(args)
    if markup.reply is not None:
        raise bad_request("inline keyboard expected")
    return markup.inline


def _rows(raw: Json, name: str, owner: str, read_button: Callable[[Any], Any]) -> list[list[Any]]:
    rows = raw.get(name, [])
    if not isinstance(rows, list):
        raise bad_request(f'field "{name}" of the {owner} must be an Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{name}" of the {owner} must be an Array of Arrays')
    return [[read_button(button) for button in row] for row in rows]


def _reply_button(button: Any) -> str:
    text = button.get("text") if isinstance(button, dict) else button
    if not isinstance(text, str) or not text:
        raise bad_request("can't parse keyboard button: KeyboardButton must be a String")
    return text


def _inline_button(button: Any) -> Json:
    wrong = "can't parse inline keyboard button:"
    if not isinstance(button, dict):
        raise bad_request(f"{wrong} InlineKeyboardButton must be an Object")
    if "text" not in button:
        raise bad_request(f'{wrong} Can\'t find field "text"')
    if not isinstance(button["text"], str):
        raise bad_request(f'{wrong} Field "text" must be of type String')
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if not (button.get("url") or button.get("callback_data") or OTHER_BUTTONS & button.keys()):
        raise bad_request(f"{wrong} Text buttons are unallowed in the inline keyboard")
    if len(str(button.get("callback_data", "")).encode()) > CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if button.get("url") and not checked_link(button["url"]):
        url = button["url"]
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return button
