"""Work that keeps a core busy, done by processes beside this one while the event loop goes on."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import ParamSpec, TypeVar

RARELY = 100_000, 50, 100  # what they make is much, short-lived and without cycles
IDLE = 60.0  # seconds after which they are let go: each takes as much memory as it has read

P = ParamSpec("P")
R = TypeVar("R")


class Processes:
    """As many as there are cores; started when first needed, and again after they were let go."""

    def __init__(self) -> None:
        self.count = os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None
        self._busy = 0
        self._leave: asyncio.TimerHandle | None = None

    async def do(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """A function of a module, with what can be sent to another process."""
        self._busy += 1
        try:
            return await asyncio.wrap_future(self._ready().submit(function, *args, **kwargs))
        except BrokenProcessPool:
            self.close()  # one was killed: who tries again gets others
            raise
        finally:
            self._busy -= 1
            self._go_when_idle()

    @property
    def at_rest(self) -> bool:
        return self._pool is None

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = None

    def _ready(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self.count, get_context("spawn"), _begin)
        return self._pool

    def _go_when_idle(self) -> None:
        if self._leave is not None:
            self._leave.cancel()
        self._leave = asyncio.get_running_loop().call_later(IDLE, self._idle)

    def _idle(self) -> None:
        if not self._busy:
            self.close()


def _begin() -> None:
    gc.set_threshold(*RARELY)
    if parent := parent_process():
        Thread(target=_end_with, args=[parent], daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    """Who works for one that was killed would wait for ever."""
    parent.join()
    os._exit(1)
