"""A firm with its people, and an organizer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.chat import Chat, Somebody, chatting
from tests.conftest import Engine
from tests.people.acts import asks_to_join, represents


@pytest.fixture
def channel(somewhere: str) -> str:
    """All that people do here they can do on every network."""
    return somewhere


@pytest.fixture
async def organizer(chat: Chat) -> Somebody:
    person = await chat.somebody("组织者", "org")
    await person.says("菜单")
    return person


@pytest.fixture
async def wang(chat: Chat, organizer: Somebody) -> Somebody:
    """The first of the firm, so its admin."""
    person = await chat.somebody("王")
    await represents(person, chat)
    return person


@pytest.fixture
async def li(chat: Chat, wang: Somebody) -> Somebody:
    """A colleague who has asked to join."""
    person = await chat.somebody("李")
    await asks_to_join(person)
    return person


@pytest.fixture
async def strict(tmp_path: Path, now: datetime, sqlite_engine: Engine) -> AsyncIterator[Chat]:
    url = await sqlite_engine.town(tmp_path)
    async with chatting(tmp_path, now, url=url, approve_enterprises=True) as chat:
        yield chat
