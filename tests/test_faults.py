"""The experiment of `python -m bench.faults` in small, and its control."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from bench.faults.__main__ import run
from bench.faults.drive import CYCLE, WINDOWS


async def killed(folder: Path, kills: int, *, control: bool, seed: int = 7) -> dict[str, Any]:
    asked = Namespace(
        kills=kills, people=10, seed=seed, database="sqlite", control=control, minutes=5
    )  # fmt: skip
    return await run(asked, folder, "")


async def test_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    """In the first seven windows; with 200 kills each is hit twenty times."""
    report = await killed(tmp_path, 7, control=False)
    assert report["good"], report
    assert report["messages"] > 20 and set(report["windows"]) == set(WINDOWS[:7])
    assert 200 // len(CYCLE) >= 20 and set(WINDOWS) < set(CYCLE)


async def test_control_without_inbox_and_outbox_they_do(tmp_path: Path) -> None:
    """Confirmed before it is stored, and sent again as if new: what the experiment must find."""
    lost = doubled = 0
    for seed in range(7, 11):  # a kill may find nobody in the middle of anything
        folder = tmp_path / str(seed)
        folder.mkdir()
        report = await killed(folder, 2, control=True, seed=seed)
        lost, doubled = lost + report["lost"], doubled + report["doubled"]
        if lost and doubled:
            return
    raise AssertionError(f"{lost} lost and {doubled} doubled")
