"""A notice on its way: sent or planned, agreed to by a second organizer, paused, resumed, stopped,
put right and taken back. The rows are written by a job, chunk by chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import Update

from conversations import broadcast as forms
from conversations import form, notice_words
from conversations.steps import Answers
from handlers.broadcasts import facts, preview_of
from pipeline.turn import Turn
from pipeline.work import Work
from services import (
    broadcasts,
    notice_changes,
    notice_ledger,
    notice_limits,
    notice_rows,
    notice_runs,
)

if TYPE_CHECKING:
    from db.models import Broadcast


async def send(update: Update, turn: Turn) -> None:
    """Let it go, or ask a second organizer; pressed twice, it goes out once."""
    number = turn.button.number(0)
    before = (await broadcasts.handled(turn.session, number, turn.person.id)).state
    text = (await broadcasts.get(turn.session, number)).text
    notice = await notice_runs.send(
        turn.session, number, turn.person.id, turn.now, notice_words.values_in(text)
    )
    if before == "draft" and notice.state == "asked":
        await _ask(turn, notice)
    turn.reply("broadcasts/sent", notice=notice, most=notice_limits.settings()["second_pair_above"])


async def _ask(turn: Turn, notice: Broadcast) -> None:
    """Show it to everybody who may agree."""
    event = await notice_words.event_of(turn.session, notice)
    said = await facts(turn, notice, event)
    reached = await notice_runs.reached(turn.session, notice.corrects) if notice.corrects else 0
    for other in await broadcasts.others(turn.session, notice):
        await turn.notify(
            other, "broadcasts/asked", author=turn.person.name, reached=reached, **said
        )


async def agree(update: Update, turn: Turn) -> None:
    """The second pair of eyes says yes."""
    number = turn.button.number(0)
    notice = await notice_runs.agree(turn.session, number, turn.person.id, turn.now)
    turn.reply("broadcasts/agreed", notice=notice, by=None)
    await turn.notify(
        notice.created_by, "broadcasts/agreed", notice=notice, by=turn.person.name or ""
    )


async def give_back(update: Update, turn: Turn) -> None:
    """The second pair of eyes says no, and why."""
    notice = await broadcasts.handled(turn.session, turn.button.number(0), turn.person.id)
    await form.begin(turn, forms.REASON, notice=notice.id)


async def returned(turn: Turn, answers: Answers) -> None:
    number = int(answers["notice"])
    notice = await notice_runs.give_back(turn.session, number, turn.person.id, turn.now)
    turn.reply("broadcasts/given_back", notice=notice)
    await turn.notify(
        notice.created_by, "broadcasts/returned",
        notice=notice, by=turn.person.name, reason=answers["text"],
    )  # fmt: skip


async def when(update: Update, turn: Turn) -> None:
    """Ask when it shall go out."""
    notice = await broadcasts.handled(turn.session, turn.button.number(0), turn.person.id)
    await form.begin(turn, forms.WHEN, notice=notice.id)


async def planned(turn: Turn, answers: Answers) -> None:
    notice = await notice_runs.plan_at(
        turn.session, int(answers["notice"]), turn.person.id, answers["at"], turn.now
    )
    if notice.state == "planned":
        turn.reply("broadcasts/sent", notice=notice, most=0)
    else:
        await preview_of(turn, notice)


async def take_back(update: Update, turn: Turn) -> None:
    """A draft again: neither planned nor asked for."""
    number = turn.button.number(0)
    await preview_of(turn, await notice_runs.take_back(turn.session, number, turn.person.id))


async def pause(update: Update, turn: Turn) -> None:
    """Nothing more leaves until it is resumed."""
    halted = await notice_runs.pause(turn.session, turn.button.number(0), turn.person.id, turn.now)
    turn.reply("broadcasts/halted", halted=halted)


async def stop(update: Update, turn: Turn) -> None:
    """Nothing more leaves; says how many got it."""
    halted = await notice_runs.stop(turn.session, turn.button.number(0), turn.person.id, turn.now)
    turn.reply("broadcasts/halted", halted=halted)


async def resume(update: Update, turn: Turn) -> None:
    """What was put on hold goes on."""
    number = turn.button.number(0)
    notice = await notice_runs.resume(turn.session, number, turn.person.id, turn.now)
    turn.reply("broadcasts/sent", notice=notice, most=0)


async def correct(update: Update, turn: Turn) -> None:
    """Ask for what is right; only who got what is wrong is told."""
    notice = await broadcasts.handled(turn.session, turn.button.number(0), turn.person.id)
    await form.begin(turn, forms.CORRECTION, notice=notice.id)


async def corrected(turn: Turn, answers: Answers) -> None:
    number = int(answers["notice"])
    notice = await notice_changes.correct(
        turn.session, number, turn.person.id, answers["text"], turn.now
    )
    await preview_of(turn, notice)


async def withdraw(update: Update, turn: Turn) -> None:
    """Show what taking it back would do."""
    notice = await broadcasts.handled(turn.session, turn.button.number(0), turn.person.id)
    report = await notice_ledger.report(turn.session, notice)
    turn.reply("broadcasts/withdraw", notice=notice, report=report)


async def withdrawn(update: Update, turn: Turn) -> None:
    """Take it back from everybody who has it."""
    number = turn.button.number(0)
    notice = await notice_changes.withdraw(turn.session, number, turn.person.id, turn.now)
    reached = await notice_runs.reached(turn.session, notice.corrects or number)
    turn.reply("broadcasts/withdrawn", notice=notice, reached=reached)


async def fan_out(work: Work, broadcast: int, after: int = 0) -> None:
    """Write the next thousand recipients' rows, and plan the thousand after."""
    notice = await broadcasts.get(work.session, broadcast)
    event = await notice_words.event_of(work.session, notice)
    params = notice_words.message(notice, event).params()
    write = notice_changes.fan_out if notice.corrects else notice_rows.fan_out
    following = await write(work.session, broadcast, params, work.now, after=after)
    if following is not None:
        await notice_runs.plan_next(work.session, broadcast, following, work.now)


async def look(work: Work, broadcast: int) -> None:
    """Whether all have it: then its author is told what became of it."""
    if not await notice_runs.look(work.session, broadcast, work.now):
        return
    notice = await broadcasts.get(work.session, broadcast)
    await work.notify(
        notice.created_by, "broadcasts/finished", key=f"broadcast:{broadcast}:finished",
        notice=notice, report=await notice_ledger.report(work.session, notice),
    )  # fmt: skip
