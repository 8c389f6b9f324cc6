"""A message of the Bot API as customer service shows it, in as few messages as hold it.

Buttons are entries of a msgmenu; a press comes back as a text with the entry's id, which is the
button's data. More than a menu holds is numbered text.
"""

from __future__ import annotations

from html import unescape
from typing import Any

from channels import numbered
from channels.kf import limits
from channels.wecom.limits import TEXT_BYTES
from channels.wecom.text import LINK, split, text_of
from pipeline import words
from pipeline.words import Row

Content = dict[str, Any]

WORDS = "kf/words"


def contents(params: Content, *, menus: bool, most: int) -> list[Content]:
    """What to send, at most so many messages; what is cut off is said to be."""
    text = _with_addresses(text_of(params["text"], params.get("parse_mode")))
    rows = (params.get("reply_markup") or {}).get("inline_keyboard", [])
    entries = _entries(rows) if menus else []
    if not entries:
        parts = _at_most(most, split(numbered.shown(text, rows), TEXT_BYTES), TEXT_BYTES)
        return [_text(part) for part in parts]
    if (whole := _whole(text, entries)) is not None:
        return [whole]
    *before, head = _at_most(most, _with_short_end(text), limits.HEAD_BYTES)
    return [*map(_text, before), _menu(head, entries)]


def _text(content: str) -> Content:
    return {"msgtype": "text", "text": {"content": content}}


def _menu(head: str, entries: list[Content]) -> Content:
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": head, "list": entries}}


def _entries(rows: list[Row]) -> list[Content]:
    """The buttons; nothing where they do not all fit."""
    buttons = [button for row in rows for button in row]
    if len(buttons) > limits.MENU or not all(map(_fits, buttons)):
        return []
    return [_entry(button) for button in buttons]


def _fits(button: dict[str, str]) -> bool:
    short = len(button["text"].encode()) <= limits.LABEL_BYTES
    return short and len(button.get("callback_data", "").encode()) <= limits.ID_BYTES


def _entry(button: dict[str, str]) -> Content:
    if "url" in button:
        return {"type": "view", "view": {"url": button["url"], "content": button["text"]}}
    return {"type": "click", "click": {"id": button["callback_data"], "content": button["text"]}}


def _whole(text: str, entries: list[Content]) -> Content | None:
    """One menu with all of the text: what the head cannot hold stands in entries of text, as many
    as the buttons leave room for. A line is never broken."""
    head, *rest = _packed(text.split("\n"), limits.HEAD_BYTES, limits.WORDS_BYTES)
    fits = len(rest) + len(entries) <= limits.MENU and len(head.encode()) <= limits.HEAD_BYTES
    if not fits or any(len(part.encode()) > limits.WORDS_BYTES for part in rest):
        return None
    said = [{"type": "text", "text": {"content": part}} for part in rest if part.strip()]
    return _menu(head, [*said, *entries])


def _packed(lines: list[str], first: int, others: int) -> list[str]:
    """The lines in parts of so many bytes, where a single line is not longer."""
    parts = [lines[0]]
    for line in lines[1:]:
        longer = f"{parts[-1]}\n{line}"
        if len(longer.encode()) <= (first if len(parts) == 1 else others):
            parts[-1] = longer
        else:
            parts.append(line)
    return parts


def _with_short_end(text: str) -> list[str]:
    """Parts of which the last can be the head of a menu."""
    *before, end = split(text, TEXT_BYTES)
    return [*before, *split(end, limits.HEAD_BYTES)]


def _at_most(most: int, parts: list[str], last_bytes: int) -> list[str]:
    if len(parts) <= most:
        return parts
    note = words.word(WORDS, "cut")
    end = split(parts[most - 1], last_bytes - len(note.encode()) - 1)[0]
    return [*parts[: most - 1], f"{end}\n{note}"]


def _with_addresses(text: str) -> str:
    """A link as its label and its address, which WeChat lets one tap."""

    def shown(link: str) -> str:
        address, _, label = link.removeprefix('<a href="').partition('">')
        label = label.removesuffix("</a>")
        address = unescape(address)
        return address if label == address else f"{label} {address} "

    return LINK.sub(lambda found: shown(found[0]), text)
