"""`import patents`: read apart, take in at once, say what became of each line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from db.session import Database
from pipeline import words
from pipeline.clock import Clock
from preparing import refresh
from search.patents import PatentIndex
from services import apart, batches, list_trials, patent_import
from services.apart import Reading
from services.lists import IGNORED, Problem
from services.patent_cells import PATENTS
from services.patent_import import Report


@dataclass(frozen=True)
class Wish:
    """What the command line asks for."""

    file: Path
    dry_run: bool = False
    university: str | None = None
    columns: tuple[str, ...] = ()
    marked: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What is said of it: a template with its variables, or a row for scripts."""

    template: str
    said: dict[str, Any]
    row: dict[str, Any]


async def outcome(database: Database, index: PatentIndex, wish: Wish, undo: int | None) -> Outcome:
    if undo is not None:
        undone = dict(vars(await take_back(database, index, undo)))
        return Outcome("imports/undone", undone, undone)
    report = await take_in(database, index, wish, Console(stderr=True))
    return Outcome("imports/patents_report", {"report": report}, report.as_row())


async def take_in(database: Database, index: PatentIndex, wish: Wish, screen: Console) -> Report:
    """Nothing is written where this is interrupted: the same call begins anew."""
    content = await asyncio.to_thread(wish.file.read_bytes)
    told = dict(_columns(wish.columns))
    with _progress(screen) as progress:
        task = progress.add_task(words.word("imports/progress", "reading"), total=None)
        reading, learnt = await list_trials.known_columns(
            database, wish.file.name, content, PATENTS.name, told=told
        )
        progress.update(
            task, description=words.word("imports/progress", "writing"), total=len(reading.rows)
        )
        report = await _write(
            database, reading, wish, learnt, lambda rows: progress.advance(task, rows)
        )
        if not wish.dry_run:
            progress.update(task, description=words.word("imports/progress", "indexing"))
            await refresh(database, index)
    if wish.marked and report.every_problem:
        await _mark(content, report, wish.marked)
    return report


async def take_back(database: Database, index: PatentIndex, batch: int) -> batches.Undone:
    async with database.session() as session:
        undone = await batches.undo(session, batch, Clock().now(), kind=PATENTS.name)
    await refresh(database, index)
    return undone


def why(problem: Problem) -> str:
    return words.plain(str(words.word("imports/words", "why")(problem)))


async def _write(
    database: Database,
    reading: Reading,
    wish: Wish,
    learnt: dict[str, str],
    told: Callable[[int], None],
) -> Report:
    owner = wish.university or reading.owner
    async with database.session() as session:
        report = await patent_import.take_in(
            session, wish.file.name, replace(reading, owner=owner), Clock().now(),
            dry_run=wish.dry_run, university=wish.university, told=told,
        )  # fmt: skip
        if not wish.dry_run:
            await patent_import.remember(session, owner, learnt)
    return report


async def _mark(content: bytes, report: Report, target: Path) -> None:
    header = words.word("imports/words", "marked")["column"]
    made = await apart.marked(content, PATENTS.name, report.every_problem, why, header)
    await asyncio.to_thread(target.write_bytes, made)


def _columns(said: Iterable[str]) -> Iterable[tuple[str, str]]:
    fields = {IGNORED, *PATENTS.words["headers"]}
    for one in said:
        header, _, field = one.rpartition("=")
        if not header or field not in fields:
            raise typer.BadParameter(f"--column {one}: one of {', '.join(sorted(fields))}")
        yield header, field


def _progress(screen: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=screen, transient=True, disable=not screen.is_terminal,
    )  # fmt: skip
