"""Events: looking, and being reminded. Signing up is in handlers/seats.py."""

from __future__ import annotations

from telegram import Update

from conversations.actions import ORGANIZER
from handlers import event_drafts
from pipeline import words
from pipeline.turn import Turn
from pipeline.work import REMINDER, Work
from services import event_reminders, events, rounds


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


async def remind(
    work: Work, event: int, offset: str, body: int | None = None, after: int = 0
) -> None:
    """A round of reminders falls due: judged by what is true now, one message a person, written a
    thousand at a time."""
    due = await event_reminders.to_remind(work.session, event, offset, work.now)
    if due is None:
        return
    if body is None:
        said = words.render("events/reminder", event=due.event, offset=offset, days=due.days)
        body = await rounds.store(work.session, said.params())
    last = await rounds.write(
        work.session, due.round, body, event_reminders.coming(event), after, work.now
    )
    if last is not None:
        await event_reminders.go_on(work.session, due, offset, body, last, work.now)


async def remind_again(work: Work, event: int, person: int) -> None:
    """Somebody wanted to be reminded later: now, if they still come."""
    due = await event_reminders.again(work.session, event, person, work.now)
    if due is not None:
        await work.notify(
            person, "events/reminder", key=due.key, about=due.round.about, priority=REMINDER,
            topic=due.round.topic, expires_at=due.expires_at, event=due.event, offset="again",
            days=due.days,
        )  # fmt: skip


async def later(update: Update, turn: Turn) -> None:
    """稍后提醒: when, as far as it makes sense."""
    event = await events.get(turn.session, turn.button.number(0))
    if len(turn.button) > 1:
        way = turn.button.word(1)
        moment = await event_reminders.snooze(turn.session, event, turn.person.id, way, turn.now)
        turn.reply("events/snoozed", event=event, moment=moment)
    else:
        turn.reply("events/later", event=event, ways=event_reminders.later_ways(event, turn.now))
    await turn.in_place(update)


async def noted(update: Update, turn: Turn) -> None:
    """知道了: the reminder stays as a card without questions."""
    event = await events.get(turn.session, turn.button.number(0))
    turn.reply("events/noted", event=event)
    await turn.in_place(update)
