"""Other people's code inside a task of ours: whatever it raises is an error, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Escaped(Exception):
    """It tried to end the process or the task that ran it."""


@asynccontextmanager
async def guarded(seconds: float) -> AsyncIterator[None]:
    """Raises only Exceptions: TimeoutError when it takes too long, Escaped for SystemExit and for
    a CancelledError of its own. When this task really is being cancelled, that passes."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except SystemExit as error:
        raise Escaped(f"{error!r}") from error
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise Escaped(f"{error!r}") from error
