"""Reading the log: once each, from where it was left, whatever happens to signals and processes."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from channels.kf import limits
from channels.kf.accounts import Accounts
from db.models import Chat as ChatRow
from db.models import Incoming, KfAccount
from db.session import Database
from pipeline.clock import Clock
from tests.channels.kf.conftest import (
    Talk,
    at_work_with,
    inbox,
    rows,
    serving,
    until,
    until_there,
)
from tests.chat import Chat
from tests.conftest import Engine
from tests.emulators.wecom import Customer, WeComEmulator
from tests.emulators.wecom.kf.sync import note

SYNC = "kf/sync_msg"


def wrote(wecom: WeComEmulator, who: Customer, text: str, ago: timedelta = timedelta()) -> str:
    """In the log, and WeCom's signal is lost."""
    now = wecom.world.now() - ago.total_seconds()
    session = who.session
    session.last_customer, session.sent_since, session.state = now, 0, 0
    msgid = note(
        wecom.world, who.account, 3, "text", text={"content": text},
        external_userid=who.external_userid,
    )  # fmt: skip
    _, entry = who.account.log[-1]
    who.account.log[-1] = (now, entry | {"send_time": int(now)})
    return msgid


async def said(chat: Chat) -> list[str]:
    return [row.raw["message"]["text"] for row in await inbox(chat)]


async def has_said(chat: Chat, *texts: str) -> None:
    await until_there(lambda: _all_in(chat, texts))
    assert sorted(await said(chat)) == sorted(texts)


async def _all_in(chat: Chat, texts: tuple[str, ...]) -> bool:
    return set(texts) <= set(await said(chat))


async def account(chat: Chat) -> Any:
    (row,) = await rows(chat, KfAccount)
    return row


async def test_the_signal_is_answered_at_once_and_the_log_read_then(talk: Talk) -> None:
    """A slow log keeps WeCom's signal waiting not at all."""
    wecom, chat = talk
    wecom.delay(0.5, path=SYNC)
    delivery = await wecom.customer("小王").writes_kf("你好")
    assert [attempt.status for attempt in delivery.attempts] == [200]
    assert delivery.attempts[0].seconds < 0.4
    await has_said(chat, "你好")


async def test_page_after_page_with_an_empty_one(talk: Talk) -> None:
    wecom, chat = talk
    wang = wecom.customer("小王")
    await wang.writes_kf("零")
    await has_said(chat, "零")
    wecom.kf_page(2)
    wecom.kf_empty_pages(2)
    for text in ("一", "二", "三", "四"):
        wrote(wecom, wang, text)
    await wang.writes_kf("五")
    await has_said(chat, *"零一二三四五")
    assert await said(chat) == [*"零一二三四五"]
    assert (await account(chat)).cursor == f"c-{len(wang.account.log)}"


