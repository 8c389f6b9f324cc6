"""The replies of a turn in few messages, for networks that count them."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import Any

from pipeline import words
from pipeline.work import REPLY, TEXT_LIMIT, Letter

SAYING = {"send_message", "edit_message_text"}
LAST = {"leave_chat", "delete_message"}


def joined(letters: list[Letter], chat_id: int) -> list[Letter]:
    """What is said to this chat joined, as far as one message can hold it; the rest as it is.
    Whoever leaves says first what there is to say."""
    ours = [letter for letter in letters if letter.chat_id == chat_id and letter.priority == REPLY]
    others = [letter for letter in letters if letter not in ours]
    ours.sort(key=lambda letter: letter.method in LAST)
    return [*_runs(ours), *others]


def _runs(letters: list[Letter]) -> list[Letter]:
    result: list[Letter] = []
    for said, run in groupby(letters, key=lambda letter: letter.method in SAYING):
        for letter in run:
            one = _one(result[-1], letter) if said and result else None
            if one is not None:
                result[-1] = one
            else:
                result.append(letter)
    return result


def _one(before: Letter, after: Letter) -> Letter | None:
    """Both as one message; None where it would be too long, or offer two lists of choices."""
    if before.method not in SAYING or before.params.get("parse_mode") != after.params.get(
        "parse_mode"
    ):
        return None
    text = f"{before.params['text']}\n\n{after.params['text']}"
    first, second = _rows(before), _rows(after)
    if len(text) > TEXT_LIMIT or (words.numbered(first) and words.numbered(second)):
        return None
    params = {**after.params, "text": text}
    params.pop("message_id", None)
    if rows := _together(first, second):
        params["reply_markup"] = {"inline_keyboard": rows}
    return replace(after, method="send_message", params=params)


def _rows(letter: Letter) -> list[words.Row]:
    markup: dict[str, Any] = letter.params.get("reply_markup") or {}
    return list(markup.get("inline_keyboard", []))


def _together(first: list[words.Row], second: list[words.Row]) -> list[words.Row]:
    """The choices, then the ways of both; a way that both offer is offered once."""
    rows = [[b for b in row if not words.is_way(b)] for row in [*first, *second]]
    ways = {
        button["callback_data"]: button
        for row in [*second, *first]
        for button in row
        if words.is_way(button)
    }
    return [row for row in [*rows, [*ways.values()]] if row]
