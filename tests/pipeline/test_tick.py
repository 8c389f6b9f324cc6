"""The clock that wakes what is due: a late tick still comes, many late ones are one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apscheduler.events import EVENT_JOB_MISSED
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from application import at_work
from tests.chat import Chat


async def _ran_after_a_stall(**options: Any) -> bool:
    """Whether a job ran whose time passed two seconds ago, while the loop stood still."""
    ran, missed = list[int](), list[object]()
    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.add_listener(missed.append, EVENT_JOB_MISSED)
    late = datetime.now(UTC) - timedelta(seconds=2)
    scheduler.add_job(lambda: ran.append(1), "date", run_date=late, **options)
    scheduler.start()
    await asyncio.sleep(0.1)
    scheduler.shutdown(wait=False)
    assert bool(ran) != bool(missed)
    return bool(ran)


async def test_control_the_schedulers_default_drops_what_is_late() -> None:
    """A grace of one second: a stall of two loses the job without an error."""
    assert not await _ran_after_a_stall()
    assert await _ran_after_a_stall(misfire_grace_time=None)


async def test_our_tick_has_no_grace_to_miss(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the only job of the scheduler, and owns nothing but the waking."""
    async with at_work(chat.programme):
        queue = chat.programme.application.job_queue
        assert queue is not None
        (tick,) = queue.jobs()
        assert tick.job.misfire_grace_time is None
        assert tick.job.coalesce
        assert tick.job.max_instances == 1
