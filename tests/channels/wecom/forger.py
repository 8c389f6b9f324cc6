"""Somebody who posts to the callback what WeCom would not."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx
from sqlalchemy import select

from channels.wecom.crypto import Envelope
from db.models import Incoming
from tests.chat import Chat
from tests.emulators.wecom import WeComEmulator, xml

MESSAGE = {
    "ToUserName": "wwpatentdemo000001", "FromUserName": "LiuYang", "CreateTime": "1795395600",
    "MsgType": "text", "Content": "电话 13812345678", "MsgId": "1", "AgentID": "1000012",
}  # fmt: skip


async def inbox(chat: Chat) -> list[Any]:
    async with chat.programme.database.reading() as connection:
        return list((await connection.execute(select(Incoming).order_by(Incoming.id))).all())


class Forger:
    """Posts whatever one likes to the callback, sealed with whatever keys one has."""

    def __init__(self, wecom: WeComEmulator, chat: Chat) -> None:
        self.url = wecom.callback_url
        self.envelope = Envelope(wecom.token, wecom.aes_key, wecom.corpid)
        self.now = int(chat.clock.now().timestamp())

    async def posts(self, inner: str, at: int | None = None, **query: str) -> int:
        encrypted = self.envelope.encrypt(inner.encode())
        return await self.sends(xml.write({"Encrypt": encrypted}).encode(), encrypted, at, **query)

    async def sends(
        self, body: bytes, encrypted: str = "", at: int | None = None, **query: str
    ) -> int:
        when = str(self.now if at is None else at)
        signed = {
            "msg_signature": self.envelope.sign(when, "42", encrypted),
            "timestamp": when,
            "nonce": "42",
        }
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{self.url}?{urlencode(signed | query)}", content=body)
        assert answer.content == b"" or answer.status_code != 200
        return answer.status_code
