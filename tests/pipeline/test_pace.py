"""How fast a chat is written to: in bursts, as far as its windows allow."""

from __future__ import annotations

import asyncio

from pipeline.pace import Pace


async def test_a_window_allows_a_burst_and_no_more() -> None:
    """Three at once, the fourth when the first is long enough ago; another chat is free."""
    pace, loop = Pace(1000, 1000, windows=((3, 0.5),)), asyncio.get_running_loop()
    begun, sent = loop.time(), list[float]()
    for _ in range(7):
        await pace.wait(1)
        sent.append(loop.time() - begun)
        await pace.wait(2) if len(sent) == 3 else None
    assert sent[2] < 0.1 and sent[3] >= 0.5 and sent[5] < 0.7 and sent[6] >= 1.0


async def test_the_longest_window_counts_too() -> None:
    """Four in half a second, and six in two seconds."""
    pace = Pace(1000, 1000, windows=((4, 0.2), (6, 2.0)))
    for _ in range(6):
        await pace.wait(1)
    assert 1.0 < pace.delay(1) <= 2.0
    assert pace.delay(2) <= 0.001


async def test_a_halt_is_a_delay() -> None:
    pace = Pace(1000, 1000)
    pace.halt(1, 60)
    assert 59 < pace.delay(1) <= 60 and pace.delay(2) <= 0


async def test_chats_that_are_quiet_are_forgotten() -> None:
    """The memory does not grow with everybody who ever wrote."""
    pace = Pace(10**6, 10**6, windows=((3, 0.01),))
    for chat in range(10_002):
        await pace.wait(chat)
        if chat == 9_999:
            await asyncio.sleep(0.02)
    assert len(pace._sent) < 10 and len(pace._chat_next) < 10
