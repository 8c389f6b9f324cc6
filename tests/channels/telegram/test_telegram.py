"""Telegram's side of the spine, over HTTP against an emulator as strict as the real one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from telegram.request import HTTPXRequest

import logs
from application import at_work
from channels.telegram.poller import Poller
from channels.telegram.webhook import HEADER, PATH, Webhook
from db.models import Chat as ChatRow
from db.models import Incoming, Outgoing
from pipeline.inbox import Raw
from pipeline.work import BROADCAST, NOTICE, Work
from tests.chat import Chat, chatting
from tests.conftest import Engine
from tests.emulators.telegram import TelegramEmulator, User
from tests.waiting import eventually

TOKEN = "123456:" + "T" * 30
SECRET = "s" * 40


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The paces have a test of their own."""
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 1000))


@asynccontextmanager
async def connected(
    folder: Path, now: datetime, engine: Engine
) -> AsyncIterator[tuple[TelegramEmulator, Chat, User]]:
    """The programme polling an emulator, and one person who said something already."""
    async with TelegramEmulator(TOKEN) as telegram:
        url = await engine.town(folder, demo=False)
        more: dict[str, Any] = {"telegram_token": TOKEN, "telegram_base_url": telegram.base_url}
        async with (
            chatting(folder, now, url=url, demo=False, **more) as chat,
            at_work(chat.programme),
            HTTPXRequest() as request,
        ):
            poller = Poller(request, telegram.base_url + TOKEN, chat.programme.inbox)
            task = asyncio.create_task(poller.run())
            hua = telegram.user("华")
            await hua.says("菜单")
            await hua.waits_for("知桥")
            yield telegram, chat, hua
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def tell(chat: Chat, hua: User, priority: int, key: str) -> None:
    """A message that the programme sends by itself."""
    async with chat.programme.database.writing() as connection:
        work = Work(connection, chat.clock.now(), "nobody")
        person = await connection.scalar(select(ChatRow.person_id).where(ChatRow.id == hua.id))
        await work.notify(person or 0, "menu/staff", key=key, priority=priority)
        await work.finish()
    chat.programme.tick()


async def row(chat: Chat, key: str) -> Any:
    async with chat.programme.database.reading() as connection:
        return (await connection.execute(select(Outgoing).where(Outgoing.key == key))).one()


async def settled(chat: Chat, key: str, state: str) -> Any:
    async def there() -> bool:
        return bool((await row(chat, key)).state == state)

    await eventually(there)
    return await row(chat, key)


pytestmark = pytest.mark.usefixtures("quick")


