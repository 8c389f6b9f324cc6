"""Telegram's API called raw, for what is no message: polling, our name, our commands."""

from __future__ import annotations

import json
from typing import Any

from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter


class Api:
    """`request` is PTB's HTTP client, `url` the bot's address with its token."""

    def __init__(self, request: BaseRequest, url: str) -> None:
        self._request = request
        self._url = url

    async def call(self, method: str, read_timeout: float = 10.0, **params: Any) -> Any:
        """The result; ConnectionError with Telegram's words where it refuses."""
        status, answer = await self._request.do_request(
            f"{self._url}/{method}",
            "POST",
            RequestData([RequestParameter(name, value, None) for name, value in params.items()]),
            read_timeout=read_timeout,
        )
        body = json.loads(answer)
        if not body.get("ok"):
            raise ConnectionError(f"{status} {body.get('description')}")
        return body["result"]
