"""Lists as offices send them, made on the spot: workbooks, open documents, text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter

from services.patent_numbers import check_digit

HEADER = ["申请号", "专利名称", "专利类型", "申请日", "法律状态", "专利权人", "发明人"]
OWNER = "星城工业大学（演示）"
Rows = Sequence[Sequence[Any]]


def number(serial: int, year: int = 2021, kind: int = 1) -> str:
    """A number of the range that was never given out."""
    body = f"{year}{kind}9{serial:06d}"
    return f"{body}.{check_digit(body)}"


def line(serial: int, **changes: Any) -> list[Any]:
    """A good line under HEADER."""
    told = {
        "number": number(serial), "title": f"一种演示装置{serial}", "kind": "发明",
        "filed": "2021-03-04", "status": "有效", "owner": OWNER, "inventors": "演示甲、演示乙",
    } | changes  # fmt: skip
    return list(told.values())


def csv(rows: Rows, encoding: str = "utf-8-sig", delimiter: str = ",") -> bytes:
    return "\r\n".join(delimiter.join(map(str, row)) for row in rows).encode(encoding)


def xlsx(
    sheets: dict[str, Rows],
    *,
    merged: Sequence[tuple[int, int, int, int, str]] = (),
    hidden: Sequence[str] = (),
) -> bytes:
    """Texts, numbers and dates as a spreadsheet keeps them; `merged` cells of the first sheet."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "yyyy/m/d"})
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            if name in hidden:
                page.hide()
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, date):
                        page.write_datetime(at, column, cell, day)
                    elif isinstance(cell, str):
                        page.write_string(at, column, cell)
                    else:
                        page.write(at, column, cell)
        for block in merged:
            book.worksheets()[0].merge_range(*block)
    return made.getvalue()


def ods(rows: Rows) -> bytes:
    """The least that is an open document."""
    cells = "".join(
        "<table:table-row>"
        + "".join(
            '<table:table-cell office:value-type="string">'
            f"<text:p>{escape(str(cell))}</text:p></table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        f'<office:document-content xmlns:office="{space}office:1.0" '
        f'xmlns:table="{space}table:1.0" xmlns:text="{space}text:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="表一">{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", content)
        book.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{space}manifest:1.0">'
            '<manifest:file-entry manifest:full-path="/" '
            'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
            "</manifest:manifest>",
        )
    return made.getvalue()
