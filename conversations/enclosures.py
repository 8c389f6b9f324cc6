"""Photos and files that people send with what they say."""

from __future__ import annotations

from typing import Any

from telegram import Message

from conversations.form import ATTACHMENTS
from conversations.reading import Unfit
from conversations.steps import Answers
from pipeline import words
from pipeline.turn import Turn
from pipeline.work import Work
from services import files

MEGABYTE = 1024 * 1024
LARGEST = 20  # megabytes; more no bot may fetch from Telegram


async def kept(turn: Turn, kind: str, message: Message) -> dict[str, Any]:
    """A file as a form keeps it beside the answers. Its channel stored it before the turn; Unfit
    where it is too large, or could not be fetched."""
    thing = getattr(message, kind)
    thing = thing[-1] if kind == "photo" else thing
    if (thing.file_size or 0) > LARGEST * MEGABYTE:
        raise Unfit("file_large", most=LARGEST)
    file = await files.received(turn.session, thing.file_unique_id, turn.chat_id)
    if file is None:
        raise Unfit("file_lost")
    name = getattr(thing, "file_name", None) or words.word("unfit/kinds", "names")[kind]
    return {"kind": kind, "file": file, "name": name}


def ids(answers: Answers) -> list[int]:
    """The files among the finished answers of a form."""
    return [int(one["file"]) for one in answers.get(ATTACHMENTS) or []]


async def keep(turn: Turn, answers: Answers, about: str) -> None:
    """The files that came with the answers belong to this from now on."""
    await files.belong(turn.session, ids(answers), about)


async def pass_on(work: Work, person_id: int, about: str) -> None:
    """Send somebody the files that belong to something, where they were heard last."""
    for file, method in await files.of(work.session, about):
        await work.pass_file(person_id, file, method, f"{about}:{person_id}:file:{file}")


async def show(turn: Turn, about: str) -> int:
    """Send them here; how many there are."""
    found = await files.of(turn.session, about)
    for file, method in found:
        turn.send_file(file, method)
    return len(found)
