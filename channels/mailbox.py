"""Networks where people come and read: the web page and the terminal.

Delivering is being written down: the outbox row, once settled, is what they see. So a repeated
delivery cannot show anything twice, and what was said is there when they come back.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import select

from channels import strict
from channels.calls import Call, CallRefused
from db.models import Outgoing
from db.session import Database
from pipeline.receipt import RECEIPT

SILENT = {"sendChatAction", "answerCallbackQuery", "setMyCommands", "deleteMyCommands"}
SAYING = {"sendMessage", "sendPhoto", "sendDocument"}
CHANGING = {"editMessageText", "editMessageReplyMarkup", "deleteMessage"}


class Mailbox:
    """The Bot API for the chats of one such network."""

    def __init__(self, name: str, database: Database) -> None:
        self.name = name
        self._database = database
        self._last_id = 0

    async def call(self, call: Call) -> Any:
        if call.method in SILENT:
            return True
        if call.method not in SAYING | CHANGING:
            raise CallRefused(400, f"Bad Request: {self.name} has no {call.method}")
        strict.check(call)
        if call.method in CHANGING:
            await self._must_exist(call)
        id = self._next_id()
        RECEIPT.get().message_id = id
        return True if call.method == "deleteMessage" else _message(call, id)

    async def _must_exist(self, call: Call) -> None:
        target = int(call.params["message_id"])
        async with self._database.reading() as connection:
            found = await connection.scalar(
                select(Outgoing.id).where(
                    Outgoing.chat_id == call.chat_id, Outgoing.message_id == target
                )
            )
        if found is None:
            raise CallRefused(400, "Bad Request: message to edit not found")

    def _next_id(self) -> int:
        """Message ids grow with time: readers ask for what is newer than what they have."""
        self._last_id = max(self._last_id + 1, time.time_ns() // 1000)
        return self._last_id


def _message(call: Call, id: int) -> dict[str, Any]:
    chat = {"id": call.chat_id, "type": "private"}
    return {"message_id": id, "date": int(time.time()), "chat": chat}
