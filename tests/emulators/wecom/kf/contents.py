"""What customer service may send: no cards, no markdown, menus of ten."""

from collections.abc import Callable
from typing import Any

from tests.emulators.wecom import limits
from tests.emulators.wecom.contents import medium
from tests.emulators.wecom.errors import ApiError, Json
from tests.emulators.wecom.fields import choice, web_address, words
from tests.emulators.wecom.request import Args, as_object


def checked(args: Args, allowed: set[str] | None = None) -> tuple[str, Json]:
    kind = args.text("msgtype", 40008)
    if kind not in CHECKS or kind not in (allowed or CHECKS):
        raise ApiError(40008, f"invalid message type {kind!r}")
    content = args.part(kind)
    CHECKS[kind](args, content)
    return kind, content


def _text(args: Args, content: Json) -> None:
    words(content, "content", limits.TEXT_BYTES, 44004, 45002)


def _link(args: Args, content: Json) -> None:
    words(content, "title", limits.TITLE_BYTES, 41016)
    words(content, "desc", limits.DESCRIPTION_BYTES)
    web_address(content, "url", required=True)
    medium(args, content, "image", "thumb_media_id")


def _miniprogram(args: Args, content: Json) -> None:
    words(content, "appid", 32, 40058)
    words(content, "title", 64)
    words(content, "pagepath", 2048, 40058)
    medium(args, content, "image", "thumb_media_id")


def _location(args: Args, content: Json) -> None:
    for name in ("latitude", "longitude"):
        if not isinstance(content.get(name), int | float):
            raise ApiError(40058, f"missing {name}")
    words(content, "name", 1024)
    words(content, "address", 1024)


def _business_card(args: Args, content: Json) -> None:
    words(content, "userid", 64, 40058)


def _ca_link(args: Args, content: Json) -> None:
    web_address(content, "link_url", required=True)


def _msgmenu(args: Args, content: Json) -> None:
    words(content, "head_content", limits.KF_HEAD_BYTES)
    words(content, "tail_content", limits.KF_HEAD_BYTES)
    entries = content.get("list", [])
    if not isinstance(entries, list) or len(entries) > limits.KF_MENU:
        raise ApiError(95008, "invalid size of menu list")
    for entry in entries:
        _menu_entry(as_object(entry, "list"))
    if not entries and not content.get("head_content"):
        raise ApiError(44004, "empty menu")


def _menu_entry(entry: Json) -> None:
    kind = entry.get("type")
    if kind not in ("click", "view", "miniprogram", "text"):
        raise ApiError(95009, "invalid type of a menu entry")
    own = as_object(entry.get(kind), str(kind))
    longest = {"click": limits.KF_CLICK_BYTES, "text": limits.KF_TEXT_BYTES}
    words(own, "content", longest.get(str(kind), limits.KF_VIEW_BYTES), 40058)
    if kind == "click":
        words(own, "id", limits.KF_CLICK_ID_BYTES, 40058)
    if kind == "view":
        web_address(own, "url", required=True)
    if kind == "miniprogram":
        words(own, "appid", 32, 40058)
        words(own, "pagepath", 1024, 40058)
    if kind == "text":
        choice(own, "no_newline", (0, 1))


def _media(kind: str) -> Callable[[Args, Json], None]:
    return lambda args, content: medium(args, content, kind)


CHECKS: dict[str, Callable[[Args, Json], Any]] = {
    "text": _text,
    "link": _link,
    "miniprogram": _miniprogram,
    "location": _location,
    "business_card": _business_card,
    "ca_link": _ca_link,
    "msgmenu": _msgmenu,
} | {kind: _media(kind) for kind in ("image", "voice", "video", "file")}
