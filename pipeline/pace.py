"""How a network wants to be spoken to: how fast over all chats and in one, and what it makes of a
message that comes twice."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.rooms import is_room

CATCH_UP = 5  # places of the line that a loop which was late may make up for
LONG_WAIT = 5.0  # seconds for its turn in a chat, beyond which a letter goes back to wait

Window = tuple[int, float]
"""So many messages to a chat in so many seconds."""


@dataclass(order=True)
class Place:
    """In the line of a network: the lower `urgency` goes first, then who came first."""

    urgency: int
    number: int
    chats: tuple[int, ...] = field(compare=False)
    granted: asyncio.Future[None] = field(compare=False)


class Pace:
    """Spaces sends evenly; a halt (429) stops one chat, or all of them, for its time. Groups may
    be written to less often than people.

    Times are the event loop's. Over all chats there is a line, in which a reply stands before a
    broadcast; its places come at even times, and where the loop was late the next few make up for
    it, but never are there more than the limit in any second. In one chat `windows` may allow for
    a burst.
    """

    def __init__(
        self,
        per_second: float,
        per_chat: float,
        per_room: float | None = None,
        windows: Sequence[Window] = (),
    ) -> None:
        self._windows = windows
        self._sent: dict[int, deque[float]] = defaultdict(
            lambda: deque(maxlen=max((count for count, _ in windows), default=0))
        )
        self._gap = 1 / per_second
        self._chat_gap = 1 / per_chat
        self._room_gap = 1 / (per_room or per_chat)
        self._halts: dict[int, float] = {}
        self._quiet_until = 0.0
        self._next = 0.0
        self._recent: deque[float] = deque(maxlen=max(1, int(per_second)))
        self._chat_next: dict[int, float] = defaultdict(float)
        self._line: list[Place] = []
        self._numbers = itertools.count()
        self._serving: asyncio.Task[None] | None = None

    async def wait(self, *chats: int, urgency: int = 0) -> None:
        """Return when these chats may be written to in one call; the place in line is taken by
        then. Over all chats a call counts once, in a chat each message does."""
        while True:
            await _until(lambda: max(map(self._own, chats)))
            await self._turn(chats, urgency)
            if max(map(self._own, chats)) <= (now := _now()):
                break
        for chat_id in chats:
            self._take(chat_id, now)
        if len(self._chat_next) > 10_000:
            self._forget(now)

    def hurry(self, chat_id: int) -> None:
        """What waits for this chat goes first: a reply stands behind it."""
        for place in self._line:
            if chat_id in place.chats:
                place.urgency = 0
        heapq.heapify(self._line)

    async def _turn(self, chats: tuple[int, ...], urgency: int) -> None:
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._line, Place(urgency, next(self._numbers), chats, granted))
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())
        await granted

    async def _serve(self) -> None:
        """One after the other, while there is a line."""
        try:
            self._next = max(self._next, _now())
            while self._line:
                await _until(self._slot)
                place = heapq.heappop(self._line)
                if not place.granted.done():
                    self._next = max(self._next, _now() - CATCH_UP * self._gap) + self._gap
                    self._recent.append(_now())
                    place.granted.set_result(None)
        finally:
            self._serving = None

    def _slot(self) -> float:
        """When the next of the line may go."""
        full = len(self._recent) == self._recent.maxlen
        return max(self._next, self._recent[0] + 1.0 if full else 0.0)

    def _take(self, chat_id: int, now: float) -> None:
        self._chat_next[chat_id] = now + (self._room_gap if is_room(chat_id) else self._chat_gap)
        if self._windows:
            self._sent[chat_id].append(now)

    def _own(self, chat_id: int) -> float:
        return max(self._chat_next[chat_id], self._free(chat_id))

    def delay(self, chat_id: int) -> float:
        """The seconds until this chat may be written to, were there no line."""
        return max(self._slot(), self._own(chat_id)) - _now()

    def halted(self, chat_id: int) -> bool:
        """Whether the network wants quiet here now."""
        return max(self._quiet_until, self._halts.get(chat_id, 0.0)) > _now()

    def halt(self, chat_id: int, seconds: float) -> None:
        """The network asked for a pause. It does not say whether for this chat or for all: when
        two chats are told so at once, it is all."""
        now = _now()
        self._halts = {chat: until for chat, until in self._halts.items() if until > now}
        self._halts[chat_id] = until = max(now + seconds, self._halts.get(chat_id, 0.0))
        self._chat_next[chat_id] = max(self._chat_next[chat_id], until)
        if len(self._halts) > 1:
            self._quiet_until = max(self._quiet_until, until)
            self._next = max(self._next, until)

    def _free(self, chat_id: int) -> float:
        """When every window has room for one more message to this chat."""
        sent = self._sent[chat_id] if self._windows else ()
        return max(
            (sent[-count] + seconds for count, seconds in self._windows if len(sent) >= count),
            default=0.0,
        )

    def _forget(self, now: float) -> None:
        longest = max((seconds for _, seconds in self._windows), default=0.0)
        for chat in [chat for chat, sent in self._sent.items() if sent[-1] + longest <= now]:
            del self._sent[chat]
        self._chat_next = defaultdict(
            float, {chat: at for chat, at in self._chat_next.items() if at > now}
        )


async def _until(moment: Callable[[], float]) -> None:
    """Sleep until a moment that may move meanwhile."""
    delay = moment() - _now()
    while delay > 0:
        await asyncio.sleep(delay)
        delay = moment() - _now()


def _now() -> float:
    return asyncio.get_running_loop().time()


@dataclass(frozen=True)
class Crowd:
    """How a network takes one message to many: up to `most` chats in a call; to more than `few` not
    in the `busy` minutes of an hour, in which everybody sends."""

    most: int
    few: int
    busy: frozenset[int]

    def pause(self, count: int, now: datetime) -> timedelta:
        """How long so many had better wait: until the busy minute is over, and not all alike."""
        if count <= self.few or now.minute not in self.busy:
            return timedelta()
        return timedelta(seconds=60 - now.second + random.uniform(0, 20))


@dataclass(frozen=True)
class Network:
    """`pace` is None for one that takes all at any speed. One that `tells_repetitions` shows a
    message once, however often it is sent, so what got no answer is simply sent again. `crowd` is
    None for one that takes one chat a call. One that `counts` lets us answer a message only so
    many times; one that `hands_over` can leave a talk to a human there."""

    pace: Pace | None = None
    tells_repetitions: bool = True
    name: str = ""
    crowd: Crowd | None = None
    counts: bool = False
    hands_over: bool = False
