"""People who chat: a test that reads like a talk.

    hua = await chat.enterprise("华锐")
    await hua.says("注册")
    assert "信用代码" in hua.last

Everything is real: database, templates, python-telegram-bot, the outbox. After each act the
programme settles, so nothing runs in the background and nothing needs to be waited for.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from application import Contents, Programme, assembled
from bot import CONTENTS
from pipeline.clock import Clock
from preparing import prepare
from settings import Settings
from tests.networks import Local, code, network
from tests.phones import Bubble, Somebody

__all__ = ["PREPARED", "Bubble", "Chat", "Somebody", "chatting"]

PREPARED = "prepared"
"""Beside a copied town: when its first start was, which need not be gone through in each copy."""


class Told(Settings):
    """What a test says, and nothing from around it: to look there takes a third of a start."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *around: PydanticBaseSettingsSource,
        **more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


class Chat:
    """The programme and the people who use it, on a clock that the test moves.

    `network` is where people are who are not put elsewhere.
    """

    def __init__(self, programme: Programme, network: Local) -> None:
        self.programme = programme
        self.clock = programme.clock
        self.people: list[Somebody] = []
        self.network = network

    def key(self) -> str:
        return secrets.token_hex(8)

    async def somebody(self, name: str, role: str = "ent", channel: str = "") -> Somebody:
        here = not channel or channel == self.network.channel
        network = self.network if here else Local(channel)
        person = await network.somebody(self, name, role)
        self.people.append(person)
        if role != "ent" and network.by_code:
            await person.says(f"/start {await code(self, role)}")
        return person

    async def everybody_reads(self) -> None:
        for person in self.people:
            await person.read()

    async def settle(self) -> None:
        """Everything that waits or is due happens, and everybody looks at their phone."""
        await self.programme.settle()
        await self.everybody_reads()

    async def later(self, by: timedelta) -> None:
        """Time passes; what falls due happens."""
        self.clock.forward(by)
        await self.settle()

    async def move_to(self, moment: datetime) -> None:
        self.clock.move_to(moment)
        await self.settle()


@asynccontextmanager
async def chatting(
    data_dir: Path,
    now: datetime,
    *,
    contents: Contents = CONTENTS,
    url: str = "",
    demo: bool = True,
    channel: str = "web",
    **more: Any,
) -> AsyncIterator[Chat]:
    async with network(channel) as far:
        settings = Told(data_dir=data_dir, database_url=url, demo=demo, **far.settings, **more)
        async with assembled(settings, Clock(now), contents) as programme:
            if not _prepared(data_dir / PREPARED, now):
                await prepare(programme.database, programme.patents, settings, now)
            chat = Chat(programme, far)
            async with far.connected(chat):
                yield chat


def _prepared(mark: Path, now: datetime) -> bool:
    """Whether the town was copied as it is now; a second start is like any other."""
    try:
        said = mark.read_text()
    except FileNotFoundError:
        return False
    mark.unlink()
    return said == now.isoformat()
