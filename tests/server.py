"""The real program in a process of its own, as `make run` starts it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
ADDRESS = re.compile(r"http://\S+")
START = 30.0  # seconds


@asynccontextmanager
async def served(data_dir: Path, *options: str, **settings: str) -> AsyncIterator[str]:
    """The address of a running server; it is asked to stop in the end, and must."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "bot.py", *options, cwd=ROOT, env=environment(data_dir, **settings),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield await _address(process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(process.wait(), START)
    assert code == 0, f"the server ended with {code}"


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    ours = {"DATA_DIR": str(data_dir), "WEB_PORT": "0", **settings}
    return os.environ | {f"ZHIQIAO_{name}": value for name, value in ours.items()}


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(START):
        while line := (await process.stdout.readline()).decode():
            if found := ADDRESS.search(line):
                return found[0]
    raise AssertionError("the server said no address")
