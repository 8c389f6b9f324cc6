"""Reading somebody's table in a process of its own, with limits: whatever it holds, we go on.

The child gets a line of JSON that says what is wanted, and the bytes; it gives lines of JSON, so
that we make rows of the first ones while it reads on: the rows by portions, each as its values in
order, and then the rest; or the refusal.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, starmap
from pathlib import Path
from typing import Any

from errors import Refused
from services import (
    assessment_rows,
    enterprise_rows,
    lists,
    patent_owners,
    patent_rows,
    tables,
    workbook,
)
from services.assessment_rows import ASSESSMENTS, Returned
from services.enterprise_rows import FIRMS, FirmRow
from services.event_cells import EVENTS
from services.lists import AnotherList, Listed, NoHeader, Problem
from services.patent_cells import PATENTS
from services.patent_rows import PatentRow
from services.tables import LARGEST, NotATable

ROOT = Path(__file__).parents[1]
MEMORY, SECONDS = 1024 * 1024 * 1024, 20
WALL = 30.0  # seconds; a child that waits for something uses no CPU
PORTION = 200  # rows a line


class NoAssessments(Refused):
    """No facts. No column says which assessment a line is about."""


REFUSALS = {kind.__name__: kind for kind in (NotATable, NoHeader, AnotherList, NoAssessments)}
KINDS = (PATENTS, FIRMS, EVENTS)


@dataclass(frozen=True)
class Reading:
    """`rows` are firms, patents, lines of events or assessments that came back, as `kind` says.
    `unknown` are headers that mean nothing to us, `without` the sheets that hold no list, `owner`
    whose patents they mostly are."""

    kind: str
    rows: list[Any]
    problems: list[Problem]
    unknown: list[str]
    without: list[str]
    owner: str | None = None


async def read(
    content: bytes, wanted: str = "", name: str = "", told: Mapping[str, str] | None = None
) -> Reading:
    """What a file lists; a refusal that says what it is instead of what is `wanted`.

    `name` is the file's, `told` what people said of headers (see Kind).
    """
    if len(content) > LARGEST:
        raise NotATable(why="large")
    asked = json.dumps({"wanted": wanted, "name": name, "told": dict(told or {})})
    rows: list[Any] = []
    rest: dict[str, Any] = {}

    def take(line: bytes) -> None:
        if not line.endswith(b"\n"):
            return  # it was ended in the middle of it
        found = json.loads(line)
        if "rows" in found:
            rows.extend(starmap(MADE[found["kind"]], found["rows"]))
        else:
            rest.update(found)

    await _child(asked.encode() + b"\n" + content, take)
    if refusal := rest.get("refused"):
        raise REFUSALS[refusal](**rest["facts"])
    if owner := rest.get("owner"):
        patent_owners.call_in_full(rows, owner)
    problems = [Problem(*one) for one in rest.pop("problems")]
    return Reading(**rest, rows=rows, problems=problems)


async def marked(
    content: bytes,
    kind: str,
    problems: Sequence[Problem],
    why: Callable[[Problem], str],
    column: str,
) -> bytes:
    """The file as a workbook, its wrong cells in red and the reasons in one more `column`."""
    marks = [[one.sheet, one.line, one.column, why(one)] for one in problems]
    asked = json.dumps({"wanted": kind, "marks": marks, "column": column})
    book: list[bytes] = []
    await _child(asked.encode() + b"\n" + content, book.append)
    return b"".join(book)


def _patent(*said: Any) -> PatentRow:
    row = PatentRow(*said)
    row.problems = [Problem(*one) for one in said[-1]]
    return row


MADE: dict[str, Callable[..., Any]] = {
    PATENTS.name: _patent,
    FIRMS.name: FirmRow,
    EVENTS.name: Listed,
    ASSESSMENTS: Returned,
}


async def _child(content: bytes, take: Callable[[bytes], None]) -> None:
    """`take` gets what it says, line by line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, cwd=ROOT, env={}, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, limit=MEMORY,
    )  # fmt: skip
    assert process.stdin and process.stdout
    try:
        async with asyncio.timeout(WALL):
            with suppress(BrokenPipeError, ConnectionResetError):  # its end says why
                process.stdin.write(content)
                await process.stdin.drain()
            process.stdin.close()
            async for line in process.stdout:
                take(line)
            await process.wait()
    except BaseException as error:
        process.kill()
        await process.wait()
        if isinstance(error, TimeoutError):
            raise NotATable(why="too_much") from None
        raise
    if process.returncode:
        ended = process.returncode in (-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGABRT)
        raise NotATable(why="too_much" if ended else "unreadable")


