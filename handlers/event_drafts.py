"""Events before anybody sees them: 新建活动, 再办一场, the draft, 发布."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import Update

from conversations import event as forms
from conversations import event_sentences, form, telling
from conversations.actions import ORGANIZERS
from conversations.steps import Answers
from pipeline.turn import Filling, Turn
from services import event_drafts, event_rights, events

if TYPE_CHECKING:
    from db.models import Event


async def create(update: Update, turn: Turn) -> None:
    """Announce an event: the form, with what the button or the sentence told; it may be an earlier
    one again."""
    if event_sentences.again(turn.said):
        await again(update, turn)
        return
    named = {"kind": turn.button.word(0), "city": turn.button.word(1)}
    known = {name: said for name, said in named.items() if said}
    await telling.begin(turn, "event", turn.said, **(await forms.announced(turn) | known))


async def created(turn: Turn, answers: Answers) -> None:
    made = await event_drafts.create(
        turn.session,
        turn.person.id,
        event_drafts.EventAnswers(
            kind=answers["kind"],
            title=answers["name"],
            starts_at=answers["starts_at"],
            city=answers["city"],
            venue=answers["venue"],
            capacity=answers["capacity"],
            ends_at=answers["ends_at"],
            signup_until=answers["signup_until"],
            per_firm=answers["per_firm"],
            industries=answers["industries"] or [],
            agenda=answers["agenda"] or [],
            questions=answers["questions"] or [],
        ),
        turn.now,
    )
    preview(turn, made)


def preview(turn: Turn, event: Event) -> None:
    """The draft as an enterprise will see it."""
    turn.screen = f"event_detail:{event.id}"
    turn.reply("events/draft", event=event, until=events.closes_at(event))


async def show(turn: Turn, event: Event) -> None:
    """For everybody else there is no such event yet."""
    if turn.person.role not in ORGANIZERS:
        raise events.EventUnknown
    preview(turn, event)


async def publish(update: Update, turn: Turn) -> None:
    event = await event_drafts.publish(
        turn.session, turn.person.id, turn.button.number(0), turn.now
    )
    turn.reply("events/published", event=event, until=events.closes_at(event))


async def publish_all(update: Update, turn: Turn) -> None:
    """All drafts that a list became."""
    published = await event_drafts.publish_batch(
        turn.session, turn.person.id, turn.button.number(0), turn.now
    )
    turn.reply("events/all_published", events=published)


async def drop(update: Update, turn: Turn) -> None:
    """Delete a draft."""
    event = await event_drafts.drop(turn.session, turn.person.id, turn.button.number(0))
    turn.reply("events/draft_dropped", title=event.title if event else None)


async def again(update: Update, turn: Turn) -> None:
    """再办一场: the same event at another time; without one named, those that may be meant."""
    if not turn.button:
        found = await event_drafts.repeatable(turn.session, turn.person.id)
        turn.reply("events/which_again", events=found)
        return
    event = await events.get(turn.session, turn.button.number(0))
    await event_rights.check(turn.session, turn.person.id, event.city)
    known = {"event": event.id}
    if turn.filling is None or turn.filling.form == forms.COPY:
        turn.filling = Filling(forms.COPY, "starts_at", known)
        await form.ask(turn)
    else:
        await form.begin(turn, forms.COPY, **known)


async def copied(turn: Turn, answers: Answers) -> None:
    event = await event_drafts.copy(
        turn.session, turn.person.id, int(answers["event"]), answers["starts_at"], turn.now
    )
    preview(turn, event)
