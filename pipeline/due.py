"""The loop of those who wait for something to fall due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


async def whenever(due: asyncio.Event, one_round: Callable[[], Awaitable[bool]]) -> None:
    """Each time `due` is set, go round until a round finds nothing more; until cancelled.

    An error (the database is away) is logged, and the next tick tries again.
    """
    while True:
        await due.wait()
        due.clear()
        try:
            while await one_round():
                pass
        except Exception:
            log.exception("could not claim what is due; it is tried again")