def main() -> None:
    """The child's part."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    gc.disable()  # it ends before there is anything to collect
    asked = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    if "marks" in asked:
        sys.stdout.buffer.write(_marked(content, **asked))
    else:
        for told in _told(content, **asked):
            sys.stdout.write(f"{json.dumps(told)}\n")


def _marked(content: bytes, wanted: str, marks: list[list[Any]], column: str) -> bytes:
    found = lists.recognise(tables.sheets(content), KINDS, wanted)
    as_sent = tables.sheets(content, tables.written)
    one = len(found.sheets) == 1
    places = {"" if one else sheet.name: (sheet.name, heading) for sheet, heading in found.sheets}
    red = [
        workbook.Mark(places[sheet][0], line, places[sheet][1].place(field), reason)
        for sheet, line, field, reason in marks
    ]
    heads = {name: heading.line for name, heading in places.values()}
    return workbook.write_marked([(s.name, s.rows) for s in as_sent], heads, red, column)


def _told(content: bytes, **asked: Any) -> Iterator[dict[str, Any]]:
    try:
        yield from _read(content, **asked)
    except Refused as refused:
        yield {"refused": type(refused).__name__, "facts": refused.facts}
    except MemoryError:
        yield {"refused": "NotATable", "facts": {"why": "too_much"}}


def _read(content: bytes, wanted: str, name: str, told: dict[str, str]) -> Iterator[dict[str, Any]]:
    sheets = tables.sheets(content)
    returned = assessment_rows.read(sheets)
    if returned is not None:
        return _ticks(returned, wanted)
    if wanted == ASSESSMENTS:
        raise NoAssessments
    found = lists.recognise(sheets, KINDS, wanted, told)
    if found.kind is PATENTS and (guessed := patent_rows.guessed(found)):
        found = lists.recognise(sheets, KINDS, wanted, guessed | told)
    return _listed(found, name)


def _ticks(returned: list[Returned], wanted: str) -> Iterator[dict[str, Any]]:
    if wanted not in ("", ASSESSMENTS):
        raise AnotherList(kind=wanted, found=ASSESSMENTS)
    yield from _portions(ASSESSMENTS, returned)
    yield {"kind": ASSESSMENTS, "problems": [], "unknown": [], "without": []}


def _listed(found: lists.Found, name: str) -> Iterator[dict[str, Any]]:
    problems: list[Problem] = []
    firsts = Counter[str]()
    if found.kind is PATENTS:
        rows: Iterator[Any] = patent_rows.read(found, firsts)
    elif found.kind is EVENTS:
        rows = lists.read(found)
    else:
        rows = enterprise_rows.read(found, problems)
    yield from _portions(found.kind.name, rows)
    owner = patent_owners.owner(firsts, found, name) if found.kind is PATENTS else None
    yield {
        "kind": found.kind.name, "problems": [_values(one) for one in problems],
        "unknown": found.unknown, "without": found.without, "owner": owner,
    }  # fmt: skip


def _portions(kind: str, rows: Iterable[Any]) -> Iterator[dict[str, Any]]:
    left = iter(rows)
    while portion := [_values(row) for row in islice(left, PORTION)]:
        yield {"kind": kind, "rows": portion}


def _values(row: Any) -> list[Any]:
    """What a row says, in order; of its problems the same."""
    *values, last = vars(row).values()
    return [*values, [_values(one) for one in last] if isinstance(row, PatentRow) else last]


if __name__ == "__main__":
    main()
