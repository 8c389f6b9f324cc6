"""Roadshows: a firm applies with a project, two review it, the room gives ♥."""

from __future__ import annotations

import re

from telegram import Update

from conversations import form
from conversations.actions import ORGANIZER
from conversations.steps import Answers
from pipeline import words
from pipeline.turn import OldButton, Turn
from pipeline.work import Work
from services import events, pitch_hearts, pitches
from services.needs import NotRegistered
from services.pitches import Card

SCREEN = "pitches"


def _kinds() -> list[str]:
    kinds: list[str] = words.word("pitches/words", "kinds")
    return kinds


async def listed(update: Update, turn: Turn) -> None:
    """The projects of a roadshow in their order, with what whoever looks may do."""
    await _list(turn, turn.button.number(0))


async def _list(turn: Turn, event_id: int) -> None:
    event = await events.get(turn.session, event_id)
    turn.screen = f"{SCREEN}:{event_id}"
    turn.reply(
        "pitches/list",
        event=event,
        pitches=await pitch_hearts.shown(turn.session, event_id, turn.person),
        mine=await pitches.of_firm(turn.session, event_id, turn.person.enterprise_id),
        organizer=turn.person.role == ORGANIZER,
        may_apply=event.state == "open" and turn.now < event.starts_at,
    )


async def apply(update: Update, turn: Turn) -> None:
    """报名路演: the form, unless the firm has a project there or none can be shown."""
    if turn.person.enterprise_id is None:
        raise NotRegistered
    event = await events.get(turn.session, turn.button.number(0))
    pitches.check_roadshow(event, _kinds(), turn.now)
    mine = await pitches.of_firm(turn.session, event.id, turn.person.enterprise_id)
    if mine is not None and mine.state != pitches.WITHDRAWN:
        raise pitches.AlreadyPitched(pitch=mine)
    await form.begin(turn, "pitches/pitch", event=event.id)


async def applied(turn: Turn, answers: Answers) -> None:
    told = pitches.PitchAnswers(answers["name"], answers["summary"], answers["wanted"])
    pitch, new = await pitches.apply(
        turn.session, turn.person, answers["event"], told, _kinds(), turn.now
    )
    card = await pitches.card(turn.session, pitch.id)
    turn.reply("pitches/applied", card=card)
    if new:
        await _call(turn, card, "pitches/to_review")


async def _call(turn: Turn, card: Card, template: str) -> None:
    """Everybody who may judge it and has not."""
    for person in await pitches.reviewers(turn.session, card.pitch.id):
        if person != turn.person.id:
            await turn.notify(person, template, about=f"pitch:{card.pitch.id}", card=card)


async def queue(update: Update, turn: Turn) -> None:
    """Projects that wait for one's word."""
    cards = await pitches.waiting(turn.session, turn.person.id, turn.now)
    turn.reply("pitches/queue", cards=cards)


async def show(update: Update, turn: Turn) -> None:
    """One project, for those who judge it."""
    turn.reply("pitches/to_review", card=await pitches.card(turn.session, turn.button.number(0)))


async def accept(update: Update, turn: Turn) -> None:
    """One word for it."""
    await _review(turn, accepts=True, note=None)


async def reasons(update: Update, turn: Turn) -> None:
    """Why not: the reasons to choose from."""
    card = await pitches.card(turn.session, turn.button.number(0))
    turn.reply("pitches/reasons", card=card)


async def refuse(update: Update, turn: Turn) -> None:
    """One word against it, with its reason."""
    known = dict(words.word("pitches/words", "reasons"))
    if turn.button.word(1) not in known:
        raise OldButton
    await _review(turn, accepts=False, note=known[turn.button.word(1)])


async def _review(turn: Turn, *, accepts: bool, note: str | None) -> None:
    card = await pitches.review(
        turn.session, turn.person.id, turn.button.number(0), turn.now, accepts=accepts, note=note
    )
    turn.reply("pitches/reviewed", card=card, accepts=accepts)
    if card.pitch.state != pitches.APPLIED:
        await turn.notify(
            card.pitch.person_id, "pitches/decided", about=f"pitch:{card.pitch.id}", card=card,
            reasons=sorted({why for _, yes, why in card.reviews if why and not yes}),
        )  # fmt: skip
    elif card.split:
        await _call(turn, card, "pitches/to_review")


async def withdraw(update: Update, turn: Turn) -> None:
    """The firm takes its project back."""
    pitch = await pitches.withdraw(turn.session, turn.person, turn.button.number(0), turn.now)
    turn.reply("pitches/withdrawn", pitch=pitch)


async def move(update: Update, turn: Turn) -> None:
    """One place earlier or later."""
    by = {"up": -1, "down": 1}.get(turn.button.word(1))
    if by is None:
        raise OldButton
    pitch = await pitches.move(turn.session, turn.button.number(0), by)
    await _list(turn, pitch.event_id)


async def reorder(update: Update, turn: Turn) -> None:
    """顺序 3 1 2, said under the list of an event."""
    kind, _, event = (turn.screen or "").partition(":")
    if kind != SCREEN or not event.isdecimal():
        raise OldButton
    order = [int(number) for number in re.findall(r"\d+", turn.button.word(0))]
    await pitches.reorder(turn.session, int(event), order)
    await _list(turn, int(event))


async def heart(update: Update, turn: Turn) -> None:
    """♥, once."""
    pitch = await pitch_hearts.give(turn.session, turn.person, turn.button.number(0), turn.now)
    await _list(turn, pitch.event_id)


async def unheart(update: Update, turn: Turn) -> None:
    """Take a ♥ back."""
    pitch = await pitch_hearts.take_back(turn.session, turn.person, turn.button.number(0), turn.now)
    await _list(turn, pitch.event_id)


async def call_me(update: Update, turn: Turn) -> None:
    """Let the firm know whose ♥ it is, and their number; once."""
    pitch, caller = await pitch_hearts.call_me(
        turn.session, turn.person, turn.button.number(0), turn.now
    )
    await turn.notify(
        pitch.person_id, "pitches/caller", key=f"pitch:{pitch.id}:caller:{caller.id}",
        about=f"pitch:{pitch.id}", pitch=pitch, firm=turn.person.firm, name=caller.name,
        phone=caller.phone,
    )  # fmt: skip
    turn.reply("pitches/call_me", pitch=pitch)


async def tell_hearts(work: Work, event_id: int) -> None:
    """In the evening each firm hears how many want to hear more, and not who."""
    event = await events.get(work.session, event_id)
    for pitch, hearts in await pitch_hearts.harvest(work.session, event_id):
        await work.notify(
            pitch.person_id, "pitches/hearts", key=f"pitch:{pitch.id}:hearts",
            about=f"event:{event_id}", pitch=pitch, event=event, hearts=hearts,
        )  # fmt: skip
