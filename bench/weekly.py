"""The week of one province, in its database: python -m bench.weekly --json

N patents and M firms, each with a need and a chat, stand in SQLite and in the indexes. Then new
patents come: seconds until each need that they fulfil has its offer, and until every firm's message
waits in the outbox. The library and the needs are those of bench.national, which measures the same
at the size of the country.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bench.synthetic import FULFILLED, Synthetic
from db.base import Base
from db.models import (
    Chat,
    Enterprise,
    EnterpriseSegment,
    Industry,
    Job,
    Need,
    Offer,
    Outgoing,
    Patent,
    Person,
    Segment,
    WeeklyPack,
)
from db.session import Database
from handlers import pushes
from pipeline.clock import Clock
from pipeline.jobs import Do, Jobs, Slow
from processes import Processes
from search.patents import PatentIndex
from search.wishes import WishIndex
from services import offers, patents, push_rounds, wish_watch

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
SEGMENTS = 64
ROWS_AT_ONCE = 2000

Row = dict[str, Any]


class Province:
    """Rows of the database, each made from its number."""

    def __init__(self, made: Synthetic, new: range) -> None:
        self._made, self._new = made, new

    def segments(self) -> Iterator[Row]:
        for number in range(1, SEGMENTS + 1):
            words = self._made.patent(-(10**7) - number).keywords
            yield {
                "id": number, "industry_code": "1", "name": f"{number}", "synonyms": list(words),
            }  # fmt: skip

    def patent(self, number: int) -> Row:
        text = self._made.patent(number)
        return {
            "id": number, "number": f"{number}", "kind": "发明", "title": text.title,
            "abstract": text.abstract, "keywords": list(text.keywords), "ipc": [],
            "segment_id": number % SEGMENTS + 1, "applicant": f"{number % 50}", "inventors": [],
            "status": "有效", "modes": [],
            "updated_at": NOW - timedelta(days=1 if number in self._new else 100),
        }  # fmt: skip

    def firm(self, number: int) -> Row:
        return {"id": number, "name": f"{number}", "tags": [], "created_at": NOW}

    def works_in(self, number: int) -> Row:
        segment = random.Random(number).randrange(SEGMENTS) + 1
        return {"enterprise_id": number, "segment_id": segment}

    def person(self, number: int) -> Row:
        return {"id": number, "enterprise_id": number, "created_at": NOW}

    def chat(self, number: int) -> Row:
        return {
            "id": number, "channel": "web", "address": f"{number}", "person_id": number,
            "heard_at": NOW,
        }  # fmt: skip

    def need(self, number: int) -> Row:
        return {
            "id": number, "enterprise_id": number, "state": "published", "modes": [],
            "problem": self._made.wish(number, self._new).text, "created_at": NOW,
        }  # fmt: skip


async def fill(session: AsyncSession, province: Province, known: range, firms: range) -> None:
    await add(session, Industry, [{"code": "1", "tier": "1", "name": "1", "position": 1}])
    await add(session, Segment, province.segments())
    await add(session, Patent, map(province.patent, known))
    await add(session, Enterprise, map(province.firm, firms))
    await add(session, EnterpriseSegment, map(province.works_in, firms))
    await add(session, Person, map(province.person, firms))
    await add(session, Chat, map(province.chat, firms))
    await add(session, Need, map(province.need, firms))


async def add(session: AsyncSession, model: type[Base], rows: Iterable[Row]) -> None:
    rows = iter(rows)
    while part := list(islice(rows, ROWS_AT_ONCE)):
        await session.execute(insert(model), part)


async def week(
    database: Database, index: PatentIndex, wishes: WishIndex, province: Province, new: range
) -> AsyncIterator[tuple[str, float]]:
    """What it takes from new patents to messages in the outbox, and what came of it."""
    async with database.session() as session:
        for model in (Outgoing, WeeklyPack, Offer, Job):  # of a week before
            await session.execute(delete(model))
        await session.execute(delete(Patent).where(Patent.id.in_(new)))
        await add(session, Patent, map(province.patent, new))
        begin = time.perf_counter()
        index.update(await patents.texts(session, new))
        wishes.update([], "0")  # as if it knew of all changes
    yield "add_s", time.perf_counter() - begin
    processes = Processes()
    gc.freeze()  # as the program does when it starts
    begin, before = time.perf_counter(), worked()
    await look(database, wishes, processes)
    yield "offers_s", time.perf_counter() - begin
    told = time.perf_counter()
    await send(database, processes)
    yield "packs_s", time.perf_counter() - told
    yield "week_s", time.perf_counter() - begin
    processes.close()
    yield "week_cpu_s", worked() - before
    planted = Offer.need_id % FULFILLED == 0
    async with database.session() as session:
        needs = select(func.count(Need.id)).where(Need.id % FULFILLED == 0)
        for name, counted in {
            "offers": select(func.count(Offer.id)).where(Offer.need_id.is_not(None)),
            "packs": select(func.count(WeeklyPack.id)).where(WeeklyPack.patents > 0),
            "for_needs": select(func.count(Offer.enterprise_id.distinct())).where(
                Offer.need_id.is_not(None)
            ),
            "letters": select(func.count(Outgoing.id)),
            "found": select(func.count(Offer.need_id.distinct())).where(planted),
        }.items():
            yield name, await session.scalar(counted) or 0
        yield "planted", await session.scalar(needs) or 0


async def look(database: Database, wishes: WishIndex, processes: Processes) -> None:
    """What is new, held against all needs."""
    async with database.session() as session:
        await wish_watch.plan(session, NOW - wish_watch.EVERY)
        look = update(Job).where(Job.kind == wish_watch.LOOK)
        since = {"since": (NOW - timedelta(days=2)).isoformat(), "after": 0}
        await session.execute(look.values(payload=since))
    kinds = {wish_watch.LOOK: Slow(pushes.looking, pushes.look)}
    await do(database, kinds, {"wishes": wishes, "processes": processes})


async def send(database: Database, processes: Processes) -> None:
    """The round, from its begin to the last pack."""
    kinds: dict[str, Do | Slow] = {
        push_rounds.SEND: Slow(pushes.choosing, pushes.send),
        push_rounds.QUIET: pushes.quiet,
    }
    async with database.session() as session:
        await push_rounds.tell_all(session, NOW.date(), NOW)
    await do(database, kinds, {"processes": processes})


async def do(database: Database, kinds: Mapping[str, Do | Slow], data: dict[str, Any]) -> None:
    """Jobs as the program does them, until none is due."""
    clock = Clock(NOW)
    jobs = Jobs(database, clock, "bench", kinds, lambda letters: None, data)
    running = asyncio.create_task(jobs.run())
    while True:
        jobs.due.set()
        await asyncio.sleep(0.1)
        due = Job.state.in_(("waiting", "claimed")), Job.due_at <= clock.now()
        async with database.reading() as connection:
            if not await connection.scalar(select(func.count(Job.id)).where(*due)):
                break
    running.cancel()
    async with database.reading() as connection:
        assert not await connection.scalar(select(Job.error).where(Job.error.is_not(None)))


def worked() -> float:
    """Seconds of the processors, with those of processes that have ended."""
    return sum(os.times()[:4])


async def measure(asked: argparse.Namespace, folder: Path) -> dict[str, float]:
    known = range(1, asked.patents + 1)
    new = range(known.stop, known.stop + asked.new)
    province = Province(Synthetic(), new)
    database = Database(f"sqlite:///{folder / 'bench.sqlite'}")
    await database.migrate()
    index = PatentIndex(folder / "patents")
    wishes = WishIndex(folder / "wishes", index.corpus)
    figures: dict[str, float] = {}
    async with database.session() as session:
        await fill(session, province, known, range(1, asked.firms + 1))
        index.rebuild(await patents.texts(session), "bench")
        begin = time.perf_counter()
        await offers.rebuild(session, wishes, "0")
        figures["wishes_build_s"] = time.perf_counter() - begin
    figures |= {name: value async for name, value in week(database, index, wishes, province, new)}
    await database.close()
    return figures


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--patents", type=int, default=35_500)
    options.add_argument("--firms", type=int, default=22_400)
    options.add_argument("--new", type=int, default=500, help="patents of a week")
    options.add_argument("--json", action="store_true")
    asked = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        found = asyncio.run(measure(asked, Path(name)))
    lines = (f"{key} {value:.4g}" for key, value in found.items())
    sys.stdout.write(json.dumps(found) + "\n" if asked.json else "\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
