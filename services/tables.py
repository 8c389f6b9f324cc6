"""A table as people send it: CSV in whatever encoding, or a spreadsheet; rows of tidy texts."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from errors import Refused

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
ENCODINGS = ("utf-8-sig", "gb18030")


class NotATable(Refused):
    """Facts: why: empty, unreadable, or encoding."""


def rows(path: Path) -> Iterator[list[str]]:
    """Every row of the (first) sheet, cells normalised (NFKC), trimmed, numbers as written."""
    content = path.read_bytes()
    if not content.strip():
        raise NotATable(why="empty")
    cells = _sheet(content) if content.startswith((ZIP, OLE)) else _csv(_decoded(content))
    for row in cells:
        yield [tidy(cell) for cell in row]


def tidy(cell: object) -> str:
    """A cell as text: 13812345678.0 is a number that a spreadsheet made of a text."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(unicodedata.normalize("NFKC", str(cell)).split()) if cell is not None else ""


def _sheet(content: bytes) -> Iterator[list[object]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for row in book.get_sheet_by_index(0).to_python():
            yield list(row)
    except CalamineError:
        raise NotATable(why="unreadable") from None


def _decoded(content: bytes) -> str:
    if b"\0" in content:
        raise NotATable(why="unreadable")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotATable(why="encoding")


def _csv(text: str) -> Iterator[list[str]]:
    """Comma, semicolon or tab: whichever the first lines have most of."""
    head = text[:4000]
    delimiter = max(",;\t", key=head.count)
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
