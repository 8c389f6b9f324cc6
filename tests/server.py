"""The real program in a process of its own, as `make run` starts it but for its imports.

They take most of a start: one process has done them, and each start is a fork of it.
"""

from __future__ import annotations

import asyncio
import os
import re
import runpy
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

ROOT = Path(__file__).parent.parent
ADDRESS = re.compile(r"http://\S+")
START = 30.0  # seconds
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.learned"])


@dataclass
class Running:
    """The process and where its page is."""

    address: str
    process: ForkServerProcess

    def signal(self, number: signal.Signals) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    async def wait(self) -> int:
        """Its exit code, when it has ended by itself or was killed."""
        await asyncio.to_thread(self.process.join, START)
        code = self.process.exitcode
        assert code is not None, "the program does not end"
        return code


@asynccontextmanager
async def started(
    data_dir: Path,
    settings: Mapping[str, str],
    *options: str,
    module: tuple[str, ...] = (),
) -> AsyncIterator[Running]:
    """A running program; if it still runs in the end it is asked to stop, and must."""
    hears, says = FORKS.Pipe(duplex=False)
    what = (*module, *options) if module else ("bot", *options)
    process = FORKS.Process(target=_live, args=(what, environment(data_dir, settings), says))
    await asyncio.to_thread(process.start)
    says.close()
    running = Running("", process)
    asked = False
    try:
        running.address = await _address(hears)
        yield running
    finally:
        if process.is_alive():
            asked = True
            running.signal(signal.SIGTERM)
        code = await running.wait()
        hears.close()
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


def _live(what: Sequence[str], environment: Mapping[str, str], says: Connection) -> None:
    """In the new process: the module with its options, and what it prints goes to `says`."""
    os.environ.update(environment)
    os.dup2(says.fileno(), 1)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8")
    sys.argv = [*what]
    runpy.run_module(what[0], run_name="__main__", alter_sys=True)


async def _address(hears: Connection) -> str:
    """Where it listens; nothing if it ends before."""
    stream = asyncio.StreamReader()
    pipe = os.fdopen(os.dup(hears.fileno()), "rb")
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), pipe)
    try:
        async with asyncio.timeout(START):
            while line := (await stream.readline()).decode():
                if found := ADDRESS.search(line):
                    return found[0]
    finally:
        transport.close()
    return ""
