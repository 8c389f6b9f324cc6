"""One letter to one customer: within what WeCom lets us answer, each message surely once.

As on WeCom each message has a place in the ledger before it leaves. Its task id is the msgid that
WeCom is given: under a known one it sends nothing again.
"""

from __future__ import annotations

from typing import Any

from channels.kf import limits, menus
from channels.kf.menus import Content
from channels.kf.service import Service
from channels.kf.sessions import Sessions
from channels.wecom import errors
from channels.wecom.client import Client
from channels.wecom.errors import Paused, WeComError
from channels.wecom.ledger import Ledger, Member, Place
from pipeline.pace import Pace

CLOSED = errors.CLOSED | {errors.NOT_OURS}
CODE_USED = {40058, 95013}
ANSWERED = limits.MESSAGES - limits.RESERVE


class Closed(Exception):
    """The customer has to write before they can be written to."""


class Sender:
    """`most` is how many messages may have gone out since the customer wrote, this one included."""

    def __init__(
        self, client: Client, ledger: Ledger, sessions: Sessions, service: Service, pace: Pace,
        chat_id: int, who: Member, letter: int | None, most: int,
    ) -> None:  # fmt: skip
        self.client = client
        self._ledger = ledger
        self._sessions = sessions
        self._service = service
        self._pace = pace
        self._chat_id = chat_id
        self._who = who
        self._letter = letter
        self._most = most
        self._part = 0
        self._message_id: int | None = None
        self._code: str | None = None
        self._had_code = False

    async def say(self, params: Content, message_id: int | None = None) -> int:
        """Send a message of the Bot API; its id."""
        self._message_id = message_id or self._message_id
        self._had_code = await self._sessions.used_code(self._chat_id, self._letter)
        self._code = await self._sessions.take_code(self._chat_id, self._letter)
        most = 1 if self._code or self._had_code else ANSWERED
        for content in menus.contents(params, menus=not self._who.plain, most=most):
            await self._one(content)
        assert self._message_id is not None
        return self._message_id

    async def show(self, kind: str, media_id: str) -> int:
        """Send an uploaded file; the id of the message."""
        await self._one({"msgtype": kind, kind: {"media_id": media_id}})
        assert self._message_id is not None
        return self._message_id

    async def _one(self, content: Content) -> None:
        """One message, at its place, in its turn."""
        self._part += 1
        place = await self._ledger.place(
            self._chat_id, self._letter, self._part, content, self._message_id, named=True
        )
        self._message_id = place.message_id
        if place.sent or (place.again and self._had_code):
            return  # a code is good once: what was tried by it may have arrived
        if not await self._may_leave(place):
            await self._ledger.forget(place)
            raise Closed("five messages have been sent, or 48 hours are over")
        if self._part > 1:  # delivery has waited for the first
            await self._pace.wait(self._chat_id)
        await self._post(place, content)
        await self._ledger.sent(place, place.task_id, None)

    async def _may_leave(self, place: Place) -> bool:
        """What was tried before has been counted then; what goes by a code is not counted."""
        if place.again or self._code:
            return True
        return await self._sessions.claim(self._chat_id, self._most)

    async def _post(self, place: Place, content: Content) -> None:
        """A refusal means that nothing was sent, unless an earlier try had arrived."""
        try:
            await self._call(place, content)
        except (WeComError, Paused) as error:
            if not place.again:
                await self._ledger.forget(place)
                if not self._code:
                    await self._sessions.give_back(self._chat_id)
            if isinstance(error, WeComError) and error.code in errors.CLOSED:
                await self._sessions.close(self._chat_id)
            closed = CLOSED | CODE_USED if self._code else CLOSED
            if isinstance(error, WeComError) and error.code in closed:
                raise Closed(str(error)) from error
            raise

    async def _call(self, place: Place, content: Content) -> None:
        named: dict[str, Any] = {"msgid": place.task_id, **content}
        if self._code is not None:
            await self.client.post("kf/send_msg_on_event", {"code": self._code, **named})
            return
        body = {"touser": self._who.user_id, "open_kfid": self._who.corp_id, **named}
        try:
            await self.client.post("kf/send_msg", body)
        except WeComError as error:
            if error.code != errors.NOT_OURS:
                raise
            if not await self._service.take(self._chat_id, self._who):
                raise
            await self.client.post("kf/send_msg", body)
