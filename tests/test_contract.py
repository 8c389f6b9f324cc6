"""The contract of every channel: each journey, from one text, on each network.

Not a line of the programme is changed for a network, and no network takes anything amiss.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from application import NETWORKS
from channels.kf.assembly import Kf
from channels.telegram.abilities import ABILITIES as TELEGRAM
from channels.terminal.connection import Terminal
from channels.web.connection import WebPage
from channels.wecom.assembly import WeCom
from db.models import Incoming, Outgoing
from pipeline.work import NOTICE
from tests import (
    desk_scenario,
    event_scenario,
    library_scenario,
    need_scenario,
    people_scenario,
    push_scenario,
    scenario,
)
from tests import networks as far_ends
from tests.chat import Chat, chatting
from tests.conftest import Engine
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
    "library": Journey(("ent", "org"), library_scenario.play),
    "push": Journey(("ent", "org"), push_scenario.play),
    "desk": Journey(("ent", "staff", "staff"), desk_scenario.play),
    "event": Journey(("ent", "ent", "org"), event_scenario.play),
}


@pytest.fixture
def few_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a new answer would change is tried by tests/test_knowledge_cards.py."""
    monkeypatch.setattr("services.policy_trials.OF_EACH", 1)


@pytest.mark.usefixtures("few_trials")
@pytest.mark.parametrize("channel", far_ends.NETWORKS)
@pytest.mark.parametrize("journey", JOURNEYS)
async def test_a_journey_goes_the_same_everywhere(
    sqlite_engine: Engine, tmp_path: Path, now: datetime, journey: str, channel: str
) -> None:
    await played(JOURNEYS[journey], channel, await sqlite_engine.town(tmp_path), tmp_path, now)


@pytest.mark.parametrize("channel", ["web", "telegram", "wecom"])
async def test_the_main_journey_on_the_other_database(
    postgres_engine: Engine, tmp_path: Path, now: datetime, channel: str
) -> None:
    await played(JOURNEYS["main"], channel, await postgres_engine.town(tmp_path), tmp_path, now)


ABILITIES = {
    "telegram": TELEGRAM[0], "web": WebPage.abilities[0], "terminal": Terminal.abilities[0],
    "wecom": WeCom.abilities[0], "wecom text": WeCom.abilities[1], "kf": Kf.abilities[0],
}  # fmt: skip


def test_every_network_keeps_the_contract() -> None:
    """One that is added is added here."""
    listed = [*TELEGRAM, *(way for kind in NETWORKS for way in kind.abilities)]
    assert sorted(way.network for way in listed) == sorted(a.network for a in ABILITIES.values())
    assert set(ABILITIES) == set(far_ends.NETWORKS)


@pytest.mark.parametrize("channel", ABILITIES)
async def test_a_network_can_do_what_the_table_says(
    sqlite_engine: Engine, tmp_path: Path, now: datetime, channel: str
) -> None:
    """Tried by calls of the Bot API, and judged by what the person then has before them."""
    says, url = ABILITIES[channel], await sqlite_engine.town(tmp_path)
    async with chatting(tmp_path, now, url=url, channel=channel) as chat:
        person = await chat.somebody("华")
        await person.says("菜单")
        message = await sent(chat, "send_message", text="选一个", reply_markup=KEYBOARD)
        assert ("报名" in person.buttons) == says.taps
        changed = {"message_id": message, "text": "选好了", "reply_markup": KEYBOARD}
        await sent(chat, "edit_message_text", **changed)
        assert "选好了" in person.screen
        assert ("选一个" not in person.screen) == says.changes
        again = await sent(chat, "send_message", text="会收回的一句")
        await sent(chat, "delete_message", message_id=again)
        assert ("会收回的一句" not in person.screen) == says.takes_back
        await chat.move_to(now + timedelta(days=3))
        await sent(chat, "send_message", text="三天后的通知")
        assert ("三天后的通知" in person.screen) == says.unasked


KEYBOARD = {"inline_keyboard": [[{"text": "报名", "callback_data": "events.sign_up:1"}]]}


async def sent(chat: Chat, method: str, **params: Any) -> int:
    """A letter in the outbox to whoever wrote last, delivered; its message id."""
    async with chat.programme.database.session() as session:
        latest = select(Incoming.chat_id).order_by(Incoming.id.desc()).limit(1)
        letter = Outgoing(
            chat_id=await session.scalar(latest), method=method, params=params, priority=NOTICE,
            due_at=chat.clock.now(), state="waiting",
        )  # fmt: skip
        session.add(letter)
    await chat.settle()
    async with chat.programme.database.session() as session:
        return (await session.get_one(Outgoing, letter.id)).message_id or 0


async def played(journey: Journey, channel: str, url: str, folder: Path, now: datetime) -> None:
    async with chatting(folder, now, url=url, channel=channel) as chat:
        people = [await chat.somebody(f"{n}{role}", role) for n, role in enumerate(journey.roles)]
        await journey.play(people, chat.move_to)
        assert chat.network.refused == []
