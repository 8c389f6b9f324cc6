"""Universities: an organizer invites one; it hears what enterprises think of its patents."""

from __future__ import annotations

from telegram import Update

from conversations import form
from conversations.steps import Answers
from pipeline.turn import Turn
from pipeline.work import REMINDER, Work
from services import assessment_digest, universities


async def invite(update: Update, turn: Turn) -> None:
    """邀请高校: by a name that was said, else asking for it."""
    name = turn.button.word(0)
    if name:
        await _named(turn, name)
    else:
        await form.begin(turn, "universities/invite")


async def invited(turn: Turn, answers: Answers) -> None:
    await _named(turn, answers["name"])


async def _named(turn: Turn, name: str) -> None:
    found = await universities.candidates(turn.session, name)
    if len(found) != 1:
        turn.reply("universities/which", owners=found, name=name)
        return
    code = await universities.invite(turn.session, found[0].name, turn.person.id, turn.now)
    turn.reply(
        "universities/code", owner=found[0], code=code, until=turn.now + universities.VALID,
        link=turn.link(code),
    )  # fmt: skip


async def digest(update: Update, turn: Turn) -> None:
    """What enterprises think of the university's patents, as of now."""
    name = await universities.of_person(turn.session, turn.person.id)
    found = await assessment_digest.digest(turn.session, name, None, turn.now)
    turn.reply("universities/digest" if found else "universities/nothing_yet",
               **({"digest": found} if found else {"university": name}))  # fmt: skip


async def send(work: Work) -> None:
    """Once a month: tell every university what was said of its patents, if anything was."""
    since, until = assessment_digest.last_month(work.now)
    for person, university in await assessment_digest.readers(work.session):
        found = await assessment_digest.digest(work.session, university, since, until)
        if found is not None:
            await work.notify(
                person, "universities/digest", key=f"digest:{since:%Y%m}:{person}",
                about="digest", priority=REMINDER, digest=found,
            )  # fmt: skip
    await assessment_digest.plan(work.session, work.now)
