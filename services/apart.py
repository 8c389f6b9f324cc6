"""Reading somebody's table in a process of its own, with limits: whatever it holds, we go on.

The child gets a line of JSON that says what is wanted, and the bytes; it gives the rows or the
refusal as JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import Refused
from services import assessment_rows, enterprise_rows, lists, patent_rows, tables, workbook
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
    found = json.loads(await _child(asked.encode() + b"\n" + content))
    if refusal := found.get("refused"):
        raise REFUSALS[refusal](**found["facts"])
    made = MADE[found["kind"]]
    problems = [Problem(**one) for one in found.pop("problems")]
    return Reading(**found | {"rows": [made(row) for row in found["rows"]]}, problems=problems)


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
    return await _child(asked.encode() + b"\n" + content)


def _firm(row: dict[str, Any]) -> FirmRow:
    return FirmRow(**row)


def _spare(row: PatentRow) -> dict[str, Any]:
    """What the row says, without what it does not say."""
    said = {name: value for name, value in vars(row).items() if value not in (None, "", [])}
    return said | {"problems": [vars(one) for one in row.problems]}


def _patent(row: dict[str, Any]) -> PatentRow:
    return PatentRow(**row | {"problems": [Problem(**one) for one in row["problems"]]})


def _event(row: dict[str, Any]) -> Listed:
    return Listed(**row)


def _returned(row: dict[str, Any]) -> Returned:
    return Returned(**row)


MADE: dict[str, Callable[[dict[str, Any]], Any]] = {
    PATENTS.name: _patent,
    FIRMS.name: _firm,
    EVENTS.name: _event,
    ASSESSMENTS: _returned,
}


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
    gc.disable()  # it ends before there is anything to collect
    asked = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    if "marks" in asked:
        sys.stdout.buffer.write(_marked(content, **asked))
    else:
        # In one piece: json.dump would put it together in Python.
        sys.stdout.write(json.dumps(_told(content, **asked)))


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


def _told(content: bytes, wanted: str, name: str, told: dict[str, str]) -> dict[str, Any]:
    try:
        sheets = tables.sheets(content)
        returned = assessment_rows.read(sheets)
        if returned is not None:
            return _ticks(returned, wanted)
        if wanted == ASSESSMENTS:
            raise NoAssessments
        found = lists.recognise(sheets, KINDS, wanted, told)
        if found.kind is PATENTS and (guessed := patent_rows.guessed(found)):
            found = lists.recognise(sheets, KINDS, wanted, guessed | told)
        return _read(found, name)
    except Refused as refused:
        return {"refused": type(refused).__name__, "facts": refused.facts}
    except MemoryError:
        return {"refused": "NotATable", "facts": {"why": "too_much"}}


def _ticks(returned: list[Returned], wanted: str) -> dict[str, Any]:
    if wanted not in ("", ASSESSMENTS):
        raise AnotherList(kind=wanted, found=ASSESSMENTS)
    rows = [vars(row) for row in returned]
    return {"kind": ASSESSMENTS, "rows": rows, "problems": [], "unknown": [], "without": []}


def _read(found: lists.Found, name: str) -> dict[str, Any]:
    problems: list[Problem] = []
    owner = None
    if found.kind is PATENTS:
        rows = [_spare(row) for row in patent_rows.read(found)]
        owner = patent_rows.owner(rows, found, name)
    elif found.kind is EVENTS:
        rows = [vars(row) for row in lists.read(found)]
    else:
        rows = [vars(row) for row in enterprise_rows.read(found, problems)]
    return {
        "kind": found.kind.name, "rows": rows, "problems": [vars(one) for one in problems],
        "unknown": found.unknown, "without": found.without, "owner": owner,
    }  # fmt: skip


if __name__ == "__main__":
    main()
