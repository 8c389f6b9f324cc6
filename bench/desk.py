"""What a full desk costs: `python -m bench.desk --tickets 20000`.

The same acts of the staff and of firms with few open tickets and with many, in the same run, on a
database in a file: the list, a ticket's card (with answers to like questions, and who asks the
same), a new question, an answer. The ratio says how much a full desk slows them down.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from db.models import Person, Ticket
from db.session import Database
from services import desk, ticket_likeness, ticket_states, working_time

FEW, ROUNDS = 200, 40
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ABOUT = [
    "专利质押",
    "开放许可",
    "作价入股",
    "转让合同",
    "成果登记",
    "对接活动",
    "年费减免",
    "发明人奖励",
]
ASKED = [
    "怎么办",
    "找谁",
    "要多久",
    "能不能补",
    "没写清楚归谁",
    "需要什么条件",
    "可以撤回吗",
    "哪里能看到",
]
WHO = ["我们厂", "小公司", "高校老师", "园区里的企业", "外省来的团队", "我和同事"]

Act = Callable[[Any, int], Awaitable[object]]


async def main(tickets: int, as_json: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'desk.db'}")
        await database.migrate()
        await _people(database)
        few = await _measured(database, FEW)
        many = await _measured(database, tickets)
        await database.close()
    rows = {
        name: {"few_ms": _ms(few[name]), "many_ms": _ms(many[name]), "p99_ms": _p99(many[name]),
               "ratio": round(statistics.median(many[name]) / statistics.median(few[name]), 2)}
        for name in few
    }  # fmt: skip
    if as_json:
        print(json.dumps({"tickets": tickets, **rows}))
    else:
        _print(rows, tickets)


async def _people(database: Database) -> None:
    async with database.session() as session:
        people = [{"id": n, "role": "staff" if n < 5 else "ent", "created_at": NOW}
                  for n in range(1, 1000)]  # fmt: skip
        await session.execute(insert(Person), people)


async def _measured(database: Database, count: int) -> dict[str, list[float]]:
    await _fill(database, count)
    acts: dict[str, Act] = {
        "list": lambda session, n: desk.waiting(session),
        "card": _card,
        "question": lambda session, n: desk.ask(session, 500 + n, f"新问题{n}", "asked", NOW),
        "answer": lambda session, n: desk.answer(session, 1, 1 + n, "以书面约定为准。", NOW),
    }
    return {name: [await _timed(database, act, n) for n in range(ROUNDS)]
            for name, act in acts.items()}  # fmt: skip


async def _fill(database: Database, count: int) -> None:
    random.seed(count)
    rows = [
        {"person_id": 5 + n % 400, "question": _question(), "reason": "asked", "state": "open",
         "department": None, "promised_at": working_time.due(NOW + timedelta(minutes=n % 5000)),
         "created_at": NOW, "stage": 0}
        for n in range(count)
    ]  # fmt: skip
    async with database.session() as session:
        await session.execute(insert(Ticket), rows)


def _question() -> str:
    return (
        f"{random.choice(WHO)}{random.choice(ABOUT)}{random.choice(ASKED)}{random.randrange(999)}"
    )


async def _card(session: Any, n: int) -> None:
    ticket = await ticket_states.get(session, 1 + n)
    await ticket_likeness.answers(session, ticket, NOW)
    await ticket_likeness.open_ones(session, ticket)


async def _timed(database: Database, act: Act, n: int) -> float:
    async with database.session() as session:
        begun = time.perf_counter()
        await act(session, n)
        return time.perf_counter() - begun


def _ms(times: list[float]) -> float:
    return round(statistics.median(times) * 1000, 2)


def _p99(times: list[float]) -> float:
    return round(sorted(times)[int(len(times) * 0.99) - 1] * 1000, 2)


def _print(rows: dict[str, dict[str, float]], tickets: int) -> None:
    table = Table("act", f"{FEW} open, ms", f"{tickets} open, ms", "p99, ms", "ratio")
    for name, row in rows.items():
        table.add_row(name, *(str(row[key]) for key in ("few_ms", "many_ms", "p99_ms", "ratio")))
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    asyncio.run(main(asked.tickets, asked.json))
