"""签到台: letting people in, and everything that an organizer decides at the door."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from telegram import Update

from conversations import door as at_door
from conversations import form
from conversations.actions import ORGANIZER
from conversations.steps import Answers
from pipeline import words
from pipeline.turn import OldButton, Turn
from pipeline.work import Work
from services import (
    door,
    door_codes,
    door_figures,
    door_guests,
    door_staff,
    door_walkins,
    events,
    feedback,
    files,
    workbook,
)
from services.door_staff import NotAtTheDoor

if TYPE_CHECKING:
    from db.models import Event

PNG = "image/png"


async def open_desk(update: Update, turn: Turn) -> None:
    """Open the door of an event; what was said with it (a code, a name) is looked at right away."""
    event_id = await _which(turn)
    if event_id is None:
        return
    event, as_what = await _open(turn, event_id)
    said = turn.slots.get("code") or turn.slots.get("person")
    if said:
        await (_scan(turn, event.id, said) if said.isdecimal() else _find(turn, event.id, said))
    else:
        figures = await door_figures.figures(turn.session, event)
        turn.reply("door/open", figures=figures, organizer=as_what == "org")


async def _open(turn: Turn, event_id: int) -> tuple[Event, door_staff.Standing]:
    opened = await door_staff.open_door(turn.session, turn.person, event_id, turn.now)
    await feedback.plan(turn.session, opened[0])
    at_door.stand(turn, event_id)
    return opened


async def _which(turn: Turn) -> int | None:
    """The event of the button, else the door that is open here, else the only one of today; None
    where that is asked."""
    if button := at_door.asked(turn):
        return button.number(0)
    there = await door_staff.doors(turn.session, turn.person, turn.now)
    if len(there) == 1:
        return there[0].id
    if not there and turn.person.role != ORGANIZER:
        raise NotAtTheDoor
    turn.reply("door/which", events=there)
    return None


def _guest(turn: Turn) -> tuple[int, int]:
    return turn.button.number(0), turn.button.number(1)


async def scan(update: Update, turn: Turn) -> None:
    """Six digits or a ticket: let them in, or say why not."""
    event_id = at_door.standing(turn)
    if event_id is None:
        await _far_from_the_door(turn, turn.button.word(0))
    else:
        await _scan(turn, event_id, turn.button.word(0))


async def _far_from_the_door(turn: Turn, token: str) -> None:
    """A ticket where no door is open: scanned by a telephone's own camera."""
    ticket = door_codes.opened(token)
    if ticket is None:
        raise OldButton
    mine = await door_guests.of_person(turn.session, ticket.event_id, turn.person.id)
    if mine is not None and mine.id == ticket.signup_id:
        await show_ticket(turn, ticket.event_id)
        return
    await _open(turn, ticket.event_id)
    await _scan(turn, ticket.event_id, token)


async def _scan(turn: Turn, event_id: int, said: str) -> None:
    key = turn.bot_data["ticket_key"]
    entry = await door.scan(turn.session, turn.person, event_id, said, key, turn.now)
    turn.reply("door/entry", entry=entry)


async def find(update: Update, turn: Turn) -> None:
    """Somebody without a code, by their name or firm; a steward may not look."""
    event_id = at_door.standing(turn)
    if event_id is None:
        raise OldButton
    await _find(turn, event_id, turn.button.word(0))


async def _find(turn: Turn, event_id: int, said: str) -> None:
    await door_staff.check_organizer(turn.session, turn.person, event_id)
    found = await door_guests.search(turn.session, event_id, said)
    turn.reply("door/found", event_id=event_id, said=said, guests=found)


async def pick(update: Update, turn: Turn) -> None:
    """Let in whom the search has found."""
    entry = await door.pick(turn.session, turn.person, *_guest(turn), turn.now)
    turn.reply("door/entry", entry=entry)


async def admit(update: Update, turn: Turn) -> None:
    """Let in somebody without a confirmed seat; with "over" although all seats are gone."""
    over = turn.button.word(2) == "over"
    entry = await door.admit(turn.session, turn.person, *_guest(turn), turn.now, over=over)
    turn.reply("door/entry", entry=entry)


async def undo(update: Update, turn: Turn) -> None:
    """Take a check-in back."""
    guest = await door.undo(turn.session, turn.person, *_guest(turn), turn.now)
    turn.reply("door/undone", guest=guest)


async def colleague(update: Update, turn: Turn) -> None:
    """Somebody else of the firm came: their name."""
    event_id, signup = _guest(turn)
    await door_staff.check_organizer(turn.session, turn.person, event_id)
    await form.begin(turn, "door/colleague", event=event_id, signup=signup)


async def renamed(turn: Turn, answers: Answers) -> None:
    event_id, signup = answers["event"], answers["signup"]
    await door.rename(turn.session, turn.person, event_id, signup, answers["name"], turn.now)
    entry = await door.pick(turn.session, turn.person, event_id, signup, turn.now)
    turn.reply("door/renamed", guest=entry.guest)


async def walk_in(update: Update, turn: Turn) -> None:
    """现场登记: three answers of somebody who has not signed up."""
    event_id = await _which(turn)
    if event_id is None:
        return
    await door_staff.check_organizer(turn.session, turn.person, event_id)
    await form.begin(turn, "door/walk_in", event=event_id, over=False)


