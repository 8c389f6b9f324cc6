"""What every answer of the page tells the browser: nothing from elsewhere, nothing inline."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class SafeHeaders:
    """Adds them, and refuses other host names: a page elsewhere must not reach a local server
    by a name that it made point here. An empty set of hosts allows all (a proxy decides). Doors
    are paths that have a secret of their own, and are called by whatever name a proxy passes on."""

    def __init__(
        self, app: ASGIApp, hosts: frozenset[str], doors: frozenset[str] = frozenset()
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if self._hosts and _host(scope) not in self._hosts and scope["path"] not in self._doors:
            await PlainTextResponse("", status_code=421)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, with_headers)


def _host(scope: Scope) -> str:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1")
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
