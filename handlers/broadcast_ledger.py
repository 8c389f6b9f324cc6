"""What became of a notice: figures, person by person, 已阅, chasing and calling."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from telegram import Update

from pipeline import words
from pipeline.turn import OldButton, Turn
from pipeline.work import Aside, Work
from services import (
    broadcasts,
    desk,
    files,
    notice_chasing,
    notice_ledger,
    queue,
    workbook,
)
from services.notice_ledger import Line

if TYPE_CHECKING:
    from db.models import Broadcast

LABELS = "broadcasts/ledger_labels"
WHICH = ("all", "missing", "unread", "call")


async def report(update: Update, turn: Turn) -> None:
    notice = await _mine(turn)
    turn.reply(
        "broadcasts/report",
        notice=notice,
        report=await notice_ledger.report(turn.session, notice),
        now=turn.now,
    )


async def again(update: Update, turn: Turn) -> None:
    """Send to those of whom it is not known whether they got it: an organizer decides that."""
    notice = await _mine(turn)
    count = await notice_ledger.again(turn.session, notice, turn.now)
    turn.reply("broadcasts/again", notice=notice, count=count)


async def ledger(update: Update, turn: Turn) -> None:
    """Who got it, when and where, and who did not, page by page."""
    notice, which = await _mine(turn), turn.button.word(1, "all")
    if which not in WHICH:
        raise OldButton
    number = max(0, int(turn.button.word(2, "0"))) if turn.button.word(2, "0").isdigit() else 0
    page = await notice_ledger.page(turn.session, notice, which, number)  # type: ignore[arg-type]
    lines = [(line, desk.masked(line.phone or "")) for line in page.lines]
    turn.reply("broadcasts/ledger", notice=notice, which=which, page=page, lines=lines)


async def phone(update: Update, turn: Turn) -> None:
    """The whole number of somebody to call; that it was looked at is written down."""
    notice, person = await _mine(turn), turn.button.number(1)
    line = await notice_ledger.reveal(turn.session, notice, person, turn.person.id, turn.now)
    turn.reply("broadcasts/phone", notice=notice, line=line)


async def chase(update: Update, turn: Turn) -> None:
    """Ask those once more who have not said that they read it."""
    notice = await _mine(turn)
    count = await notice_chasing.begin(turn.session, notice, turn.now)
    turn.reply("broadcasts/chased", notice=notice, count=count)


async def chasing(work: Work, broadcast: int, body: int = 0, after: int = 0) -> None:
    notice = await broadcasts.get(work.session, broadcast)
    said = words.render("broadcasts/chase", notice=notice, first=_first_line(notice))
    await notice_chasing.write(work.session, broadcast, said.params(), work.now, body, after)


async def read(update: Update, turn: Turn) -> None:
    """A reader says that they have read it."""
    await notice_ledger.read(turn.session, turn.button.number(0), turn.person.id, turn.now)
    turn.reply("broadcasts/read")


async def file(update: Update, turn: Turn) -> None:
    """The whole ledger as a spreadsheet; it is written aside, so that nobody waits."""
    notice = await _mine(turn)
    key = f"ledger:{notice.id}:{turn.chat_id}:{turn.update_id}"
    await queue.plan(
        turn.session, "broadcasts.file", key, turn.now, broadcast=notice.id, chat=turn.chat_id,
        person=turn.person.id,
    )  # fmt: skip
    turn.reply("broadcasts/file")


async def filling(aside: Aside, broadcast: int, chat: int, person: int) -> bytes:
    """The spreadsheet, while nothing is locked and nobody waits."""
    async with aside.database.reading() as connection:
        lines = await notice_ledger.everybody(connection, broadcast)
    return await asyncio.to_thread(spreadsheet, lines)


async def filled(work: Work, prepared: bytes, broadcast: int, chat: int, person: int) -> None:
    name = words.word(LABELS, "file").format(broadcast)
    stored = await files.store(work.session, name, workbook.MIME, prepared, work.now, chat)
    await work.pass_file(person, stored, "send_document", f"ledger:{broadcast}:{stored}")


def spreadsheet(lines: list[Line]) -> bytes:
    headers = words.word(LABELS, "columns")
    sheet = workbook.Sheet(words.word(LABELS, "sheet"), headers, [_cells(line) for line in lines])
    return workbook.write([sheet])


def _cells(line: Line) -> list[str]:
    states, reasons = words.word(LABELS, "states"), words.word(LABELS, "reasons")
    channels = words.word(LABELS, "channels")
    return [
        line.name or "",
        line.firm or "",
        desk.masked(line.phone or ""),
        channels.get(line.channel, line.channel or ""),
        states.get(line.state, line.state),
        _time(line.sent_at),
        reasons.get(line.error, line.error or ""),
        _time(line.read_at),
    ]


def _time(moment: datetime | None) -> str:
    return moment.astimezone(words.ZONE).strftime("%Y-%m-%d %H:%M") if moment else ""


def _first_line(notice: Broadcast) -> str:
    return notice.text.partition("\n")[0][:60]


async def _mine(turn: Turn) -> Broadcast:
    return await broadcasts.handled(turn.session, turn.button.number(0), turn.person.id)
