"""One entry of a member's chat with the app, as the phone shows it."""

from dataclasses import dataclass, field
from typing import Any

from tests.emulators.wecom import cardview, menuview
from tests.emulators.wecom.errors import Json

IN_PLUGIN = {"text", "image", "file", "news", "textcard"}
UNREADABLE = "暂不支持此消息类型"


@dataclass(eq=False)
class Shown:
    """`content` is what came with it, `kind` its msgtype; a card changes when it is updated.

    Dropped: WeCom answered ok and never delivered it. Truncated: cut at 2048 bytes.
    """

    msgid: str
    kind: str
    content: Json
    agentid: int
    date: float
    plugin: bool = False
    by_bot: bool = True
    truncated: bool = False
    dropped: bool = False
    recalled: bool = False
    replaced: str = ""
    seen: int = 0
    file: bytes | None = None
    answers: dict[str, list[str]] = field(default_factory=dict)

    @property
    def readable(self) -> bool:
        return not self.by_bot or not self.plugin or self.kind in IN_PLUGIN

    @property
    def text(self) -> str:
        """Every word that can be read, one line a part."""
        return _words(self.kind, self.content) if self.readable else UNREADABLE

    @property
    def is_card(self) -> bool:
        return self.kind == "template_card"

    @property
    def buttons(self) -> list[str]:
        """Labels that can be pressed: of the card, or the word that replaced them."""
        if self.kind == "msgmenu":
            return menuview.labels(self.content)
        if not self.is_card or not self.readable:
            return []
        return [self.replaced] if self.replaced else cardview.labels(self.content)

    @property
    def keys(self) -> dict[str, str]:
        """What a press on each callback button sends, by key (in a menu: id): its label."""
        if self.kind == "msgmenu":
            return menuview.clicks(self.content)
        usable = self.is_card and self.readable and not self.replaced
        return cardview.callbacks(self.content) if usable else {}

    @property
    def menu(self) -> dict[str, str]:
        """The small menu in the card's corner, by key: its label."""
        return cardview.menu(self.content) if self.is_card and self.readable else {}

    @property
    def options(self) -> dict[str, list[str]]:
        """By question the words to choose from."""
        if not self.is_card or not self.readable:
            return {}
        questions = cardview.questions(self.content)
        return {q.key: [o["text"] for o in q.options] for q in questions}

    def as_json(self) -> Json:
        names = ("msgid", "kind", "text", "buttons", "keys", "menu", "options", "content")
        flags = ("agentid", "date", "by_bot", "truncated", "dropped", "recalled", "replaced")
        return {name: getattr(self, name) for name in names + flags}


def _words(kind: str, content: Json) -> str:
    if kind == "template_card":
        return cardview.text(content)
    if kind == "msgmenu":
        return menuview.text(content)
    if kind == "news":
        return _lines(*(article.get(k) for article in content["articles"] for k in _CARD_WORDS))
    if kind == "text" or kind == "markdown":
        return str(content["content"])
    return _lines(*(content.get(name) for name in _CARD_WORDS), content.get("name"))


_CARD_WORDS = ("title", "description", "url", "btntxt")


def _lines(*parts: Any) -> str:
    return "\n".join(str(part) for part in parts if part)
