"""The programme at work, reachable by an emulator of WeCom that speaks HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from application import Contents, at_work
from bot import CONTENTS
from serving import _networks
from tests.channels.wecom.letters import bot, member
from tests.chat import Chat, chatting
from tests.conftest import Engine
from tests.emulators.wecom import User, WeComEmulator
from tests.networks import account, listening

Talk = tuple[WeComEmulator, Chat]


@asynccontextmanager
async def connected(wecom: WeComEmulator, chat: Chat) -> AsyncIterator[None]:
    """WeCom knows where the programme is, and its clock is the programme's."""
    wecom.world.clock = lambda: chat.clock.now().timestamp()
    async with listening(chat) as url:
        await wecom.connect(url)
        async with _networks(chat.programme):
            yield


@asynccontextmanager
async def talking(
    url: str, folder: Path, now: datetime, *, contents: Contents = CONTENTS, demo: bool = True,
    **more: Any,
) -> AsyncIterator[Talk]:  # fmt: skip
    async with (
        WeComEmulator() as wecom,
        chatting(
            folder, now, contents=contents, url=url, demo=demo, **(account(wecom) | more)
        ) as chat,
        at_work(chat.programme),
        connected(wecom, chat),
    ):
        wecom.pace(1000, 10000)
        yield wecom, chat


@pytest.fixture(autouse=True)
def quick(unhurried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.TICK", 0.1)


@pytest.fixture
async def talk(sqlite_engine: Engine, tmp_path: Path, now: datetime) -> AsyncIterator[Talk]:
    async with talking(await sqlite_engine.town(tmp_path), tmp_path, now) as both:
        yield both


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody here waits half a minute."""
    monkeypatch.setattr("pipeline.delivery.RETRY", timedelta(seconds=0.2))
    monkeypatch.setattr("pipeline.together.PAUSE", timedelta(seconds=0.2))
    monkeypatch.setattr("channels.wecom.limits.BUSY_PAUSE", 0.01)


@asynccontextmanager
async def resting(
    url: str, folder: Path, now: datetime, wecom: WeComEmulator, **more: Any
) -> AsyncIterator[Chat]:
    """Nothing runs by itself."""
    async with (
        chatting(folder, now, url=url, demo=False, **(account(wecom) | more)) as chat,
        connected(wecom, chat),
    ):
        wecom.pace(1000, 10000)
        yield chat


@pytest.fixture
async def still(
    sqlite_engine: Engine, tmp_path: Path, now: datetime, patient: None
) -> AsyncIterator[tuple[WeComEmulator, Chat, int, User]]:
    """One member who has been written to, while nothing runs by itself."""
    url = await sqlite_engine.town(tmp_path, demo=False)
    async with WeComEmulator() as wecom, resting(url, tmp_path, now, wecom) as chat:
        chat_id, liu = await member(chat, wecom, "LiuYang")
        await bot(chat).send_message(chat_id, "您好")
        yield wecom, chat, chat_id, liu