async def walked_in(turn: Turn, answers: Answers) -> None:
    who = door_walkins.WalkIn(answers["name"], answers["firm"], answers["phone"])
    entry = await door_walkins.come(
        turn.session, turn.person, answers["event"], who, turn.now, over=answers["over"]
    )
    turn.reply("door/entry", entry=entry)


async def over(update: Update, turn: Turn) -> None:
    """Let in who was just written down, with a seat more than there were."""
    declared, filling = form.opened(turn)
    if declared.name != "door/walk_in" or declared.next(filling.answers) != form.REVIEW:
        raise OldButton
    turn.filling = replace(filling, answers={**filling.answers, "over": True})
    await form.submit(update, turn)


async def status(update: Update, turn: Turn) -> None:
    """How many came, who came last, and a picture of it."""
    event_id = await _which(turn)
    if event_id is None:
        return
    as_what = await door_staff.standing(turn.session, turn.person, event_id)
    figures = await door_figures.figures(turn.session, await events.get(turn.session, event_id))
    await _send_picture(turn, door_figures.picture(figures), f"door:{event_id}")
    turn.reply("door/status", figures=figures, organizer=as_what == "org")


async def _send_picture(turn: Turn, content: bytes, about: str) -> None:
    """Draw it for this chat only; `about` is what it is deleted with."""
    name = words.word("door/words", "picture")
    file = await files.store(turn.session, name, PNG, content, turn.now, turn.chat_id)
    await files.belong(turn.session, [file], about)
    turn.send_file(file, "send_photo")


async def printed(update: Update, turn: Turn) -> None:
    """The list to print, for when nothing else works."""
    event_id = await _which(turn)
    if event_id is None:
        return
    await door_staff.check_organizer(turn.session, turn.person, event_id)
    event = await events.get(turn.session, event_id)
    said = words.word("door/words", "sheet")
    rows = [
        [guest.firm or "", guest.name or "", guest.code, guest.phone or "",
         said["in"] if guest.checked_in_at else "", ""]
        for guest in await door_guests.everybody(turn.session, event_id)
    ]  # fmt: skip
    content = workbook.write([workbook.Sheet(said["name"], said["headers"], rows)])
    name = f"{event.title}-{said['name']}.xlsx"
    file = await files.store(turn.session, name, workbook.MIME, content, turn.now, turn.chat_id)
    turn.reply("door/printed", event=event, count=len(rows))
    turn.send_file(file)


async def leave(update: Update, turn: Turn) -> None:
    """收起签到台: what is said here is said to us again; the door stays open for others."""
    event_id = at_door.standing(turn)
    at_door.leave(turn)
    turn.reply("door/left", event_id=event_id)


async def close(update: Update, turn: Turn) -> None:
    """End the check-in for everybody."""
    event_id = await _which(turn)
    if event_id is None:
        return
    await door_staff.check_organizer(turn.session, turn.person, event_id)
    await door_staff.close(turn.session, event_id, turn.person.id, turn.now)
    at_door.leave(turn)
    event = await events.get(turn.session, event_id)
    turn.reply("door/closed", figures=await door_figures.figures(turn.session, event), late=False)


async def reopen(update: Update, turn: Turn) -> None:
    """Go on after the check-in was ended."""
    await door_staff.reopen(turn.session, turn.person, turn.button.number(0), turn.now)
    await open_desk(update, turn)


async def close_late(work: Work, event: int) -> None:
    """Eleven in the evening, and nobody has closed the door: close it, and tell the organizers."""
    if not await door_staff.close(work.session, event, None, work.now):
        return
    figures = await door_figures.figures(work.session, await events.get(work.session, event))
    for person in await organizers_of(work, figures.event):
        await work.notify(
            person, "door/closed", key=f"door:{event}:late:{person}", about=f"event:{event}",
            figures=figures, late=True,
        )  # fmt: skip


async def organizers_of(work: Work, event: Event) -> list[int]:
    """Who announced the event; nobody known: all organizers."""
    return [event.created_by] if event.created_by is not None else await work.people("org")


async def show_ticket(turn: Turn, event_id: int) -> None:
    guest = await door_guests.of_person(turn.session, event_id, turn.person.id)
    event = await events.get(turn.session, event_id)
    if guest is None or guest.state != "confirmed":
        turn.reply("door/no_ticket", event=event, state=guest.state if guest else None)
        return
    if guest.checked_in_at is None:
        token = door_codes.token(turn.bot_data["ticket_key"], event_id, guest.id, guest.code)
        link = turn.link(token) if turn.channel == "telegram" else None
        content = door_codes.picture(link or token)
        await _send_picture(turn, content, f"signup:{guest.id}")
    turn.reply("door/ticket", event=event, guest=guest)


async def ticket(update: Update, turn: Turn) -> None:
    """One's own ticket: six digits and a picture to scan."""
    await show_ticket(turn, turn.button.number(0))


async def mine(update: Update, turn: Turn) -> None:
    """签到, said by somebody who comes: their ticket; by a steward: the door."""
    if await door_staff.doors(turn.session, turn.person, turn.now):
        await open_desk(update, turn)
        return
    places = await events.mine(turn.session, turn.person.id, turn.now)
    turn.screen = "my_event"
    if len(places) == 1:
        await show_ticket(turn, places[0].event.id)
    else:
        turn.reply("door/tickets", places=places)
