"""What a person does on a network of ours, as the JSON of a telegram.Update."""

from __future__ import annotations

from datetime import datetime
from typing import Any


def text(chat_id: int, said: str, at: datetime) -> dict[str, Any]:
    entities = [_command(said)] if said.startswith("/") and len(said) > 1 else []
    return {"message": _message(chat_id, at) | {"text": said, "entities": entities}}


def press(
    chat_id: int, channel: str, key: str, message_id: int, data: str, label: str, at: datetime
) -> dict[str, Any]:
    """A pressed button. The label travels along, so that the transcript can show it."""
    keyboard = {"inline_keyboard": [[{"text": label or data, "callback_data": data}]]}
    message = _message(chat_id, at, message_id) | {"reply_markup": keyboard}
    return {
        "callback_query": {
            "id": f"{channel}:{key}",
            "from": _user(chat_id),
            "chat_instance": str(chat_id),
            "data": data,
            "message": message,
        }
    }


def file(
    chat_id: int, channel: str, token: str, name: str, mime: str, size: int, at: datetime
) -> dict[str, Any]:
    """A file or picture, known by its token in `files`."""
    one = {"file_id": f"{channel}:{token}", "file_unique_id": token, "file_size": size}
    if mime.startswith("image/"):
        kind: dict[str, Any] = {"photo": [one | {"width": 1, "height": 1}]}
    else:
        kind = {"document": one | {"file_name": name, "mime_type": mime}}
    return {"message": _message(chat_id, at) | kind}


def attached(chat_id: int, at: datetime, **kind: Any) -> dict[str, Any]:
    """A message that holds something else than text; nothing at all, where we do not know it."""
    return {"message": _message(chat_id, at) | kind}


def pressed_label(update: dict[str, Any]) -> str:
    """The label of the button that an update's press speaks of, or its bare data."""
    query = update["callback_query"]
    rows = (query.get("message") or {}).get("reply_markup", {}).get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if button.get("callback_data") == query.get("data"):
            return str(button["text"])
    return str(query.get("data", ""))


def _message(chat_id: int, at: datetime, message_id: int = 0) -> dict[str, Any]:
    return {
        "message_id": message_id,
        "date": int(at.timestamp()),
        "chat": {"id": chat_id, "type": "private"},
        "from": _user(chat_id),
    }


def _user(chat_id: int) -> dict[str, Any]:
    return {"id": chat_id, "is_bot": False, "first_name": "-"}


def _command(said: str) -> dict[str, Any]:
    return {"type": "bot_command", "offset": 0, "length": len(said.split()[0])}
