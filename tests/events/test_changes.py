"""An event changes: seen before it is done, told once, answered, taken back, called about."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Audit, Event, EventChange, Outgoing, Person, SignUp
from db.models import Chat as ChatRow
from services import event_announcing, event_changes, event_drafts, event_reminders, events
from services.event_drafts import EventAnswers
from services.event_rights import NotYourCity
from tests.chat import Chat, Somebody
from tests.events.conftest import DAY, Firm, Held, id_of, now_of
from tests.people.acts import change, number

MINUTES = timedelta(minutes=11)


async def said(chat: Chat, organizer: Somebody, event: Event, words: str) -> None:
    """To whoever has the card on the screen."""
    await organizer.presses(organizer.last, f"events.show:{event.id}")
    await organizer.says(words)


def news(person: Somebody, of: str = "活动有变") -> list[str]:
    return [bubble.text for bubble in person.messages if of in bubble.text]


async def test_a_move_shows_its_effect_and_reaches_everybody_once(
    chat: Chat, organizer: Somebody, firm: Firm, held: Held
) -> None:
    """Old → new; who comes says so, who does not gives the seat back; the calendar follows."""
    wang, li, zhao = [await firm(name) for name in ("王", "李", "赵")]
    event = await held(wang, li, ends_at=datetime.fromisoformat("2026-12-10T12:00+08:00"))
    waits = await id_of(chat, zhao)
    async with chat.programme.database.session() as session:
        session.add(
            SignUp(event_id=event.id, person_id=waits, code="9", state="waiting",
                   created_at=chat.clock.now())
        )  # fmt: skip
    await said(chat, organizer, event, "活动改到下下周五下午两点")
    await organizer.sees(
        "影响 2 人报名、1 人候补、3 条提醒", "→ 12月11日 周五 14:00", "→ 12月11日 周五 17:00"
    )
    assert (await now_of(chat, event)).sequence == 0
    card = organizer.last
    await organizer.taps("确认")
    await organizer.taps("确认", card)
    await chat.later(timedelta(minutes=5))
    assert not news(wang)
    await chat.later(MINUTES)
    assert len(news(wang)) == len(news(li)) == len(news(zhao)) == 1
    assert "12月10日 周四 09:00 → 12月11日 周五 14:00" in news(wang)[0]
    assert "您在候补" in news(zhao)[0] and "仍参加" not in zhao.last.labels
    assert "打电话名单" in organizer.last.labels
    await li.taps("不参加")
    await zhao.sees("轮到您了")
    assert (await now_of(chat, event)).taken == 2
    await wang.taps("仍参加")
    await wang.sees("名额给您留着", "12月11日 周五 14:00")
    files = [file["name"] for bubble in wang.messages for file in bubble.files]
    assert files == ["演示轴承专场对接会.ics"] or chat.network.channel == "telegram"
    assert await number(chat, select(func.count(SignUp.id)).where(SignUp.unanswered > 0)) == 0
    await organizer.taps("撤回")
    await organizer.sees("已经通知出去了")


async def test_moved_twice_is_told_once(
    chat: Chat, organizer: Somebody, firm: Firm, held: Held
) -> None:
    """The final state, and what people knew; who signs up in between knows it already."""
    wang = await firm("王")
    event = await held(wang)
    await said(chat, organizer, event, "改到12月15日上午10点")
    await organizer.taps("确认")
    await chat.later(timedelta(minutes=5))
    await said(chat, organizer, event, "地点换到南湖宾馆二楼")
    await organizer.taps("确认")
    await chat.later(timedelta(minutes=1))
    late = await firm("晚")
    await late.presses(late.last, f"events.sign_up:{event.id}")
    await chat.later(MINUTES)
    assert len(news(wang)) == 1 and not news(late)
    assert "12月10日 周四 09:00 → 12月15日 周二 10:00" in news(wang)[0]
    assert "三楼会议室 → 南湖宾馆二楼" in news(wang)[0]


async def test_what_is_taken_back_in_time_nobody_hears_of(
    chat: Chat, organizer: Somebody, firm: Firm, held: Held
) -> None:
    """By 撤回, by moving it back, by restoring it: each within ten minutes."""
    wang = await firm("王")
    event = await held(wang)
    await said(chat, organizer, event, "活动推迟一周")
    await organizer.taps("确认")
    await organizer.taps("撤回")
    await organizer.sees("已撤回", "12月10日 周四 09:00")
    await said(chat, organizer, event, "改到12月15日上午10点")
    await organizer.taps("确认")
    await said(chat, organizer, event, "改到12月10日上午9点")
    await organizer.taps("确认")
    await said(chat, organizer, event, "这场取消")
    await organizer.taps("确认取消")
    await wang.presses(wang.last, f"events.show:{event.id}")
    assert "已取消" in wang.last
    await organizer.taps("恢复活动")
    await organizer.taps("确认")
    before = len(wang.messages)
    await chat.later(MINUTES)
    assert len(wang.messages) == before
    assert (await now_of(chat, event)).state == "open"


async def test_a_cancelled_event_is_told_with_others_to_go_to_and_may_be_restored(
    chat: Chat, organizer: Somebody, firm: Firm, held: Held
) -> None:
    """Who heard of the end hears the correction, and keeps the seat."""
    wang, gone = await firm("王"), await firm("失")
    event = await held(wang, gone)
    other = await held(title="演示密封专场对接会", after=20 * DAY)
    await change(chat, update(ChatRow).where(ChatRow.id == gone.chat_id).values(reachable=False))
    await said(chat, organizer, event, "这个活动不办了")
    await organizer.sees("取消前请确认", "影响 2 人报名")
    await organizer.taps("确认取消")
    await chat.later(MINUTES)
    assert len(news(wang, "活动取消")) == 1
    assert "演示密封专场对接会" in wang.screen and f"events.show:{other.id}" in str(
        [one.rows for one in wang.messages]
    )
    await organizer.taps("打电话名单")
    await organizer.sees("失", "消息没有送到")
    await organizer.taps("恢复活动")
    await organizer.taps("确认")
    await chat.later(MINUTES)
    assert len(news(wang, "照常举行")) == 1
    await wang.taps("仍参加")
    await wang.sees("名额给您留着")
    left = select(func.count(Outgoing.id)).filter_by(state="missed")
    assert await number(chat, left) == 0  # neither news is true for who comes back now


async def test_silence_is_reminded_of_once_and_then_called_about(
    chat: Chat, organizer: Somebody, firm: Firm, held: Held
) -> None:
    """The number is masked until it is asked for, and each look is written down."""
    wang, li = await firm("王"), await firm("李")
    event = await held(wang, li)
    await said(chat, organizer, event, "活动推迟一周")
    await organizer.taps("确认")
    await chat.later(MINUTES)
    await li.taps("仍参加")
    await chat.later(DAY)
    assert len(news(wang, "还没有收到您的回答")) == 1 and not news(li, "还没有收到您的回答")
    await organizer.presses(organizer.last, f"events.to_call:{event.id}")
    await organizer.sees("没有要打电话的人")
    await chat.later(DAY)
    assert "还有 1 人没有回答" in organizer.last
    await organizer.taps("打电话名单")
    await organizer.sees("王", "138****", "送到了，没有回答")
    assert "李测试" not in organizer.seen
    await organizer.taps("看电话 王")
    await organizer.sees("1381234")
    assert await number(chat, select(func.count(Audit.id)).filter_by(what="person.phone_seen")) == 1
    await chat.later(3 * DAY)
    assert len(news(wang, "还没有收到您的回答")) == 1


async def test_a_clash_is_said_where_it_is_made(
    chat: Chat, organizer: Somebody, firm: Firm, held: Held
) -> None:
    wang, li = await firm("王"), await firm("李")
    event = await held(wang, li)
    await held(wang, title="演示密封专场对接会", after=20 * DAY + timedelta(hours=2))
    await said(chat, organizer, event, "推迟3天")
    await organizer.taps("确认")
    await chat.later(MINUTES)
    assert "冲突" in news(wang)[0] and "演示密封专场对接会" in news(wang)[0]
    assert "冲突" not in news(li)[0]


async def test_near_the_event_all_are_told_at_once(
    chat: Chat, organizer: Somebody, firm: Firm, held: Held
) -> None:
    wang = await firm("王")
    event = await held(wang, after=timedelta(hours=2, minutes=30))
    await said(chat, organizer, event, "会场换了，换到五楼报告厅")
    await organizer.taps("确认")
    await chat.settle()
    assert len(news(wang)) == 1


async def test_seats_are_never_fewer_than_are_taken(
    chat: Chat, organizer: Somebody, firm: Firm, held: Held
) -> None:
    """Fewer is refused with the number; more is for those who wait; nobody is told of either."""
    wang, li = await firm("王"), await firm("李")
    event = await held(wang, li)
    await said(chat, organizer, event, "名额改成1")
    await organizer.sees("已经有 2 个名额给出去了")
    await said(chat, organizer, event, "人数放宽到150")
    await organizer.sees("20 人 → 150 人", "不另外通知")
    await organizer.taps("确认")
    await chat.later(MINUTES)
    assert (await now_of(chat, event)).capacity == 150 and not news(wang)


async def test_only_organizers_of_the_place_change_it(
    chat: Chat, organizer: Somebody, firm: Firm, held: Held
) -> None:
    wang = await firm("王")
    event = await held(wang)
    await wang.presses(wang.last, f"events.edit:{event.id}")
    assert "确认" not in wang.last.labels and (await now_of(chat, event)).sequence == 0
    mine = update(Person).where(Person.id == await id_of(chat, organizer))
    await change(chat, mine.values(city="长沙"))
    await said(chat, organizer, event, "活动推迟一周")
    await organizer.sees("这是岳阳的活动，您负责的是长沙")


async def made(session: AsyncSession, now: datetime, people: int) -> tuple[Event, Person]:
    organizer = Person(role="org", created_at=now)
    session.add(organizer)
    await session.flush()
    told = EventAnswers("培训", "演示培训", now + 9 * DAY, "长沙", "一楼", 500)
    event = await event_drafts.create(session, organizer.id, told, now)
    await event_drafts.publish(session, organizer.id, event.id, now)
    somebody = [Person(created_at=now) for _ in range(people)]
    session.add_all(somebody)
    await session.flush()
    session.add_all(
        SignUp(event_id=event.id, person_id=one.id, code=str(one.id), created_at=now)
        for one in somebody
    )
    event.taken = people
    await session.flush()
    return event, organizer


async def test_portions_reach_each_person_once_whatever_is_run_again(
    session: AsyncSession, now: datetime
) -> None:
    """A portion that is run again tells the same people under the same keys; none is left out."""
    event, organizer = await made(session, now, 2 * event_announcing.PORTION + 1)
    effect = await event_changes.propose(session, organizer.id, event.id, {"venue": "二楼"}, now)
    assert effect.change is not None and effect.seats == event.taken
    row = await event_changes.confirm(session, organizer.id, effect.change.id, now)
    assert await event_announcing.announce(session, row.id, 0, now) is None  # not due
    now += MINUTES
    told: list[int] = []
    first = await event_announcing.announce(session, row.id, 0, now)
    assert first is not None
    assert await event_announcing.announce(session, row.id, 0, now) is None
    after = 0
    while first is not None:
        told += [one.person for one in first.people]
        if first.last:
            break
        signups = select(SignUp.id).filter_by(event_id=event.id, person_id=told[-1])
        after = await session.scalar(signups) or 0
        again = await event_announcing.announce(session, row.id, after, now)
        first = await event_announcing.announce(session, row.id, after, now)
        assert again is not None and first is not None and again.people == first.people
    assert len(told) == len(set(told)) == event.taken


@pytest.mark.parametrize("days", [-3, 3, 30])
async def test_no_reminder_speaks_of_an_old_date(
    session: AsyncSession, now: datetime, days: int
) -> None:
    """Whichever round was planned before a move: at no moment on the way is it sent."""
    event, organizer = await made(session, now, 1)
    old = event.starts_at
    rounds = {offset: old - before for offset, before in event_reminders.ROUNDS.items()}
    for begin in (old + days * DAY, old + (days + 1) * DAY):
        effect = await event_changes.propose(
            session, organizer.id, event.id, {"starts_at": begin}, now
        )
        assert effect.change is not None
        await event_changes.confirm(session, organizer.id, effect.change.id, now)
    assert event.sequence == 2
    for offset, moment in rounds.items():
        due = await event_reminders.to_remind(session, event.id, offset, max(moment, now))
        assert due is None or due.event.starts_at == begin
        assert due is None or moment >= begin - event_reminders.ROUNDS[offset]
    with pytest.raises(event_changes.ChangedMeanwhile):
        first = select(EventChange.id).order_by(EventChange.id).limit(1)
        await event_changes.confirm(session, organizer.id, await session.scalar(first) or 0, now)


async def test_changes_keep_to_the_rules(session: AsyncSession, now: datetime) -> None:
    """Into the past, once it is over, of another city, of what is called off: refused."""
    event, _ = await made(session, now, 0)
    local = Person(role="org", city="长沙", created_at=now)
    session.add(local)
    await session.flush()

    async def proposed(**told: object) -> None:
        await event_changes.propose(session, local.id, event.id, told, now)

    with pytest.raises(event_drafts.WrongTimes):
        await proposed(starts_at=now - DAY)
    with pytest.raises(event_drafts.WrongTimes):
        await proposed(signup_until=event.starts_at + DAY)
    with pytest.raises(NotYourCity):
        await proposed(city="岳阳")
    effect = await event_changes.propose(session, local.id, event.id, {"state": "cancelled"}, now)
    assert effect.change is not None
    await event_changes.confirm(session, local.id, effect.change.id, now)
    with pytest.raises(events.EventCancelled):
        await proposed(venue="二楼")
    now += 20 * DAY
    with pytest.raises(events.EventOver):
        await proposed(state="open")
