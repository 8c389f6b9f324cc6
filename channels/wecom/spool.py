"""What WeCom was answered for before the database had it: kept in a file meanwhile.

A turn may hold the database for longer than WeCom waits. So what is not stored at once is appended
to a file of this process, and answered; the file is emptied when all of it is stored. One that a
dead process left is taken in at the next start, and what comes meanwhile stands behind it. What
comes twice that way has the same key.
"""

from __future__ import annotations

import asyncio
import base64
import fcntl
import logging
import os
import secrets
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from weakref import WeakValueDictionary

log = logging.getLogger(__name__)

AT_ONCE = 0.01  # seconds that the database is given, where nothing waits for it already
AGAIN = 1.0  # seconds until what it refused is tried again
ENDING = ".spool"

Take = Callable[[bytes], Coroutine[Any, Any, None]]
Line = Callable[[bytes], str]

KEPT = asyncio.Event()
KEPT.set()


class Spool:
    """`take` stores a message for good, and may be called again for it. Those of one `line` are
    stored in the order in which they came, whatever befalls one of them."""

    def __init__(self, folder: Path, take: Take, line: Line) -> None:
        self._folder = folder
        # Sorted by name, files are in the order of their processes.
        self._path = folder / f"{time.time_ns():020}-{secrets.token_hex(4)}{ENDING}"
        self._take = take
        self._line = line
        self._lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._file: IO[bytes] | None = None
        self._unsettled = set[asyncio.Task[None]]()
        self._taken_over = asyncio.Event()
        self._taken_over.set()

    async def put(self, message: bytes) -> None:
        """Durable when it returns. What the database refuses at once is refused here, so that
        WeCom brings it again."""
        kept = asyncio.Event()
        task = asyncio.create_task(self._in_line(message, kept))
        done, _ = await asyncio.wait({task}, timeout=0 if self._unsettled else AT_ONCE)
        if done:
            task.result()
            return
        self._append(message)
        kept.set()
        self._unsettled.add(task)
        task.add_done_callback(self._settled)

    async def take_over(self) -> None:
        """Take in what processes that are gone have left."""
        self._taken_over.clear()
        try:
            for path in sorted(self._folder.glob(f"*{ENDING}")):
                await self._take_in(path)
        finally:
            self._taken_over.set()

    async def _take_in(self, path: Path) -> None:
        with path.open("r+b") as file:
            if not _locked(file):
                return  # its process lives
            for line in file:
                if (message := _read(line)) is not None:
                    await self._until_stored(message, KEPT)
            await asyncio.to_thread(path.unlink)

    async def close(self) -> None:
        """What is still to be stored stays in the file, for the next start."""
        for task in list(self._unsettled):
            task.cancel()
        await asyncio.gather(*self._unsettled, return_exceptions=True)
        if self._file is not None:
            if not self._file.seek(0, os.SEEK_END):
                self._path.unlink()
            self._file.close()

    async def _in_line(self, message: bytes, kept: asyncio.Event) -> None:
        """Behind what was left from before: it came first."""
        await self._taken_over.wait()
        await self._until_stored(message, kept)

    async def _until_stored(self, message: bytes, kept: asyncio.Event) -> None:
        """What is kept was answered, so it is tried again, and its line waits meanwhile."""
        async with self._lines.setdefault(self._line(message), asyncio.Lock()):
            while True:
                try:
                    return await self._take(message)
                except Exception:
                    if not kept.is_set():
                        raise
                    log.exception("what WeCom told cannot be stored; it is tried again")
                await asyncio.sleep(AGAIN)

    def _append(self, message: bytes) -> None:
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = os.fdopen(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600), "r+b")
            _locked(self._file)
        self._file.write(base64.b64encode(message) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._unsettled.discard(task)
        if not self._unsettled and not task.cancelled() and self._file is not None:
            self._file.seek(0)
            self._file.truncate()


def _locked(file: IO[bytes]) -> bool:
    """Whether it is ours now: a lock ends with its process."""
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _read(line: bytes) -> bytes | None:
    """None for what was cut off by a crash, before it was answered."""
    whole = line.removesuffix(b"\n")
    try:
        return base64.b64decode(whole, validate=True) if whole != line else None
    except ValueError:
        return None
