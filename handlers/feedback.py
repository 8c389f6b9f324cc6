"""The evening after an event: two taps, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import Update

from handlers import desk, pitches
from handlers.door import organizers_of
from pipeline import words
from pipeline.turn import OldButton, Turn
from pipeline.work import REMINDER, Work
from services import events, feedback
from services.attention import EVENTS


async def ask(work: Work, event: int) -> None:
    """The evening has come: everybody who was there is asked."""
    people = await feedback.to_ask(work.session, event, work.now)
    await _ask(work, event, people, "feedback/ask")
    if people:
        await pitches.tell_hearts(work, event)


async def remind(work: Work, event: int) -> None:
    """Next morning, once: who was there and has said nothing."""
    people = await feedback.to_remind(work.session, event)
    await _ask(work, event, people, "feedback/remind")


async def _ask(work: Work, event_id: int, people: Sequence[int], template: str) -> None:
    event = await events.get(work.session, event_id)
    await work.find(people)
    for person in people:
        await work.notify(
            person, template, key=f"{template}:{event_id}:{person}", about=f"event:{event_id}",
            priority=REMINDER, topic=EVENTS, event=event,
        )  # fmt: skip


async def report(work: Work, event: int) -> None:
    """The next evening the organizer hears what was said."""
    results = await feedback.results(work.session, event)
    if not results.asked:
        return
    for person in await organizers_of(work, results.event):
        await work.notify(
            person, "feedback/results", key=f"feedback/results:{event}:{person}",
            about=f"event:{event}", results=results,
        )  # fmt: skip


def _verdict(turn: Turn) -> str:
    verdict = turn.button.word(1)
    if verdict not in feedback.VERDICTS:
        raise OldButton
    return verdict


async def give(update: Update, turn: Turn) -> None:
    """有戏, 再看 or 没戏: then why, or what is next."""
    verdict = _verdict(turn)
    event = await feedback.give(
        turn.session, turn.person.id, turn.button.number(0), verdict, turn.now
    )
    turn.reply("feedback/why", event=event, verdict=verdict)


async def because(update: Update, turn: Turn) -> None:
    """The second tap, and thanks; 有戏 leads on to somebody who helps."""
    verdict, reason = _verdict(turn), turn.button.word(2)
    if reason not in dict(words.word("feedback/words", "reasons")[verdict]):
        raise OldButton
    event = await feedback.because(
        turn.session, turn.person.id, turn.button.number(0), verdict, reason, turn.now
    )
    turn.reply("feedback/thanks", event=event, verdict=verdict, reason=reason)


async def follow(update: Update, turn: Turn) -> None:
    """Somebody of the staff is to help with what begins there: a ticket that names it."""
    event = await events.get(turn.session, turn.button.number(0))
    question = words.plain(words.render("feedback/ticket", event=event).text)
    await desk.open_ticket(turn, question, desk.ASKED)


async def results(update: Update, turn: Turn) -> None:
    """What was said of an event, in figures."""
    turn.reply("feedback/results", results=await feedback.results(
        turn.session, turn.button.number(0)
    ))  # fmt: skip
