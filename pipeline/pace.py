"""How fast a network lets us speak: over all chats, and in one chat."""

from __future__ import annotations

import asyncio
from collections import defaultdict


class Pace:
    """Spaces sends evenly; a halt (429) stops one chat, or all of them, for its time.

    Times are the event loop's. A burst is never allowed: Telegram's limits are per second and
    a queue that is a little late costs nobody anything.
    """

    def __init__(self, per_second: float, per_chat: float) -> None:
        self._gap = 1 / per_second
        self._chat_gap = 1 / per_chat
        self._next = 0.0
        self._chat_next: dict[int, float] = defaultdict(float)

    async def wait(self, chat_id: int) -> None:
        """Return when this chat may be written to; the place in line is taken by then."""
        loop = asyncio.get_running_loop()
        while True:
            start = max(self._next, self._chat_next[chat_id])
            if start <= loop.time():
                break
            await asyncio.sleep(start - loop.time())
        now = loop.time()
        self._next = now + self._gap
        self._chat_next[chat_id] = now + self._chat_gap
        if len(self._chat_next) > 10_000:
            self._forget(now)

    def halt(self, chat_id: int, seconds: float) -> None:
        """The network asked for a pause in this chat."""
        until = asyncio.get_running_loop().time() + seconds
        self._chat_next[chat_id] = max(self._chat_next[chat_id], until)

    def _forget(self, now: float) -> None:
        self._chat_next = defaultdict(
            float, {chat: at for chat, at in self._chat_next.items() if at > now}
        )
