"""What is said while the door of an event stands open in a chat: codes, tickets, names.

The door stays open beneath everything else, so that a question in between is answered as always.
"""

from __future__ import annotations

from telegram import Message

from conversations.form import Form, Submit
from conversations.reading import asks, tidy
from conversations.steps import PERSON, PHONE, Step, text
from pipeline.turn import Button, Turn
from services import door_codes, door_guests, door_staff

DOOR = "door"
PICTURES = ("image/jpeg", "image/png")
NAME = 20  # characters; what is longer names nobody


def standing(turn: Turn) -> int | None:
    """The event whose door stands open here."""
    kind, _, event = (turn.standing or "").partition(":")
    return int(event) if kind == DOOR and event.isdecimal() else None


def stand(turn: Turn, event_id: int) -> None:
    turn.standing = f"{DOOR}:{event_id}"


def leave(turn: Turn) -> None:
    turn.standing = None


def shown(turn: Turn, said: str) -> str | None:
    """What a message shows to the door: a token wherever we are, six digits where one is open."""
    if token := door_codes.found(said):
        return token
    if standing(turn) is None or turn.filling is not None:
        return None
    digits = "".join(tidy(said).split())
    return digits if door_codes.DIGITS.fullmatch(digits) else None


def picture(turn: Turn, message: Message) -> str | None:
    """How a picture comes that is sent while a door stands open; None for anything else."""
    if standing(turn) is None or turn.filling is not None or turn.talk is not None:
        return None
    if message.photo:
        return "photo"
    kind = message.document.mime_type if message.document else None
    return "document" if kind in PICTURES else None


async def names(turn: Turn, said: str) -> bool:
    """Whether these words name somebody who is expected at the door that is open."""
    event_id = standing(turn)
    if event_id is None or len(said) > NAME or asks(said):
        return False
    try:
        if await door_staff.standing(turn.session, turn.person, event_id) != "org":
            return False
    except door_staff.NotAtTheDoor:
        return False
    return bool(await door_guests.search(turn.session, event_id, said))


def is_name(turn: Turn, said: str) -> bool:
    """Whether words that mean nothing else were meant for the door."""
    return standing(turn) is not None and len(said) <= NAME and not asks(said)


def asked(turn: Turn) -> Button:
    """The event of a button, else the door that is open."""
    event_id = standing(turn)
    return turn.button or (Button([str(event_id)]) if event_id else turn.button)


def walk_in(submit: Submit) -> Form:
    """Who came without having signed up."""
    steps = (Step("name", PERSON), Step("firm", text(100)), Step("phone", PHONE))
    return Form("door/walk_in", "checkin", steps, submit)


def colleague(submit: Submit) -> Form:
    """Who came instead."""
    return Form("door/colleague", "checkin", (Step("name", PERSON),), submit, review=False)
