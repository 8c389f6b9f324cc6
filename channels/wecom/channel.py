"""The Bot API for chats on WeCom: what each call means there."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

from channels import strict
from channels.calls import Call, CallRefused
from channels.wecom import errors
from channels.wecom.bundles import Bundles
from channels.wecom.client import Client
from channels.wecom.errors import Paused, Unanswered, WeComError
from channels.wecom.ledger import Ledger, Member
from channels.wecom.many import ToMany
from channels.wecom.media import Files
from channels.wecom.sending import Sender, Sending, current_letter
from pipeline.pace import Pace
from pipeline.receipt import RECEIPT

log = logging.getLogger(__name__)

NAME = "wecom"
SILENT = {"sendChatAction", "answerCallbackQuery", "setMyCommands", "deleteMyCommands"}
"""WeCom has no such thing, and its absence harms nobody."""


class WeComChannel:
    """`clients` by corp id: a chat's address is "<corp>/<member>"."""

    name = NAME

    def __init__(
        self, clients: Mapping[str, Client], ledger: Ledger, bundles: Bundles, files: Files,
        pace: Pace, *, cards: bool,
    ) -> None:  # fmt: skip
        self._clients = clients
        self._ledger = ledger
        self._bundles = bundles
        self._files = files
        self._pace = pace
        self._cards = cards
        self._calls = {
            "sendMessage": self._send,
            "sendPhoto": self._send_file,
            "sendDocument": self._send_file,
            "editMessageText": self._edit,
            "deleteMessage": self._delete,
        }

    async def call(self, call: Call) -> Any:
        if call.method in SILENT:
            return True
        try:
            if call.method == "getFile":
                return await self._files.told(str(call.params["file_id"]))
            if call.method not in self._calls:
                raise CallRefused(400, f"Bad Request: {NAME} has no {call.method}")
            strict.check(call)
            if "chat_ids" in call.params:
                return await self._send_to_many(call)
            member = await self._ledger.member(call.chat_id, current_letter())
            return await self._calls[call.method](call, self._sender(call, member))
        except (WeComError, Unanswered, Paused) as error:
            raise errors.as_refusal(error) from error

    def _sender(self, call: Call, member: Member) -> Sender:
        if member.corp_id not in self._clients:
            raise CallRefused(403, "Forbidden: no app of ours in this corp")
        sending = Sending(call.chat_id, member.user_id, member.hinted)
        cards = self._cards and not member.plain
        client = self._clients[member.corp_id]
        return Sender(client, self._ledger, self._pace, sending, cards=cards)

    async def _send_to_many(self, call: Call) -> Any:
        """What becomes of each of them is in the caller's receipt."""
        many = RECEIPT.get().many
        assert many is not None
        to_many = ToMany(self._clients, self._bundles, self._pace, many, cards=self._cards)
        await to_many.say(call.params)
        return answered(call, many.message_ids.get(call.chat_id, 0))

    async def _send(self, call: Call, sender: Sender) -> Any:
        return answered(call, await sender.say(call.params))

    async def _send_file(self, call: Call, sender: Sender) -> Any:
        id = await self._files.send(sender.client, call, sender.show)
        if caption := call.params.get("caption"):
            await sender.say({**call.params, "text": caption}, message_id=id)
        return answered(call, id)

    async def _edit(self, call: Call, sender: Sender) -> Any:
        """Change the card where it was one and can still be changed; else say it anew, which stays
        the same message for whoever presses it."""
        message_id = int(call.params["message_id"])
        if not await self._ledger.has(call.chat_id, message_id):
            raise CallRefused(400, "Bad Request: message to edit not found")
        if not await sender.change(message_id, call.params):
            await sender.say(call.params, message_id=message_id)
        return answered(call, message_id)

    async def _delete(self, call: Call, sender: Sender) -> Any:
        msgids = await self._ledger.recallable(call.chat_id, int(call.params["message_id"]))
        if not msgids:
            raise CallRefused(400, "Bad Request: message can't be deleted")
        for msgid in msgids:
            await sender.client.post("message/recall", {"msgid": msgid})
        return True


def answered(call: Call, id: int) -> dict[str, Any]:
    """The message that a call has sent, as the Bot API tells of it."""
    chat = {"id": call.chat_id, "type": "private"}
    return {"message_id": id, "date": int(time.time()), "chat": chat}
