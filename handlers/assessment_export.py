"""Assessments for the national platform: an organizer takes them out as a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import Update

from pipeline import words
from pipeline.turn import Turn
from services import assessment_export as services
from services import files, workbook

LABELS, CHOICES = "assessments/export_labels", "assessment/labels"


async def export(update: Update, turn: Turn) -> None:
    """Say how many there are, and that they stand from then on."""
    turn.reply("assessments/export", outlook=await services.outlook(turn.session))


async def rows(update: Update, turn: Turn) -> None:
    """All that the platform does not have, as a spreadsheet."""
    lines = await services.export(turn.session, turn.now, turn.person.id)
    if not lines:
        await export(update, turn)
        return
    name = words.word(LABELS, "file")
    file = await files.store(
        turn.session, name, workbook.MIME, spreadsheet(lines), turn.now, turn.chat_id
    )
    turn.reply("assessments/exported", count=len(lines))
    turn.send_file(file)


def spreadsheet(lines: Sequence[services.Line]) -> bytes:
    headers = words.word(LABELS, "columns")
    sheet = workbook.Sheet(words.word(LABELS, "sheet"), headers, [_cells(line) for line in lines])
    return workbook.write([sheet])


def _cells(line: services.Line) -> list[str]:
    row, patent, firm = line.row, line.patent, line.firm
    prospects = dict(words.word(CHOICES, "prospect_options"))
    intents = dict(words.word(CHOICES, "intent_options"))
    states = words.word(LABELS, "states")
    return [
        str(row.id),
        patent.number,
        patent.title,
        patent.applicant,
        firm.name,
        firm.uscc or "",
        prospects[str(row.prospect)],
        row.improvement,
        intents.get(row.intent, row.intent),
        row.comment or "",
        row.created_at.astimezone(words.ZONE).date().isoformat(),
        states["registered" if row.registered_at else "exported" if row.exported_at else "new"],
    ]
