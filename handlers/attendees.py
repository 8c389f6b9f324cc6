"""Who comes to an event: the organizers' list, and taking one sign-up back."""

from __future__ import annotations

from telegram import Update

from conversations import attending, form
from conversations.steps import Answers
from handlers import events
from handlers.seats import reason
from pipeline.turn import Turn
from services import attendees, desk

OWN = "own"  # the key of a reason in the organizer's own words


async def listed(update: Update, turn: Turn) -> None:
    """Who comes and who waits, page by page: names, firms, masked numbers, states. Without an event
    named, offer those that are coming."""
    if not turn.button:
        await events.upcoming(update, turn)
        return
    page = int(turn.button.word(1, "1")) if turn.button.word(1, "1").isdecimal() else 1
    found = await attendees.listed(turn.session, turn.button.number(0), page)
    phones = {row.signup.id: desk.masked(row.phone) for row in found.rows if row.phone}
    turn.reply("events/attendees", found=found, phones=phones)


async def show(update: Update, turn: Turn) -> None:
    """One of them: state, answers, and the reasons for which the sign-up may be taken back."""
    event, one = await attendees.one(turn.session, turn.button.number(0))
    phone = desk.masked(one.phone) if one.phone else None
    turn.reply("events/attendee", event=event, one=one, phone=phone)


async def remove(update: Update, turn: Turn) -> None:
    """Take a sign-up back for a reason that the person hears."""
    signup, key = turn.button.number(0), turn.button.word(1, OWN)
    if key == OWN:
        event, _ = await attendees.one(turn.session, signup)
        await form.begin(turn, attending.REMOVAL, event=event.id, signup=signup)
        return
    await _remove(turn, signup, reason(key, "removals") or "")


async def removed(turn: Turn, answers: Answers) -> None:
    await _remove(turn, answers["signup"], answers["text"])


async def _remove(turn: Turn, signup: int, why: str) -> None:
    event, gone = await attendees.remove(turn.session, signup, turn.person.id, why, turn.now)
    person = gone.signup.person_id
    reached = person is not None and await turn.notify(
        person, "events/removed_you", about=f"event:{event.id}", event=event, reason=why
    )
    turn.reply("events/removed", event=event, name=gone.name, reached=reached, reason=why)
