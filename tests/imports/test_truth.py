"""Lists as offices send them, compared line by line with what each line says."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services import apart, patent_import
from services.patent_import import Line

FILES = ("patents_messy.xlsx", "patents_messy_utf8bom.csv", "patents_messy_gb18030.csv")
FIELDS = {
    "app_no": "number", "pub_no": "publication", "type": "kind", "title": "title",
    "app_date": "filed_on", "grant_date": "granted_on", "granted": "granted", "college": "college",
}  # fmt: skip


@pytest.mark.parametrize("file", FILES)
async def test_every_line_is_read_as_it_is_meant(
    session: AsyncSession, now: datetime, shared: Path, file: str
) -> None:
    """The same patents, the same doubts, the same refusals; and no line that is none."""
    content = (shared / "data" / file).read_bytes()
    report = await patent_import.take_in(
        session, file, await apart.read(content, "patents", file), now
    )
    truth = json.loads((shared / "data" / "patents_messy_truth.json").read_text(encoding="utf-8"))
    meant = {row["line"]: row for row in truth["rows"] if row["kind"] == "data"}
    lines = {line.row.line: line for line in report.lines}
    assert set(lines) == set(meant)
    assert [found for at in meant if (found := _wrong(lines[at], meant[at]))] == []


def _wrong(line: Line, meant: dict[str, Any]) -> dict[str, Any]:
    """What differs; a title that is not told may be anything."""
    found = {
        told: (getattr(line.row, name), meant["expected"][told])
        for told, name in FIELDS.items()
        if getattr(line.row, name) != meant["expected"][told]
        and not (told == "title" and meant["expected"][told] is None)
    }
    if line.action != meant["action"]:
        found["action"] = (line.action, meant["action"])
    return found and {"line": meant["line"], **found}
