"""The programme at work with customer service, at an emulator of WeCom that speaks HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from application import at_work
from db.models import Chat as ChatRow
from db.models import Incoming, KfSession, Outgoing
from pipeline.work import NOTICE
from tests.channels.wecom.conftest import connected
from tests.channels.wecom.conftest import quick as quick_wecom  # noqa: F401
from tests.chat import Chat, chatting
from tests.conftest import Engine
from tests.emulators.wecom import Customer, WeComEmulator
from tests.networks import account
from tests.waiting import eventually

Talk = tuple[WeComEmulator, Chat]


@asynccontextmanager
async def serving(url: str, folder: Path, now: datetime, **more: Any) -> AsyncIterator[Talk]:
    async with WeComEmulator() as wecom, at_work_with(wecom, url, folder, now, **more) as chat:
        yield wecom, chat


@asynccontextmanager
async def at_work_with(
    wecom: WeComEmulator, url: str, folder: Path, now: datetime, *, accounts: str = "all",
    demo: bool = True, **more: Any,
) -> AsyncIterator[Chat]:  # fmt: skip
    """The programme at work; WeCom outlives it."""
    own = account(wecom) | {"wecom_kf_accounts": accounts} | more
    async with (
        chatting(folder, now, url=url, demo=demo, **own) as chat,
        at_work(chat.programme),
        connected(wecom, chat),
    ):
        wecom.pace(1000, 10000)
        yield chat


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody here waits long: neither for a look at the logs, nor to be told again."""
    monkeypatch.setattr("channels.kf.limits.LOOK", 0.05)
    monkeypatch.setattr("channels.kf.limits.PAUSE", 0.2)
    monkeypatch.setattr("channels.kf.limits.UNBOUND_PAUSE", 0.2)
    monkeypatch.setattr("pipeline.delivery.RETRY", timedelta(seconds=0.2))
    monkeypatch.setattr("channels.wecom.limits.BUSY_PAUSE", 0.01)


@pytest.fixture
async def talk(sqlite_engine: Engine, tmp_path: Path, now: datetime) -> AsyncIterator[Talk]:
    url = await sqlite_engine.town(tmp_path, demo=False)
    async with serving(url, tmp_path, now, demo=False) as both:
        yield both


async def until(holds: Callable[[], object]) -> None:
    async def there() -> bool:
        return bool(holds())

    await eventually(there)
    assert holds()


async def until_there(find: Callable[[], Awaitable[Any]]) -> Any:
    """What is found, as soon as something is."""

    async def there() -> bool:
        return bool(await find())

    await eventually(there)
    found = await find()
    assert found
    return found


async def chat_of(chat: Chat, customer: Customer) -> int:
    address = f"{customer.account.open_kfid}/{customer.external_userid}"
    return await chat.programme.chats.open("kf", address)


async def rows(chat: Chat, table: Any, **where: Any) -> list[Any]:
    query = select(table).filter_by(**where)
    async with chat.programme.database.reading() as connection:
        return list((await connection.execute(query.order_by(*table.__table__.primary_key))).all())


async def inbox(chat: Chat) -> list[Any]:
    return await rows(chat, Incoming)


async def session(chat: Chat, customer: Customer) -> Any:
    """An empty one, while nothing is known of the customer."""
    found = await rows(chat, KfSession, chat_id=await chat_of(chat, customer))
    return found[0] if found else KfSession()


async def letter(chat: Chat, key: str) -> Any:
    (row,) = await rows(chat, Outgoing, key=key)
    return row


async def is_lost(chat: Chat, customer: Customer) -> bool:
    (row,) = await rows(chat, ChatRow, id=await chat_of(chat, customer))
    return not row.reachable


async def notify(chat: Chat, chat_id: int, text: str, **more: Any) -> str:
    """A letter in the outbox, due now; its key."""
    key = str(more.pop("key", f"test:{text}"))
    values = {
        "chat_id": chat_id, "method": "send_message", "params": {"text": text}, "key": key,
        "priority": NOTICE, "due_at": chat.clock.now(), "state": "waiting", **more,
    }  # fmt: skip
    async with chat.programme.database.writing() as connection:
        await connection.execute(insert(Outgoing).values(values))
    chat.programme.tick()
    return key


async def settled(chat: Chat, key: str, state: str) -> Any:
    """The letter, when this has become of it."""

    async def there() -> bool:
        return bool((await letter(chat, key)).state == state)

    await eventually(there)
    row = await letter(chat, key)
    assert row.state == state, (row.state, row.error)
    return row
