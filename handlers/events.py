"""Events: looking, creating, and being reminded. Signing up is in handlers/seats.py."""

from __future__ import annotations

from telegram import Update

from conversations import form
from conversations.actions import ORGANIZER
from conversations.steps import Answers
from pipeline.turn import Turn
from pipeline.work import REMINDER, Work
from services import event_reminders, events


async def upcoming(update: Update, turn: Turn) -> None:
    turn.screen = "event_list"
    turn.reply("events/list", events=await events.upcoming(turn.session, turn.now))


async def show(update: Update, turn: Turn) -> None:
    turn.screen = "event_detail"
    event = await events.get(turn.session, turn.button.number(0))
    turn.reply(
        "events/card",
        event=event,
        until=events.closes_at(event),
        end=events.ends_at(event),
        place=await events.standing(turn.session, turn.person.id, event, turn.now),
        now=turn.now,
        organizer=turn.person.role == ORGANIZER,
        link=turn.link(f"ev{event.id}") if turn.person.role == ORGANIZER else None,
    )


async def create(update: Update, turn: Turn) -> None:
    await form.begin(turn, "event")


async def created(turn: Turn, answers: Answers) -> None:
    event = await events.create(
        turn.session,
        turn.person.id,
        events.EventAnswers(
            kind=answers["kind"],
            title=answers["name"],
            starts_at=answers["starts_at"],
            city=answers["city"],
            venue=answers["venue"],
            industries=answers["industries"] or [],
            capacity=answers["capacity"],
        ),
        turn.now,
    )
    turn.reply("events/published", event=event, until=events.closes_at(event))


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