async def test_a_blocked_bot_stops_and_goes_on_when_the_person_returns(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """403: the chat is unreachable and the row says why; any message makes it reachable."""
    async with connected(tmp_path, now, sqlite_engine) as (_, chat, hua):
        await hua.blocks()
        await tell(chat, hua, NOTICE, "n1")
        assert "blocked" in (await settled(chat, "n1", "missed")).error
        async with chat.programme.database.reading() as connection:
            assert not await connection.scalar(
                select(ChatRow.reachable).where(ChatRow.id == hua.id)
            )
        await hua.starts()
        await hua.waits_for("欢迎回来")
        await tell(chat, hua, NOTICE, "n2")
        await settled(chat, "n2", "sent")


async def test_nothing_is_sent_inside_a_halt(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """429 with retry_after 1: the next attempt comes a second later, and arrives once."""
    async with connected(tmp_path, now, sqlite_engine) as (telegram, chat, hua):
        telegram.limit(retry_after=1, times=1, method="sendMessage")
        await tell(chat, hua, NOTICE, "n")
        await settled(chat, "n", "sent")
        halted = next(call for call in telegram.refused if "Too Many" in str(call.error))
        sent = telegram.accepted[-1]
        assert sent.at - halted.at >= 1.0
        assert [call.text for call in telegram.accepted].count(sent.text) == 1


async def test_a_lost_answer_repeats_what_must_arrive_and_holds_a_broadcast(
    tmp_path: Path, now: datetime, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram took it and nobody heard so: the repetition says that it is one."""
    from datetime import timedelta

    monkeypatch.setattr("pipeline.delivery.RETRY", timedelta(seconds=0))
    async with connected(tmp_path, now, sqlite_engine) as (telegram, chat, hua):
        telegram.lose_answers(1, method="sendMessage")
        await tell(chat, hua, NOTICE, "n")
        await settled(chat, "n", "sent")
        texts = [call.text for call in telegram.accepted if call.text][-2:]
        assert texts[1] == "（重发）" + texts[0]
        telegram.lose_answers(1, method="sendMessage")
        before = len(telegram.accepted)
        await tell(chat, hua, BROADCAST, "b")
        await settled(chat, "b", "held")
        assert len(telegram.accepted) == before + 1


async def test_no_update_shape_makes_the_poller_deaf(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """PTB's own Updater polls the same broken update for ever; ours stores it and goes on."""
    async with connected(tmp_path, now, sqlite_engine) as (telegram, _, hua):
        shapes: list[Any] = [{"message": 5}, {"message": {"chat": []}}, {"callback_query": {}}]
        for body in shapes:
            telegram.inject(body)
        await hua.says("菜单")
        await hua.waits_for("知桥")


async def test_ids_that_begin_lower_after_a_quiet_week(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """The next offset is the last received plus one, not the highest ever seen."""
    async with connected(tmp_path, now, sqlite_engine) as (telegram, _, hua):
        for first in (727334708, 117314199):
            telegram.next_update_id = first
            await hua.says("菜单")
            await hua.waits_for("知桥")


async def test_an_update_is_confirmed_only_when_it_is_stored(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """A process that dies between fetching and storing gets it again."""
    async with TelegramEmulator(TOKEN) as telegram, HTTPXRequest() as request:
        await telegram.user("华").says("在吗")

        class Broken:
            async def put_all(self, raws: list[Raw]) -> None:
                raise OSError("disk full")

        poller = Poller(request, telegram.base_url + TOKEN, Broken())  # type: ignore[arg-type]
        for _ in range(2):
            with pytest.raises(OSError, match="disk full"):
                await poller.once()


def site(chat: Chat) -> httpx.AsyncClient:
    app = Starlette(routes=[Webhook(SECRET, chat.programme.inbox).route()])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize(
    "headers",
    [[], [(HEADER, "")], [(HEADER, SECRET[:-1])], [(HEADER, SECRET), (HEADER, SECRET)],
     [(HEADER, "ſ" * 40)]],
)  # fmt: skip
async def test_a_webhook_without_the_secret_stores_nothing(
    chat: Chat, headers: list[tuple[str, str]]
) -> None:
    """None, empty, short, doubled, foreign characters."""
    async with site(chat) as client:
        raw = [(name.encode(), value.encode()) for name, value in headers]
        answer = await client.post(PATH, json={"update_id": 1}, headers=raw)
    assert answer.status_code == 403
    async with chat.programme.database.reading() as connection:
        assert (await connection.execute(select(Incoming.id))).all() == []


async def test_a_webhook_takes_json_updates_of_a_sane_size(chat: Chat) -> None:
    """Anything else is not stored. What knows the secret and is no update is let go all the same:
    refused, Telegram would repeat it and hold back what comes behind it."""
    async with site(chat) as client:
        for body, status in ((b"x" * 2_000_000, 413), (b"[", 200), (b"[" * 100_000, 200),
                             (b"{}", 200), (b'{"update_id": true}', 200),
                             (b'{"update_id": 9}', 200)):  # fmt: skip
            answer = await client.post(PATH, content=body, headers={HEADER: SECRET})
            assert answer.status_code == status, body[:10]
    async with chat.programme.database.reading() as connection:
        assert (await connection.scalars(select(Incoming.key))).all() == ["9"]


async def test_parallel_repeated_posts_keep_the_order_and_count_once(
    chat: Chat, now: datetime
) -> None:
    """Forty updates, shuffled, each three times."""
    posts = [
        {"update_id": number, "message": {"message_id": number, "date": 1, "text": f"t{number}",
         "chat": {"id": 77, "type": "private"}, "from": {"id": 77, "is_bot": False,
         "first_name": "-"}}}
        for number in range(40)
    ]  # fmt: skip
    shuffled = sorted(posts * 3, key=lambda post: hash((str(post), "salt")))
    async with site(chat) as client:
        await asyncio.gather(
            *(client.post(PATH, json=post, headers={HEADER: SECRET}) for post in shuffled)
        )
    from pipeline import inbox

    claims = await inbox.claim(chat.programme.database, "me", chat.clock.now())
    assert [claim.body["update_id"] for claim in claims[77]] == list(range(20))


def test_a_webhook_needs_a_secret() -> None:
    """An open door would let anybody speak as anybody."""
    with pytest.raises(ValueError, match="32"):
        Webhook("short", None)  # type: ignore[arg-type]


async def test_the_token_is_in_no_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not at DEBUG either. The control: the HTTP client's own line carries it."""
    async with TelegramEmulator(TOKEN) as telegram, HTTPXRequest() as request:
        url = f"{telegram.base_url}{TOKEN}/getMe"
        logging.basicConfig(level="INFO", force=True)
        logging.getLogger("httpx").setLevel("INFO")
        await request.do_request(url, "POST")
        assert TOKEN in capsys.readouterr().err
        logs.configure("DEBUG")
        await request.do_request(url, "POST")
        logging.getLogger("x").debug("call %s of 13812345678 and 91430100MA4L16JQ9D", url)
    shown = capsys.readouterr().err
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)
    assert "call" in shown
    for secret in (TOKEN, "13812345678", "91430100MA4L16JQ9D"):
        assert secret not in shown


async def test_the_pace_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never more than the limit in any second over all chats, nor in one chat."""
    from pipeline.pace import Pace

    clock = 0.0
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "time", lambda: clock)

    async def sleep(seconds: float) -> None:
        nonlocal clock
        clock += max(seconds, 1e-6)

    monkeypatch.setattr("pipeline.pace.asyncio.sleep", sleep)
    pace, sent = Pace(25, 1), list[tuple[float, int]]()
    for number in range(300):
        await pace.wait(number % 40)
        sent.append((clock, number % 40))
    for at, one in sent:
        window = [chat for moment, chat in sent if at <= moment < at + 0.999]
        assert len(window) <= 25
        assert window.count(one) == 1
    pace.halt(5, 30)
    before = clock
    await pace.wait(5)
    assert clock - before >= 30
