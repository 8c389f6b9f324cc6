"""Telegram's HTML as WeCom's text: links stay, and no part is longer than WeCom takes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser

from channels.wecom import limits

LINK = re.compile(r'<a href="[^"]*">[^<]*</a>')
LOOKS_LIKE_LINK = re.compile(r"<(?=\s*/?\s*a\b)", re.I)
ENDS = (re.compile(r"\n\n+"), re.compile(r"\n"), re.compile(r"(?<=[。！？；!?;])"), re.compile(" "))
LEAST = 3  # a part is at least a third full: better a sentence's end than a part of one word
SALT = "\u200b"  # seen by nobody, and yet another message


def text_of(html: str, parse_mode: str | None = "HTML") -> str:
    """What to send for a message of the Bot API. Only our own links become links."""
    if parse_mode != "HTML":
        return _harmless(html)
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)


def without_links(text: str) -> str:
    """The labels of the links alone, for where a link would be shown as it is written."""
    return LINK.sub(lambda found: found[0].partition(">")[2].removesuffix("</a>"), text)


def salted(text: str, times: int) -> str:
    return text + SALT * times


def split(text: str, most: int = limits.TEXT_BYTES - 64) -> list[str]:
    """In its order; cut at the end of a paragraph, a line, a sentence, a word, else of a
    character. (64 bytes are kept for salt.)"""
    parts = []
    while len(text.encode()) > most:
        end = _end(text, _room(text, most))
        parts.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [part for part in (*parts, text) if part.strip()] or [text]


def _room(text: str, most: int) -> int:
    """How many characters fit, with no link and no composed character cut through."""
    end = len(text.encode()[:most].decode(errors="ignore"))
    for link in LINK.finditer(text):
        if link.start() < end < link.end() and link.start() > 0:
            end = link.start()
    whole = end
    while whole > 1 and _belongs_to_the_one_before(text[whole]):
        whole -= 1
    return whole if whole > 1 else end


def _belongs_to_the_one_before(char: str) -> bool:
    return bool(unicodedata.combining(char)) or char in "\u200d\ufe0e\ufe0f"


def _end(text: str, room: int) -> int:
    inside = [link.span() for link in LINK.finditer(text)]
    for ending in ENDS:
        ends = [found.end() for found in ending.finditer(text, 0, room)]
        ends = [end for end in ends if end * LEAST >= room and not _within(end, inside)]
        if ends:
            return ends[-1]
    return room


def _within(place: int, spans: list[tuple[int, int]]) -> bool:
    return any(start < place < end for start, end in spans)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            address = dict(attrs).get("href") or ""
            linked = address.startswith(("https://", "http://")) and len(address) < 1000
            self._open.append(linked)
            if linked:
                self.parts.append(f'<a href="{escape(address)}">')

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._open and self._open.pop():
            self.parts.append("</a>")

    def handle_data(self, data: str) -> None:
        self.parts.append(_harmless(data))


def _harmless(text: str) -> str:
    """What somebody typed as a link stays what they typed."""
    return LOOKS_LIKE_LINK.sub("＜", text)


def lines(text: str) -> Iterator[str]:
    yield from (line for line in text.split("\n") if line.strip())