async def test_the_first_reading_answers_nothing_old(
    sqlite_engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """Three days come without a cursor; only what was just said is answered, on every page, and
    nobody is made a person for what they said before."""
    url = await sqlite_engine.town(tmp_path, demo=False)
    async with WeComEmulator() as wecom:
        wecom.kf_page(1)
        wecom.world.clock = now.timestamp
        wrote(wecom, wecom.customer("老李"), "三小时前", timedelta(hours=3))
        wrote(wecom, wecom.customer("小张"), "刚过时", limits.STALE + timedelta(minutes=1))
        wrote(wecom, wecom.customer("小王"), "刚才", limits.STALE - timedelta(minutes=1))
        async with at_work_with(wecom, url, tmp_path, now, demo=False) as chat:
            await has_said(chat, "刚才")
            assert len(await rows(chat, ChatRow, channel="kf")) == 1
            assert (await account(chat)).read_at is not None


async def test_a_restart_goes_on_where_it_was(
    engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """What was said meanwhile is read without a signal, what was answered is not answered again."""
    url = await engine.town(tmp_path, demo=False)
    async with WeComEmulator() as wecom:
        wang = wecom.customer("小王")
        async with at_work_with(wecom, url, tmp_path, now, demo=False) as chat:
            await wang.writes_kf("你好")
            await wang.waits_for("我在", 10)
        wrote(wecom, wang, "还在吗", timedelta(hours=2))
        heard = len(wang.messages)
        async with at_work_with(wecom, url, tmp_path, now, demo=False) as chat:
            await has_said(chat, "你好", "还在吗")
            await until(lambda: len(wang.messages) > heard)
            await asyncio.sleep(0.3)
            assert len(wang.messages) == heard + 1
        cursors = [call.body.get("cursor") for call in wecom.calls if call.path == SYNC]
        assert cursors.count(None) == 1


async def test_a_page_that_was_not_noted_is_heard_once(
    engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """A crash between storing and noting: the page comes again, and its messages are known."""
    url = await engine.town(tmp_path, demo=False)
    async with WeComEmulator() as wecom:
        wang = wecom.customer("小王")
        async with at_work_with(wecom, url, tmp_path, now, demo=False) as chat:
            await wang.writes_kf("你好")
            await wang.waits_for("我在", 10)
            async with chat.programme.database.writing() as connection:
                await connection.execute(update(KfAccount).values(cursor=None))
            wrote(wecom, wang, "第二句")
            await wang.writes_kf("第三句")
            await has_said(chat, "你好", "第二句", "第三句")


async def test_a_lost_signal_is_made_up_for(talk: Talk) -> None:
    """Now and then the log is looked at all the same."""
    wecom, chat = talk
    wang = wecom.customer("小王")
    await wang.writes_kf("你好")
    await has_said(chat, "你好")
    wrote(wecom, wang, "没有信号")
    await asyncio.sleep(0.3)
    assert await said(chat) == ["你好"]
    chat.clock.forward(limits.EVERY)
    await has_said(chat, "你好", "没有信号")


async def test_a_token_that_is_worth_nothing_is_left_out(talk: Talk) -> None:
    """95007: the log is read all the same."""
    wecom, chat = talk
    wang = wecom.customer("小王")
    await wang.writes_kf("一")
    await has_said(chat, "一")
    wecom.world.kf.tokens.clear()
    wecom.next_errors([95007], SYNC)
    await wang.writes_kf("二")
    await has_said(chat, "一", "二")
    assert [call.errcode for call in wecom.refused] == [95007]


async def test_a_refused_reading_is_tried_again(talk: Talk) -> None:
    """Whatever the refusal: the signal is written down."""
    wecom, chat = talk
    wecom.next_errors([95000, 40058], SYNC)
    wecom.lose_answers(path=SYNC)
    await wecom.customer("小王").writes_kf("你好")
    await has_said(chat, "你好")


async def test_a_cursor_that_is_worth_nothing_begins_anew(talk: Talk) -> None:
    """Without answering what was answered, or what is old."""
    wecom, chat = talk
    wang = wecom.customer("小王")
    await wang.writes_kf("你好")
    await wang.waits_for("我在", 10)
    wrote(wecom, wang, "三小时前", timedelta(hours=3))
    async with chat.programme.database.writing() as connection:
        await connection.execute(update(KfAccount).values(cursor="broken"))
    await wang.writes_kf("又来了")
    await has_said(chat, "你好", "又来了")


async def test_signals_in_a_heap_are_one_sitting(talk: Talk) -> None:
    """Many customers at once, each signal twice: all are heard, each message once, and the log is
    never read by two at a time."""
    wecom, chat = talk
    wecom.duplicate(20)
    customers = [wecom.customer(f"客户{n}") for n in range(20)]
    wecom.delay(0.05, times=100, path=SYNC)
    await asyncio.gather(*(one.writes_kf(f"第{n}句") for n, one in enumerate(customers)))
    await has_said(chat, *(f"第{n}句" for n in range(20)))
    before = [call.body.get("cursor", "c-0") for call in wecom.calls if call.path == SYNC]
    assert before == sorted(before, key=lambda cursor: int(cursor[2:]))


async def test_two_processes_read_one_log_once(
    engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """The one that is signalled need not be the one that reads."""
    url = await engine.town(tmp_path, demo=False)
    async with (
        WeComEmulator() as wecom,
        at_work_with(wecom, url, tmp_path, now, demo=False) as first,
        at_work_with(wecom, url, tmp_path, now, demo=False),
    ):
        customers = [wecom.customer(f"客户{n}") for n in range(5)]
        for number in range(2):
            await asyncio.gather(*(one.writes_kf(f"{number}{one.name}") for one in customers))
        await has_said(first, *(f"{n}{one.name}" for n in range(2) for one in customers))
        await until(lambda: all(len(one.messages) >= 2 for one in customers))
        await asyncio.sleep(0.3)
        assert [len(one.messages) for one in customers] == [2] * 5


async def test_only_one_of_two_readers_moves_the_cursor(database: Database, now: datetime) -> None:
    """A reader that lost its duty without noticing cannot put the cursor back."""
    accounts = Accounts(database, Clock(now))
    await accounts.know(["wk1"])
    moved = await asyncio.gather(*(accounts.advance("wk1", None, f"c-{n}") for n in range(5)))
    assert sorted(moved) == [False] * 4 + [True]
    (log,) = await accounts.due()
    assert not await accounts.advance("wk1", None, "c-9")
    assert await accounts.advance("wk1", log.cursor, "c-10")


async def test_a_signal_while_the_log_is_read_is_not_forgotten(
    database: Database, now: datetime
) -> None:
    accounts = Accounts(database, Clock(now))
    await accounts.signal("wk1", "ENC1")
    (log,) = await accounts.due()
    await accounts.signal("wk1", "ENC2")
    await accounts.read(log)
    (again,) = await accounts.due()
    assert (again.token, again.new) == ("ENC2", False)
    await accounts.read(again)
    assert await accounts.due() == []


@pytest.mark.parametrize(("accounts", "heard"), [("all", 2), ("wkDemo1", 1), ("wk9, wkSecond", 1)])
async def test_the_accounts_that_are_set_are_read(
    sqlite_engine: Engine, tmp_path: Path, now: datetime, accounts: str, heard: int
) -> None:
    """The same customer with two accounts has two chats."""
    url = await sqlite_engine.town(tmp_path, demo=False)
    async with serving(url, tmp_path, now, accounts=accounts, demo=False) as (wecom, chat):
        wecom.kf_account("wkSecond", "第二个客服")
        await wecom.tells("kf_account_auth_change")
        for account in ("wkDemo1", "wkSecond"):
            await wecom.customer("小王", account).writes_kf("你好")
        await until_there(lambda: _count(chat, heard))
        await asyncio.sleep(0.2)
        assert len(await rows(chat, ChatRow, channel="kf")) == heard


async def _count(chat: Chat, heard: int) -> bool:
    return len(await inbox(chat)) == heard


async def test_an_account_that_is_not_bound_is_told_of(talk: Talk) -> None:
    """48007: organizers learn what to mend, and nothing else stops."""
    wecom, chat = talk
    organizer = await chat.somebody("组织者", "org")
    wecom.next_errors([48007], SYNC)
    await wecom.customer("小王").writes_kf("你好")
    await has_said(chat, "你好")
    await wecom.customer("小王").waits_for("我在", 10)

    async def told() -> bool:
        await organizer.read()
        return any("没有绑定到我们的应用" in bubble for bubble in organizer.messages)

    await until_there(told)


STRANGE: list[dict[str, Any]] = [
    {}, {"msgtype": "text"}, {"msgtype": "event"}, {"msgtype": "event", "event": {}},
    {"msgtype": "event", "event": {"event_type": "enter_session"}},
    {"msgtype": "event", "event": {"event_type": "msg_send_fail", "fail_msgid": "x"}},
    {"msgtype": "event", "event": {"event_type": "servicer_status_change"}},
    {"msgtype": "text", "text": None}, {"msgtype": "location", "location": {"latitude": "NaN"}},
    {"msgtype": "image", "image": {}}, {"msgtype": "channels_shop_order"},
    {"msgtype": "merged_msg", "merged_msg": {"title": "聊天记录", "item": []}},
    {"msgtype": "text", "send_time": "x"}, {"msgtype": "text", "send_time": 10**20},
    {"msgtype": ["text"]}, {"msgtype": "text", "text": {"content": "x" * 5000, "menu_id": 5}},
]  # fmt: skip


async def test_nothing_in_the_log_stops_its_reading(talk: Talk) -> None:
    wecom, chat = talk
    wang = wecom.customer("小王")
    for strange in STRANGE:
        wrote(wecom, wang, "")
        at, entry = wang.account.log[-1]
        del entry["text"]
        wang.account.log[-1] = (at, entry | strange)
    await wang.writes_kf("你好")
    await until_there(lambda: _is_last(chat, "你好"))
    await until_there(lambda: _all_done(chat))


async def _is_last(chat: Chat, text: str) -> bool:
    heard = await inbox(chat)
    return bool(heard) and heard[-1].raw.get("message", {}).get("text") == text


async def _all_done(chat: Chat) -> bool:
    return not await rows(chat, Incoming, state="new")
