"""Work for other cores: begun when needed, let go when idle; that one is killed is got over."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from concurrent.futures.process import BrokenProcessPool

import pytest

import processes
from processes import Processes


@pytest.fixture
async def others() -> AsyncIterator[Processes]:
    there = Processes()
    there.count = 1
    yield there
    there.close()


async def test_the_event_loop_goes_on_and_who_is_idle_is_let_go(
    others: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time it is the same process; after that it ends, and another one begins."""
    first = await others.do(os.getpid)
    assert first != os.getpid()
    monkeypatch.setattr(processes, "IDLE", 0.01)
    assert await others.do(os.getpid) == first
    while not others.at_rest:  # noqa: ASYNC110 -- nothing tells us
        await asyncio.sleep(0.01)
    assert await others.do(os.getpid) != first


async def test_after_one_was_killed_another_begins(others: Processes) -> None:
    """Who asked hears of it, as a job does that is then tried again."""
    first = await others.do(os.getpid)
    with pytest.raises(BrokenProcessPool):
        await others.do(os.kill, first, signal.SIGKILL)
    assert await others.do(os.getpid) != first
