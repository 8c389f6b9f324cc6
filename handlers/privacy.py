"""One's own data: 导出, and 删除 with a receipt."""

from __future__ import annotations

from typing import Any

from telegram import Update

from conversations import profile
from handlers import people
from pipeline import words
from pipeline.turn import Turn
from pipeline.work import Work
from services import desk, erasure, files, own_data, scrubbing, workbook

VALID = 3600  # seconds in which what was shown may be confirmed


async def export(update: Update, turn: Turn) -> None:
    """Everything that is kept of the person, as a spreadsheet."""
    found = await own_data.gather(turn.session, turn.person.id)
    sheets = words.word("privacy/labels", "sheets")
    tables = [
        workbook.Sheet(sheets[key][0], sheets[key][1:], _said(key, rows))
        for key, rows in found.items()
    ]
    name = words.word("privacy/labels", "file")
    file = await files.store(
        turn.session, name, workbook.MIME, workbook.write(tables), turn.now, turn.chat_id
    )
    turn.reply("privacy/exported", counts={key: len(rows) for key, rows in found.items()})
    turn.send_file(file)


def _said(key: str, rows: own_data.Rows) -> own_data.Rows:
    """With words for what is kept as the name of a choice."""
    values = words.word("privacy/labels", "values").get(key, {})
    return [[values.get(cell, cell) for cell in row] for row in rows]


async def plan(update: Update, turn: Turn) -> None:
    """Say what there is, what goes and what stays, before anything happens."""
    if profile.of_another(turn.said, turn.person.name):
        turn.reply("privacy/not_yours")
        return
    found = await erasure.plan(turn.session, turn.person.id, turn.now)
    turn.reply("privacy/plan", plan=found, stamp=int(turn.now.timestamp()))


async def erase(update: Update, turn: Turn) -> None:
    """Delete. A confirmation of long ago, or of who was here before, shows the plan again."""
    age = turn.now.timestamp() - turn.button.number(0)
    if not 0 <= age <= VALID or turn.button.number(1) != turn.person.id:
        await plan(update, turn)
        return
    done = await erasure.erase(turn.session, turn.person.id, turn.now)
    turn.filling, turn.screen = None, None
    turn.reply("privacy/receipt", receipt=done.receipt, now=turn.now)
    if done.plan.leaving is not None:
        await people.hand_over(turn, done.plan.leaving, None)
    for staff in await desk.staff_ids(turn.session) if done.plan.tickets else ():
        await turn.notify(staff, "privacy/tickets_closed", tickets=done.plan.tickets)


async def sweep(work: Work, **trace: Any) -> None:
    """Look again at what was on its way when somebody's data was deleted."""
    await scrubbing.sweep(work.session, **trace)
