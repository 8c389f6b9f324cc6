"""The emulator, a client of its API, a bot that takes callbacks, and one member."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.emulators.serving import HOST, Server
from tests.emulators.wecom import Customer, User, WeComEmulator, xml
from tests.emulators.wecom.crypto import CryptoError
from tests.emulators.wecom.errors import Json


@dataclass
class Client:
    """Calls the API as a bot does; keeps one token."""

    emulator: WeComEmulator
    http: httpx.AsyncClient
    token: str = ""

    async def get(self, path: str, **query: Any) -> Json:
        return await self._json(await self.http.get(f"/cgi-bin/{path}", params=query))

    async def authorize(self) -> str:
        named = {"corpid": self.emulator.corpid, "corpsecret": self.emulator.secret}
        self.token = (await self.get("gettoken", **named))["access_token"]
        return self.token

    async def read(self, path: str, **query: Any) -> Json:
        """GET with the token."""
        token = self.token or await self.authorize()
        return await self.get(path, access_token=token, **query)

    async def post(self, path: str, body: Any = None, **query: Any) -> Json:
        query.setdefault("access_token", self.token or await self.authorize())
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        answer = await self.http.post(f"/cgi-bin/{path}", params=query, content=raw)
        return await self._json(answer)

    async def send(self, msgtype: str, content: Any, /, **more: Any) -> Json:
        body = {"touser": "LiuYang", "agentid": self.emulator.agentid, "msgtype": msgtype}
        return await self.post("message/send", body | {msgtype: content} | more)

    async def text(self, words: str, **more: Any) -> Json:
        return await self.send("text", {"content": words}, **more)

    async def upload(self, kind: str, name: str, data: bytes, part: str = "media") -> Json:
        query = {"access_token": self.token or await self.authorize(), "type": kind}
        files = {part: (name, data)}
        answer = await self.http.post("/cgi-bin/media/upload", params=query, files=files)
        return await self._json(answer)

    async def _json(self, answer: httpx.Response) -> Json:
        assert answer.status_code == 200
        body: Json = answer.json()
        return body


@dataclass
class Callback:
    """A bot's callback: opens what comes, refuses what it cannot, answers what a test wishes."""

    emulator: WeComEmulator
    seen: list[Element] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    reply: Callable[[Element], str] = lambda root: ""
    linger: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0)

    def __post_init__(self) -> None:
        routes = [Route("/cb", self.take, methods=["GET", "POST"])]
        self.server = Server(Starlette(routes=routes), 0)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server.port}/cb"

    def texts(self, name: str) -> list[str]:
        return [xml.child(root, name) for root in self.seen]

    async def take(self, request: Request) -> Response:
        try:
            encrypted = request.query_params.get("echostr") or xml.child(
                xml.read((await request.body()).decode()), "Encrypt"
            )
            text = self._open(dict(request.query_params), encrypted)
        except CryptoError:
            return Response(status_code=403)
        if request.method == "GET":
            return Response(text)
        return await self._note(dict(request.query_params), xml.read(text))

    def _open(self, query: dict[str, str], encrypted: str) -> str:
        keys = self.emulator.home.keys
        signature = keys.sign(query["timestamp"], query["nonce"], encrypted)
        if signature != query["msg_signature"]:
            raise CryptoError("signature")
        return keys.decrypt(encrypted, self.emulator.corpid)

    async def _note(self, query: dict[str, str], root: Element) -> Response:
        self.queries.append(query)
        self.seen.append(root)
        await self.linger()
        if self.statuses:
            return Response(status_code=self.statuses.pop(0))
        return Response(self.reply(root))

    def sealed(self, inner: str) -> str:
        """A passive reply's envelope."""
        keys = self.emulator.home.keys
        encrypted = keys.encrypt(inner, self.emulator.corpid)
        signature = keys.sign("1767240000", "990011", encrypted)
        last = {"TimeStamp": 1767240000, "Nonce": "990011"}
        return xml.write({"Encrypt": encrypted, "MsgSignature": signature} | last)


@pytest.fixture
async def wecom() -> AsyncIterator[WeComEmulator]:
    async with WeComEmulator() as emulator:
        yield emulator


@pytest.fixture
async def api(wecom: WeComEmulator) -> AsyncIterator[Client]:
    async with httpx.AsyncClient(base_url=wecom.base_url, trust_env=False, verify=False) as client:
        yield Client(wecom, client)


@pytest.fixture
async def bot(wecom: WeComEmulator) -> AsyncIterator[Callback]:
    callback = Callback(wecom)
    await callback.server.start()
    await wecom.connect(callback.url)
    yield callback
    await callback.server.stop()


@pytest.fixture
def liu(wecom: WeComEmulator) -> User:
    return wecom.user("LiuYang")


@pytest.fixture
def wang(wecom: WeComEmulator) -> Customer:
    return wecom.customer("小王")
