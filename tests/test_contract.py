"""The contract of every channel: each journey, from one text, on each network.

Not a line of the programme is changed for a network, and no network takes anything amiss.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from tests import need_scenario, people_scenario, scenario
from tests.chat import chatting
from tests.conftest import Engine
from tests.networks import NETWORKS
from tests.scenario import MoveTo, Phone


@dataclass(frozen=True)
class Journey:
    """Who takes part, by role, and what they do."""

    roles: tuple[str, ...]
    play: Callable[[Sequence[Phone], MoveTo], Awaitable[None]]


pytestmark = pytest.mark.usefixtures("unhurried")

JOURNEYS = {
    "main": Journey(("ent", "org", "staff"), scenario.play),
    "people": Journey(("ent", "ent", "org", "ent"), people_scenario.play),
    "need": Journey(("ent", "staff"), need_scenario.play),
}


@pytest.mark.parametrize("channel", NETWORKS)
@pytest.mark.parametrize("journey", JOURNEYS)
async def test_a_journey_goes_the_same_everywhere(
    sqlite_engine: Engine, tmp_path: Path, now: datetime, journey: str, channel: str
) -> None:
    await played(JOURNEYS[journey], channel, await sqlite_engine.url(tmp_path), tmp_path, now)


@pytest.mark.parametrize("channel", ["web", "telegram", "wecom"])
async def test_the_main_journey_on_the_other_database(
    postgres_engine: Engine, tmp_path: Path, now: datetime, channel: str
) -> None:
    await played(JOURNEYS["main"], channel, await postgres_engine.url(tmp_path), tmp_path, now)


async def played(journey: Journey, channel: str, url: str, folder: Path, now: datetime) -> None:
    async with chatting(folder, now, url=url, channel=channel) as chat:
        people = [await chat.somebody(f"{n}{role}", role) for n, role in enumerate(journey.roles)]
        await journey.play(people, chat.move_to)
        assert chat.network.refused == []
