"""Which patent of the library a line speaks of.

By its application number; by a publication number, whose letter changes when it is granted; and
where one of the two gives only a publication number, by title, kind and dates together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Patent
from services import batches
from services.batches import Row
from services.patent_cells import PATENTS
from services.patent_changes import DATES, WHOLE
from services.patent_rows import PatentRow

FEW = 500  # lines up to which only the patents they name are fetched
LETTERS = ("A", "B", "C", "U", "Y", "S", "D", "")  # with which one publication may be written
MONTH = 7  # characters of 2023-05


@dataclass
class Known:
    """What is in the library, by what patents are known by; lines of this file are added."""

    by_number: dict[str, Row] = field(default_factory=dict)
    by_publication: dict[str, Row] = field(default_factory=dict)
    by_title: dict[tuple[str, str], list[Row]] = field(default_factory=dict)

    def find(self, row: PatentRow) -> Row | None:
        """Two patents of one day may have one title, but they differ in kind and number."""
        if row.number and row.number in self.by_number:
            return self.by_number[row.number]
        there = self.by_publication.get(_digits(row.publication)) if row.publication else None
        if there and not (row.number and _has_number(there)):
            return there
        return next(filter(row_agrees(row), self._alike(row)), None)

    def add(self, patent: Row) -> None:
        self.by_number[patent["number"]] = patent
        if patent["publication"]:
            self.by_publication.setdefault(_digits(patent["publication"]), patent)
        self.by_title.setdefault((patent["title"], patent["kind"]), []).append(patent)

    def _alike(self, row: PatentRow) -> list[Row]:
        """Of the same title and kind, where a number is missing here or there."""
        same = self.by_title.get((row.title or "", row.kind or ""), [])
        return [
            patent for patent in same
            if _has_number(patent) != bool(row.number)
            and not (row.publication and patent["publication"])
        ]  # fmt: skip


async def known_to(session: AsyncSession, rows: list[PatentRow]) -> Known:
    known = Known()
    where = () if len(rows) > FEW else (_named(rows),)
    for patent in await batches.stored(session, PATENTS.name, *where):
        known.add(patent)
    return known


def row_agrees(row: PatentRow) -> Any:
    """Whether a patent has the dates of the line: two that are known, none that is another."""

    def agrees(patent: Row) -> bool:
        told = [(getattr(row, name), patent[name], patent["rough_dates"]) for name in DATES]
        both = [(name, *each) for name, each in zip(DATES, told, strict=True) if all(each[:2])]
        return len(both) == len(DATES) and all(
            day.isoformat()[:length] == said[:length]
            for name, said, day, rough in both
            for length in [MONTH if name in rough else min(len(said), WHOLE)]
        )

    return agrees


def _named(rows: list[PatentRow]) -> ColumnElement[bool]:
    published = {_digits(row.publication) for row in rows if row.publication}
    written = [number + letter for number in published for letter in LETTERS]
    numbers = [row.number for row in rows if row.number]
    titles = {row.title for row in rows if row.title}
    return or_(
        Patent.number.in_([*numbers, *written]),
        Patent.publication.in_(written),
        Patent.title.in_(titles),
    )


def _has_number(patent: Row) -> bool:
    return not patent["number"].startswith("CN")


def _digits(publication: str) -> str:
    """One patent has one number with several letters: CN…A when filed, CN…B when granted."""
    return publication[: 11 if len(publication) > 10 else 9]
