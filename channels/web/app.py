"""The web page: phones in a browser, live over a WebSocket.

What a visitor does is stored before the answer 200, under a key of the client's, so that a
repeated request changes nothing. What we say is read from the outbox (channels/mailbox.py).
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from channels import feed, updates
from channels.feed import Cursor, Entry
from channels.web.headers import SafeHeaders
from channels.web.seats import Seats
from db.models import File
from db.session import Database
from pipeline import words
from pipeline.clock import Clock
from pipeline.inbox import Inbox, Raw

NAME = "web"
STATIC = Path(__file__).parent / "static"
LARGEST_JSON = 64 * 1024
LARGEST_FILE = 10 * 1024 * 1024
LOOK = 1.0  # seconds between looks for what another process delivered


class Page:
    """The routes of the page over the programme's inbox and outbox."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        inbox: Inbox,
        seats: Seats,
        readers: set[asyncio.Event],
    ) -> None:
        self._database = database
        self._clock = clock
        self._inbox = inbox
        self._seats = seats
        self._readers = readers

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.page),
            Route("/say", self.say, methods=["POST"]),
            Route("/press", self.press, methods=["POST"]),
            Route("/send", self.send, methods=["POST"]),
            Route("/files/{token}", self.file),
            WebSocketRoute("/live", self.live),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]

    async def page(self, request: Request) -> Response:
        seats = await self._seats.shown(request)
        if not seats:
            page = words.page("web/sign_in", token=None, problem=None)
            return HTMLResponse(page, status_code=401)
        return HTMLResponse(words.page("web/page", seats=seats, demo=self._seats.demo))

    async def say(self, request: Request) -> Response:
        async with _refusing() as refusal:
            body, chat_id = await self._body(request)
            text = _string(body, "text", 20_000)
            await self._put(chat_id, body, updates.text(chat_id, text, self._clock.now()))
            return JSONResponse({"ok": True})
        return refusal.response

    async def press(self, request: Request) -> Response:
        async with _refusing() as refusal:
            body, chat_id = await self._body(request)
            key, data, label = (_string(body, name, 100) for name in ("key", "data", "label"))
            message = str(body.get("message", "")).removeprefix("o")
            number = int(message) if message.isdecimal() else 0
            update = updates.press(chat_id, NAME, key, number, data, label, self._clock.now())
            await self._put(chat_id, body, update)
            return JSONResponse({"ok": True})
        return refusal.response

    async def send(self, request: Request) -> Response:
        async with _refusing() as refusal:
            _same_origin(request)
            async with request.form(max_files=1, max_fields=4) as form:
                file = form.get("file")
                if not isinstance(file, UploadFile):
                    raise Refusal(400, "no_file")
                body = {"seat": form.get("seat"), "key": form.get("key")}
                content = await file.read(LARGEST_FILE + 1)
                name, mime = file.filename or "file", file.content_type or ""
            if len(content) > LARGEST_FILE:
                raise Refusal(413, "too_large")
            chat_id = await self._chat(request, body)
            token = await self._keep(chat_id, name, mime, content)
            update = updates.file(chat_id, NAME, token, name, mime, len(content), self._clock.now())
            await self._put(chat_id, body, update)
            return JSONResponse({"ok": True})
        return refusal.response

    async def file(self, request: Request) -> Response:
        """A file that the visitor sent or was sent, as a download; pictures may show."""
        chats = await self._seats.chats(request)
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(File).where(File.token == request.path_params["token"])
                )
            ).one_or_none()
            if row is None or not await _theirs(connection, row, list(chats.values())):
                return Response(status_code=404)
        picture = row.mime in ("image/png", "image/jpeg", "image/gif", "image/webp")
        kind = "inline" if picture else "attachment"
        headers = {"Content-Disposition": f"{kind}; filename*=UTF-8''{quote(row.name, safe='')}"}
        mime = row.mime if picture else "application/octet-stream"
        return Response(row.content, media_type=mime, headers=headers)

    async def live(self, socket: WebSocket) -> None:
        """Every chat of the visitor from the cursor on, then as it happens."""
        chats = await self._seats.chats(socket)
        if not chats or not _is_same_origin(socket):
            await socket.close(code=4403)
            return
        await socket.accept()
        cursors = _cursors(socket.query_params.get("after", ""), chats)
        gone = asyncio.create_task(_gone(socket))
        news = asyncio.Event()
        self._readers.add(news)
        try:
            while not gone.done():
                news.clear()
                await self._tell(socket, chats, cursors)
                await _either(news, gone)
        except (WebSocketDisconnect, RuntimeError):
            pass  # the visitor left while we wrote
        finally:
            self._readers.discard(news)
            gone.cancel()

    async def _tell(
        self, socket: WebSocket, chats: dict[str, int], cursors: dict[str, Cursor]
    ) -> None:
        for seat, chat_id in chats.items():
            async with self._database.reading() as connection:
                entries = await feed.read(connection, chat_id, cursors[seat])
            for entry in entries:
                cursors[seat] = cursors[seat].past(entry)
                await socket.send_json({"cursor": _joined(cursors), **_shown(seat, entry)})

    async def _body(self, request: Request) -> tuple[dict[str, Any], int]:
        """The JSON of an act and the chat that it is for."""
        _same_origin(request)
        raw = await request.body()
        if len(raw) > LARGEST_JSON:
            raise Refusal(413, "too_large")
        try:
            body = json.loads(raw)
        except ValueError:
            raise Refusal(400, "broken") from None
        if not isinstance(body, dict):
            raise Refusal(400, "broken")
        return body, await self._chat(request, body)

    async def _chat(self, request: Request, body: dict[str, Any]) -> int:
        chats = await self._seats.chats(request)
        if body.get("seat") not in chats:
            raise Refusal(403, "no_seat")
        return chats[body["seat"]]

    async def _put(self, chat_id: int, body: dict[str, Any], update: dict[str, Any]) -> None:
        key = _string(body, "key", 64)
        await self._inbox.put(Raw(NAME, f"{chat_id}:{key}", chat_id, update))
        for reader in self._readers:
            reader.set()

    async def _keep(self, chat_id: int, name: str, mime: str, content: bytes) -> str:
        token = secrets.token_urlsafe(16)
        values = {
            "token": token, "chat_id": chat_id, "name": name[:255], "mime": mime[:100],
            "content": content, "created_at": self._clock.now(),
        }  # fmt: skip
        async with self._database.writing() as connection:
            await connection.execute(insert(File).values(values))
        return token


