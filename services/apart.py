"""Reading somebody's table in a process of its own, with limits: whatever it holds, we go on.

The child gets the bytes, and gives the rows or the refusal as JSON.
"""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from errors import Refused
from services import assessment_rows
from services.assessment_rows import Returned
from services.enterprise_rows import FirmRow, NoHeader, Problem, read
from services.tables import LARGEST, NotATable

ROOT = Path(__file__).parents[1]
MEMORY, SECONDS = 1024 * 1024 * 1024, 20
WALL = 30.0  # seconds; a child that waits for something uses no CPU
REFUSALS = {kind.__name__: kind for kind in (NotATable, NoHeader)}


class NoAssessments(Refused):
    """No facts. No column says which assessment a line is about."""


@dataclass(frozen=True)
class Reading:
    rows: list[FirmRow]
    problems: list[Problem]


Table = Reading | list[Returned]
"""A list of firms, or the assessments that a platform took."""


async def read_table(content: bytes) -> Table:
    """Whatever table this is; a refusal that says what it is instead."""
    if len(content) > LARGEST:
        raise NotATable(why="large")
    told = json.loads(await _child(content))
    if name := told.get("refused"):
        raise REFUSALS[name](**told["facts"])
    if "returned" in told:
        return [Returned(**row) for row in told["returned"]]
    return Reading([FirmRow(**row) for row in told["rows"]],
                   [Problem(**one) for one in told["problems"]])  # fmt: skip


async def read_firms(content: bytes) -> Reading:
    """The firms of a file, and no other table."""
    table = await read_table(content)
    if not isinstance(table, Reading):
        raise NoHeader(found=[])
    return table


async def read_returned(content: bytes) -> list[Returned]:
    """The assessments of a file, and no other table."""
    table = await read_table(content)
    if isinstance(table, Reading):
        raise NoAssessments
    return table


async def _child(content: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, cwd=ROOT, env={}, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(WALL):
            out, _ = await process.communicate(content)
    except BaseException as error:
        process.kill()
        await process.wait()
        if isinstance(error, TimeoutError):
            raise NotATable(why="too_much") from None
        raise
    if process.returncode:
        ended = process.returncode in (-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGABRT)
        raise NotATable(why="too_much" if ended else "unreadable")
    return out


def main() -> None:
    """The child's part."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    json.dump(_told(sys.stdin.buffer.read()), sys.stdout)


def _told(content: bytes) -> dict[str, Any]:
    problems: list[Problem] = []
    try:
        if assessment_rows.is_ours(content):
            return {"returned": [asdict(row) for row in assessment_rows.read(content)]}
        rows = [vars(row) for row in read(content, problems)]
    except Refused as refused:
        return {"refused": type(refused).__name__, "facts": refused.facts}
    except MemoryError:
        return {"refused": "NotATable", "facts": {"why": "too_much"}}
    return {"rows": rows, "problems": [asdict(one) for one in problems]}


if __name__ == "__main__":
    main()
