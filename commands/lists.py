"""`import` and `export`: data that comes and goes as files."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from commands import patents
from commands.shared import Json, opened, run, say, settings_of, show, with_session
from handlers.assessment_export import spreadsheet
from pipeline import words
from pipeline.clock import Clock
from services import (
    apart,
    assessment_export,
    batches,
    enterprise_import,
    event_import,
    policy_import,
    policy_knowledge,
    policy_trials,
)
from services.assessment_rows import ASSESSMENTS
from services.enterprise_rows import FIRMS
from services.event_cells import EVENTS

ListFile = Annotated[Path | None, typer.Argument(exists=True, dir_okay=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="only say what would happen")]
Undo = Annotated[int | None, typer.Option(help="take this batch back")]

imports = typer.Typer(help="Take data in.")
exports = typer.Typer(help="Take data out.")


@imports.command("policy")
def import_policy(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    anyway: Annotated[bool, typer.Option("--anyway", help="do not ask what gets worse")] = False,
    as_json: Json = False,
) -> None:
    """An official text as TXT, DOCX, PDF or a list of articles as JSON, quoted from then on."""
    run(_import_policy(file, as_json, anyway))


@imports.command("enterprises")
def import_enterprises(
    file: ListFile = None,
    dry_run: DryRun = False,
    undo: Undo = None,
    as_json: Json = False,
) -> None:
    """A list of firms as CSV or XLSX, known by code or name; --undo takes a batch back."""
    row = _import_list(FIRMS.name, enterprise_import.take_in, file, undo, dry_run)
    if as_json:
        show(row, as_json)
    else:
        say("people/import_report" if undo is None else "imports/undone", **row)


@imports.command("patents")
def import_patents(
    file: ListFile = None,
    dry_run: DryRun = False,
    university: Annotated[str | None, typer.Option(help="refuse the patents of others")] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="HEADER=FIELD for one that is not recognised")
    ] = None,
    marked: Annotated[Path | None, typer.Option(help="write the file with red cells here")] = None,
    undo: Undo = None,
    as_json: Json = False,
) -> None:
    """A list of patents as XLSX, ODS or CSV, known by number; --undo takes a batch back."""
    if undo is None and file is None:
        raise typer.BadParameter("give a file, or --undo BATCH")
    wish = patents.Wish(file or Path(), dry_run, university, tuple(column or ()), marked)
    run(_import_patents(wish, undo, as_json))


@imports.command("events")
def import_events(
    file: ListFile = None,
    dry_run: DryRun = False,
    undo: Undo = None,
    as_json: Json = False,
) -> None:
    """A list of events as XLSX, ODS or CSV, taken in as drafts; --undo takes a batch back."""
    row = _import_list(EVENTS.name, event_import.take_in, file, undo, dry_run)
    if undo is not None and not as_json:
        say("imports/undone", **row)
    elif as_json:
        show({name: value for name, value in row.items() if name != "new"}, as_json)
    else:
        say("imports/events_report", report=row)


@imports.command("assessments")
def import_assessments(
    file: ListFile = None,
    dry_run: DryRun = False,
    undo: Undo = None,
    as_json: Json = False,
) -> None:
    """The assessments that the national platform took, ticked off; --undo takes a batch back."""
    row = _import_list(
        ASSESSMENTS, assessment_export.take_back_in, file, undo, dry_run, assessment_export.undo
    )
    if as_json:
        show(row, as_json)
    elif undo is not None:
        say("assessments/returned_undone", **row)
    else:
        say("assessments/returned_report", report=row)


@exports.command("assessments")
def export_assessments(
    file: Annotated[Path, typer.Argument(dir_okay=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="write it, and let firms go on")
    ] = False,
    as_json: Json = False,
) -> None:
    """What firms think of patents, as XLSX for the national platform; from then on it stands."""

    async def work(session: AsyncSession) -> int:
        lines = await assessment_export.export(session, Clock().now(), dry_run=dry_run)
        await asyncio.to_thread(file.write_bytes, spreadsheet(lines))
        return len(lines)

    show({"rows": run(with_session(settings_of(quiet=True), work)), "file": str(file)}, as_json)


def _import_list(
    kind: str,
    take_in: Callable[..., Awaitable[Any]],
    file: Path | None,
    undo: int | None,
    dry_run: bool,
    take_back: Callable[..., Awaitable[Any]] | None = None,
) -> dict[str, Any]:
    """A file taken in, or a batch taken back: what is said of it."""

    async def work(session: AsyncSession) -> dict[str, Any]:
        now = Clock().now()
        if undo is not None:
            back = take_back or partial(batches.undo, kind=kind)
            return asdict(await back(session, undo, now, None))
        if file is None:
            raise typer.BadParameter("give a file, or --undo BATCH")
        reading = await apart.read(await asyncio.to_thread(file.read_bytes), kind, file.name)
        return asdict(await take_in(session, file.name, reading, now, dry_run=dry_run))

    done: dict[str, Any] = run(with_session(settings_of(quiet=True), work))
    return done


async def _import_patents(wish: patents.Wish, undo: int | None, as_json: bool) -> None:
    async with opened(settings_of(quiet=True)) as (database, index):
        outcome = await patents.outcome(database, index, wish, undo)
    if as_json:
        show(outcome.row, as_json)
    else:
        say(outcome.template, **outcome.said)


async def _import_policy(file: Path, as_json: bool, anyway: bool) -> None:
    now = Clock().now()

    async def work(session: AsyncSession) -> list[dict[str, Any]]:
        before = await _answered(session, now)
        imported = await policy_import.import_file(session, file, now)
        after = await _answered(session, now)
        worse = policy_trials.worse(before, after)
        if worse and not anyway and sys.stdin.isatty():
            say("policy/worse", worse=worse)
            typer.confirm(words.word("policy/worse_words", "ask"), abort=True)
        return [_row(one, worse) for one in imported]

    for row in await with_session(settings_of(quiet=True), work):
        show(row, as_json)


def _row(imported: policy_import.Imported, worse: Sequence[policy_trials.Worse]) -> dict[str, Any]:
    return {
        "document": imported.document.title,
        "number": imported.document.number,
        "clauses": imported.clauses,
        "replaced": imported.replaced,
        "worse": [one.question for one in worse],
    }


async def _answered(session: AsyncSession, now: datetime) -> dict[str, str]:
    """The questions with known answers, and what answers them now."""
    known = await policy_knowledge.knowledge(session)
    return policy_trials.answered(known, await policy_trials.questions(session, known), now)
