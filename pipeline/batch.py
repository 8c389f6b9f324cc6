"""Many small writes, one transaction: each waits for the commit that they share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Batch(Generic[T]):
    """`add` returns when `write` has committed a list that holds the item.

    What arrives while a transaction is under way goes into the next one, so the number of
    commits falls as the load grows, and a single item waits for nobody. With a `linger` (seconds)
    the first item waits that long for company: for writes that nobody waits for.
    """

    def __init__(
        self,
        write: Callable[[list[T]], Awaitable[None]],
        most: int = 500,
        linger: float = 0.0,
    ) -> None:
        self._write = write
        self._most = most
        self._linger = linger
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def add(self, item: T) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        await asyncio.shield(done)

    async def _drain(self) -> None:
        try:
            while self._waiting:
                if self._linger:
                    await asyncio.sleep(self._linger)
                now, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._commit(now)
        finally:
            self._task = None

    async def _commit(self, part: list[tuple[T, asyncio.Future[None]]]) -> None:
        try:
            await self._write([item for item, _ in part])
        except Exception as error:
            for _, done in part:
                _settle(done, error)
        else:
            for _, done in part:
                _settle(done, None)


def _settle(done: asyncio.Future[None], error: Exception | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
