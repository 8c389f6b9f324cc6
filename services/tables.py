"""A table as people send it: CSV in whatever encoding, or a spreadsheet; sheets of tidy texts.

What is no table, or would be too much of one, is named before anything reads it. A workbook can
hang or blow up whoever opens it, so this runs in a process of its own (services/apart.py).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from html import unescape
from itertools import islice

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from errors import Refused

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
ENCODINGS = ("utf-8-sig", "gb18030")
LARGEST = 10 * 1024 * 1024
MOST_ROWS = 50_000
MOST_CELLS = 5_000_000
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
QUOTED = re.compile(r'="(.*)"')
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
RELATION = re.compile(r"<(?:\w+:)?Relationship\b([^>]*)>")
SHEET = re.compile(r"<(?:\w+:)?sheet\b([^>]*)>")
ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
FORMULA = re.compile(
    r'<c r="([A-Z]{1,3})(\d{1,7})"[^>]*><f[^>]*>([^<]*)</f>(?:<v ?/>|<v></v>)?</c>'
)
BOOKS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")


class NotATable(Refused):
    """Facts: why: empty, large, picture, pdf, archive, document, password, macro, external,
    too_much, too_many_rows, unreadable, page, or encoding."""


@dataclass(frozen=True)
class Sheet:
    """Rows as they stand, from the first one on: row 7 of the file is rows[6]."""

    name: str
    rows: list[list[str]]


def sheets(content: bytes, clean: Callable[[object], str] | None = None) -> list[Sheet]:
    """The sheets that people see (a CSV is one), cells made texts by `clean`, by default `tidy`."""
    check(content)
    clean = clean or tidy
    if content.startswith((ZIP, OLE)):
        return [
            Sheet(name, [[clean(cell) for cell in row] for row in rows])
            for name, rows in _book(content)
        ]
    rows = [[clean(cell) for cell in row] for row in islice(_csv(_decoded(content)), MOST_ROWS + 1)]
    if len(rows) > MOST_ROWS:
        raise NotATable(why="too_many_rows")
    return [Sheet("", rows)]


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


@lru_cache(maxsize=20_000, typed=True)  # the cells of a column repeat themselves; 1.0 is not True
def tidy(cell: object) -> str:
    """A cell as text, normalised (NFKC) and trimmed, without what only kept a spreadsheet from
    making a number of it: '2023…, ="2023…"."""
    said = cell if isinstance(cell, str) else written(cell)
    text = " ".join(unicodedata.normalize("NFKC", said).split())
    quoted = QUOTED.fullmatch(text)
    text = quoted[1].strip() if quoted else text
    return text[1:].lstrip() if len(text) > 1 and text[0] == "'" else text


def written(cell: object) -> str:
    """A cell as somebody wrote it: 13812345678.0 is a number that a spreadsheet made of a text."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        cell = cell.date()
    return str(cell) if cell is not None else ""


def _book(content: bytes) -> Iterator[tuple[str, list[list[object]]]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        formulas = _uncomputed(content) if content.startswith(ZIP) else {}
        left = MOST_ROWS
        for shown in book.sheets_metadata:
            if shown.visible != SheetVisibleEnum.Visible or shown.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(shown.name)
            left -= sheet.total_height
            if sheet.total_height * sheet.total_width > MOST_CELLS:
                raise NotATable(why="too_much")
            if left < 0:
                raise NotATable(why="too_many_rows")
            rows = _filled(sheet)
            for line, column, formula in formulas.get(shown.name, ()):
                if line < len(rows) and column < len(rows[line]):
                    rows[line][column] = formula
            yield shown.name, rows
    except CalamineError:
        raise NotATable(why="unreadable") from None


def _uncomputed(content: bytes) -> dict[str, list[tuple[int, int, str]]]:
    """Formulas that nobody has computed, by sheet: calamine gives nothing for them, and what the
    file says there must not look like an empty cell."""
    book = zipfile.ZipFile(io.BytesIO(content))
    names = book.namelist()
    if WORKBOOK not in names or RELATIONS not in names:
        return {}
    targets = {}
    for relation in RELATION.findall(book.read(RELATIONS).decode("utf-8", "replace")):
        told = dict(ATTRIBUTE.findall(relation))
        targets[told.get("Id", "")] = told.get("Target", "").removeprefix("/xl/")
    found = {}
    for sheet in SHEET.findall(book.read(WORKBOOK).decode("utf-8", "replace")):
        told = dict(ATTRIBUTE.findall(sheet))
        path = f"xl/{targets.get(told.get('r:id', ''), '')}"
        if path in names:
            text = book.read(path)
            cells = FORMULA.findall(text.decode("utf-8", "replace")) if b"</f>" in text else ()
            found[unescape(told.get("name", ""))] = [
                (int(line) - 1, _column(letters), f"={unescape(formula)}")
                for letters, line, formula in cells
            ]
    return found


def _column(letters: str) -> int:
    """0 for A, 26 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _filled(sheet: CalamineSheet) -> list[list[object]]:
    """Rows in which every line of a cell that was merged downwards says what it says."""
    rows: list[list[object]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    for (top, column), (bottom, _) in sheet.merged_cell_ranges or ():
        for row in rows[top + 1 : bottom + 1]:
            if top < len(rows) and column < min(len(row), len(rows[top])):
                row[column] = rows[top][column]
    return rows


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and len(content) % 2 == 0:
        return content.decode("utf-16", "replace")
    if b"\0" in content:
        raise NotATable(why="unreadable")
    if content.lstrip()[:1] == b"<":
        raise NotATable(why="page")
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
