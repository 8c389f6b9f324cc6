"""Taking in a patent list against reading it and storing it as it stands: python -m bench.imports

Both begin with the same workbook and end with rows in an SQLite database; they take turns in one
process. The peer checks nothing: no numbers, no dates, no duplicates, no limits, no undo.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import random
import sqlite3
import statistics
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook

from db.session import Database
from preparing import refresh
from search.patents import PatentIndex
from services import apart, industries, patent_import
from services.patent_numbers import check_digit

HEADER = [
    "申请号", "专利名称", "专利类型", "申请日", "授权公告日", "法律状态", "专利权人", "发明人",
    "IPC主分类号", "所属学院", "技术领域", "转化方式", "价格（万元）", "成熟度",
]  # fmt: skip
PARTS = ("柱塞泵", "催化剂", "机器人", "轴承", "电池", "传感器", "涂层", "算法")
LABELS = {
    "peer": "calamine + executemany", "first": "ours, all new", "again": "ours, the same again",
    "index": "index afterwards",
}  # fmt: skip
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def workbook(rows: int, chance: random.Random) -> bytes:
    """Fictional patents, written in the several ways in which offices write them."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "constant_memory": True}) as book:
        page = book.add_worksheet("清单")
        page.write_row(0, 0, HEADER)
        for at in range(1, rows + 1):
            page.write_row(at, 0, _line(at, chance))
    return made.getvalue()


def _line(at: int, chance: random.Random) -> list[str]:
    body = f"{2010 + at % 15}19{at:06d}"
    check = check_digit(body)
    filed = date(2010 + at % 15, 1 + at % 12, 1 + at % 28)
    return [
        chance.choice([f"ZL{body}.{check}", f"{body}{check}", f"{body}.{check}"]),
        f"一种{chance.choice(PARTS)}及其{chance.choice(PARTS)}{at}", "发明",
        chance.choice([f"{filed:%Y.%m.%d}", f"{filed:%Y%m%d}", f"{filed.year}年{filed.month}月"]),
        f"{filed + timedelta(days=700):%Y-%m-%d}", chance.choice(["授权", "有效", "专利权维持"]),
        "星城工业大学（演示）", "演示甲、演示乙、演示丙", "F16C33/00", "机械学院", "工程机械",
        "转让/许可", f"{at % 50}", "中试",
    ]  # fmt: skip


async def ours(folder: Path, content: bytes) -> dict[str, float]:
    """Seconds of a first import, of its index, and of the same file again."""
    database, index = Database(f"sqlite:///{folder}/ours.db"), PatentIndex(folder / "index")
    await database.migrate()
    async with database.session() as session:
        await industries.load(session)
    took = {"first": await _take_in(database, content)}
    begun = time.perf_counter()
    await refresh(database, index)
    took["index"] = time.perf_counter() - begun
    took["again"] = await _take_in(database, content)
    await database.close()
    return took


async def _take_in(database: Database, content: bytes) -> float:
    begun = time.perf_counter()
    reading = await apart.read(content, "patents", "清单.xlsx")
    async with database.session() as session:
        await patent_import.take_in(session, "清单.xlsx", reading, NOW)
    return time.perf_counter() - begun


def peer(folder: Path, content: bytes) -> float:
    """calamine and executemany."""
    begun = time.perf_counter()
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    connection = sqlite3.connect(folder / "peer.db")
    columns = ", ".join(f"c{at}" for at in range(len(HEADER)))
    connection.execute(f"CREATE TABLE patents ({columns}, UNIQUE (c0))")
    marks = ", ".join("?" * len(HEADER))
    connection.executemany(f"INSERT INTO patents VALUES ({marks})", rows[1:])
    connection.commit()
    connection.close()
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=35_500)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    content = workbook(asked.rows, random.Random(1))
    figures: dict[str, list[float]] = {"first": [], "again": [], "index": [], "peer": []}
    for _ in range(asked.rounds):
        with tempfile.TemporaryDirectory() as folder:
            figures["peer"].append(peer(Path(folder), content))
            for name, seconds in asyncio.run(ours(Path(folder), content)).items():
                figures[name].append(seconds)
    print(f"{asked.rows} rows, {len(content) / 1e6:.1f} MB, median of {asked.rounds}")
    for name, label in LABELS.items():
        seconds = statistics.median(figures[name])
        print(f"{label:24} {seconds:6.2f} s {asked.rows / seconds:10.0f} rows/s")


if __name__ == "__main__":
    main()
