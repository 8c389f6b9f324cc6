"""What Telegram sends, as far as the inbox must understand it: whose chat, which number.

Parsing it in full can raise on whatever Telegram thinks of next (PTB's own parser did on half of
10,000 mutated updates), so that waits for the worker's guard. Here nothing can raise.
"""

from __future__ import annotations

from typing import Any

from pipeline.inbox import Raw

NAME = "telegram"
KINDS = ["message", "edited_message", "callback_query", "my_chat_member"]
"""What Telegram is asked for."""
NOBODY = 0  # the lane of updates that name no chat: kept, handled by nobody
LARGEST_ID = 2**52


def raw_of(update: Any) -> Raw | None:
    """The stored form; None for what has no update id and so cannot be told apart."""
    id = update.get("update_id") if isinstance(update, dict) else None
    if type(id) is not int or not 0 <= id < LARGEST_ID:
        return None
    return Raw(NAME, str(id), chat_of(update), update, sequence=id)


def chat_of(update: dict[str, Any]) -> int:
    """The chat that an update belongs to: every kind of update names it somewhere."""
    for thing in update.values():
        if not isinstance(thing, dict):
            continue
        message = thing.get("message")
        for holder in (message if isinstance(message, dict) else {}, thing):
            for place in ("chat", "from", "user"):
                id = _id(holder.get(place))
                if id is not None:
                    return id
    return NOBODY


def _id(thing: Any) -> int | None:
    id = thing.get("id") if isinstance(thing, dict) else None
    return id if type(id) is int and abs(id) < LARGEST_ID else None
