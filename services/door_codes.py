"""What a participant shows at the door: six digits, and a signed token as a picture to scan.

A token names an event and a sign-up and nobody: event (5 bytes), sign-up (5), HMAC-SHA256 over
both and the six digits (11). 21 bytes are 28 characters with no bit to spare, so that one token
has one spelling. Who gets other digits has another token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import re
from dataclasses import dataclass

import segno

MARK = "TK"
ID, MAC = 5, 11  # bytes
LENGTH = 28
TOKEN = re.compile(rf"(?<![\w-]){MARK}([\w-]{{20,40}})(?![\w-])", re.ASCII)
DIGITS = re.compile(r"\d{6}", re.ASCII)
SCALE = 8  # pixels of a module


@dataclass(frozen=True)
class Ticket:
    """What a token claims; nothing of it is true before `is_genuine` says so."""

    event_id: int
    signup_id: int
    mac: bytes


def token(key: bytes, event_id: int, signup_id: int, code: str) -> str:
    signed = _named(event_id, signup_id) + _mac(key, event_id, signup_id, code)
    return MARK + base64.urlsafe_b64encode(signed).decode()


def found(text: str) -> str | None:
    """The token in a text or a link, whether it is one of ours or not."""
    held = TOKEN.search(text)
    return held[0] if held else None


def opened(token: str) -> Ticket | None:
    """None for what has not the shape of a token."""
    letters = token.removeprefix(MARK)
    if len(letters) != LENGTH or not TOKEN.fullmatch(token):
        return None
    held = base64.urlsafe_b64decode(letters)
    event, signup = (int.from_bytes(part) for part in (held[:ID], held[ID : 2 * ID]))
    return Ticket(event, signup, held[2 * ID :])


def is_genuine(key: bytes, ticket: Ticket, code: str) -> bool:
    """Whether we have signed it for who has these six digits now."""
    return hmac.compare_digest(_mac(key, ticket.event_id, ticket.signup_id, code), ticket.mac)


def picture(content: str) -> bytes:
    """A QR code as PNG."""
    made = io.BytesIO()
    segno.make(content, error="m").save(made, kind="png", scale=SCALE)
    return made.getvalue()


def _named(event_id: int, signup_id: int) -> bytes:
    return event_id.to_bytes(ID) + signup_id.to_bytes(ID)


def _mac(key: bytes, event_id: int, signup_id: int, code: str) -> bytes:
    signed = hmac.digest(key, _named(event_id, signup_id) + code.encode(), hashlib.sha256)
    return signed[:MAC]
