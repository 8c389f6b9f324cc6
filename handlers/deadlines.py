"""Deadlines and what people want to be reminded of: setting them, being reminded, saying done."""

from __future__ import annotations

from contextlib import suppress

from telegram import Update

from conversations import deadline as forms
from conversations import form, reading
from conversations.reading import Unfit
from conversations.steps import Answers
from pipeline import words
from pipeline.turn import Turn
from pipeline.work import NOTICE, REMINDER, Work
from services import attention, deadlines, events, own_reminders, rounds

# The organizer's part


async def create(update: Update, turn: Turn) -> None:
    await form.begin(turn, "deadline")


async def created(turn: Turn, answers: Answers) -> None:
    audience = {name: answers[name] or [] for name in (forms.CITIES, forms.INDUSTRIES)}
    deadline = await deadlines.announce(
        turn.session, turn.person.id, answers["name"], answers["day"], answers["text"], audience,
        turn.now,
    )  # fmt: skip
    turn.reply(
        "deadlines/created", deadline=deadline,
        counts=await deadlines.counts(turn.session, deadline),
        moments=[moment for moment in deadlines.moments(deadline.due_at) if moment > turn.now],
    )  # fmt: skip


async def listed(update: Update, turn: Turn) -> None:
    turn.reply("deadlines/list", deadlines=await deadlines.listed(turn.session, turn.now))


async def withdraw(update: Update, turn: Turn) -> None:
    deadline = await deadlines.withdraw(turn.session, turn.button.number(0))
    turn.reply("deadlines/withdrawn", deadline=deadline)
    await turn.in_place(update)


# The rounds


async def remind(
    work: Work, deadline: int, days: int, body: int | None = None, after: int = 0
) -> None:
    """A round falls due: whom it concerns and who is not done, a thousand at a time."""
    due = await deadlines.to_remind(work.session, deadline, days, work.now)
    if due is None:
        return
    if body is None:
        said = words.render("deadlines/reminder", deadline=due.deadline, now=work.now)
        body = await rounds.store(work.session, said.params())
    people = deadlines.open_for(due.deadline, work.now)
    last = await rounds.write(work.session, due.round, body, people, after, work.now)
    if last is not None:
        await deadlines.go_on(work.session, due, body, last, work.now)


async def again(work: Work, deadline: int, person: int) -> None:
    """明天再说: it is tomorrow."""
    found = await deadlines.snoozed(work.session, deadline, person, work.now)
    if found is None:
        return
    about, own = f"deadline:{deadline}", found.person_id is not None
    key = f"{about}:again:{person}:{work.now:%Y%m%d}"
    if own:
        await work.notify(person, "deadlines/ring", key=key, about=about, reminder=found,
                          now=work.now)  # fmt: skip
    else:
        await work.notify(
            person, "deadlines/reminder", key=key, about=about, priority=NOTICE,
            topic=attention.DEADLINES, expires_at=found.due_at, deadline=found, now=work.now,
        )  # fmt: skip


async def ring(work: Work, deadline: int) -> None:
    """The moment that somebody named, at whatever hour: late rather than not at all."""
    reminder = await own_reminders.to_ring(work.session, deadline)
    if reminder is not None and reminder.person_id is not None:
        about = f"deadline:{deadline}"
        await work.notify(
            reminder.person_id, "deadlines/ring", key=f"{about}:ring", about=about,
            priority=REMINDER, reminder=reminder, now=work.now,
        )  # fmt: skip


# What people say


async def done(update: Update, turn: Turn) -> None:
    await _mark(update, turn, deadlines.DONE)


async def needless(update: Update, turn: Turn) -> None:
    await _mark(update, turn, deadlines.NEEDLESS)


async def tomorrow(update: Update, turn: Turn) -> None:
    await _mark(update, turn, deadlines.SNOOZED)


async def _mark(update: Update, turn: Turn, state: str) -> None:
    number = turn.button.number(0)
    deadline, until = await deadlines.mark(turn.session, turn.person.id, number, state, turn.now)
    turn.reply("deadlines/marked", deadline=deadline, state=state, until=until)
    await turn.in_place(update)


async def remind_me(update: Update, turn: Turn) -> None:
    """提醒我周五交材料; what the sentence does not say is asked. An event reminds by itself."""
    said = turn.said
    if said and reading.of_events(said):
        places = await events.mine(turn.session, turn.person.id, turn.now)
        turn.reply("deadlines/of_events", places=places)
        return
    known = {}
    if len(what := reading.without_moment(said, turn.now)) > 1:
        known["what"] = what
    with suppress(Unfit):
        when = forms.read_when(said, turn.now)
        known["when"] = when.isoformat()
    if len(known) > 1:
        await noted(turn, {"what": what, "when": when})
    else:
        await form.begin(turn, "reminder", **known)


async def noted(turn: Turn, answers: Answers) -> None:
    reminder = await own_reminders.remind(
        turn.session, turn.person.id, answers["what"], answers["when"], turn.now
    )
    turn.reply("deadlines/noted", reminder=reminder)


async def mine(update: Update, turn: Turn) -> None:
    """我的提醒: what rings, what is due, and the events that remind by themselves."""
    turn.reply(
        "deadlines/mine",
        reminders=await own_reminders.mine(turn.session, turn.person.id, turn.now),
        deadlines=await deadlines.of_person(turn.session, turn.person.id, turn.now),
        places=await events.mine(turn.session, turn.person.id, turn.now),
    )


async def cancel(update: Update, turn: Turn) -> None:
    """Which one is chosen from the list."""
    if not turn.button:
        await mine(update, turn)
        return
    reminder = await own_reminders.cancel(turn.session, turn.person.id, turn.button.number(0))
    turn.reply("deadlines/cancelled", reminder=reminder)
    await turn.in_place(update)
