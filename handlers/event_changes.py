"""改活动, 取消活动, 恢复活动: proposed with its effect, confirmed, told to whom it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from telegram import Update

from conversations import changing, event_sentences
from conversations import event as forms
from conversations.steps import Answers
from conversations.understanding import chosen
from handlers import event_drafts
from pipeline.turn import Turn
from pipeline.work import Work
from services import (
    calendar,
    desk,
    event_announcing,
    event_changes,
    event_reach,
    events,
    files,
)
from services.attention import EVENTS

if TYPE_CHECKING:
    from db.models import Event

FIELDS = (
    "title", "starts_at", "ends_at", "city", "venue", "capacity", "per_firm", "signup_until",
    "agenda", "questions",
)  # fmt: skip


async def edit(update: Update, turn: Turn) -> None:
    """Change an event: at once where the sentence said all of it, else asking for what is open."""
    found = await event_changes.changeable(turn.session, turn.person.id, turn.now)
    event = await _meant(turn, found)
    if event is None and not found:
        turn.reply("events/which", events=[], wish="edit")
        return
    known: dict[str, Any] = dict(event_sentences.change(turn.said))
    if field := turn.button.word(1):
        known = {"field": field} if field in FIELDS else {}
    if event is not None:
        known["event"] = str(event.id)
    whole = len(known) == len(("event", "field", "value"))
    if whole and await changing.readable(turn, known, forms.value_of):
        await changed(turn, known)
    else:
        await changing.afresh(turn, forms.CHANGE, known)


async def _meant(turn: Turn, found: Sequence[Event]) -> Event | None:
    """By a button, by its place on the list on the screen, by the card on it, or by its words."""
    if turn.button:
        return await events.get(turn.session, turn.button.number(0))
    if placed := await chosen(turn, "events.show"):
        return await events.get(turn.session, placed.number(0))
    kind, _, number = (turn.screen or "").partition(":")
    if kind == "event_detail" and number:
        with suppress(events.EventUnknown):
            return await events.get(turn.session, int(number))
    return event_sentences.named(turn.said, found, turn.now)


async def changed(turn: Turn, answers: Answers) -> None:
    """What it would do, with the question whether to do it."""
    value = await forms.value_of(turn, answers, answers["value"])
    await _propose(turn, int(answers["event"]), {answers["field"]: value})


async def call_off(update: Update, turn: Turn) -> None:
    """Cancel an event: what that would do first. Without one named, those that may be meant."""
    await _settle_state(turn, "open", "cancelled")


async def restore(update: Update, turn: Turn) -> None:
    """Let a cancelled event take place after all."""
    await _settle_state(turn, "cancelled", "open")


async def _settle_state(turn: Turn, before: str, after: str) -> None:
    found = await event_changes.changeable(turn.session, turn.person.id, turn.now, before)
    event = await _meant(turn, found)
    if event is None:
        turn.reply("events/which", events=found, wish=after)
    elif event.state == "draft":
        event_drafts.preview(turn, event)
    else:
        await _propose(turn, event.id, {"state": after})


async def _propose(turn: Turn, event_id: int, news: dict[str, Any]) -> None:
    effect = await event_changes.propose(turn.session, turn.person.id, event_id, news, turn.now)
    if effect.done:
        event_drafts.preview(turn, effect.event)
    elif effect.change is None:
        turn.reply("events/same", event=effect.event)
    else:
        lines = event_changes.lines(effect.change)
        loud = bool(event_changes.lines(effect.change, loud=True))
        turn.reply("events/effect", effect=effect, lines=lines, loud=loud)


async def confirm(update: Update, turn: Turn) -> None:
    """Let the change stand."""
    change = await event_changes.confirm(
        turn.session, turn.person.id, turn.button.number(0), turn.now
    )
    event = await events.get(turn.session, change.event_id)
    turn.reply("events/changed", event=event, change=change, now=turn.now)


async def drop(update: Update, turn: Turn) -> None:
    """Leave the event as it is."""
    turn.reply("events/unchanged")


async def take_back(update: Update, turn: Turn) -> None:
    """Undo a change that nobody has been told yet."""
    change = await event_changes.take_back(
        turn.session, turn.person.id, turn.button.number(0), turn.now
    )
    turn.reply("events/taken_back", event=await events.get(turn.session, change.event_id))


# Whom it concerns


async def announce(work: Work, change: int, after: int = 0) -> None:
    """Old → new to the next people, each once; at the end the organizer hears how many."""
    told = await event_announcing.announce(work.session, change, after, work.now)
    if told is None:
        return
    entry = await _entry(work, told.event) if told.people else None
    waits = _waits(told.event)
    await work.find([one.person for one in told.people])
    for one in told.people:
        key = event_announcing.key(change, one.person)
        await work.notify(
            one.person, f"events/news_{told.what}", key=key, about=f"event:{told.event.id}",
            event=told.event, change=change, lines=told.lines, seat=one.seat,
            clashes=one.clashes, instead=told.instead, **waits,
        )  # fmt: skip
        if entry is not None and one.has_entry:
            await work.pass_file(one.person, entry, "send_document", f"{key}:ics", **waits)
    if told.last and told.change.by is not None:
        await work.notify(
            told.change.by, "events/announced", key=f"change:{change}:told",
            event=told.event, what=told.what,
        )  # fmt: skip


def _waits(event: Event) -> dict[str, Any]:
    """At night it waits for the morning, unless the event is within a day."""
    return {"topic": EVENTS, "expires_at": event.starts_at}


async def _entry(work: Work, event: Event) -> int:
    content = calendar.ics(event, work.now)
    return await files.store(work.session, f"{event.title}.ics", "text/calendar", content, work.now)


async def chase(work: Work, change: int, stage: int) -> None:
    """Who did not answer is reminded once; then the organizer is told to call."""
    event, silent = await event_announcing.chase(work.session, change, stage)
    if stage == 1:
        await work.find(silent)
        for person in silent:
            key = f"change:{change}:again:{person}"
            await work.notify(person, "events/still_coming", key=key,
                              about=f"event:{event.id}", event=event, change=change,
                              **_waits(event))  # fmt: skip
    elif silent:
        for organizer in await event_reach.callers(work.session, change):
            await work.notify(organizer, "events/silent", key=f"change:{change}:silent:{organizer}",
                              event=event, count=len(silent))  # fmt: skip


async def stay(update: Update, turn: Turn) -> None:
    """仍参加."""
    change = turn.button.number(0)
    event, open_change = await event_announcing.stay(turn.session, turn.person.id, change)
    turn.reply("events/stays", event=event, change=open_change)


async def away(update: Update, turn: Turn) -> None:
    """不参加: the seat is free for others."""
    place = await event_announcing.away(
        turn.session, turn.person.id, turn.button.number(0), turn.now
    )
    turn.reply("events/cancelled_signup", place=place, now=turn.now)


async def to_call(update: Update, turn: Turn) -> None:
    """Whom no message reached, or who did not answer: numbers masked until they are asked for."""
    event, calls = await event_reach.to_call(
        turn.session, turn.person.id, turn.button.number(0), turn.now
    )
    people = [(call, desk.masked(call.one.phone or "")) for call in calls]
    turn.reply("events/to_call", event=event, people=people)


async def reveal(update: Update, turn: Turn) -> None:
    """The whole number; that it was looked at is written down."""
    one = await event_reach.reveal(
        turn.session, turn.person.id, turn.button.number(0), turn.button.number(1), turn.now
    )
    turn.reply("absence/phone", one=one)
