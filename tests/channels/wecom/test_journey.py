"""The main job from end to end on WeCom: with cards, and with text alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from services import invitations
from tests import scenario
from tests.channels.wecom.conftest import talking
from tests.channels.wecom.phone import OnWeCom
from tests.chat import Chat
from tests.conftest import Engine

SEATS = (("LiuYang", "ent"), ("zhaoqi", "org"), ("ChenMin", "staff"))


@pytest.mark.parametrize("cards", [True, False], ids=["cards", "text"])
async def test_the_main_job_on_wecom(
    engine: Engine, tmp_path: Path, now: datetime, cards: bool
) -> None:
    """Not a line of the programme knows of WeCom; nothing is refused, cut or dropped there."""
    url = await engine.url(tmp_path)
    async with talking(url, tmp_path, now, wecom_cards=cards) as (wecom, chat):

        async def move_to(moment: datetime) -> None:
            chat.clock.move_to(moment)

        people = [OnWeCom(wecom.user(name)) for name, _ in SEATS]
        for person, (_, role) in zip(people, SEATS, strict=True):
            await person.says(f"/start {await code(chat, role)}")
            await person.sees("已为您开通")
        await scenario.play(people, move_to)
        shown = [m for person in people for m in person.user.messages]
        assert any(message.is_card for message in shown) == cards
        assert not any(message.truncated for message in shown)
        assert wecom.refused == [] and wecom.dropped == 0


async def code(chat: Chat, role: str) -> str:
    async with chat.programme.database.session() as session:
        return await invitations.invite(session, role, chat.clock.now())
