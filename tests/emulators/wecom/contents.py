"""The content of one message, by its msgtype: required fields, lengths in bytes."""

from collections.abc import Callable
from typing import Any

from tests.emulators.wecom import cards, limits
from tests.emulators.wecom.errors import ApiError, Json
from tests.emulators.wecom.fields import web_address, words
from tests.emulators.wecom.request import Args, as_object


def kind(args: Args) -> str:
    name = args.text("msgtype", 40008)
    if name not in CHECKS:
        raise ApiError(40008, f"invalid message type {name!r}")
    return name


def checked(args: Args, name: str) -> Json:
    """Raises the error that WeCom has for a content like this."""
    content = args.body.get(name)
    if not isinstance(content, dict):
        raise ApiError(MISSING.get(name, 40058), f"missing {name}")
    CHECKS[name](args, content)
    return content


def medium(args: Args, content: Json, kind: str, name: str = "media_id") -> None:
    media_id = words(content, name, 512, 40007, 40007)
    found = args.world.media.get(media_id)
    if not found or found.kind != kind or found.app.corp is not args.app.corp:
        raise ApiError(40007, "invalid media_id")
    if found.expires <= args.world.now():
        raise ApiError(40007, "media_id expired")


def _text(args: Args, content: Json) -> None:
    words(content, "content", 1 << 20, 44004)


def _textcard(args: Args, content: Json) -> None:
    words(content, "title", limits.TITLE_BYTES, 41016)
    words(content, "description", limits.DESCRIPTION_BYTES, 41033)
    web_address(content, "url", required=True)
    if len(words(content, "btntxt", 64)) > limits.BUTTON_WORD:
        raise ApiError(40058, "btntxt is longer than 4 characters")


def _news(args: Args, content: Json) -> None:
    articles = content.get("articles")
    if not isinstance(articles, list) or not 1 <= len(articles) <= limits.ARTICLES:
        raise ApiError(45008, "1 to 8 articles")
    for article in articles:
        _article(as_object(article, "article"))


def _article(article: Json) -> None:
    words(article, "title", limits.TITLE_BYTES, 41016)
    words(article, "description", limits.DESCRIPTION_BYTES)
    linked = not article.get("appid")
    web_address(article, "url", required=linked)
    web_address(article, "picurl", required=False)


def _media(kind: str) -> Callable[[Args, Json], None]:
    return lambda args, content: medium(args, content, kind)


def _video(args: Args, content: Json) -> None:
    medium(args, content, "video")
    words(content, "title", limits.TITLE_BYTES)
    words(content, "description", limits.DESCRIPTION_BYTES)


def _card(args: Args, content: Json) -> None:
    cards.check(content, args.app.task_ids)
    if cards.calls_back(content) and not callback_url(args):
        raise ApiError(43012, "require callback url")
    for row in content.get("horizontal_content_list", []):
        if row.get("type") == 2:
            medium(args, row, "file")


def callback_url(args: Args) -> str:
    return (args.app.upstream or args.app).callback_url


CHECKS: dict[str, Callable[[Args, Json], Any]] = {
    "text": _text,
    "markdown": _text,
    "textcard": _textcard,
    "news": _news,
    "image": _media("image"),
    "voice": _media("voice"),
    "file": _media("file"),
    "video": _video,
    "template_card": _card,
}
MISSING = {"text": 44004, "markdown": 44004, "textcard": 41016, "news": 45008}
