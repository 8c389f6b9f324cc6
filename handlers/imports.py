"""Tables in the chat: an organizer sends a list of firms, or the assessments that the national
platform took; sees a dry run, confirms, and may take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import Update

from conversations import understanding
from conversations.actions import ORGANIZER
from errors import Refused
from pipeline import words
from pipeline.turn import OldButton, Turn
from pipeline.work import Work
from services import apart, assessment_export, enterprise_import, files, queue
from services.tables import LARGEST

if TYPE_CHECKING:
    from db.session import Database

Prepared = tuple[str, apart.Table | Refused]


async def start(update: Update, turn: Turn) -> None:
    """How to send a list of firms."""
    turn.reply("imports/start")


async def received(update: Update, turn: Turn) -> None:
    """A document: from an organizer with no form open it is a list of firms."""
    document = update.message.document if update.message else None
    if document is None or turn.person.role != ORGANIZER or turn.filling is not None:
        await understanding.hear(update, turn)
        return
    file = await files.received(turn.session, document.file_unique_id, turn.chat_id)
    name = document.file_name or ""
    if file is None:
        turn.reply("imports/not_fetched", name=name, large=(document.file_size or 0) > LARGEST)
        return
    key = f"import:{file}:read:{update.update_id}"
    await queue.plan(
        turn.session, "imports.read", key, turn.now, file=file, chat=turn.chat_id,
        person=turn.person.id,
    )  # fmt: skip
    turn.reply("imports/looking", name=name)


async def reading(database: Database, file: int, chat: int, person: int) -> Prepared:
    """Read the file apart, holding no lock; a refusal is what there is to say then."""
    async with database.session() as session:
        found = await files.content(session, file)
    if found is None:
        return "", OldButton()
    try:
        return found[0], await apart.read_table(found[1])
    except Refused as refused:
        return found[0], refused


async def read(work: Work, prepared: Prepared, file: int, chat: int, person: int) -> None:
    """The dry run, with the question whether to do it."""
    name, found = prepared
    if isinstance(found, Refused):
        _say(work, chat, found)
        return
    if not isinstance(found, apart.Reading):
        ticked = await assessment_export.take_back_in(
            work.session, name, found, work.now, dry_run=True
        )
        work.say(chat, "assessments/returned_dry_run", report=ticked, file=file, name=name)
        return
    report = await enterprise_import.take_in(work.session, name, found, work.now, dry_run=True)
    work.say(chat, "imports/dry_run", report=report, file=file, name=name)


async def take(update: Update, turn: Turn) -> None:
    """Do what the dry run showed: once, however often it is pressed."""
    file = turn.button.number(0)
    if await files.of_person(turn.session, file, turn.person.id) is None:
        raise OldButton
    if (batch := await enterprise_import.batch_of(turn.session, file)) is not None:
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


async def write(work: Work, prepared: Prepared, file: int, chat: int, person: int) -> None:
    """All good lines at once, and what became of them."""
    name, found = prepared
    if isinstance(found, Refused):
        _say(work, chat, found)
        return
    if not isinstance(found, apart.Reading):
        ticked = await assessment_export.take_back_in(
            work.session, name, found, work.now, by=person, sent=file
        )
        work.say(chat, "assessments/returned", report=ticked, name=name)
        return
    report = await enterprise_import.take_in(
        work.session, name, found, work.now, by=person, sent=file
    )
    work.say(chat, "imports/done", report=report, name=name)


async def undo(update: Update, turn: Turn) -> None:
    """Take a list back, within a day."""
    batch = turn.button.number(0)
    kind = await enterprise_import.kind_of(turn.session, batch)
    await enterprise_import.check_undo(turn.session, batch, turn.now, kind or "")
    await queue.plan(
        turn.session, "imports.undo", f"import:batch:{batch}:undo", turn.now, batch=batch,
        chat=turn.chat_id, person=turn.person.id,
    )  # fmt: skip
    turn.reply("imports/undoing", batch=batch)


async def undone(work: Work, batch: int, chat: int, person: int) -> None:
    ticks = await enterprise_import.kind_of(work.session, batch) == assessment_export.KIND
    take_back = assessment_export.undo if ticks else enterprise_import.undo
    try:
        done = await take_back(work.session, batch, work.now, person)
    except Refused as refused:
        _say(work, chat, refused)
    else:
        said = "assessments/returned_undone" if ticks else "people/import_undone"
        work.say(chat, said, **vars(done))


def _say(work: Work, chat: int, refused: Refused) -> None:
    own = f"imports/refused/{refused.code}"
    work.say(chat, own if words.exists(own) else f"refused/{refused.code}", **refused.facts)
