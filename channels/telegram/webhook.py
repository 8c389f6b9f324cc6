"""Telegram's webhook: the secret first, then stored, then answered."""

from __future__ import annotations

import hmac
import json
import logging

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.telegram.updates import raw_of
from pipeline.inbox import Inbox

log = logging.getLogger(__name__)

PATH = "/telegram/webhook"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
LARGEST = 1024 * 1024


class Webhook:
    """Refuses to exist without a secret: an open door would let anybody speak as anybody."""

    def __init__(self, secret: str, inbox: Inbox) -> None:
        if len(secret) < 32:
            raise ValueError("a webhook secret needs 32 characters")
        self._secret = secret.encode()
        self._inbox = inbox

    def route(self) -> Route:
        return Route(PATH, self.receive, methods=["POST"])

    async def receive(self, request: Request) -> Response:
        given = request.headers.getlist(HEADER)
        if len(given) != 1 or not hmac.compare_digest(given[0].encode(), self._secret):
            return Response(status_code=403)
        body = await _limited(request)
        if body is None:
            return Response(status_code=413)
        try:
            raw = raw_of(json.loads(body))
        except (ValueError, RecursionError):
            raw = None
        if raw is None:  # accepted all the same: Telegram would hold back the rest and repeat it
            log.warning("Telegram posted something that is no update")
        else:
            await self._inbox.put(raw)
        return Response(status_code=200)


async def _limited(request: Request) -> bytes | None:
    """The body, or None as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    return bytes(body)
