"""Long polling that stores before it confirms.

PTB's own Updater confirms a batch to Telegram while it still waits in memory, and a process that
dies then has lost it; one update that it cannot parse makes it deaf. So: raw JSON, stored, and
only then the next offset, which confirms what is stored.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from telegram.request import BaseRequest

from channels.telegram.api import Api
from channels.telegram.updates import KINDS, raw_of
from pipeline.inbox import Inbox

log = logging.getLogger(__name__)

WAIT = 25  # seconds that Telegram holds an empty answer
LONGEST_PAUSE = 30.0


class Poller:
    """`request` is PTB's HTTP client, `url` the bot's address with its token."""

    def __init__(self, request: BaseRequest, url: str, inbox: Inbox) -> None:
        self._api = Api(request, url)
        self._inbox = inbox
        self._offset: int | None = None

    async def run(self) -> None:
        """Poll until cancelled; a failure is waited out with growing pauses."""
        pause, begun = 1.0, False
        while True:
            try:
                if not begun:  # Telegram refuses to be polled while it knows of a webhook
                    await self._api.call("deleteWebhook")
                    begun = True
                await self.once()
                pause = 1.0
            except Exception as error:
                log.warning("polling Telegram failed: %r", error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def once(self) -> int:
        """Fetch, store, and move on; how many updates came."""
        wanted: dict[str, Any] = {"timeout": WAIT, "allowed_updates": KINDS}
        if self._offset is not None:
            wanted["offset"] = self._offset
        updates = await self._api.call("getUpdates", WAIT + 10, **wanted)
        raws = [raw for raw in map(raw_of, updates) if raw is not None]
        await self._inbox.put_all(raws)
        if raws:
            # The last received and not the highest: after a quiet week ids begin anywhere.
            self._offset = raws[-1].sequence + 1
        elif updates:
            raise ValueError("updates without a number: the next will confirm them")
        return len(raws)
