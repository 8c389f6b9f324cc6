"""The queue of updates with Telegram's offset semantics, and the one long poll that waits on it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.emulators.telegram.errors import ApiError, Json

LIFETIME = 24 * 3600
# An offset further ahead than this is taken for a wrong one and ignored (tdlib's TQueue).
FUTURE = 10
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
OTHER_POLL = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)


@dataclass
class Queued:
    id: int
    payload: Any
    lane: int  # updates of one lane (a chat) reach a webhook one after the other
    expires: float
    deliveries: int


class UpdateQueue:
    def __init__(self, now: Callable[[], float], changed: Callable[[], None]) -> None:
        self.now = now
        self.changed = changed
        self.next_id = 700_000_001
        self.allowed: list[str] = []
        self.waiting: asyncio.Future[None] | None = None
        self.repeats = 0
        self._entries: list[Queued] = []

    @property
    def entries(self) -> list[Queued]:
        self._entries = [entry for entry in self._entries if entry.expires > self.now()]
        return self._entries

    def push(self, kind: str, body: Json, chat_id: int) -> None:
        """Queues an update of a kind, unless the bot did not ask for that kind."""
        wanted = kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT
        if wanted:
            self.inject({"update_id": self.next_id, kind: body}, chat_id)

    def inject(self, payload: Any, lane: int | None = None) -> None:
        """Queues anything at all; an object without an update_id is given one."""
        update_id = self.next_id
        if isinstance(payload, dict):
            payload = {"update_id": update_id} | payload
        self.next_id += 1
        deliveries = 2 if self.repeats else 1
        self.repeats = max(0, self.repeats - 1)
        lane = update_id if lane is None else lane
        entry = Queued(update_id, payload, lane, self.now() + LIFETIME, deliveries)
        self._entries.append(entry)
        self.wake()

    def delivered(self, entry: Queued) -> None:
        entry.deliveries -= 1
        if entry.deliveries == 0 and entry in self._entries:
            self._entries.remove(entry)

    def number_from(self, update_id: int) -> None:
        """What Telegram does after a week without updates: new ids, maybe lower ones."""
        self._entries.clear()
        self.next_id = update_id

    def confirm(self, offset: int) -> None:
        if offset < 0:
            offset += self.next_id
        if offset <= self.next_id + FUTURE:
            for entry in [entry for entry in self.entries if entry.id < offset]:
                self.delivered(entry)

    async def poll(self, offset: int, limit: int, timeout: int) -> list[Any]:
        """getUpdates. Raises ApiError 409 when another poll or a webhook takes over."""
        self.confirm(offset)
        if timeout and not self.entries:
            self.abort(OTHER_POLL)
            self.waiting = asyncio.get_running_loop().create_future()
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self.waiting
        return [entry.payload for entry in self.entries[:limit]]

    def abort(self, words: str) -> None:
        if self.waiting and not self.waiting.done():
            self.waiting.set_exception(ApiError(409, words))

    def wake(self) -> None:
        if self.waiting and not self.waiting.done():
            self.waiting.set_result(None)
        self.changed()
