"""The clock that wakes the rest: late is better than never."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from telegram.ext import MessageHandler, filters

from application import at_work
from tests.conftest import Engine
from tests.pipeline.small import bare, bot, echo

TICK = 1.4  # seconds; longer than the one second of delay that APScheduler forgives by default
STALL = TICK + 1.2


@pytest.mark.filterwarnings("default")
async def test_a_tick_comes_after_a_stall(
    tmp_path: Path, now: datetime, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the event loop was blocked, what fell due meanwhile is done. The control beside
    it, the same job with the clock's default settings, is dropped."""
    monkeypatch.setattr("application.TICK", TICK)
    ours: list[float] = []
    defaults: list[float] = []

    async def tick(context: Any) -> None:
        defaults.append(time.monotonic())

    async with (
        bot(tmp_path, now, sqlite_engine) as chat,
        bare(MessageHandler(filters.ALL, echo), clock=True) as control,
    ):
        chat.programme.tick = lambda: ours.append(time.monotonic())  # type: ignore[method-assign]
        async with at_work(chat.programme):
            await control.start()
            assert control.job_queue is not None
            control.job_queue.run_repeating(tick, interval=TICK, first=TICK)
            time.sleep(STALL)  # noqa: ASYNC251  (that is the stall)
            await asyncio.sleep(0.1)
            await control.stop()
    assert (len(ours), len(defaults)) == (1, 0)
