"""A message of which stretches are claimed, one after the other, and what is left of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from conversations.reading import simplified

EDGES = re.compile(r"^[\s，,;；。、:：!！]+|[\s，,;；。、:：!！]+$")
ENDS = re.compile(r"[，,;；。、\n]")  # of a clause
FREE = re.compile(b"\x00+")


class Part(NamedTuple):
    """`text[start:end]`, a stretch of the message."""

    start: int
    end: int


class Passage:
    """`text` as it was written; `line` in simplified characters and lower case, place by place."""

    def __init__(self, text: str) -> None:
        self.text, self.line = text, simplified(text).lower()
        self._claimed = bytearray(len(text))

    @property
    def readable(self) -> bool:
        """A few signs change their length in lower case; then places cannot be told."""
        return len(self.line) == len(self.text)

    @property
    def whole(self) -> Part:
        return Part(0, len(self.text))

    def said(self, part: Part) -> str:
        """The words of a stretch, without what stands around them."""
        return EDGES.sub("", self.text[part.start : part.end])

    def seen(self, part: Part) -> str:
        return self.line[part.start : part.end]

    def claim(self, part: Part) -> None:
        self._claimed[part.start : part.end] = b"x" * (part.end - part.start)

    def is_claimed(self, part: Part) -> bool:
        return any(self._claimed[part.start : part.end])

    def clauses(self, part: Part) -> Iterator[Part]:
        at = part.start
        for mark in ENDS.finditer(self.line, part.start, part.end):
            yield Part(at, mark.start())
            at = mark.end()
        yield Part(at, part.end)

    def clause_of(self, part: Part) -> Part:
        return next(clause for clause in self.clauses(self.whole) if clause.end >= part.end)

    def with_its_name(self, part: Part) -> Part:
        """The stretch from where its clause begins, as far as that is still free."""
        start = max((m.end() for m in ENDS.finditer(self.line, 0, part.start)), default=0)
        while self.is_claimed(Part(start, part.start)):
            start += 1
        return Part(start, part.end)

    def free(self) -> Iterator[Part]:
        """Clauses that nothing has claimed, and beside what was claimed also single words."""
        words = re.compile(r"\S+" if any(self._claimed) else r"(?s).+")
        for clause in self.clauses(self.whole):
            for run in FREE.finditer(self._claimed, clause.start, clause.end):
                for word in words.finditer(self.line, run.start(), run.end()):
                    if self.said(part := Part(*word.span())):
                        yield part

    def rest(self) -> str:
        """What is left, as it was written."""
        left = (self.said(Part(*run.span())) for run in FREE.finditer(self._claimed))
        return " ".join(filter(None, left))
