"""The programme at work, reachable by an emulator of WeCom that speaks HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from application import Contents, at_work
from bot import CONTENTS
from serving import _webhooks, _wecom
from tests.chat import Chat, chatting
from tests.conftest import Engine
from tests.emulators.telegram.serving import HOST, Server
from tests.emulators.wecom import WeComEmulator

Talking = Callable[..., AbstractAsyncContextManager[tuple[WeComEmulator, Chat]]]


def settings(wecom: WeComEmulator) -> dict[str, Any]:
    return {
        "wecom_corp_id": wecom.corpid, "wecom_agent_id": wecom.agentid,
        "wecom_secret": wecom.secret, "wecom_token": wecom.token, "wecom_aes_key": wecom.aes_key,
        "wecom_base_url": wecom.base_url, "wecom_per_second": 100,
    }  # fmt: skip


@asynccontextmanager
async def connected(wecom: WeComEmulator, chat: Chat) -> AsyncIterator[None]:
    """WeCom knows where the programme is, and its clock is the programme's."""
    server = Server(Starlette(routes=_webhooks(chat.programme)), 0)
    wecom.world.clock = lambda: chat.clock.now().timestamp()
    await server.start()
    await wecom.connect(f"http://{HOST}:{server.port}/wecom/callback")
    try:
        async with _wecom(chat.programme):
            yield
    finally:
        await server.stop()


@asynccontextmanager
async def talking(
    url: str, folder: Path, now: datetime, *, contents: Contents = CONTENTS, demo: bool = True,
    **more: Any,
) -> AsyncIterator[tuple[WeComEmulator, Chat]]:  # fmt: skip
    async with WeComEmulator() as wecom:
        async with (
            chatting(
                folder, now, contents=contents, url=url, demo=demo, **(settings(wecom) | more)
            ) as chat,
            at_work(chat.programme),
            connected(wecom, chat),
        ):
            yield wecom, chat


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Members hear as much as they like here; the pace has its own test."""
    monkeypatch.setattr("application.TICK", 0.1)
    monkeypatch.setattr("channels.wecom.limits.PER_MEMBER", ((1000, 60.0),))
    monkeypatch.setattr("channels.wecom.limits.GAP", 0.001)


@pytest.fixture
async def talk(
    sqlite_engine: Engine, tmp_path: Path, now: datetime
) -> AsyncIterator[tuple[WeComEmulator, Chat]]:
    async with talking(await sqlite_engine.url(tmp_path), tmp_path, now) as both:
        both[0].pace(1000, 10000)
        yield both
