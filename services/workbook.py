"""Tables as a spreadsheet. Every cell is text: what somebody wrote can never become a formula."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter

LONGEST = 32_000  # characters that a cell takes
WIDTHS = (12, 50)


@dataclass(frozen=True)
class Sheet:
    """`rows` are texts, in the order of the headers."""

    name: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]


MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def write(sheets: Sequence[Sheet]) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name[:31])
            page.freeze_panes(1, 0)
            for column, header in enumerate(sheet.headers):
                page.write_string(0, column, header, bold)
                page.set_column(column, column, _width(sheet, column))
            for line, row in enumerate(sheet.rows, 1):
                for column, cell in enumerate(row):
                    page.write_string(line, column, cell[:LONGEST])
    return made.getvalue()


def _width(sheet: Sheet, column: int) -> int:
    longest = max((len(row[column]) for row in sheet.rows[:100]), default=0)
    return min(max(2 * longest, WIDTHS[0]), WIDTHS[1])
