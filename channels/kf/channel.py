"""The Bot API for chats with customer service: what each call means there."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import select

from channels import strict
from channels.calls import Call, CallRefused
from channels.kf import limits
from channels.kf.sending import Closed, Sender
from channels.kf.service import Service
from channels.kf.sessions import Sessions
from channels.wecom import errors
from channels.wecom.channel import answered
from channels.wecom.client import Client
from channels.wecom.errors import Paused, Unanswered, WeComError
from channels.wecom.ledger import Ledger
from channels.wecom.media import Files
from channels.wecom.sending import current_letter
from db.models import Outgoing
from db.session import Database
from pipeline.pace import Pace
from pipeline.work import REPLY

NAME = "kf"
OWN = "kf:"  # what the key begins with of a letter that is the channel's own courtesy
SILENT = {"sendChatAction", "answerCallbackQuery", "setMyCommands", "deleteMyCommands"}
"""Customer service has no such thing, and its absence harms nobody."""


class Matter(NamedTuple):
    """What a letter is: `asked` for here and now, so that it is of use nowhere else; `human`,
    what a person of the staff wrote, for which one message is kept."""

    asked: bool = True
    human: bool = False

    @property
    def most(self) -> int:
        return limits.MESSAGES - (0 if self.human else limits.RESERVE)


class KfChannel:
    """A chat's address is "<account>/<customer>"."""

    name = NAME

    def __init__(
        self, client: Client, database: Database, ledger: Ledger, files: Files, sessions: Sessions,
        service: Service, pace: Pace,
    ) -> None:  # fmt: skip
        self._client = client
        self._database = database
        self._ledger = ledger
        self._files = files
        self._sessions = sessions
        self._service = service
        self._pace = pace
        self._calls = {
            "sendMessage": self._send,
            "sendPhoto": self._send_file,
            "sendDocument": self._send_file,
            "editMessageText": self._edit,
        }

    async def call(self, call: Call) -> Any:
        if call.method in SILENT:
            return True
        try:
            if call.method == "getFile":
                return await self._files.told(str(call.params["file_id"]))
            if call.method == "leaveChat":
                return await self._leave(call)
            if call.method == "deleteMessage":
                raise CallRefused(400, "Bad Request: message can't be deleted")
            if call.method not in self._calls:
                raise CallRefused(400, f"Bad Request: {NAME} has no {call.method}")
            strict.check(call)
            return await self._say(call)
        except (WeComError, Unanswered, Paused) as error:
            raise errors.as_refusal(error) from error

    async def _say(self, call: Call) -> Any:
        """Say it, or have it told elsewhere: a reply is of use only where it was asked for."""
        letter = current_letter()
        who, matter = await self._ledger.member(call.chat_id, letter), await self._matter(letter)
        sender = Sender(
            self._client, self._ledger, self._sessions, self._service, self._pace, call.chat_id,
            who, letter, matter.most,
        )  # fmt: skip
        try:
            return await self._calls[call.method](call, sender)
        except Closed as why:
            if matter.asked:
                raise CallRefused(400, f"Bad Request: customer must write first: {why}") from why
            raise CallRefused(403, f"Forbidden: customer must write first: {why}") from why

    async def _matter(self, letter: int | None) -> Matter:
        query = select(Outgoing.priority, Outgoing.key, Outgoing.about)
        async with self._database.reading() as connection:
            found = await connection.execute(query.where(Outgoing.id == letter))
            row = found.one_or_none()
        if row is None:
            return Matter()
        asked = row.priority == REPLY or (row.key or "").startswith(OWN)
        return Matter(asked, (row.about or "").startswith("ticket:"))

    async def _send(self, call: Call, sender: Sender) -> Any:
        return answered(call, await sender.say(call.params))

    async def _send_file(self, call: Call, sender: Sender) -> Any:
        id = await self._files.send(sender.client, call, sender.show)
        if caption := call.params.get("caption"):
            await sender.say({**call.params, "text": caption}, message_id=id)
        return answered(call, id)

    async def _edit(self, call: Call, sender: Sender) -> Any:
        """Nothing can be changed there, so it is said anew; whoever presses it means the same."""
        message_id = int(call.params["message_id"])
        if not await self._ledger.has(call.chat_id, message_id):
            raise CallRefused(400, "Bad Request: message to edit not found")
        return answered(call, await sender.say(call.params, message_id=message_id))

    async def _leave(self, call: Call) -> bool:
        """The bot falls silent, and a human talks on; where nobody can, it stays."""
        who = await self._ledger.member(call.chat_id, current_letter())
        return await self._service.hand_over(call.chat_id, who)
