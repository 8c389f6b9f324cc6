"""A small soak: `python -m bench.soak` is the large one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import soak
from tests.conftest import Engine


@pytest.mark.parametrize("seed", [1])
async def test_faults_on_all_sides_lose_and_double_nothing(
    engine: Engine, tmp_path: Path, seed: int
) -> None:
    """Each message handled once, in order; each answer heard once, in order."""
    report = await soak.run(150, 0.1, seed, tmp_path, await engine.url(tmp_path))
    assert report.good, report.as_json()
    assert sum(report.faults.values()) > 10 and report.posts > 150
