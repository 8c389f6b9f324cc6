"""The real program in a process of its own, as `make run` starts it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
ADDRESS = re.compile(r"http://\S+")
START = 30.0  # seconds


@dataclass
class Running:
    """The process and where its page is."""

    address: str
    process: asyncio.subprocess.Process

    async def wait(self) -> None:
        """Until it ends by itself, or is killed."""
        await asyncio.wait_for(self.process.wait(), START)


@asynccontextmanager
async def started(
    data_dir: Path,
    settings: Mapping[str, str],
    *options: str,
    module: tuple[str, ...] = (),
) -> AsyncIterator[Running]:
    """A running program; if it still runs in the end it is asked to stop, and must."""
    what = ("-m", *module) if module else ("bot.py",)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *what, *options, cwd=ROOT, env=environment(data_dir, settings),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    asked = False
    try:
        yield Running(await _address(process), process)
    finally:
        if process.returncode is None:
            asked = True
            process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(process.wait(), START)
    assert code == 0 or not asked, f"the program ended with {code}"


@asynccontextmanager
async def served(data_dir: Path, settings: Mapping[str, str], *options: str) -> AsyncIterator[str]:
    """The address of a running program."""
    async with started(data_dir, settings, *options) as running:
        assert running.address, "the program did not start"
        yield running.address


def environment(data_dir: Path, settings: Mapping[str, str]) -> dict[str, str]:
    ours = {"DATA_DIR": str(data_dir), "WEB_PORT": "0", **settings}
    return os.environ | {f"ZHIQIAO_{name}": value for name, value in ours.items()}


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(START):
        while line := (await process.stdout.readline()).decode():
            if found := ADDRESS.search(line):
                return found[0]
    return ""  # it ended before it listened
