"""Calls to WeCom for one app: the token, the tries, and what its errors mean for the next call."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from channels.wecom import errors, limits
from channels.wecom.errors import Paused, Unanswered, WeComError
from channels.wecom.tokens import Fetched, Tokens
from pipeline.clock import Clock

log = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(10.0, connect=5.0)

Alarm = Callable[[WeComError], Awaitable[None]]
"""Tells people of what only people can mend."""


@dataclass(frozen=True)
class App:
    """One self-built app of one corp."""

    corp_id: str
    agent_id: int
    secret: str

    @property
    def name(self) -> str:
        return f"{self.corp_id}/{self.agent_id}"


@dataclass(frozen=True)
class Media:
    """A file as it is downloaded."""

    content: bytes
    mime: str
    name: str | None


class Client:
    def __init__(
        self, app: App, http: httpx.AsyncClient, tokens: Tokens, clock: Clock, alarm: Alarm
    ) -> None:
        self.app = app
        self._http = http
        self._tokens = tokens
        self._clock = clock
        self._alarm = alarm
        self._closed_until: datetime | None = None
        self._room = asyncio.Semaphore(limits.CONCURRENT)

    async def post(self, path: str, body: dict[str, Any], **query: Any) -> dict[str, Any]:
        """The answer to a JSON call. Chinese goes as Chinese: WeCom refuses it as \\uXXXX."""
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return await self._call("POST", path, query, content=content, headers=headers)

    async def upload(self, kind: str, name: str, content: bytes) -> str:
        """The media id of a file, good for three days."""
        files = {"media": (name, content)}
        answer = await self._call("POST", "media/upload", {"type": kind}, files=files)
        return str(answer["media_id"])

    async def download(self, media_id: str) -> Media:
        answer = await self._call("GET", "media/get", {"media_id": media_id})
        media: Media = answer["media"]
        return media

    async def _call(
        self, method: str, path: str, query: dict[str, Any], **content: Any
    ) -> dict[str, Any]:
        """Try as long as it makes sense; raises WeComError, Unanswered or Paused."""
        self._check_open()
        tries, token = 0, await self._token()
        renewed = False
        while True:
            try:
                return await self._once(method, path, {**query, "access_token": token}, **content)
            except WeComError as error:
                if error.code in errors.TOKEN and not renewed:
                    renewed, token = True, await self._token(spoilt=token)
                elif error.code in errors.BUSY and tries < limits.BUSY_TRIES:
                    await asyncio.sleep(limits.BUSY_PAUSE * 2**tries * random.uniform(0.5, 1.5))
                    tries += 1
                else:
                    await self._note(path, error)
                    raise

    async def _token(self, spoilt: str | None = None) -> str:
        try:
            return await self._tokens.get(self.app.name, self._fetch, spoilt)
        except WeComError as error:
            await self._note("gettoken", error)
            raise

    async def _fetch(self) -> Fetched:
        query = {"corpid": self.app.corp_id, "corpsecret": self.app.secret}
        answer = await self._once("GET", "gettoken", query)
        return str(answer["access_token"]), float(answer.get("expires_in", 7200))

    async def _once(
        self, method: str, path: str, query: dict[str, Any], **content: Any
    ) -> dict[str, Any]:
        try:
            async with self._room:
                response = await self._http.request(
                    method, f"cgi-bin/{path}", params=query, **content
                )
        except httpx.HTTPError as error:  # its text may hold the address, and that the token
            raise Unanswered(f"{path}: {type(error).__name__}") from None
        return _answer(path, response)

    def _check_open(self) -> None:
        if self._closed_until is None:
            return
        seconds = (self._closed_until - self._clock.now()).total_seconds()
        if seconds > 0:
            raise Paused(seconds)
        self._closed_until = None

    async def _note(self, path: str, error: WeComError) -> None:
        """Log it, and leave WeCom alone where going on would make it worse."""
        log.warning("WeCom refused %s: %s", path, error)
        if error.code in errors.FREQUENT:
            self._close(limits.FREQUENCY_PAUSE)
        elif error.needs_people:
            if error.code not in errors.HARMLESS:
                self._close(limits.STOPPED)
            await self._alarm(error)

    def _close(self, seconds: float) -> None:
        self._closed_until = self._clock.now() + timedelta(seconds=seconds)


def _answer(path: str, response: httpx.Response) -> dict[str, Any]:
    if response.status_code != 200:
        raise Unanswered(f"{path}: HTTP {response.status_code}")
    kind = response.headers.get("Content-Type", "")
    if path == "media/get" and "json" not in kind:
        return {"media": Media(response.content, kind.partition(";")[0], _file_name(response))}
    try:
        answer = response.json()
        code = int(answer.get("errcode", 0))
    except (ValueError, AttributeError):
        raise Unanswered(f"{path}: no JSON") from None
    if code:
        raise WeComError(code, str(answer.get("errmsg", ""))[:300])
    return dict(answer)


def _file_name(response: httpx.Response) -> str | None:
    """What the answer calls the file; never a path."""
    _, found, name = response.headers.get("Content-Disposition", "").partition("filename=")
    name = name.split(";")[0].strip().strip('"').replace("\\", "/").rpartition("/")[2]
    return name[:200] if found and name else None
