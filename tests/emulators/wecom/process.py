"""The emulator in a process of its own, which outlives a bot that is killed."""

import asyncio
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.emulators.wecom.errors import Json

PROJECT = Path(__file__).parents[3]


class WeComProcess:
    """Drives `python -m tests.emulators.wecom` through its control API."""

    async def __aenter__(self) -> Self:
        module = ("-m", "tests.emulators.wecom", "--port", "0")
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, *module, stdout=pipe, cwd=PROJECT
        )
        assert self.process.stdout is not None
        self.base_url = (await self.process.stdout.readline()).decode().strip()
        assert self.base_url, "the emulator did not start"
        self.client = httpx.AsyncClient(
            base_url=self.base_url, trust_env=False, verify=False, timeout=30
        )
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

    async def user(self, userid: str, verb: str, /, **arguments: Any) -> Json:
        """One of User's verbs. Raises AssertionError where the person cannot do that."""
        return await self._post(f"user/{verb}", {"user": userid} | arguments)

    async def customer(self, name: str, verb: str, /, **arguments: Any) -> Json:
        """One of Customer's verbs."""
        return await self._post(f"customer/{verb}", {"customer": name} | arguments)

    async def connect(self, url: str) -> None:
        """Raises AssertionError where the bot does not prove that it knows the keys."""
        await self._post("connect", {"url": url})

    async def member(self, userid: str, *, plugin: bool = False) -> None:
        await self._post("member", {"user": userid, "plugin": plugin})

    async def knob(self, name: str, /, **arguments: Any) -> None:
        await self._post(f"knob/{name}", arguments)

    async def messages(self, userid: str) -> list[Json]:
        return await self._get("messages", user=userid)

    async def customer_messages(self, nickname: str) -> list[Json]:
        return await self._get("customer_messages", customer=nickname)

    async def calls(self, since: int = 0) -> list[Json]:
        return await self._get("calls", since=str(since))

    async def deliveries(self, since: int = 0) -> list[Json]:
        return await self._get("deliveries", since=str(since))

    async def _post(self, path: str, body: Json) -> Json:
        response = await self.client.post(f"/control/{path}", json=body)
        answer: Json = response.json()
        assert response.is_success, answer["error"]
        return answer

    async def _get(self, view: str, **query: str) -> list[Json]:
        response = await self.client.get(f"/control/{view}", params=query)
        listed: list[Json] = response.raise_for_status().json()
        return listed
