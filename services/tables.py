"""A table as people send it: CSV in whatever encoding, or a spreadsheet; rows of tidy texts.

What is no table, or would be too much of one, is named before anything reads it. A workbook can
hang or blow up whoever opens it, so this runs in a process of its own (services/apart.py).
"""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence

from python_calamine import CalamineError, CalamineWorkbook

from errors import Refused

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
ENCODINGS = ("utf-8-sig", "gb18030")
LARGEST = 10 * 1024 * 1024
MOST_ROWS = 50_000
MOST_ENTRIES, MOST_UNPACKED, MOST_RATIO = 200, 100 * 1024 * 1024, 100
KINDS = {
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF8": "picture",
    b"BM": "picture",
    b"%PDF": "pdf",
    b"Rar!": "archive",
    b"7z\xbc\xaf": "archive",
    b"\x1f\x8b": "archive",
}
BOOKS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")


class NotATable(Refused):
    """Facts: why: empty, large, picture, pdf, archive, document, password, macro, external,
    too_much, too_many_rows, unreadable, or encoding."""


def rows(content: bytes) -> Iterator[list[str]]:
    """Every row of the (first) sheet, cells normalised (NFKC), trimmed, numbers as written."""
    check(content)
    book = content.startswith((ZIP, OLE))
    cells: Iterator[Sequence[object]] = _sheet(content) if book else _csv(_decoded(content))
    for number, row in enumerate(cells):
        if number >= MOST_ROWS:
            raise NotATable(why="too_many_rows")
        yield [tidy(cell) for cell in row]


def check(content: bytes) -> None:
    """Refuse by the first bytes, and an archive by what it lists, without unpacking anything."""
    if not content.strip():
        raise NotATable(why="empty")
    if len(content) > LARGEST:
        raise NotATable(why="large")
    for mark, kind in KINDS.items():
        if content.startswith(mark):
            raise NotATable(why=kind)
    if content.startswith(OLE):
        _check_old(content)
    elif content.startswith(b"PK"):
        _check_archive(content)


def _check_old(content: bytes) -> None:
    """Excel 97, or the envelope of a workbook under a password."""
    for mark, why in (("EncryptedPackage", "password"), ("_VBA_PROJECT", "macro"),
                      ("WordDocument", "document")):  # fmt: skip
        if mark.encode("utf-16-le") in content:
            raise NotATable(why=why)


def _check_archive(content: bytes) -> None:
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise NotATable(why="unreadable") from None
    names = [entry.filename for entry in entries]
    if any(entry.flag_bits & 1 for entry in entries):
        raise NotATable(why="password")
    if not any(book in names for book in BOOKS):
        document = any(name.startswith(("word/", "ppt/")) for name in names)
        raise NotATable(why="document" if document else "archive")
    if any(name.endswith("vbaProject.bin") for name in names):
        raise NotATable(why="macro")
    if any("externalLinks" in name or ".." in name for name in names):
        raise NotATable(why="external")
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > min(MOST_UNPACKED, MOST_RATIO * len(content)):
        raise NotATable(why="too_much")


def tidy(cell: object) -> str:
    """A cell as text: 13812345678.0 is a number that a spreadsheet made of a text."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(unicodedata.normalize("NFKC", str(cell)).split()) if cell is not None else ""


def _sheet(content: bytes) -> Iterator[list[object]]:
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        if sheet.total_height > MOST_ROWS:
            raise NotATable(why="too_many_rows")
        for row in sheet.to_python():
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
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error:
        raise NotATable(why="unreadable") from None
