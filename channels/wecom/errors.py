"""What WeCom's error codes ask of us, in the words of the Bot API that delivery understands.

Codes: https://developer.work.weixin.qq.com/document/path/90313. The text of an error is for the
log: only its code is ever compared.
"""

from __future__ import annotations

from channels.calls import CallRefused
from channels.wecom import limits

TOKEN = {40001, 40014, 42001}  # invalid or expired: fetch one and try again, once
BUSY = {-1, 6000, 45033}  # try again in a moment
FREQUENT = {45009}  # wait until the window is over
GONE = {40003, 40096, 46004, 60111, 50002, 60011, 60021, 81013} | {
    670001,
    670004,
}  # this member cannot be written to
CLOSED = {95001, 95002}  # customer service: five messages sent, 48 hours over
NOT_OURS = 95018  # customer service: a human has the session, or it is over
SETTINGS = {40013, 40056, 40091, 41011, 301002, 48002, 48006, 50003, 60020}  # people must mend it
CONTENT = {40033, 40058, 40063, 41016, 41033, 42014, 42016, 44004, 45002, 45008, 45034, 82004}
NOBODY = 81013  # none of those named can be written to
NO_CALLBACK = 43012  # cards need a callback address; text does not
NOT_BOUND = 48007  # this account of customer service is not bound to our app; the rest works
HARMLESS = {NO_CALLBACK, NOT_BOUND}  # people must mend it, and meanwhile all else goes on
CARD_OVER = 60140  # a card that can no longer be changed
MEDIA = 40007  # an uploaded file is gone


class WeComError(Exception):
    """WeCom answered with an error code."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(f"{code} {message}".strip())
        self.code = code
        self.message = message

    @property
    def card_refused(self) -> bool:
        return self.code in CONTENT or self.code == NO_CALLBACK

    @property
    def for_all(self) -> bool:
        """Whether it would meet any other message just now."""
        people = self.needs_people and self.code != NO_CALLBACK
        return people or self.code in BUSY | FREQUENT

    @property
    def needs_people(self) -> bool:
        return self.code in SETTINGS | TOKEN | HARMLESS


class Unanswered(Exception):
    """No answer, or none that can be read: what was asked may have been done."""


class Paused(Exception):
    """We have been told to wait; nothing was sent."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"for {seconds:.0f} s")
        self.seconds = seconds


def as_refusal(error: WeComError | Unanswered | Paused) -> CallRefused:
    """The same as Telegram would put it: 403 nobody there, 429 later, 400 never, 502 who knows."""
    if isinstance(error, Unanswered):
        return CallRefused(502, f"Bad Gateway: {error}")
    if isinstance(error, Paused):
        return _later(error.seconds)
    if error.code in GONE | CLOSED:
        return CallRefused(403, f"Forbidden: WeCom {error}")
    if error.code in FREQUENT:
        return _later(limits.FREQUENCY_PAUSE)
    if error.code in BUSY:
        return CallRefused(502, f"Bad Gateway: WeCom {error}")
    if error.needs_people and error.code not in HARMLESS:
        return _later(limits.STOPPED)
    return CallRefused(400, f"Bad Request: WeCom {error}")


def _later(seconds: float) -> CallRefused:
    return CallRefused(429, "Too Many Requests", retry_after=max(1, round(seconds)))
