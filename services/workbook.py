"""Tables as a spreadsheet. Every cell is text: what somebody wrote can never become a formula."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True)
class Mark:
    """What is wrong in a line (from 1) of a sheet: in this column (from 0), or in none of them."""

    sheet: str
    line: int
    column: int | None
    reason: str


def write_marked(
    sheets: Sequence[tuple[str, Sequence[Sequence[str]]]],
    heads: Mapping[str, int],
    marks: Sequence[Mark],
    header: str,
) -> bytes:
    """Sheets as they were sent, wrong cells in red, the reasons in one more column under `header`,
    which stands in the line that `heads` names."""
    made = io.BytesIO()
    wrong: dict[tuple[str, int], list[Mark]] = {}
    for mark in marks:
        wrong.setdefault((mark.sheet, mark.line), []).append(mark)
    with xlsxwriter.Workbook(made, {"in_memory": True, "constant_memory": True}) as book:
        red = book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006"})
        for number, (name, rows) in enumerate(sheets, 1):
            page = book.add_worksheet(name[:31] or f"{number}")
            last = max((len(row) for row in rows), default=0)
            page.set_column(last, last, WIDTHS[1])
            for line, row in enumerate(rows, 1):
                here = wrong.get((name, line), ())
                columns = {mark.column for mark in here}
                for column, cell in enumerate(row):
                    if cell or column in columns:
                        style = red if column in columns else None
                        page.write_string(line - 1, column, cell[:LONGEST], style)
                said = "；".join(mark.reason for mark in here)
                if heads.get(name) == line:
                    said = header
                if said:
                    page.write_string(line - 1, last, said[:LONGEST], red if here else None)
    return made.getvalue()


def _width(sheet: Sheet, column: int) -> int:
    longest = max((len(row[column]) for row in sheet.rows[:100]), default=0)
    return min(max(2 * longest, WIDTHS[0]), WIDTHS[1])
