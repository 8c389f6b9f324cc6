"""From a template to what a Bot API call says: HTML and rows of buttons.

Every word that a person reads is a template. One that offers choices declares them where it
wants them: {{ button("报名", "event.sign_up", event.id) }} opens a row, {{ beside(…) }} adds to it.
A value can never become a button, because buttons are calls and not text. {{ way("取消",
"form.cancel") }} offers a way that is said in words: where choices are numbered it gets no number,
so that "2" stays free to be an answer. {{ ending("完成", …) }} is the way that ends a question of
several choices; a network that collects the ticks by itself adds what was picked to its data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
import markupsafe

TEMPLATES = Path(__file__).parent.parent / "templates"
ZONE = ZoneInfo("Asia/Shanghai")
FORMATS = "formats.html"
TAG = re.compile("<[^>]*>")
HIDDEN = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f]"
)

WAY = "~"
ENDING = "~+"  # the way that ends a question of several choices
TICK = "✓ "  # before a choice that is picked

Row = list[dict[str, str]]


@dataclass
class Message:
    """What one template says. `rows` are Telegram's inline keyboard buttons."""

    text: str
    rows: list[Row] = field(default_factory=list)

    def params(self) -> dict[str, Any]:
        """As the parameters of send_message or edit_message_text."""
        params: dict[str, Any] = {"text": self.text, "parse_mode": "HTML"}
        if self.rows:
            params["reply_markup"] = {"inline_keyboard": self.rows}
        return params

    @classmethod
    def of(cls, params: dict[str, Any]) -> Message:
        return cls(params["text"], params.get("reply_markup", {}).get("inline_keyboard", []))


def render(template: str, **variables: Any) -> Message:
    """The message that `template` (without .html) gives for these variables."""
    keys = _Keyboard()
    html = (
        _environment()
        .get_template(f"{template}.html")
        .render(variables, button=keys.button, beside=keys.beside, way=keys.way, ending=keys.ending)
    )
    return Message(tidy(html), keys.rows)


def page(template: str, **variables: Any) -> str:
    """A whole HTML page for a browser, as it stands in the template."""
    return _environment().get_template(f"{template}.html").render(variables)


def markup(template: str, **variables: Any) -> markupsafe.Markup:
    """The text of a template as a part of another one."""
    return markupsafe.Markup(render(template, **variables).text)


def filtered(name: str, *args: Any) -> str:
    """What the filter of this name makes of a value: filtered("money", 500000)."""
    return _unescape(_environment().filters[name](*args))


def word(template: str, name: str) -> Any:
    """A word, or a list of words, that a template sets: {% set title = "企业注册" %}."""
    return getattr(_environment().get_template(f"{template}.html").module, name)


def exists(template: str) -> bool:
    return (TEMPLATES / f"{template}.html").exists()


def plain(html: str) -> str:
    """The text of Telegram HTML as a person sees it."""
    return _unescape(TAG.sub("", html))


def is_way(button: dict[str, str]) -> bool:
    return button.get("callback_data", "").startswith(WAY)


def is_ending(data: str) -> bool:
    return data.startswith(ENDING)


def ending(rows: list[Row]) -> dict[str, str] | None:
    """The way that ends a question of several choices, where this is one."""
    buttons = (button for row in rows for button in row)
    return next((b for b in buttons if is_ending(b.get("callback_data", ""))), None)


def act(data: str) -> str:
    """A button's data without the marks of a way."""
    return data.removeprefix(ENDING).removeprefix(WAY)


def numbered(rows: list[Row]) -> list[dict[str, str]]:
    """The choices of a message in the order of their numbers; ways have none."""
    return [button for row in rows for button in row if not is_way(button)]


def escape(text: str) -> str:
    return str(markupsafe.escape(text))


def tidy(html: str) -> str:
    """No invisible or halved characters (they hide or turn text), no heaps of empty lines."""
    if html.isprintable():  # one clean line: nine of ten
        return html.strip()
    lines = [line.rstrip() for line in HIDDEN.sub("", html).strip().split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


class _Keyboard:
    """Collects the buttons that a template declares while it renders."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def button(self, label: object, action: str, *args: object) -> str:
        self.rows.append([])
        return self.beside(label, action, *args)

    def way(self, label: object, action: str, *args: object) -> str:
        """Ways stand together in the last row."""
        if not self.rows or not is_way(self.rows[-1][-1]):
            self.rows.append([])
        return self.beside(label, f"{WAY}{action}", *args)

    def ending(self, label: object, action: str, *args: object) -> str:
        return self.way(label, f"{ENDING.removeprefix(WAY)}{action}", *args)

    def beside(self, label: object, action: str, *args: object) -> str:
        data = ":".join([action, *(str(arg) for arg in args)])
        if len(data.encode()) > 64:
            raise ValueError(f"a button carries at most 64 bytes: {data}")
        if not self.rows:
            self.rows.append([])
        text = _unescape(tidy(str(label)))
        self.rows[-1].append({"text": text, "callback_data": data})
        return ""


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,  # all of them stay: a cache with an end orders itself at every look
    )
    environment.globals["tick"] = TICK
    environment.globals["local"] = lambda moment: moment.astimezone(ZONE)
    environment.filters |= dict(_formats(environment))
    return environment


def _formats(environment: jinja2.Environment) -> Iterable[tuple[str, Any]]:
    """The macros of formats.html, as filters: how dates, money and lists are written."""
    module = environment.get_template(FORMATS).module
    for name in dir(module):
        if not name.startswith("_"):
            macro = getattr(module, name)
            yield name, (lambda *args, macro=macro: markupsafe.Markup(tidy(macro(*args))))


def _unescape(html: str) -> str:
    if "&" not in html:
        return str(html)
    return markupsafe.Markup(html).unescape()
