"""setWebhook: posts each update to the bot until it answers 2xx."""

import asyncio
import json
from dataclasses import dataclass, field

import httpx

from tests.emulators.telegram.errors import Json
from tests.emulators.telegram.state import World
from tests.emulators.telegram.updates import Queued

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class Webhook:
    """One chat's updates go out in order, different chats' side by side."""

    world: World
    url: str
    secret: str
    max_connections: int
    busy: set[int] = field(default_factory=set)
    last_error: Json = field(default_factory=dict)

    async def run(self) -> None:
        async with (
            httpx.AsyncClient(timeout=60, trust_env=False) as client,
            asyncio.TaskGroup() as group,
        ):
            while True:
                changed = self.world.signal.event
                for entry in self._claim():
                    group.create_task(self._deliver(client, entry))
                await changed.wait()

    def _claim(self) -> list[Queued]:
        claimed = []
        for entry in self.world.updates.entries:
            if len(self.busy) == self.max_connections:
                break
            if entry.lane not in self.busy:
                self.busy.add(entry.lane)
                claimed.append(entry)
        return claimed

    async def _deliver(self, client: httpx.AsyncClient, entry: Queued) -> None:
        pause = FIRST_PAUSE
        while not await self._accepted(client, entry):
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        self.world.updates.delivered(entry)
        self.busy.discard(entry.lane)
        self.world.signal.fire()

    async def _accepted(self, client: httpx.AsyncClient, entry: Queued) -> bool:
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers[SECRET_HEADER] = self.secret
        body = json.dumps(entry.payload)
        try:
            response = await client.post(self.url, content=body, headers=headers)
        except httpx.HTTPError as error:
            return self._failed(f"Connection failed: {type(error).__name__}")
        if response.is_success:
            return True
        status = f"{response.status_code} {response.reason_phrase}"
        return self._failed(f"Wrong response from the webhook: {status}")

    def _failed(self, words: str) -> bool:
        date = int(self.world.now())
        self.last_error = {"last_error_date": date, "last_error_message": words}
        return False
