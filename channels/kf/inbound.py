"""What customers write, as Updates of the Bot API. Anything may come: what we do not know becomes
a message that holds nothing."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

from channels import updates
from channels.kf import limits
from channels.kf.channel import NAME
from channels.wecom.media import RECEIVED, received

PAYLOAD = re.compile(rf"[A-Za-z0-9_-]{{1,{limits.PAYLOAD}}}")

Body = dict[str, Any]
Message = dict[str, Any]


def key(open_kfid: str, message: Message) -> str:
    """What makes it the same, however often the log is read."""
    return key_of(open_kfid, str(message["msgid"]))


def key_of(open_kfid: str, msgid: str) -> str:
    return hashlib.sha256(f"{open_kfid}\n{msgid}".encode()).hexdigest()


def at(message: Message) -> datetime:
    return datetime.fromtimestamp(int(message["send_time"]), UTC)


def pressed(message: Message) -> str:
    """The id of the menu's entry that was pressed; empty for what was typed."""
    return str(_part(message).get("menu_id") or "") if message.get("msgtype") == "text" else ""


def press(chat_id: int, message: Message, press_key: str, message_id: int) -> Body:
    label = str(_part(message).get("content") or "")
    data = pressed(message)
    return updates.press(chat_id, NAME, press_key, message_id, data, label, at(message))


def update(chat_id: int, message: Message) -> Body:
    """The Update of what was said or sent."""
    kind, part, when = str(message.get("msgtype")), _part(message), at(message)
    if kind == "text":
        return updates.text(chat_id, str(part.get("content") or ""), when)
    if kind == "link":
        said = (str(part.get(name) or "") for name in ("title", "desc", "url"))
        return updates.text(chat_id, "\n".join(filter(None, said)), when)
    if kind in RECEIVED:
        return received(chat_id, NAME, kind, str(part.get("media_id") or ""), when)
    if kind == "location" and (place := _place(part)):
        return updates.attached(chat_id, when, location=place)
    return updates.attached(chat_id, when)


def command(chat_id: int, said: str, when: datetime) -> Body:
    """What opening the chat by a link stands for."""
    return updates.text(chat_id, said, when)


def payload(event: Message) -> str:
    """What the link carried behind scene_param; nothing for what is no payload."""
    carried = str(event.get("scene_param") or "")
    return carried if PAYLOAD.fullmatch(carried) else ""


def _place(part: Message) -> dict[str, float] | None:
    latitude, longitude = part.get("latitude"), part.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return {"latitude": float(latitude), "longitude": float(longitude)}


def _part(message: Message) -> Message:
    part = message.get(str(message.get("msgtype")))
    return part if isinstance(part, dict) else {}
