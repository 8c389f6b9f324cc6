"""Events: looking, signing up, cancelling, creating, and being reminded."""

from __future__ import annotations

from telegram import Update

from conversations import form
from conversations.actions import ORGANIZER
from conversations.steps import Answers
from conversations.understanding import chosen
from pipeline import words
from pipeline.turn import Turn
from pipeline.work import REMINDER, Work
from services import calendar, event_reminders, events, files, rounds


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
        code=await events.code_of(turn.session, turn.person.id, event.id),
        now=turn.now,
        link=turn.link(f"ev{event.id}") if turn.person.role == ORGANIZER else None,
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
