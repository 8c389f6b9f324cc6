"""What is no text: a picture, a voice, a contact card, a place."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from telegram import Message, Update

from conversations import enclosures, form
from conversations.reading import Unfit
from pipeline.turn import Turn

ATTACHMENTS = (
    "photo", "voice", "video", "audio", "sticker", "document", "location", "contact", "animation",
    "video_note", "poll", "dice",
)  # fmt: skip
KEPT = {"photo", "voice", "video", "audio", "document"}


async def hear(update: Update, turn: Turn, message: Message) -> bool:
    """Keep what the open form can keep; else say what arrived and what is wanted. Whether there
    are words with it, which count as said."""
    kind = next((name for name in ATTACHMENTS if getattr(message, name)), "other")
    if turn.filling is not None:
        declared, _ = form.opened(turn)
        if message.contact and (known := _on_card(declared, message)):
            await form.tell(update, turn, known)
            return False
        if declared.attachments and kind in KEPT:
            await _attach(turn, kind, message)
            return bool(message.caption)
    if not message.caption:
        await again(turn, Unfit("not_text", kind=kind))
    return bool(message.caption)


async def _attach(turn: Turn, kind: str, message: Message) -> None:
    """Keep the file beside the answers, or say why not; words that came with it go on."""
    try:
        noted = form.attach(turn, await enclosures.kept(turn, kind, message))
    except Unfit as unfit:
        if message.caption:
            turn.reply(f"unfit/{unfit.code}", **unfit.facts)
        else:
            await form.ask(turn, unfit=unfit)
    else:
        if not message.caption:
            await form.ask(turn, noted=[noted])


def _on_card(declared: form.Form, message: Message) -> dict[str, Any]:
    """What a contact card says of the person whom the form asks about."""
    card = message.contact
    assert card is not None
    said = {
        "person": " ".join(filter(None, (card.last_name, card.first_name))),
        "phone": card.phone_number,
    }
    known: dict[str, Any] = {}
    for step in declared.steps:
        if text := said.get(step.kind.name):
            with suppress(Unfit):
                known[step.name] = step.kind.read(text, message.date, ())
    return known


async def again(turn: Turn, unfit: Unfit) -> None:
    if turn.filling is not None:
        await form.ask(turn, unfit=unfit)
    else:
        turn.reply(f"unfit/{unfit.code}", **unfit.facts)
