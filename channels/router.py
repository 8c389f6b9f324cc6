"""The seam: every Bot API call of python-telegram-bot goes to the network of its chat.

One BaseRequest, as PTB documents it. Calls for Telegram's chats go on to Telegram; the others are
answered by their channel, in Telegram's own form, so that PTB notices no difference.
"""

from __future__ import annotations

import json
from typing import Any

from telegram._utils.defaultvalue import DEFAULT_NONE
from telegram._utils.types import ODVInput
from telegram.request import BaseRequest, RequestData

from channels.calls import Call, CallRefused, Channel
from channels.chats import Chats

LOCAL_TOKEN = "1:local"  # what PTB wants to see when there is no Telegram bot


class Router(BaseRequest):
    """`telegram` is PTB's own request to Telegram, or None where no token is set. `username` is
    the bot's name there, empty until it is known (see channels/telegram/presence.py)."""

    def __init__(
        self,
        chats: Chats,
        channels: list[Channel],
        telegram: BaseRequest | None = None,
        username: str = "",
    ) -> None:
        self.username = username
        self._chats = chats
        self._channels = {channel.name: channel for channel in channels}
        self._telegram = telegram

    async def initialize(self) -> None:
        if self._telegram is not None:
            await self._telegram.initialize()

    async def shutdown(self) -> None:
        if self._telegram is not None:
            await self._telegram.shutdown()

    @property
    def read_timeout(self) -> float | None:
        return 5.0 if self._telegram is None else self._telegram.read_timeout

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = DEFAULT_NONE,
        write_timeout: ODVInput[float] = DEFAULT_NONE,
        connect_timeout: ODVInput[float] = DEFAULT_NONE,
        pool_timeout: ODVInput[float] = DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        call = _call(url, request_data)
        if call.method == "getMe":
            return _accepted(_identity(url, self.username))
        try:
            channel = await self._channel(call)
            if channel is not None:
                return _accepted(await channel.call(call))
        except CallRefused as refused:
            return _refused(refused)
        assert self._telegram is not None
        return await self._telegram.do_request(
            url, method, request_data, read_timeout, write_timeout, connect_timeout, pool_timeout
        )

    async def _channel(self, call: Call) -> Channel | None:
        """The channel that answers; None is Telegram."""
        name = await self._network(call)
        if name == "telegram" and self._telegram is not None:
            return None
        if name not in self._channels:
            raise CallRefused(400, "Bad Request: chat not found")
        return self._channels[name]

    async def _network(self, call: Call) -> str | None:
        if "chat_id" in call.params:
            return await self._chats.channel_of(call.chat_id)
        marked = call.params.get("callback_query_id") or call.params.get("file_id") or ""
        prefix = str(marked).partition(":")[0]
        return prefix if prefix in self._channels else "telegram"


def _call(url: str, data: RequestData | None) -> Call:
    method = url.rpartition("/")[2]
    if data is None:
        return Call(method, {})
    files: Any = data.multipart_data if data.contains_files else {}
    return Call(method, data.parameters, files)


def _identity(url: str, username: str) -> dict[str, Any]:
    """Who we are, without asking: a start must not hang on Telegram being reachable."""
    token = url.rpartition("/")[0].rpartition("/bot")[2]
    id = token.partition(":")[0]
    return {
        "id": int(id) if id.isdecimal() else 1,
        "is_bot": True,
        "first_name": "Zhiqiao",
        "username": username,
    }


def _accepted(result: Any) -> tuple[int, bytes]:
    return 200, json.dumps({"ok": True, "result": result}).encode()


def _refused(refused: CallRefused) -> tuple[int, bytes]:
    body: dict[str, Any] = {
        "ok": False,
        "error_code": refused.status,
        "description": refused.description,
    }
    if refused.retry_after is not None:
        body["parameters"] = {"retry_after": refused.retry_after}
    return refused.status, json.dumps(body).encode()
