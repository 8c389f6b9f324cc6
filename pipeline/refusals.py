"""What a network's refusal means for a letter, by its words."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import httpx
from telegram.error import NetworkError, RetryAfter, TimedOut

from pipeline import words
from pipeline.outbox import Outcome
from pipeline.work import Letter

log = logging.getLogger(__name__)

AS_WANTED = (
    "message is not modified", "message to edit not found", "message can't be edited",
    "message to delete not found", "message can't be deleted", "query is too old",
)  # fmt: skip
"""Refusals of what is so already, or concerns something that is gone."""

CANNOT_DELETE = "message can't be deleted"
"""Then a letter that says what to put in its place does so."""

NOBODY_THERE = ("chat not found", "peer_id_invalid", "user not found", "chat_write_forbidden")
NOT_LIKE_THIS = ("can't parse entities", "too long", "too_long")
NO_PICTURE = (
    "image_process_failed",
    "photo_invalid_dimensions",
    "photo_ext_invalid",
    "too big photo",
)
LIMITS = {"text": 4096, "caption": 1024}


def refused(letter: Letter, why: str) -> Outcome | None:
    """A refusal by its words: no matter, nobody there, plainer once, else for good."""
    said = why.lower()
    if CANNOT_DELETE in said and "text" in letter.params:
        letter.method = "edit_message_text"
        return None
    if any(part in said for part in AS_WANTED):
        return Outcome(letter, "sent")
    if any(part in said for part in NOBODY_THERE):
        return Outcome(letter, "failed", error=why, unreachable=True)
    if any(part in said for part in NOT_LIKE_THIS) and "parse_mode" in letter.params:
        log.error("letter %s is sent as plain text: %s", letter.id, why)
        letter.params = _plain(letter.params)
        return None
    if letter.method == "send_photo" and any(part in said for part in NO_PICTURE):
        letter.method, letter.params = "send_document", {"document": letter.params["photo"]}
        return None
    return Outcome(letter, "failed", error=why)


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    """The same words without their marks, as many as fit."""
    said = {name: words.plain(params[name]) for name in LIMITS if name in params}
    kept = {name: value for name, value in params.items() if name != "parse_mode"}
    return kept | {name: _cut(text, LIMITS[name]) for name, text in said.items()}


def _cut(text: str, most: int) -> str:
    """Telegram counts in UTF-16."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")


def seconds_of(error: RetryAfter) -> float:
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def surely_not_sent(error: NetworkError) -> bool:
    """A connection that never stood carried nothing; a lost answer may have been a yes."""
    cause = error.__cause__
    if isinstance(error, TimedOut):
        return isinstance(cause, httpx.PoolTimeout | httpx.ConnectTimeout)
    return isinstance(cause, httpx.ConnectError)
