"""Where WeCom reaches us: checked, stored, answered at once. What it leads to is sent later.

WeCom waits five seconds and repeats what it got no answer to, so nothing here waits for more than
the database; a repetition has the same key and changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from xml.etree.ElementTree import Element

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.chats import Chats
from channels.wecom import inbound, limits, xml
from channels.wecom.client import Client
from channels.wecom.crypto import Envelope, Forged, Misaddressed
from channels.wecom.ledger import Ledger
from channels.wecom.spool import Spool
from channels.wecom.xml import field
from pipeline.clock import Clock
from pipeline.inbox import Inbox, Raw

log = logging.getLogger(__name__)

PATH = "/wecom/callback"
NOBODY = {"", "sys"}  # senders of events that concern the corp
ALERTS = {"close_inactive_agent", "reopen_inactive_agent"}
MOST_KNOWN = 50_000
LONGEST_ID = 64  # 90236: of a member


Hear = Callable[[Element], Awaitable[None]]


class Callback:
    """The callback address of one app. `clients` are the app in each corp that has it: its own,
    and those of a chain. `hears` is what else wants to know of an event, by its name; `look` looks
    who else has the app. `verified`: its administrator has just saved the address, so that what
    needs one may be tried."""

    def __init__(
        self, envelope: Envelope, corp_id: str, clients: Mapping[str, Client], chats: Chats,
        inbox: Inbox, ledger: Ledger, clock: Clock, folder: Path, path: str = PATH,
    ) -> None:  # fmt: skip
        self.hears: dict[str, Hear] = {}
        self.look: Callable[[], Awaitable[None]] | None = None
        self._envelope = envelope
        self._corp_id = corp_id
        self._clients = clients
        self._chats = chats
        self._inbox = inbox
        self._ledger = ledger
        self._clock = clock
        self._path = path
        self.verified = asyncio.Event()
        self._seen = Seen()
        self.spool = Spool(folder, self._take, _sender)
        self._known: OrderedDict[str, int] = OrderedDict()

    def routes(self) -> list[Route]:
        return [
            Route(self._path, self.verify, methods=["GET"]),
            Route(self._path, self.receive, methods=["POST"]),
        ]

    async def verify(self, request: Request) -> Response:
        """The administrator saves our address: WeCom wants back what it encrypted, exactly."""
        try:
            echo = self._open(request.query_params, request.query_params.get("echostr", ""))
        except Forged as why:
            return _refused(why)
        self.verified.set()
        return Response(echo, media_type="text/plain")

    async def receive(self, request: Request) -> Response:
        body = await _limited(request)
        if body is None:
            log.warning("refused a callback that is too large")
            return Response(status_code=413)
        try:
            message = await self._read_again(request.query_params, body)
        except Forged as why:
            return _refused(why)
        if self._seen.knows(request.query_params["msg_signature"]):
            log.warning("ignored a callback that was posted before, to the letter")
        else:
            await self.spool.put(message)
            self._seen.add(request.query_params["msg_signature"])
        return Response(status_code=200)

    async def _read_again(self, query: QueryParams, body: bytes) -> bytes:
        """The message, which is XML that can be read. Whoever it is for may have joined the chain
        just now."""
        try:
            message = self._read(query, body)
        except Misaddressed:
            if self.look is None:
                raise
            await self.look()
            return self._read(query, body)
        if self.look is not None and self._corp(xml.read(message)) not in self._clients:
            await self.look()
        return message

    def _corp(self, root: Element) -> str:
        return field(root, "ToUserName") or self._corp_id

    def _read(self, query: QueryParams, body: bytes) -> bytes:
        message = self._open(query, field(xml.read(body), "Encrypt"))
        xml.read(message)
        return message

    def _open(self, query: QueryParams, encrypted: str) -> bytes:
        signature, timestamp, nonce = (
            query.get(name, "") for name in ("msg_signature", "timestamp", "nonce")
        )
        message = self._envelope.open(signature, timestamp, nonce, encrypted)
        self._check_time(timestamp)
        return message

    def _check_time(self, timestamp: str) -> None:
        """What was signed long ago may be somebody who listened then."""
        if not timestamp.isdecimal() or len(timestamp) > 10:
            raise Forged("timestamp")
        signed = datetime.fromtimestamp(int(timestamp), UTC)
        if abs(signed - self._clock.now()) > limits.CALLBACK_WINDOW:
            raise Forged("timestamp")

    async def _take(self, message: bytes) -> None:
        await self._store(xml.read(message))

    async def _store(self, root: Element) -> None:
        """Store what a member did. From here on it came from WeCom, so the answer is 200."""
        user_id, agent_id = field(root, "FromUserName"), field(root, "AgentID")
        client = self._clients.get(self._corp(root))
        if (hear := self.hears.get(field(root, "Event"))) is not None:
            await hear(root)
        elif field(root, "Event") in ALERTS:
            log.warning("WeCom told of %s: see the app in its administration", _kind(root))
        elif user_id in NOBODY or len(user_id) > LONGEST_ID:
            log.info("WeCom told of %s, which concerns nobody", _kind(root))
        elif client is None or agent_id not in ("", str(client.app.agent_id)):
            log.warning("WeCom posted %s for another app", _kind(root))
        elif inbound.is_click(root):
            await self._take_click(root)
        elif (update := inbound.message(await self._chat(root), root)) is None:
            log.info("WeCom told of %s, which we do nothing about", _kind(root))
        else:
            await self._put(await self._chat(root), root, update)

    async def _take_click(self, root: Element) -> None:
        chat_id = await self._chat(root)
        task_id, response_code = field(root, "TaskId"), field(root, "ResponseCode")
        clicked = await self._ledger.clicked(chat_id, task_id, response_code)
        if clicked is None:
            log.warning("WeCom posted a click on a card that is not ours")
            return
        update = inbound.click(root, clicked, inbound.key(root))
        if update is None:
            log.info("a card was submitted with nothing picked")
        else:
            await self._put(clicked.chat_id, root, update)

    async def _put(self, chat_id: int, root: Element, update: inbound.Body) -> None:
        await self._inbox.put(Raw(inbound.NAME, inbound.key(root), chat_id, update))

    async def _chat(self, root: Element) -> int:
        """The chat of a member, remembered: WeCom does not wait for a search. Ids of members are
        the same in capital letters or small ones, and another member's in another corp."""
        address = f"{self._corp(root)}/{field(root, 'FromUserName')}"
        known = self._known.get(address.casefold())
        if known is None:
            known = await self._chats.open(inbound.NAME, address)
            self._known[address.casefold()] = known
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return known


class Seen:
    """Signatures of what was taken. WeCom signs each try anew, so one that comes again is of
    somebody who listened; the keys of the inbox would know it too, but only after all the work."""

    def __init__(self) -> None:
        self._signatures: OrderedDict[str, None] = OrderedDict()

    def knows(self, signature: str) -> bool:
        return signature in self._signatures

    def add(self, signature: str) -> None:
        self._signatures[signature] = None
        if len(self._signatures) > MOST_KNOWN:
            self._signatures.popitem(last=False)


def _sender(message: bytes) -> str:
    """What one member does is stored in the order in which it came."""
    return field(xml.read(message), "FromUserName").casefold()


def _kind(root: Element) -> str:
    """The kind of a message, for the log: letters only, and not many."""
    kind = field(root, "Event") or field(root, "MsgType")
    return "".join(char for char in kind if char.isalnum() or char == "_")[:40] or "something"


def _refused(why: Forged) -> Response:
    log.warning("refused a callback that WeCom did not make: %s", why)
    return Response(status_code=403)


async def _limited(request: Request) -> bytes | None:
    """The body, or None as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.CALLBACK_BYTES:
            return None
    return bytes(body)
