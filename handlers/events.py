"""Events: looking, and being reminded. Signing up is in handlers/seats.py."""

from __future__ import annotations

from telegram import Update

from conversations.actions import ORGANIZER
from handlers import event_drafts
from pipeline.turn import Turn
from pipeline.work import REMINDER, Work
from services import event_reminders, events


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
        place=await events.standing(turn.session, turn.person.id, event, turn.now),
        now=turn.now,
        link=turn.link(f"ev{event.id}") if turn.person.role == ORGANIZER else None,
        organizes=turn.person.role == ORGANIZER,
    )


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
