"""What an entry of the log leads to: an update in the inbox, or something to remember."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from channels.chats import Chats
from channels.kf import inbound, limits
from channels.kf.channel import NAME, OWN
from channels.kf.failing import Failures
from channels.kf.inbound import Body, Message
from channels.kf.service import Service
from channels.kf.sessions import ENDED, HUMAN, Sessions
from channels.wecom.ledger import Member
from db.session import Database
from pipeline import words
from pipeline.clock import Clock
from pipeline.inbox import Inbox, Raw
from pipeline.work import NOTICE, Letter, Work

log = logging.getLogger(__name__)

CUSTOMER = 3  # origin; 4 is the system, 5 a servicer in the client
TAKEN, TRANSFERRED, OVER, REOPENED = 1, 2, 3, 4  # change_type


class Hearing:
    """Nothing that stands in the log may stop its reading; what cannot be read is passed over."""

    def __init__(
        self, database: Database, clock: Clock, chats: Chats, inbox: Inbox, sessions: Sessions,
        service: Service, failures: Failures,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._chats = chats
        self._inbox = inbox
        self._sessions = sessions
        self._service = service
        self._failures = failures
        self._events: dict[str, Callable[[str, Message, Message], Awaitable[None]]] = {
            "enter_session": self._entered,
            "msg_send_fail": self._failed,
            "session_status_change": self._changed,
            "user_recall_msg": self._recalled,
        }

    async def hear(self, open_kfid: str, message: Message, *, new: bool) -> None:
        """`new`: the log is read for the first time, and what is old in it others have answered."""
        try:
            if new and inbound.at(message) < self._clock.now() - limits.STALE:
                return
            if message.get("msgtype") == "event":
                await self._event(open_kfid, message)
            elif message.get("origin") == CUSTOMER:
                await self._said(open_kfid, message)
        except (KeyError, TypeError, ValueError, OverflowError):
            log.exception("an entry of the log of %s cannot be read", open_kfid)

    async def _event(self, open_kfid: str, message: Message) -> None:
        event = message["event"]
        act = self._events.get(str(event.get("event_type")))
        if act is not None:
            await act(open_kfid, message, event)

    async def _said(self, open_kfid: str, message: Message) -> None:
        customer, when = str(message["external_userid"]), inbound.at(message)
        chat_id = await self._chat(open_kfid, customer)
        await self._sessions.heard(chat_id, when)
        if not await self._service.speaks(chat_id, _member(open_kfid, customer)):
            log.info("a human answers what a customer wrote")
            return
        key = inbound.key(open_kfid, message)
        if payload := await self._sessions.payload(chat_id):
            await self._put(
                chat_id, f"{key}:start", inbound.command(chat_id, f"/start {payload}", when)
            )
            await self._sessions.drop_payload(chat_id)
        await self._put(chat_id, key, await self._update(chat_id, message, key))

    async def _update(self, chat_id: int, message: Message, key: str) -> Body:
        if not (data := inbound.pressed(message)):
            return inbound.update(chat_id, message)
        menu = await self._sessions.menu_with(chat_id, data)
        return inbound.press(chat_id, message, key, menu)

    async def _entered(self, open_kfid: str, message: Message, event: Message) -> None:
        """The chat was opened. Greet where WeCom lets us; do what the link is for, or keep it for
        their first word."""
        chat_id = await self._chat(open_kfid, str(event["external_userid"]))
        when, payload = inbound.at(message), inbound.payload(event)
        until = when + limits.CODE_LIFE
        greet = bool(event.get("welcome_code")) and until > self._clock.now()
        if greet:
            await self._sessions.offer(chat_id, str(event["welcome_code"]), until)
        lost = await self._sessions.is_lost(chat_id)
        if payload and (lost or not (greet or await self._sessions.has_room(chat_id))):
            await self._sessions.keep_payload(chat_id, payload)
            payload = ""
        if not greet and not payload:
            return
        # Who was away is told what they missed when they can be written to at length.
        said = "/menu" if lost else f"/start {payload}".strip()
        key = inbound.key(open_kfid, message)
        await self._put(chat_id, key, inbound.command(chat_id, said, when))

    async def _failed(self, open_kfid: str, message: Message, event: Message) -> None:
        await self._failures.note(str(event["fail_msgid"]), int(event.get("fail_type", 0)))

    async def _changed(self, open_kfid: str, message: Message, event: Message) -> None:
        """A human has it, or it is over: then the bot thanks, and answers the next word."""
        chat_id = await self._chat(open_kfid, str(event["external_userid"]))
        change = int(event.get("change_type", 0))
        if change in (TAKEN, TRANSFERRED, REOPENED):
            await self._sessions.put_state(chat_id, HUMAN)
        elif change == OVER:
            await self._sessions.put_state(chat_id, ENDED)
            until = inbound.at(message) + limits.CODE_LIFE
            if event.get("msg_code") and until > self._clock.now():
                await self._sessions.offer(chat_id, str(event["msg_code"]), until)
                await self._thank(chat_id, inbound.key(open_kfid, message))

    async def _thank(self, chat_id: int, key: str) -> None:
        now = self._clock.now()
        async with self._database.writing() as connection:
            work = Work(connection, now, "")
            params = words.render("kf/thanks").params()
            work.letters.append(
                Letter(chat_id, "send_message", params, NOTICE, f"{OWN}thanks:{key}", due_at=now)
            )
            await work.finish()

    async def _recalled(self, open_kfid: str, message: Message, event: Message) -> None:
        """What was not handled yet need not be."""
        await self._inbox.withdraw(NAME, inbound.key_of(open_kfid, str(event["recall_msgid"])))

    async def _chat(self, open_kfid: str, customer: str) -> int:
        return await self._chats.open(NAME, f"{open_kfid}/{customer}")

    async def _put(self, chat_id: int, key: str, body: Body) -> None:
        await self._inbox.put(Raw(NAME, key, chat_id, body))


def _member(open_kfid: str, customer: str) -> Member:
    return Member(open_kfid, customer, plain=False, hinted=False)
