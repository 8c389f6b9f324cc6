"""Work that keeps a core busy, done by processes beside this one while the event loop goes on."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any, ParamSpec, TypeVar

RARELY = 1_000_000, 50, 100  # what they make is much, short-lived and without cycles
PATIENCE = 5  # the process that answers people comes first
TOLD = "__spec__", "__file__"  # of `__main__`: where it was read from
IDLE = 60.0  # seconds after which they are let go: each takes as much memory as it has read

P = ParamSpec("P")
R = TypeVar("R")
Share = tuple[int, int]
"""Which one of how many."""


class Processes:
    """As many as there are cores; started when first needed, and again after they were let go."""

    def __init__(self) -> None:
        self.count = os.cpu_count() or 1
        self._pools: list[ProcessPoolExecutor] = []  # of one each: who remembers what is known
        self._busy = [0] * self.count
        self._leave: asyncio.TimerHandle | None = None

    async def do(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """A function of a module, with what can be sent to another process."""
        least = min(range(self.count), key=self._busy.__getitem__)
        return await self._by(least, partial(function, *args, **kwargs))

    async def share(self, function: Callable[[Share], R]) -> list[R]:
        """Each of them does its share of it, always the same one."""
        shares = ((number, self.count) for number in range(self.count))
        return await asyncio.gather(*(self._by(s[0], partial(function, s)) for s in shares))

    async def _by(self, number: int, work: Callable[[], R]) -> R:
        self._busy[number] += 1
        try:
            with _lean():
                future = self._ready()[number].submit(work)
            return await asyncio.wrap_future(future)
        except BrokenProcessPool:
            self.close()  # one was killed: who tries again gets others
            raise
        finally:
            self._busy[number] -= 1
            self._go_when_idle()

    @property
    def at_rest(self) -> bool:
        return not self._pools

    def close(self) -> None:
        for pool in self._pools:
            pool.shutdown(wait=False, cancel_futures=True)
        self._pools = []

    def _ready(self) -> list[ProcessPoolExecutor]:
        if not self._pools:
            spawn = get_context("spawn")
            self._pools = [ProcessPoolExecutor(1, spawn, _begin) for _ in range(self.count)]
        return self._pools

    def _go_when_idle(self) -> None:
        if self._leave is not None:
            self._leave.cancel()
        self._leave = asyncio.get_running_loop().call_later(IDLE, self._idle)

    def _idle(self) -> None:
        if not any(self._busy):
            self.close()


@contextmanager
def _lean() -> Iterator[None]:
    """A process that is started here imports what it is asked for, not the whole program: that
    would be what `__main__` imports, where it tells what it was read from."""
    main = sys.modules["__main__"].__dict__
    told: dict[str, Any] = {name: main[name] for name in TOLD if name in main}
    main.update(dict.fromkeys(told))
    try:
        yield
    finally:
        main.update(told)


def _begin() -> None:
    os.nice(PATIENCE)
    gc.set_threshold(*RARELY)
    if parent := parent_process():
        Thread(target=_end_with, args=[parent], daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    """Who works for one that was killed would wait for ever."""
    parent.join()
    os._exit(1)
