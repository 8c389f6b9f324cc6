"""One life of the programme after the other, each a fork of the same process (child.py)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]
START = 120.0  # seconds, on a busy machine


@dataclass
class Life:
    """`died` is the window in which it killed itself, `gone` its exit code, below 0 a signal."""

    pid: int
    up: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    died: str = ""
    code: int = 0

    async def comes_up(self, seconds: float) -> bool:
        """Whether it serves within that time."""
        waits = {asyncio.create_task(one.wait()) for one in (self.up, self.gone)}
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()
        return self.up.is_set()

    async def goes(self, seconds: float) -> bool:
        """Whether it is gone within that time."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.gone.wait(), max(0.0, seconds))
        return self.gone.is_set()

    def signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


class Lives:
    """`log` takes what the programme has to say."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._life: Life | None = None

    async def __aenter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.faults.child", cwd=ROOT, stderr=log,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
        async with asyncio.timeout(START):
            assert "ready" in await self._line(), f"it did not start: see {self._log}"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:  # fmt: skip
        if self._life is not None:
            self._life.signal(signal.SIGKILL)
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def begin(self, **order: Any) -> Life:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._life = Life((await self._line())["pid"])
        self._following = asyncio.create_task(self._follow(self._life))
        return self._life

    async def _follow(self, life: Life) -> None:
        while not life.gone.is_set():
            line = await self._line()
            life.died = line.get("died", life.died)
            if "up" in line:
                life.up.set()
            if "gone" in line:
                life.code = line["gone"]
                life.gone.set()

    async def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line: dict[str, Any] = json.loads(await self._process.stdout.readline() or b"{}")
        assert line, f"it ended: see {self._log}"
        return line
