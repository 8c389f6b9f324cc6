"""Reminders as people have them: of events, of the programme's deadlines, of their own things."""

from __future__ import annotations

import os
import time
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select, update

from conversations import reading
from conversations.deadline import read_when
from db.models import Chat as ChatRow
from db.models import DeadlineMark, Event, Job, Outgoing, SignUp
from services import attention, deadlines, event_reminders
from tests.announcing import moved
from tests.chat import Chat, Somebody
from tests.conftest import NOW
from tests.people.acts import change, number, represents
from tests.test_attention import an_event

ZONE = ZoneInfo("Asia/Shanghai")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(month: int, day: int, hour: int = 9, minute: int = 30, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def channel(somewhere: str) -> str:
    return somewhere


@pytest.fixture
async def wang(chat: Chat) -> Somebody:
    person = await chat.somebody("王")
    await represents(person, chat)
    await change(chat, delete(Job))  # nothing else falls due in all these weeks
    return person


async def silent(chat: Chat, person: Somebody, until: datetime) -> bool:
    """Time passes, and the person hears nothing."""
    person.since = []
    await chat.move_to(until)
    return person.since == []


# Events


async def test_an_event_reminds_and_hears_what_one_says_to_it(chat: Chat, wang: Somebody) -> None:
    """Three rounds; later once more, as far as it makes sense; whoever is there, or gave their
    seat back, hears nothing more."""
    event = await an_event(chat, at(12, 10, 14, 0))
    await wang.presses(wang.last, f"events.sign_up:{event.id}")
    await chat.move_to(at(12, 3, 14, 0))
    assert "还有 7 天" in wang.last
    await wang.taps("稍后提醒")
    assert wang.last.labels[:2] == ["1 小时后", "明天"]
    await wang.taps("明天")
    assert "12月4日 周五 09:00 再提醒您" in wang.last
    assert await silent(chat, wang, at(12, 4, 8, 59))
    await chat.move_to(at(12, 4, 9, 0))
    assert "还有 6 天" in wang.last
    await wang.taps("知道了")
    assert "到时见" in wang.last
    await chat.move_to(at(12, 9, 14, 0))
    assert "就在明天" in wang.last
    await chat.move_to(at(12, 10, 13, 0))
    assert "马上开始" in wang.last and "稍后提醒" not in wang.last.labels
    await wang.taps("去不了了")
    await wang.taps("时间冲突")
    assert "已取消报名" in wang.seen
    told = select(func.count()).where(Outgoing.about == f"event:{event.id}")
    assert await number(chat, told.where(Outgoing.state == "sent")) == 4
    other = await an_event(chat, at(12, 20, 14, 0), "第二场对接会")
    await wang.presses(wang.last, f"events.sign_up:{other.id}")
    await change(chat, update(SignUp).values(checked_in_at=at(12, 12)))
    assert await silent(chat, wang, at(12, 20, 13, 30))


async def test_a_moved_event_withdraws_what_was_to_be_said_of_the_old_time(
    chat: Chat, wang: Somebody
) -> None:
    """A reminder that waits for the morning, or in a digest, is not sent; the new rounds are."""
    event = await an_event(chat, at(12, 10, 6, 0))
    await wang.presses(wang.last, f"events.sign_up:{event.id}")
    assert await silent(chat, wang, at(12, 3, 6, 0))  # in the quiet hours
    waiting = select(Outgoing.state, Outgoing.error).where(Outgoing.about == f"event:{event.id}")
    async with chat.programme.database.session() as session:
        assert (await session.execute(waiting)).all() == [("waiting", "quiet")]
        await moved(session, event.id, at(12, 17, 14, 0), chat.clock.now())
        assert (await session.execute(waiting)).all() == [("cancelled", "moved")]
        await event_reminders.plan(session, await session.get_one(Event, event.id), at(12, 3, 6, 0))
    assert await silent(chat, wang, at(12, 3, 7, 59))
    await chat.move_to(at(12, 3, 9, 0))
    assert "活动有变" in wang.seen  # that waited for the morning, too
    await wang.taps("仍参加")
    assert await silent(chat, wang, at(12, 10, 13, 59))
    await chat.move_to(at(12, 10, 14, 0))
    assert "还有 7 天" in wang.last and "12月17日" in wang.last


# Deadlines of the programme


async def test_a_deadline_is_reminded_of_until_it_is_done(chat: Chat, wang: Somebody) -> None:
    """30, 7 and 1 days before, on working days; what one says of it holds for one alone; and the
    organizer sees how many said what."""
    li, organizer = await chat.somebody("李"), await chat.somebody("组织者", "org")
    await represents(li, chat, "李工", "13912345678")
    await organizer.says("设截止日期")
    for said in ("专利密集型产品备案", "2027年1月4日", "向市州局申报", "长沙", "跳过"):
        await organizer.says(said)
    await organizer.taps("提交")
    await organizer.sees(
        "设好了", "12月4日 周五 09:30", "12月28日 周一 09:30", "12月31日 周四 09:30"
    )
    assert await silent(chat, wang, at(12, 4, 9, 29))
    await chat.move_to(at(12, 4))
    for person in (wang, li):
        assert "还有 31 天截止：专利密集型产品备案" in person.last and "向市州局申报" in person.last
    await wang.taps("明天再说")
    assert "12月5日 周六 09:30 再提醒您" in wang.last
    await li.taps("不适用")
    li.since = []
    await chat.move_to(at(12, 5))
    assert "还有 30 天" in wang.last
    await chat.move_to(at(12, 28))
    assert "还有 7 天" in wang.last
    await wang.says("我的提醒")
    assert "1月4日" in wang.last
    await wang.taps("完成 专利密集型")
    assert "已完成" in wang.last
    assert li.since == [] and await silent(chat, wang, at(12, 31, 10))
    await organizer.says("截止日期情况")
    assert "已完成 1 · 不适用 1 · 未办" in organizer.last
    marks = select(DeadlineMark.state).order_by(DeadlineMark.person_id)
    async with chat.programme.database.reading() as connection:
        assert (await connection.execute(marks)).scalars().all() == ["done", "needless"]


async def test_a_deadline_taken_back_is_not_spoken_of(chat: Chat, wang: Somebody) -> None:
    """Nor one of others: its button is refused. One set at the last moment is told at once."""
    organizer = await chat.somebody("组织者", "org")
    await chat.move_to(at(11, 23, 10, 0))
    async with chat.programme.database.session() as session:
        for title, city in (("长沙的事", "长沙"), ("株洲的事", "株洲")):
            audience = {"cities": [city], "industries": []}
            await deadlines.announce(
                session, 1, title, date(2026, 11, 24), None, audience, chat.clock.now()
            )
        with pytest.raises(deadlines.DeadlinePast):
            await deadlines.announce(
                session, 1, "昨天的事", date(2026, 11, 22), None, audience, chat.clock.now()
            )
    await chat.settle()
    assert "明天截止：长沙的事" in wang.last and "株洲" not in wang.screen
    await wang.presses(wang.last, "deadlines.done:2")
    assert "不是您的" in wang.last
    await wang.presses(wang.last, "deadlines.tomorrow:1")
    assert "再提醒您" in wang.last
    await organizer.says("截止日期情况")
    await organizer.taps("撤下 长沙的事")
    assert "已撤下" in organizer.last
    assert await silent(chat, wang, at(11, 24, 12))
    await wang.presses(wang.last, "deadlines.done:1")
    assert "已经撤下" in wang.last


# One's own


async def test_one_is_reminded_of_what_one_says(chat: Chat, wang: Somebody) -> None:
    """At its hour, also at night, until it is done; asked for what the sentence leaves out."""
    await wang.says("提醒我周五交PCT材料")
    assert "11月27日 周五 09:30 提醒您：交PCT材料" in wang.last
    await wang.says("明天晚上11点半提醒我看锅炉")
    assert "11月24日 周二 23:30 提醒您：看锅炉" in wang.last
    await wang.says("提醒我")
    assert "什么事" in wang.last
    await wang.says("给李总回电话")
    assert "什么时候" in wang.last
    await wang.says("昨天下午三点")
    assert "什么时候" in wang.last
    await wang.says("周三下午三点")
    assert "11月25日 周三 15:00 提醒您：给李总回电话" in wang.last
    await wang.says("开会前半小时叫我")
    assert "自动提醒" in wang.last
    await wang.says("取消提醒")
    await wang.taps("取消 给李总")
    assert "已取消" in wang.last
    await chat.move_to(at(11, 24, 23, 30))
    assert "您让我提醒：看锅炉" in wang.last
    await wang.taps("完成")
    assert await silent(chat, wang, at(11, 27, 9, 29))
    await chat.move_to(at(11, 28, 3))  # the machine slept
    assert "交PCT材料" in wang.last and "原定 11月27日 周五 09:30" in wang.last
    await wang.taps("明天再说")
    await chat.move_to(at(11, 29))
    assert "交PCT材料" in wang.last
    await wang.taps("完成")
    await wang.says("我的提醒")
    assert "没有要提醒的事" in wang.last


# The calendar


@pytest.mark.parametrize(
    ("due", "days"),
    [
        (date(2026, 10, 8), [(9, 8), (9, 30)]),  # both of the last fall into the holiday
        (date(2028, 3, 30), [(2, 29), (3, 23), (3, 29)]),
        (date(2028, 3, 1), [(1, 31), (2, 23), (2, 29)]),
        (date(2026, 3, 31), [(2, 28), (3, 24), (3, 30)]),  # a Saturday that is worked
        (date(2027, 1, 4), [(12, 4), (12, 28), (12, 31)]),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_days_before_are_days_of_china(
    due: date, days: list[tuple[int, int]], zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Month ends, 29 February, holidays and worked weekends; wherever the server stands, and
    whatever its clocks do in spring."""
    monkeypatch.setitem(os.environ, "TZ", zone)
    time.tzset()
    try:
        moments = deadlines.moments(attention.at(due, deadlines.CLOSES))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [(moment.month, moment.day) for moment in moments] == days
    assert {(moment.hour, moment.minute) for moment in moments} == {(9, 30)}


async def test_a_clock_that_jumps_reminds_once(chat: Chat, wang: Somebody) -> None:
    """Back an hour after a reminder, or ahead a day: each round once, late ones as far as they are
    of use."""
    event = await an_event(chat, at(12, 10, 14, 0))
    await wang.presses(wang.last, f"events.sign_up:{event.id}")
    await chat.move_to(at(12, 3, 14, 0))
    assert "还有 7 天" in wang.last
    assert await silent(chat, wang, at(12, 3, 13, 0))
    assert await silent(chat, wang, at(12, 3, 14, 5))
    await chat.move_to(at(12, 10, 13, 30))
    assert [text.text.count("就在明天") for text in wang.since] == [0]
    assert "马上开始" in wang.last
    assert await silent(chat, wang, at(12, 9, 14, 0))
    chats = select(func.count()).select_from(Outgoing).join(ChatRow, ChatRow.id == Outgoing.chat_id)
    assert await number(chat, chats.where(Outgoing.about == f"event:{event.id}")) == 2


def test_what_is_to_be_done_and_when_are_told_apart() -> None:
    """Words about time and about being reminded go; what stays is as it was written."""
    for said, thing, moment in (
        ("记得提醒我12月3日报PCT材料", "报PCT材料", at(12, 3)),
        ("两小时后提醒我给李总回电话", "给李总回电话", NOW + 2 * HOUR),
        ("设个提醒，下周二下午三点看专利", "看专利", at(12, 1, 15, 0)),
    ):
        assert reading.without_moment(said, NOW) == thing
        assert read_when(said, NOW) == moment
    with pytest.raises(reading.Unfit):
        read_when("今天提醒我", NOW + HOUR)
