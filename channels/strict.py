"""As strict as Telegram on every network, so that what passes a test passes there too."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from channels.calls import Call, CallRefused

TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre"}
TAGS |= {"blockquote", "tg-spoiler", "span"}
TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
DATA_LIMIT = 64  # bytes
ROW_LIMIT = 8
BUTTON_LIMIT = 100


def check(call: Call) -> None:
    """Raise CallRefused for what Telegram would refuse."""
    if call.method in ("sendMessage", "editMessageText"):
        check_text(call.params.get("text", ""), call.params.get("parse_mode"), TEXT_LIMIT)
    elif caption := call.params.get("caption"):
        check_text(caption, call.params.get("parse_mode"), CAPTION_LIMIT)
    if markup := call.params.get("reply_markup"):
        check_keyboard(markup.get("inline_keyboard", []))


def check_text(text: str, parse_mode: str | None, limit: int) -> None:
    visible = visible_text(text) if parse_mode == "HTML" else text
    if not visible.strip():
        raise CallRefused(400, "Bad Request: message text is empty")
    if len(visible.encode("utf-16-le")) // 2 > limit:
        raise CallRefused(400, "Bad Request: message is too long")


def check_keyboard(rows: list[list[dict[str, Any]]]) -> None:
    if sum(map(len, rows)) > BUTTON_LIMIT or any(len(row) > ROW_LIMIT for row in rows):
        raise CallRefused(400, "Bad Request: reply markup is too long")
    for button in (button for row in rows for button in row):
        if not button.get("text"):
            raise CallRefused(400, "Bad Request: text buttons are unallowed to be empty")
        if (
            "url" not in button
            and not 1 <= len(button.get("callback_data", "").encode()) <= DATA_LIMIT
        ):
            raise CallRefused(400, "Bad Request: BUTTON_DATA_INVALID")


def visible_text(html: str) -> str:
    """The text without its tags; raises CallRefused where the HTML is not Telegram's."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    if parser.open:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{parser.open[-1]}"')
    return "".join(parser.text)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise _unparsable(f'Unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise _unparsable(f'Unmatched end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _unparsable(why: str) -> CallRefused:
    return CallRefused(400, f"Bad Request: can't parse entities: {why}")
