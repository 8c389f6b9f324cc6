"""The lines of text in a file that somebody sent; what is no text is refused by name."""

from __future__ import annotations

import zipfile
from pathlib import Path

from errors import Refused
from services.policy_words import pattern

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"RIFF")
LONG = 200
"""A text of so many signs has marks between them, unless it was read in a wrong encoding."""
FEW = 20
"""Fewer signs than this on all pages together: the pages are pictures."""


class EmptyText(Refused):
    """There is nothing in the file."""


class NotAText(Refused):
    """`kind`: picture, spreadsheet, slides, archive, old_word, encoding or unknown."""


class LockedText(Refused):
    """The file asks for a password."""


class ScannedText(Refused):
    """A PDF whose `pages` are pictures: there is no text in it to quote."""


def lines_of(path: Path) -> list[str]:
    """Every line or paragraph, in order."""
    head = path.read_bytes()[:8]
    if not head:
        raise EmptyText
    if head.startswith(b"%PDF"):
        return _of_pdf(path)
    if head.startswith(b"PK"):
        return _of_docx(path)
    if head == OLD_OFFICE:
        raise _old_office(path)
    if head.startswith(PICTURES):
        raise NotAText(kind="picture")
    return _of_text(path.read_bytes())


def _of_text(data: bytes) -> list[str]:
    text = _decoded(data)
    if not text.strip("\ufeff \t\r\n\u3000"):
        raise EmptyText
    if len(text) >= LONG and not pattern("marks").search(text):
        raise NotAText(kind="encoding")
    return text.splitlines()


def _decoded(data: bytes) -> str:
    if b"\x00" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NotAText(kind="unknown")
    for encoding in ("utf-16",) if b"\x00" in data else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotAText(kind="unknown")


def _of_docx(path: Path) -> list[str]:
    import docx  # here, as below: what reads files takes long to load, and texts come seldom

    try:
        with zipfile.ZipFile(path) as parts:
            names = set(parts.namelist())
    except zipfile.BadZipFile:
        raise NotAText(kind="unknown") from None
    if "word/document.xml" not in names:
        raise NotAText(kind=_kind_of_archive(names))
    document = docx.Document(str(path))
    found = [block.text for block in document.paragraphs]
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return _of_text("\n".join([*found, *cells]).encode())


def _kind_of_archive(names: set[str]) -> str:
    kinds = {"xl/": "spreadsheet", "ppt/": "slides"}
    found = (kind for folder, kind in kinds.items() if any(n.startswith(folder) for n in names))
    return next(found, "archive")


def _old_office(path: Path) -> Refused:
    """The container of Word before 2007, and of newer files under a password."""
    locked = "EncryptedPackage".encode("utf-16-le") in path.read_bytes()
    return LockedText() if locked else NotAText(kind="old_word")


def _of_pdf(path: Path) -> list[str]:
    import pypdf.errors

    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise LockedText
        pages = [page.extract_text() for page in reader.pages]
    except (pypdf.errors.DependencyError, pypdf.errors.FileNotDecryptedError):
        raise LockedText from None
    except (pypdf.errors.PyPdfError, ValueError):
        raise NotAText(kind="unknown") from None
    if sum(len("".join(page.split())) for page in pages) < FEW:
        raise ScannedText(pages=len(pages))
    return _of_text("\n".join(pages).encode("utf-8", "replace"))
