"""Notices to a part of the enterprises: preview first, then paced delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import Update

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from db.models import Broadcast, Event

from conversations import form
from conversations.steps import Answers
from pipeline import words
from pipeline.turn import Turn
from pipeline.work import Work
from services import broadcasts, events
from services import industries as services


async def write(update: Update, turn: Turn) -> None:
    said = turn.slots.get("text")
    await form.begin(turn, "broadcast", **({"text": said} if said else {}))


async def of_event(update: Update, turn: Turn) -> None:
    """Invite to an event: the words are proposed, the audience is asked."""
    event = await events.get(turn.session, turn.button.number(0))
    text = words.plain(words.render("broadcasts/invitation", event=event).text)
    await form.begin(turn, "broadcast", text=text, event=event.id)


async def written(turn: Turn, answers: Answers) -> None:
    """The preview, with how many it will reach."""
    cities, industries = answers["cities"] or [], answers["industries"] or []
    notice = await broadcasts.draft(
        turn.session, turn.person.id, answers["text"], cities, industries, turn.now,
        event_id=answers.get("event"),
    )  # fmt: skip
    turn.reply(
        "broadcasts/preview",
        broadcast=notice,
        audience=await broadcasts.audience(turn.session, cities, industries),
        industries=[n.name for n in await services.tree(turn.session) if n.code in industries],
        event=await _event(turn.session, notice),
    )


async def _event(session: AsyncSession, notice: Broadcast) -> Event | None:
    return None if notice.event_id is None else await events.get(session, notice.event_id)


async def send(update: Update, turn: Turn) -> None:
    """Start it; the rows are written in chunks by a job, so that nobody waits behind them."""
    broadcast = await broadcasts.start(turn.session, turn.button.number(0), turn.now)
    meant = broadcast.audience
    audience = await broadcasts.audience(turn.session, meant["cities"], meant["industries"])
    turn.reply("broadcasts/sent", broadcast=broadcast, audience=audience)


async def drop(update: Update, turn: Turn) -> None:
    await broadcasts.drop(turn.session, turn.button.number(0))
    turn.reply("broadcasts/dropped")


async def report(update: Update, turn: Turn) -> None:
    number = turn.button.number(0)
    turn.reply(
        "broadcasts/report",
        broadcast=await broadcasts.get(turn.session, number),
        report=await broadcasts.report(turn.session, number),
    )


async def fan_out(work: Work, broadcast: int, after: int = 0) -> None:
    """Write the next thousand recipients' rows, and plan the thousand after."""
    notice = await broadcasts.get(work.session, broadcast)
    event = await _event(work.session, notice)
    params = words.render("broadcasts/notice", text=notice.text, sender=None, event=event).params()
    following = await broadcasts.fan_out(
        work.session, broadcast, params, work.now, after_person=after
    )
    if following is not None:
        await broadcasts.plan_next(work.session, broadcast, following, work.now)
