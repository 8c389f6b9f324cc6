"""Waiting for what happens elsewhere: in a browser, behind a socket, in another process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE = 10.0  # seconds


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Return when it holds, or after a while all the same: the caller's assertion says what is."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if await holds():
            return
        await asyncio.sleep(0.03)
