"""Events: looking, signing up, cancelling, and being reminded."""

from __future__ import annotations

from telegram import Update

from conversations.actions import ORGANIZER
from conversations.understanding import chosen
from handlers import event_drafts
from pipeline.turn import Turn
from pipeline.work import REMINDER, Work
from services import calendar, event_reminders, events, files


async def upcoming(update: Update, turn: Turn) -> None:
    turn.screen = "event_list"
    turn.reply("events/list", events=await events.upcoming(turn.session, turn.now))


async def show(update: Update, turn: Turn) -> None:
    event = await events.get(turn.session, turn.button.number(0))
    if event.state == "draft":
        await event_drafts.show(turn, event)
        return
    turn.screen = f"event_detail:{event.id}"
    turn.reply(
        "events/card",
        event=event,
        until=events.closes_at(event),
        end=events.ends_at(event),
        code=await events.code_of(turn.session, turn.person.id, event.id),
        now=turn.now,
        link=turn.link(f"ev{event.id}") if turn.person.role == ORGANIZER else None,
        organizes=turn.person.role == ORGANIZER,
    )


async def sign_up(update: Update, turn: Turn) -> None:
    """Take a seat. Without an event named, offer those that are coming."""
    turn.button = turn.button or await chosen(turn, "events.show") or turn.button
    if not turn.button:
        await upcoming(update, turn)
        return
    place = await events.sign_up(turn.session, turn.person, turn.button.number(0), now=turn.now)
    turn.screen = "my_event"
    turn.reply("events/already" if place.state == "already" else "events/signed_up", place=place)
    if place.state == "new":
        content = calendar.ics(place.event, turn.now)
        name = f"{place.event.title}.ics"
        turn.send_file(await files.store(turn.session, name, "text/calendar", content, turn.now))


async def cancel(update: Update, turn: Turn) -> None:
    if not turn.button:
        await mine(update, turn)
        return
    event = await events.cancel(turn.session, turn.person.id, turn.button.number(0), turn.now)
    turn.reply("events/cancelled_signup", event=event)


async def mine(update: Update, turn: Turn) -> None:
    turn.screen = "my_event"
    places = await events.mine(turn.session, turn.person.id, turn.now)
    turn.reply("events/mine", places=places)


async def remind(work: Work, event: int, offset: str) -> None:
    """A round of reminders falls due: judged by what is true now, one message a person."""
    due = await event_reminders.to_remind(work.session, event, offset, work.now)
    if due is None:
        return
    for person in due.people:
        await work.notify(
            person,
            "events/reminder",
            key=f"{due.key}:person:{person}",
            about=f"event:{event}",
            priority=REMINDER,
            event=due.event,
            offset=offset,
            days=due.days,
        )
