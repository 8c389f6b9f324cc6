"""What a line says of a patent, as the library stores it, and what it changes of what is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from services import industries, patent_cells, patent_prices, working_time
from services.batches import SHELVES, Row
from services.patent_cells import PATENTS
from services.patent_rows import PatentRow

FIELDS = SHELVES[PATENTS.name].fields
DATES = ("filed_on", "granted_on")
PLAIN = ("publication", "kind", "title", "status", "inventors", "ipc", "college", "modes", "price",
         "maturity", "tier", "abstract", "problem", "effect", "keywords")  # fmt: skip
PRICE = ("price_low", "price_high", "price_unit")
LISTS = ("inventors", "ipc", "modes", "keywords", "rough_dates")
NOTHING: Row = {**dict.fromkeys(FIELDS), **{name: [] for name in LISTS}}
NOTHING |= {"abstract": "", "open_licence": False}
WHOLE = 10  # characters of 2023-05-01: a shorter one is a month or a year


@dataclass(frozen=True)
class Shelves:
    """The segments by name, and the day on which the library hears of it."""

    segments: dict[str, int]
    now: datetime

    def of(self, row: PatentRow) -> int | None:
        name = industries.shelf(row.domain or "", row.ipc, row.title or "")
        return self.segments.get(name) if name else None

    @cached_property
    def today(self) -> date:
        return working_time.today(self.now)


def made(row: PatentRow, shelves: Shelves, owner: str) -> Row:
    """A new patent, by default of the list's owner; of what the line does not say nothing is
    known."""
    status = PATENTS.words["unknown_status"]["granted" if row.granted else "pending"]
    return {
        **NOTHING, "applicant": owner, "status": status, **_said(row),
        "segment_id": shelves.of(row), "status_since": shelves.today,
    }  # fmt: skip


def changes(row: PatentRow, there: Row, shelves: Shelves) -> dict[str, list[Any]]:
    """{column: [before, after]} of what the line says and the library does not say yet."""
    said = _said(row)
    if row.number is None:
        said.pop("number")
    for name in DATES:
        if name in said and _vaguer(name, said, there):
            said.pop(name)
    if any(name in said for name in DATES):
        said["rough_dates"] = sorted(
            {*(n for n in there["rough_dates"] if n not in said), *said.pop("rough_dates", [])}
        )
    else:
        said.pop("rough_dates")
    if _older(said.get("publication"), there["publication"]):
        said.pop("publication")
    if said.get("status", there["status"]) != there["status"]:
        said["status_since"] = shelves.today
    if there["segment_id"] is None:
        said["segment_id"] = shelves.of(row)
    return {name: [there[name], after] for name, after in said.items() if after != there[name]}


def _older(said: str | None, before: str | None) -> bool:
    """CN…A is the application of what was granted as CN…B since."""
    return bool(said and before and said[-1] == "A" and said[:-1] == before[:-1])


def _vaguer(name: str, said: Row, there: Row) -> bool:
    """Whether the library knows the day of the month that the line names."""
    before = there[name]
    if before is None or name not in said["rough_dates"] or name in there["rough_dates"]:
        return False
    return bool(said[name].year == before.year)


def _said(row: PatentRow) -> Row:
    told = vars(row)
    said: Row = {"number": row.number or row.publication}
    said |= {name: value for name in PLAIN if (value := told[name])}
    if row.price:
        said |= zip(PRICE, patent_prices.price_bounds(row.price), strict=True)
    if row.applicants:
        said["applicant"] = "、".join(row.applicants)[:200]
    if row.open_licence is not None:
        said["open_licence"] = row.open_licence
    said["rough_dates"] = []
    for name in DATES:
        if day := told[name]:
            said[name] = _date(day)
            if len(day) < WHOLE:
                said["rough_dates"].append(name)
    return said


@patent_cells.remembered
def _date(day: str) -> date:
    return date.fromisoformat((day + "-01-01")[:WHOLE])
