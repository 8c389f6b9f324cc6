"""Whose chats a visitor sees: three phones on one's own machine, one's own chat elsewhere."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from channels.chats import Chats
from pipeline import words

NAME = "web"
COOKIE = "zhiqiao"
DAYS = 90

Redeem = Callable[[str], Awaitable[str | None]]
"""Takes a one-time code; gives the role that it opens, or None."""


class Seats(Protocol):
    demo: bool

    async def chats(self, connection: HTTPConnection) -> dict[str, int]:
        """Name of the seat → chat id; empty for a stranger."""
        ...

    async def shown(self, connection: HTTPConnection) -> list[dict[str, Any]]:
        """What the page says of each seat: name and hint."""
        ...

    def routes(self) -> list[BaseRoute]: ...


class ThreePhones:
    """Everybody who reaches this address may use all three: so it is bound to this machine."""

    demo = True

    def __init__(self, chats: Chats) -> None:
        self._chats = chats
        self._seats: list[tuple[str, str, str]] = words.word("web/labels", "seats")

    async def chats(self, connection: HTTPConnection) -> dict[str, int]:
        return {name: await self._chats.open(NAME, name, role) for name, role, _ in self._seats}

    async def shown(self, connection: HTTPConnection) -> list[dict[str, Any]]:
        return [{"name": name, "hint": hint} for name, _, hint in self._seats]

    def routes(self) -> list[BaseRoute]:
        return []


class SignedIn:
    """One chat a visitor, entered by a one-time link /in/CODE; a cookie keeps it open."""

    demo = False

    def __init__(self, chats: Chats, redeem: Redeem) -> None:
        self._chats = chats
        self._redeem = redeem
        self._own: str = words.word("web/labels", "own")

    async def chats(self, connection: HTTPConnection) -> dict[str, int]:
        chat_id = await self._chats.find(NAME, _address(connection.cookies.get(COOKIE, "")))
        return {} if chat_id is None else {self._own: chat_id}

    async def shown(self, connection: HTTPConnection) -> list[dict[str, Any]]:
        known = await self.chats(connection)
        return [{"name": name, "hint": ""} for name in known]

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/in/{code}", self._offer),
            Route("/sign-in", self._enter, methods=["POST"]),
        ]

    async def _offer(self, request: Request) -> Response:
        """A page with a button, because whatever previews links would use the code up."""
        code = request.path_params["code"]
        return HTMLResponse(words.page("web/sign_in", token=code, problem=None))

    async def _enter(self, request: Request) -> Response:
        async with request.form(max_files=0, max_fields=1) as form:
            role = await self._redeem(str(form.get("token", "")))
        if role is None:
            page = words.page("web/sign_in", token=None, problem="used")
            return HTMLResponse(page, status_code=403)
        secret = secrets.token_urlsafe(32)
        await self._chats.open(NAME, _address(secret), role)
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(
            COOKIE, secret, max_age=DAYS * 86400, httponly=True, samesite="lax",
            secure=request.url.scheme == "https",
        )  # fmt: skip
        return answer


def _address(secret: str) -> str:
    """The database knows a session only by its hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
