"""Links into the private chat: what a /start carries, and what it opens."""

from __future__ import annotations

import re

from pipeline.turn import Button

SHOWS = {"ev": "events.show", "pt": "patents.show"}
"""The mark of a payload and the action that it opens: ev12 is the card of event 12."""

SPEAKING_OF = {
    "ev": ("events.show", "events.sign_up", "events.cancel"),
    "pt": ("patents.show", "patents.interest", "patents.licence", "favourites.add"),
}
PAYLOAD = re.compile(r"([a-z]{2})([1-9]\d{0,11})", re.ASCII)
LINK_CODE = re.compile(r"\d{6}", re.ASCII)


def opened_by(payload: str) -> tuple[str, Button] | None:
    """The action that a payload opens and its button; None for what is no such payload."""
    found = PAYLOAD.fullmatch(payload)
    if found is None or found[1] not in SHOWS:
        return None
    return SHOWS[found[1]], Button([found[2]])


def is_link_code(payload: str) -> bool:
    """Six digits: what one chat of a person shows, to be said in another."""
    return LINK_CODE.fullmatch(payload) is not None


def payload_of(action: str, button: Button) -> str:
    """What opens the thing that this press is about; nothing where it is about no such thing."""
    for mark, actions in SPEAKING_OF.items():
        if action in actions and opened_by(f"{mark}{button.word(0)}"):
            return f"{mark}{button.word(0)}"
    return ""
