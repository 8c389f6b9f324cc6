"""What members do on WeCom, as Updates of the Bot API. Anything may come; nothing here raises on
it, and what we do not know becomes a message that holds nothing, or nothing at all."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element

from channels import updates
from channels.wecom import cards
from channels.wecom.ledger import Clicked
from channels.wecom.media import RECEIVED, received
from channels.wecom.xml import field, selected
from pipeline import words

NAME = "wecom"
START = "/start"
GREETED = {"enter_agent", "subscribe"}
CARD_EVENTS = {"template_card_event", "template_card_menu_event"}
NUMBER = re.compile(r"-?\d{1,3}(\.\d{1,12})?", re.ASCII)

Body = dict[str, Any]


def key(root: Element) -> str:
    """What makes it the same: a retry has another nonce, and MsgId alone is not unique, nor is a
    member's id in the corps of a chain. A greeting is due once a day, however often somebody opens
    the chat."""
    event = field(root, "Event")
    if event in GREETED:
        day = created(root).astimezone(words.ZONE).date()
        return _hash("greeting", *_named(root, "ToUserName", "FromUserName", "AgentID"), str(day))
    names: tuple[str, ...] = ("MsgId", "ToUserName", "FromUserName", "CreateTime")
    if field(root, "MsgType") == "event":
        names = ("ToUserName", "FromUserName", "CreateTime", "Event", "EventKey", "AgentID",
                 "TaskId", "ResponseCode")  # fmt: skip
    return _hash(*_named(root, *names, "ScanCodeInfo/ScanResult"))


def _named(root: Element, *names: str) -> list[str]:
    return [field(root, name) for name in names]


def created(root: Element) -> datetime:
    seconds = field(root, "CreateTime")
    ours = seconds.isdecimal() and len(seconds) < 11
    return datetime.fromtimestamp(int(seconds), UTC) if ours else datetime.now(UTC)


def is_click(root: Element) -> bool:
    return field(root, "Event") in CARD_EVENTS


def message(chat_id: int, root: Element) -> Body | None:
    """The Update of a message or an event that is no click on a card; None for what concerns
    nobody (somebody left, a batch is done)."""
    if field(root, "MsgType") == "event":
        said = _said_by_event(root)
        return updates.text(chat_id, said, created(root)) if said else None
    reader = KINDS.get(field(root, "MsgType"), _unknown)
    return reader(chat_id, root)


def _said_by_event(root: Element) -> str:
    event = field(root, "Event")
    if event in GREETED:
        return START
    if event == "click":
        return field(root, "EventKey")
    if event == "scancode_waitmsg":
        return field(root, "ScanCodeInfo/ScanResult")
    return ""


def click(root: Element, clicked: Clicked, press_key: str) -> Body | None:
    """The press that a click on a card was; None for a card that was submitted empty."""
    event_key = field(root, "EventKey")
    picked = selected(root)
    submits = words.is_ending(event_key) or event_key == cards.CHOOSE
    data = cards.pressed(event_key, picked) if submits else event_key
    if data is None:
        return None
    label = "、".join(_label(clicked, one) for one in picked or [event_key])
    return updates.press(
        clicked.chat_id, NAME, press_key, clicked.message_id, data, label, created(root)
    )


def _label(clicked: Clicked, data: str) -> str:
    """What the button said; its last word, for a card that is clicked before the outbox has noted
    that it arrived."""
    return clicked.labels.get(data, data.rpartition(":")[2]).removeprefix(words.TICK)


def _text(chat_id: int, root: Element) -> Body:
    return updates.text(chat_id, root.findtext("Content") or "", created(root))


def _link(chat_id: int, root: Element) -> Body:
    parts = (field(root, name) for name in ("Title", "Description", "Url"))
    return updates.text(chat_id, "\n".join(filter(None, parts)), created(root))


def _media(chat_id: int, root: Element) -> Body:
    name = field(root, "FileName") or field(root, "Title")
    return received(
        chat_id, NAME, field(root, "MsgType"), field(root, "MediaId"), created(root), name
    )


def _location(chat_id: int, root: Element) -> Body:
    latitude, longitude = field(root, "Location_X"), field(root, "Location_Y")
    if not NUMBER.fullmatch(latitude) or not NUMBER.fullmatch(longitude):
        return _unknown(chat_id, root)
    place = {"latitude": float(latitude), "longitude": float(longitude)}
    return updates.attached(chat_id, created(root), location=place)


def _unknown(chat_id: int, root: Element) -> Body:
    return updates.attached(chat_id, created(root))


KINDS: dict[str, Callable[[int, Element], Body]] = {
    "text": _text,
    "link": _link,
    "location": _location,
    **dict.fromkeys(RECEIVED, _media),
}


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
