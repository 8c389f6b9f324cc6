"""An organizer, firms that come, and an event to change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Chat as ChatRow
from db.models import Enterprise, Event, Person
from services import event_drafts, events
from services.event_drafts import EventAnswers
from tests.chat import Chat, Somebody

DAY = timedelta(days=1)


@pytest.fixture
def channel(somewhere: str) -> str:
    return somewhere


@pytest.fixture
async def organizer(chat: Chat) -> Somebody:
    person = await chat.somebody("组织者", "org")
    await person.says("菜单")
    return person


async def id_of(chat: Chat, person: Somebody) -> int:
    async with chat.programme.database.session() as session:
        id = await session.scalar(select(ChatRow.person_id).where(ChatRow.id == person.chat_id))
    assert id is not None
    return id


Firm = Callable[[str], Awaitable[Somebody]]
_numbers = count(1)


@pytest.fixture
def firm(chat: Chat) -> Firm:
    """Somebody of a firm of their own."""

    async def firm(name: str) -> Somebody:
        person = await chat.somebody(name)
        await person.says("菜单")
        id, now = await id_of(chat, person), chat.clock.now()
        async with chat.programme.database.session() as session:
            enterprise = Enterprise(name=f"{name}测试装备有限公司", tags=[], created_at=now)
            session.add(enterprise)
            await session.flush()
            row = await session.get_one(Person, id)
            row.enterprise_id, row.name = enterprise.id, name
            row.phone, row.consent = f"+861381234{next(_numbers):04}", 1
        return person

    return firm


Held = Callable[..., Awaitable[Event]]


@pytest.fixture
def held(chat: Chat, organizer: Somebody) -> Held:
    """An event that is published, with seats taken."""

    async def held(*coming: Somebody, after: timedelta = 17 * DAY, **more: Any) -> Event:
        now = chat.clock.now().replace(second=0, microsecond=0)
        told: dict[str, Any] = {
            "kind": "一月一对接", "title": "演示轴承专场对接会", "starts_at": now + after,
            "city": "岳阳", "venue": "三楼会议室", "capacity": 20,
        } | more  # fmt: skip
        by = await id_of(chat, organizer)
        people = [await id_of(chat, person) for person in coming]
        async with chat.programme.database.session() as session:
            draft = await event_drafts.create(session, by, EventAnswers(**told), now)
            event = await event_drafts.publish(session, by, draft.id, now)
            for person in people:
                await events.sign_up(session, await session.get_one(Person, person), event.id, now)
        return event

    return held


async def now_of(chat: Chat, event: Event) -> Event:
    async with chat.programme.database.session() as session:
        return await session.get_one(Event, event.id)