def web_app(page: Page, more: list[BaseRoute], *, hosts: frozenset[str]) -> Starlette:
    return Starlette(
        routes=[*more, *page.routes()], middleware=[Middleware(SafeHeaders, hosts=hosts)]
    )


class Refusal(Exception):
    """An act that is not taken: a status, and the name of its sentence in web/errors."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.response = JSONResponse({"error": words.word("web/errors", why)}, status)


class _Refused:
    response: Response


@asynccontextmanager
async def _refusing() -> AsyncIterator[_Refused]:
    refused = _Refused()
    try:
        yield refused
    except Refusal as refusal:
        refused.response = refusal.response


def _string(body: dict[str, Any], name: str, most: int) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise Refusal(400, "broken")
    if len(value) > most:
        raise Refusal(413, "too_large")
    return value


async def _theirs(connection: AsyncConnection, file: Any, chats: Collection[int]) -> bool:
    """What we made is whoever's has its name; what somebody sent, theirs and who was sent it."""
    if file.chat_id is None or file.chat_id in chats:
        return True
    return await feed.was_sent(connection, file.id, chats)


def _same_origin(connection: HTTPConnection) -> None:
    if not _is_same_origin(connection):
        raise Refusal(403, "other_origin")


def _is_same_origin(connection: HTTPConnection) -> bool:
    """A browser names the page that asks; another site's page may not act here."""
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == connection.headers.get("host")


async def _gone(socket: WebSocket) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            await socket.receive()


async def _either(news: asyncio.Event, gone: asyncio.Task[None]) -> None:
    waiting = asyncio.create_task(news.wait())
    await asyncio.wait({waiting, gone}, timeout=LOOK, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def _cursors(after: str, chats: dict[str, int]) -> dict[str, Cursor]:
    """One cursor a seat, in the order of the seats: "3-17_0-4_2-2"."""
    parts = after.split("_")
    known = parts if len(parts) == len(chats) else [""] * len(chats)
    return {seat: Cursor.parse(part) for seat, part in zip(chats, known, strict=True)}


def _joined(cursors: dict[str, Cursor]) -> str:
    return "_".join(str(cursor) for cursor in cursors.values())


def _shown(seat: str, entry: Entry) -> dict[str, Any]:
    return {
        "seat": seat,
        "id": entry.id,
        "who": "me" if entry.mine else "bot",
        "html": entry.html,
        "rows": [
            [{"label": b["text"], "data": b["callback_data"]} for b in row] for row in entry.rows
        ],
        "files": entry.files,
        "at": entry.at.isoformat(),
        "key": entry.key,
        "edits": entry.edits,
        "deletes": entry.deletes,
    }
