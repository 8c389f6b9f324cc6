"""How fast a network lets us speak: over all chats, and in one chat."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from pipeline.rooms import is_room


class Pace:
    """Spaces sends evenly; a halt (429) stops one chat, or all of them, for its time. Groups may
    be written to less often than people.

    Times are the event loop's. A burst is never allowed: Telegram's limits are per second and
    a queue that is a little late costs nobody anything.
    """

    def __init__(self, per_second: float, per_chat: float, per_room: float | None = None) -> None:
        self._gap = 1 / per_second
        self._chat_gap = 1 / per_chat
        self._room_gap = 1 / (per_room or per_chat)
        self._halts: dict[int, float] = {}
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
        self._chat_next[chat_id] = now + (self._room_gap if is_room(chat_id) else self._chat_gap)
        if len(self._chat_next) > 10_000:
            self._forget(now)

    def halt(self, chat_id: int, seconds: float) -> None:
        """The network asked for a pause. It does not say whether for this chat or for all: when
        two chats are told so at once, it is all."""
        now = asyncio.get_running_loop().time()
        self._halts = {chat: until for chat, until in self._halts.items() if until > now}
        self._halts[chat_id] = until = now + seconds
        self._chat_next[chat_id] = max(self._chat_next[chat_id], until)
        if len(self._halts) > 1:
            self._next = max(self._next, until)

    def _forget(self, now: float) -> None:
        self._chat_next = defaultdict(
            float, {chat: at for chat, at in self._chat_next.items() if at > now}
        )
