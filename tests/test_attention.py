"""通知设置 as people have it: switches, one message a day or a week, and what came too late."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from db.models import Chat as ChatRow
from db.models import Event, Job, Outgoing
from pipeline.work import BROADCAST, REMINDER, Work
from services import attention
from services.event_drafts import EventAnswers
from tests.announcing import announced
from tests.chat import Chat, Somebody
from tests.people.acts import number, represents

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 23, 12, tzinfo=ZONE)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def channel(somewhere: str) -> str:
    return somewhere


@pytest.fixture
async def wang(chat: Chat) -> AsyncIterator[Somebody]:
    person = await chat.somebody("王")
    await represents(person, chat)
    await chat.move_to(NOON)
    yield person


async def whose(chat: Chat, person: Somebody) -> int:
    return await number(chat, select(ChatRow.person_id).where(ChatRow.id == person.chat_id))


async def tell(chat: Chat, person: Somebody, text: str, topic: str, **more: Any) -> None:
    id = await whose(chat, person)
    async with chat.programme.database.writing() as connection:
        work = Work(connection, chat.clock.now(), "test")
        given = {"priority": BROADCAST, "sender": None, "event": None}
        await work.notify(id, "broadcasts/notice", topic=topic, text=text, **given | more)
        await work.finish()
    person.since = []
    await chat.settle()


async def an_event(chat: Chat, starts_at: datetime, title: str = "岳麓山对接会") -> Event:
    answers = EventAnswers(
        kind="一月一对接", title=title, starts_at=starts_at, city="长沙", venue="三楼", capacity=9
    )
    async with chat.programme.database.session() as session:
        return await announced(session, answers, chat.clock.now())


async def test_one_card_switches_what_comes_in_place(chat: Chat, wang: Somebody) -> None:
    """Each topic by a tap or in words; what is personal comes all the same; the pause of the push
    is the switch of the patents."""
    await wang.says("通知设置")
    await wang.sees("活动", "通知", "专利推送", "截止日期", "随到随发", "22:00–08:00 不打扰")
    before = len(wang.messages)
    await wang.taps("关通知")
    assert "通知：已关" in wang.last
    if chat.network.channel != "terminal":
        assert len(wang.messages) == before  # the card itself changed
    await tell(chat, wang, "明天放假", attention.NOTICES)
    assert wang.since == []
    await tell(chat, wang, "您的需求有人看了", attention.NOTICES, priority=0)
    await wang.says("恢复通知")
    await tell(chat, wang, "后天放假", attention.NOTICES)
    assert "后天放假" in wang.seen
    await wang.says("别再发通知了")
    assert "通知：已关" in wang.last
    await wang.says("活动提醒还要")
    assert "活动：已关" not in wang.last
    await wang.taps("关专利推送")
    await wang.says("推送设置")
    assert "已停，不再推送" in wang.last


async def test_what_was_gathered_comes_as_one_ranked_message(chat: Chat, wang: Somebody) -> None:
    """At nine, the most pressing first, with one thing to do; nothing twice; back to each at once
    brings what waits."""
    await wang.says("每天一条")
    assert "每天 09:00 合成一条" in wang.last
    event = await an_event(chat, NOON + 9 * DAY)
    await tell(chat, wang, "园区停电", attention.NOTICES)
    await tell(chat, wang, "备案申报", attention.DEADLINES, priority=REMINDER, event=event,
               expires_at=NOON + 4 * DAY)  # fmt: skip
    await tell(
        chat, wang, "过时的事", attention.EVENTS, priority=REMINDER, expires_at=NOON + 2 * DAY
    )
    assert wang.since == []
    await tell(chat, wang, "马上开会", attention.EVENTS, expires_at=NOON + HOUR)
    assert "马上开会" in wang.seen
    wang.since = []
    await chat.move_to(NOON + 2 * DAY + HOUR)
    assert len(wang.since) == 1
    text = wang.since[0].text
    assert text.index("备案申报") < text.index("园区停电")
    assert "2 条消息" in text and "过时的事" not in text
    assert "看活动、报名" in wang.since[0].labels
    await wang.taps("看活动、报名")
    assert "岳麓山对接会" in wang.last
    wang.since = []
    await chat.later(DAY)
    assert wang.since == []
    await tell(chat, wang, "园区来电", attention.NOTICES)
    assert wang.since == []
    await wang.says("随到随发")
    assert "园区来电" in wang.seen


async def test_after_a_day_of_sleep_nothing_floods_and_what_was_missed_is_said_once(
    chat: Chat, wang: Somebody
) -> None:
    """Of three events that began meanwhile one message speaks; a cancelled one and one given back
    matter no more; what is still to come is reminded of once; a job that was due often ran once."""
    began = [await an_event(chat, NOON + n * HOUR, f"第{n}场对接会") for n in (20, 22, 27, 28, 29)]
    ahead = await an_event(chat, NOON + 36 * HOUR, "还没开始的会")
    for event in (*began, ahead):
        await wang.presses(wang.last, f"events.sign_up:{event.id}:anyway")
    await wang.presses(wang.last, f"events.cancel:{began[3].id}")
    async with chat.programme.database.session() as session:
        (await session.get_one(Event, began[4].id)).state = "cancelled"
    wang.since = []
    await chat.later(30 * HOUR)
    await chat.later(timedelta(minutes=2))
    assert [bubble.text.count("没能按时送到") for bubble in wang.since].count(1) == 1
    missed = next(bubble for bubble in wang.since if "没能按时送到" in bubble)
    assert all(f"第{n}场对接会" in missed for n in (20, 22, 27))
    assert "第28场" not in wang.seen and "第29场" not in wang.seen
    assert "已经结束" in missed and "还来得及" in missed
    assert sum("还没开始的会" in bubble for bubble in wang.since) == 1
    assert len(wang.since) == 2
    wang.since = []
    await chat.later(HOUR)
    await chat.later(HOUR)
    assert wang.since == []
    failed = select(Job.id).where(Job.state.not_in(("done", "waiting")))
    assert await number(chat, failed) == 0


async def test_who_comes_back_finds_the_settings_as_they_were(chat: Chat, wang: Somebody) -> None:
    """/start again: nothing is switched on by it."""
    await wang.says("别再发通知了")
    await wang.says("每周一条")
    async with chat.programme.database.session() as session:
        row = await session.get_one(ChatRow, wang.chat_id)
        row.reachable, row.lost_at = False, chat.clock.now()
    await tell(chat, wang, "园区停电", attention.NOTICES)
    await wang.says("/start")
    assert "欢迎回来" in wang.seen
    await wang.says("通知设置")
    assert "通知：已关" in wang.last and "每周一条" in wang.last
    lost = select(Outgoing.state).where(Outgoing.topic == attention.NOTICES)
    async with chat.programme.database.reading() as connection:
        assert await connection.scalar(lost) == "failed"  # it is told of, not sent again
