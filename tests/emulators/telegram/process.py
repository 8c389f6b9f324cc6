"""The emulator in a process of its own, which outlives a bot that is killed."""

import asyncio
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.emulators.telegram.errors import Json

PROJECT = Path(__file__).parents[3]


class TelegramProcess:
    """Drives `python -m tests.emulators.telegram` through its control API."""

    def __init__(self, token: str = "123456:TEST") -> None:
        self.token = token

    async def __aenter__(self) -> Self:
        module = ("-m", "tests.emulators.telegram", "--port", "0", "--token", self.token)
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, *module, stdout=pipe, cwd=PROJECT
        )
        assert self.process.stdout is not None
        self.address = (await self.process.stdout.readline()).decode().strip()
        assert self.address, "the emulator did not start"
        self.client = httpx.AsyncClient(base_url=self.address, trust_env=False)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.client.aclose()
        self.process.terminate()
        await self.process.wait()

    @property
    def base_url(self) -> str:
        return f"{self.address}/bot"

    @property
    def base_file_url(self) -> str:
        return f"{self.address}/file/bot"

    async def user(self, name: str, verb: str, /, **arguments: Any) -> Json:
        """One of User's verbs. Raises AssertionError where the person cannot do that."""
        response = await self.client.post(f"/control/user/{verb}", json={"user": name} | arguments)
        body: Json = response.json()
        assert response.is_success, body["error"]
        return body

    async def knob(self, name: str, /, **arguments: Any) -> None:
        response = await self.client.post(f"/control/knob/{name}", json=arguments)
        response.raise_for_status()

    async def messages(self, user: str) -> list[Json]:
        return await self._get("messages", user=user)

    async def accepted(self, since: int = 0) -> list[Json]:
        """Calls that took effect, without the first `since` of them."""
        return await self._get("accepted", since=str(since))

    async def refused(self) -> list[Json]:
        return await self._get("refused")

    async def _get(self, view: str, **query: str) -> list[Json]:
        response = await self.client.get(f"/control/{view}", params=query)
        listed: list[Json] = response.raise_for_status().json()
        return listed
