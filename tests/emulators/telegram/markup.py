"""Telegram's HTML, read the way Telegram's own parser reads it (error texts and offsets too).

It is lenient where Telegram is: a bare "&", an unknown "&nbsp;" and a bare ">" stay as they are,
so that a test sees them in the visible text.
"""

import re
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import parse_qs, urlsplit

from tests.emulators.telegram.errors import Json, bad_request

TYPES = (
    {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline"}
    | {"ins": "underline", "s": "strikethrough", "strike": "strikethrough"}
    | {"del": "strikethrough", "a": "text_link", "code": "code", "pre": "pre"}
    | {"tg-spoiler": "spoiler", "span": "spoiler", "blockquote": "blockquote"}
)
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}

_SPACE = re.compile(r"[ \t\r\n\0\v]*")
_TAG_NAME = re.compile(r"[^ \t\r\n\0\v>]*")
_ATTRIBUTE_NAME = re.compile(r"[^ \t\r\n\0\v=>]*")
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_REFERENCE = re.compile(r"&(?:#x(?P<hex>[0-9a-fA-F]+)|#(?P<dec>[0-9]+)|(?P<name>[a-zA-Z]+));?")


def utf16_length(text: str) -> int:
    """The length Telegram counts in: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def unescaped(text: str) -> str:
    return _REFERENCE.sub(lambda match: _decoded(match) or match[0], text)


def checked_link(url: str) -> bool:
    """Telegram takes http(s) with a dotted host, and its own tg: and mail and phone links."""
    parts = urlsplit(url if re.match(r"[a-zA-Z]+:", url) else f"http://{url}")
    if parts.scheme in ("tg", "ton", "mailto", "tel"):
        return True
    return parts.scheme in ("http", "https") and "." in (parts.hostname or "").strip(".")


def parse_html(html: str) -> tuple[str, list[Json]]:
    """The visible text and its entities (offsets in UTF-16 units). Raises ApiError 400."""
    return _Parser(html).parse()


@dataclass
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int
    index: int


@dataclass
class _Parser:
    html: str
    at: int = 0
    plain: list[str] = field(default_factory=list)
    length: int = 0
    open: list[_Open] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def parse(self) -> tuple[str, list[Json]]:
        while self.at < len(self.html):
            self._step()
        if self.open:
            tag = self.open[-1].tag
            self._fail(f'Can\'t find end tag corresponding to start tag "{tag}"')
        text = "".join(self.plain)
        if re.search("[\ud800-\udfff]", text):
            self._fail(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
        return text, _tidy(self.entities)

    def _step(self) -> None:
        if self.html.startswith("</", self.at):
            self._end_tag()
        elif self.html[self.at] == "<":
            self._start_tag()
        elif (match := _REFERENCE.match(self.html, self.at)) and (char := _decoded(match)):
            self._put(char, match.end())
        else:
            self._put(self.html[self.at], self.at + 1)

    def _put(self, char: str, next_at: int) -> None:
        self.plain.append(char)
        self.length += utf16_length(char)
        self.at = next_at

    def _start_tag(self) -> None:
        begin = self.at
        self.at += 1
        tag = self._take(_TAG_NAME).lower()
        if self._peek() == "":
            self._fail("Unclosed start tag", begin)
        if tag not in TYPES:
            self._fail(f'Unsupported start tag "{tag}"', begin)
        attributes = self._attributes(tag, begin)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            self._fail('Tag "span" must have class "tg-spoiler"', begin)
        self.open.append(_Open(tag, attributes, self.length, len(self.plain)))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        found: dict[str, str] = {}
        self._take(_SPACE)
        while self._peek() != ">":
            name = self._take(_ATTRIBUTE_NAME)
            if not name and self._peek():
                self._fail(f'Empty attribute name in the tag "{tag}"', begin)
            self._take(_SPACE)
            found.setdefault(name, self._value(tag, begin))
            self._take(_SPACE)
        self.at += 1
        return found

    def _value(self, tag: str, begin: int) -> str:
        if self._peek() == "=":
            self.at += 1
            self._take(_SPACE)
            value = self._quoted(begin) if self._peek() in ("'", '"') else self._token()
        else:
            value = ""
        if self._peek() == "":
            self._fail(f'Unclosed start tag "{tag}"', begin)
        return value

    def _quoted(self, begin: int) -> str:
        close = self.html.find(self._peek(), self.at + 1)
        if close == -1 or close + 1 == len(self.html):
            self._fail("Unclosed start tag", begin)
        value = self.html[self.at + 1 : close]
        self.at = close + 1
        return unescaped(value)

    def _token(self) -> str:
        begin = self.at
        value = self._take(_NAME_TOKEN).lower()
        if self.at > begin and self._peek() not in (" ", "\t", "\r", "\n", ">"):
            self._fail("Unexpected end of name token", begin)
        return value

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            self._fail("Unexpected end tag", begin)
        self.at += 2
        tag = self._take(_TAG_NAME).lower()
        self._take(_SPACE)
        if self._peek() != ">":
            self._fail("Unclosed end tag", begin)
        opened = self.open.pop()
        if tag not in ("", opened.tag):
            self._fail(
                f"Unmatched end tag at byte offset {self._bytes(begin)}, "
                f'expected "</{opened.tag}>", found "</{tag}>"'
            )
        self.at += 1
        if self.length > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        kind = TYPES[opened.tag]
        entity: Json = {"offset": opened.offset, "length": self.length - opened.offset}
        if kind == "text_link":
            url = opened.attributes.get("href") or "".join(self.plain[opened.index :])
            entity |= _link(url)
        elif kind == "blockquote" and "expandable" in opened.attributes:
            entity["type"] = "expandable_blockquote"
        else:
            entity["type"] = kind
        language = opened.attributes.get("class", "").partition("language-")[2]
        if kind == "code" and language:
            entity["language"] = language
        if "type" in entity:
            self.entities.append(entity)

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.html, self.at)
        assert match is not None  # every pattern here also matches nothing
        self.at = match.end()
        return match[0]

    def _peek(self) -> str:
        return self.html[self.at : self.at + 1]

    def _bytes(self, index: int) -> int:
        return len(self.html[:index].encode("utf-8", "surrogatepass"))

    def _fail(self, words: str, index: int | None = None) -> NoReturn:
        where = "" if index is None else f" at byte offset {self._bytes(index)}"
        raise bad_request(f"can't parse entities: {words}{where}")


def _decoded(match: re.Match[str]) -> str | None:
    if match["name"]:
        return NAMED.get(match["name"])
    code = int(match["hex"], 16) if match["hex"] else int(match["dec"])
    return chr(code) if 0 < code < 0x10FFFF and len(match[0].rstrip(";")) < 10 else None


def _link(url: str) -> Json:
    parts = urlsplit(url)
    if parts.scheme == "tg" and parts.netloc == "user":
        person = parse_qs(parts.query).get("id", ["0"])[0]
        return {"type": "text_mention", "user": {"id": int(person), "is_bot": False}}
    return {"type": "text_link", "url": url} if checked_link(url) else {}


def _tidy(entities: list[Json]) -> list[Json]:
    """A code with a language is a pre's language when both cover the same text, else plain."""
    languages = {(e["offset"], e["length"]): e["language"] for e in entities if "language" in e}
    tidied = []
    for entity in entities:
        span = (entity["offset"], entity["length"])
        if entity["type"] == "pre" and span in languages:
            tidied.append(entity | {"language": languages.pop(span)})
        elif "language" not in entity:
            tidied.append(entity)
    plain_code = [{"type": "code", "offset": o, "length": n} for o, n in languages]
    return sorted(tidied + plain_code, key=lambda e: (e["offset"], -e["length"]))
