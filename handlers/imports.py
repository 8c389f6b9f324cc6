"""Tables in the chat: an organizer sends a list of patents, firms or events, or the assessments
that the national platform took; sees a dry run, confirms, and may take it back."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from telegram import Update

from conversations import understanding
from conversations.actions import ORGANIZER
from conversations.attempts import say_refused
from errors import Refused
from handlers import door_photos
from pipeline import words
from pipeline.turn import OldButton, Turn
from pipeline.work import Aside, Work
from search.patents import PatentIndex
from services import (
    assessment_export,
    batches,
    files,
    list_trials,
    patent_ends,
    patent_import,
    patents,
    queue,
    workbook,
)
from services.assessment_rows import ASSESSMENTS
from services.enterprise_rows import FIRMS
from services.event_cells import EVENTS
from services.list_trials import Said, Trial
from services.lists import Problem
from services.patent_cells import PATENTS
from services.tables import LARGEST, NotATable

SCREEN = "imports"
SAYS = {
    PATENTS.name: "imports/patents_",
    FIRMS.name: "imports/",
    EVENTS.name: "imports/events_",
    ASSESSMENTS: "assessments/returned_",
}
Prepared = Trial | Refused


async def start(update: Update, turn: Turn) -> None:
    """How to send a list of patents, firms or events."""
    turn.passes(SCREEN)
    turn.reply("imports/start")


async def template(update: Update, turn: Turn) -> None:
    """An empty list with the right columns and one example."""
    kind = turn.button.word(0)
    if kind not in (PATENTS.name, FIRMS.name, EVENTS.name):
        raise OldButton
    name, headers, example = words.word("imports/templates", kind)
    content = workbook.write([workbook.Sheet(name, headers, [example])])
    file = await files.store(
        turn.session, f"{name}.xlsx", workbook.MIME, content, turn.now, turn.chat_id
    )
    turn.reply("imports/template", kind=kind)
    turn.send_file(file)


async def received(update: Update, turn: Turn) -> None:
    """A document: from an organizer with no form open it is a list. A picture of one is none; at an
    open door it is a ticket."""
    if await door_photos.taken(update, turn):
        return
    message = update.message
    mine = turn.person.role == ORGANIZER and turn.filling is None
    if message and message.photo and mine and turn.came_from.kind == SCREEN:
        say_refused(turn, SCREEN, NotATable(why="picture"))
        return
    document = message.document if message else None
    if document is None or not mine:
        await understanding.hear(update, turn)
        return
    file = await files.received(turn.session, document.file_unique_id, turn.chat_id)
    name = document.file_name or ""
    if file is None:
        turn.reply("imports/not_fetched", name=name, large=(document.file_size or 0) > LARGEST)
        return
    await _plan_reading(turn, file, f"read:{update.update_id}")
    turn.reply("imports/looking", name=name)


async def column(update: Update, turn: Turn) -> None:
    """Say what an unknown column is; then the file is looked at again."""
    file, mark, field = turn.button.number(0), turn.button.number(1), turn.button.word(2)
    if field not in (*words.word("imports/words", "askable"), "-"):
        raise OldButton
    if await files.of_person(turn.session, file, turn.person.id) is None:
        raise OldButton
    await _plan_reading(turn, file, f"column:{update.update_id}", mark=mark, field=field)
    turn.reply("imports/looking_again")


async def _plan_reading(turn: Turn, file: int, key: str, **said: int | str) -> None:
    await queue.plan(
        turn.session, "imports.read", f"import:{file}:{key}", turn.now, file=file,
        chat=turn.chat_id, person=turn.person.id, at=turn.now.isoformat(), **said,
    )  # fmt: skip


async def trying(
    aside: Aside, file: int, chat: int, person: int, at: str, mark: int = 0, field: str = ""
) -> Prepared:
    """Read the file apart and try it, holding no lock; a refusal is what there is to say then."""
    said = Said(mark, field) if field else None
    header = words.word("imports/words", "marked")["column"]
    try:
        return await list_trials.attempt(
            aside.database, file, datetime.fromisoformat(at), _why, header, said, person
        )
    except Refused as refused:
        return refused


def _why(problem: Problem) -> str:
    said = words.word("imports/words", "why")(problem)
    return words.plain(str(said))


async def read(
    work: Work, prepared: Prepared, file: int, chat: int, person: int, at: str, mark: int = 0,
    field: str = "",
) -> None:  # fmt: skip
    """The dry run, with the question whether to do it; or what an unknown column is."""
    if isinstance(prepared, Refused):
        _say(work, chat, prepared)
        return
    reading = prepared.reading
    if prepared.learnt:
        await patent_import.remember(work.session, reading.owner, prepared.learnt)
    if prepared.report is None:
        header, *more = reading.unknown
        work.say(
            chat, "imports/which_column", header=header, owner=reading.owner, file=file,
            mark=list_trials.mark_of(header), more=len(more),
        )  # fmt: skip
        return
    if prepared.marked:
        await _send_back(work, chat, prepared)
    template = f"{SAYS[reading.kind]}dry_run"
    work.say(chat, template, report=prepared.report, file=file, name=prepared.name)


async def _send_back(work: Work, chat: int, trial: Trial) -> None:
    """The same file, its wrong cells in red."""
    assert trial.marked is not None
    said = words.word("imports/words", "marked")["name"]
    name = f"{trial.name.rpartition('.')[0] or trial.name}-{said}.xlsx"
    file = await files.store(work.session, name, workbook.MIME, trial.marked, work.now, chat)
    work.send_file(chat, file)


async def take(update: Update, turn: Turn) -> None:
    """Do what the dry run showed: once, however often it is pressed."""
    file = turn.button.number(0)
    if await files.of_person(turn.session, file, turn.person.id) is None:
        raise OldButton
    if (batch := await batches.batch_of(turn.session, file)) is not None:
        turn.reply("imports/taken_before", batch=batch)
        return
    await queue.plan(
        turn.session, "imports.write", f"import:{file}:write", turn.now, file=file,
        chat=turn.chat_id, person=turn.person.id,
    )  # fmt: skip
    turn.reply("imports/taking")


async def drop(update: Update, turn: Turn) -> None:
    """Leave it; nothing was written."""
    turn.reply("imports/dropped")


async def reading(aside: Aside, file: int, chat: int, person: int) -> Prepared:
    """Read the file again, apart: what is taken in is what was sent."""
    try:
        return await list_trials.read(aside.database, file)
    except Refused as refused:
        return refused


async def write(work: Work, prepared: Prepared, file: int, chat: int, person: int) -> None:
    """All good lines at once, and what became of them."""
    if isinstance(prepared, Refused):
        _say(work, chat, prepared)
        return
    take_in = list_trials.TAKE_IN[prepared.reading.kind]
    report = await take_in(
        work.session, prepared.name, prepared.reading, work.now, by=person, sent=file
    )
    work.say(chat, f"{SAYS[prepared.reading.kind]}done", report=report, name=prepared.name)


async def undo(update: Update, turn: Turn) -> None:
    """Take a list back, within a day."""
    batch = turn.button.number(0)
    await batches.check_undo(turn.session, batch, turn.now)
    await queue.plan(
        turn.session, "imports.undo", f"import:batch:{batch}:undo", turn.now, batch=batch,
        chat=turn.chat_id, person=turn.person.id,
    )  # fmt: skip
    turn.reply("imports/undoing", batch=batch)


async def undone(work: Work, batch: int, chat: int, person: int) -> None:
    try:
        kind = (await batches.check_undo(work.session, batch, work.now)).kind
        if kind == ASSESSMENTS:
            unticked = await assessment_export.undo(work.session, batch, work.now, person)
            work.say(chat, "assessments/returned_undone", **vars(unticked))
        else:
            done = await batches.undo(work.session, batch, work.now, person)
            work.say(chat, "imports/undone", **vars(done))
    except Refused as refused:
        _say(work, chat, refused)


async def gone(work: Work, ids: list[int]) -> None:
    """Tell everybody whom these patents concern, once, that they cannot be had any more, and what
    there is instead."""
    index = cast(PatentIndex, work.data["patents"])
    for patent, whom in (await patents.lost(work.session, ids, work.now)).items():
        instead = await patent_ends.instead_of(work.session, index, patent, work.now)
        for lost in whom:
            await work.notify(
                lost.person_id, "patents/gone", key=f"gone:{patent.id}:{lost.person_id}",
                about=f"patent:{patent.id}", patent=patent, lost=lost, instead=instead,
            )  # fmt: skip


def _say(work: Work, chat: int, refused: Refused) -> None:
    own = f"imports/refused/{refused.code}"
    work.say(chat, own if words.exists(own) else f"refused/{refused.code}", **refused.facts)
