"""Signing up, waiting, stepping in, giving back: as people do it on their phones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from db.models import Event, Person, SignUp
from tests.chat import Chat, Somebody
from tests.people.acts import CODE, FIRM, change, number, represents, who

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EVENT = 1


async def sets(chat: Chat, **facts: Any) -> None:
    await change(chat, update(Event).where(Event.id == EVENT).values(facts))


async def comes(person: Somebody, label: str = "报名") -> None:
    """Two taps: the card, and the seat."""
    await person.presses(person.last, f"events.show:{EVENT}")
    await person.taps(label)


@pytest.fixture
async def full(chat: Chat, wang: Somebody) -> Somebody:
    """Wang has the only seat that is left."""
    taken = await number(chat, select(Event.taken).where(Event.id == EVENT))
    await sets(chat, capacity=taken + 1)
    await comes(wang)
    assert "报名成功" in wang.seen and ".ics" in wang.seen
    return wang


@pytest.fixture
async def zhou(chat: Chat, wang: Somebody) -> Somebody:
    person = await chat.somebody("周")
    await represents(person, chat, "周工", "13712345678")
    return person


@pytest.fixture
async def wu(chat: Chat, wang: Somebody) -> Somebody:
    person = await chat.somebody("吴")
    await represents(person, chat, "吴工", "13612345678")
    return person


async def test_a_freed_seat_is_offered_and_taken(
    chat: Chat, full: Somebody, zhou: Somebody, wu: Somebody
) -> None:
    """In line, each place told once; the offer is one tap, and shows the time that is left."""
    for person, place in ((zhou, "第 1 位"), (wu, "第 2 位")):
        await comes(person, "候补")
        assert place in person.last
    await full.taps("取消报名")
    await chat.settle()
    assert "轮到您了" in zhou.last and "11月24日" in zhou.last
    assert "第 1 位" in wu.last
    await zhou.says("几点在哪？")
    await zhou.sees("有名额等您确认", "还剩 24 小时")
    await wu.says("我的报名")
    await wu.sees("候补第 1 位")
    await zhou.taps("要这个名额")
    await zhou.sees("报名成功", "签到码", ".ics")
    await full.presses(full.last, f"events.show:{EVENT}")
    await full.taps("候补")
    assert "第 2 位" in full.last
    await wu.taps("退出候补")
    assert "已退出" in wu.last
    await chat.settle()
    assert "第 1 位" in full.last


async def test_an_offer_that_nobody_takes_goes_to_the_next(
    chat: Chat, full: Somebody, zhou: Somebody, wu: Somebody
) -> None:
    """Whoever lets it lapse hears so and how to join again; whoever declines is out at once."""
    await comes(zhou, "候补")
    await comes(wu, "候补")
    await full.taps("取消报名")
    await chat.later(DAY)
    assert "没有等到确认" in zhou.last and "轮到您了" in wu.last
    await zhou.taps("重新报名")
    assert "第 1 位" in zhou.last
    await wu.taps("不要了")
    assert "给下一位了" in wu.last
    await chat.settle()
    assert "轮到您了" in zhou.last
    await chat.later(DAY)
    old = zhou.messages[-2]
    await zhou.taps("要这个名额", old)  # an old button of an offer that lapsed: the seat is free
    assert "报名成功" in zhou.seen


async def test_a_firm_at_its_limit_swaps_or_asks(
    chat: Chat, wang: Somebody, zhou: Somebody, organizer: Somebody
) -> None:
    """Who is in, masked; a colleague steps in with a code of their own, and the other hears it."""
    await sets(chat, per_firm=1)
    await comes(wang)
    code = wang.seen.split("签到码 ")[1][:6]
    await comes(zhou)
    await zhou.sees("贵公司已报 1 人（上限 1）：王**", "可替换其中一人")
    await zhou.taps("请组织者加名额")
    await zhou.sees("编号")
    await comes(zhou)
    await zhou.taps("换下 王**")
    await zhou.sees("已换成您", ".ics")
    assert code not in zhou.seen and "周工" in wang.last and "不用去了" in wang.last
    await organizer.presses(organizer.last, f"events.attendees:{EVENT}:1")
    await organizer.sees("周工", "137****5678")
    assert "王工" not in organizer.seen


async def test_whoever_cancels_late_says_why_and_the_organizer_reads_it(
    chat: Chat, wang: Somebody, zhou: Somebody, organizer: Somebody
) -> None:
    """Usual reasons are one tap, own words a sentence; a seat is freed at once both ways."""
    await comes(wang)
    await comes(zhou)
    starts = await chat_time(chat)
    await chat.move_to(starts - 5 * HOUR)
    for person in (wang, zhou):
        await person.says("我的报名")
        await person.presses(person.last, f"events.cancel:{EVENT}")
        await person.sees("原因是")
    await wang.taps("临时出差")
    assert "已取消报名" in wang.last
    await zhou.taps("其他原因")
    await zhou.says("孩子发烧了")
    assert "已取消报名" in zhou.last
    row = await number(chat, select(SignUp.id).filter_by(person_id=await who(chat, "周工")))
    await organizer.presses(organizer.last, f"events.attendee:{row}")
    await organizer.sees("孩子发烧了")


async def test_an_organizer_takes_one_back_and_the_person_reads_why(
    chat: Chat, full: Somebody, zhou: Somebody, organizer: Somebody
) -> None:
    await comes(zhou, "候补")
    await organizer.says("报名名单")
    await comes(organizer, "报名名单")
    await organizer.sees("候补（第 1 位）")
    row = await number(chat, select(SignUp.id).filter_by(person_id=await who(chat, "王工")))
    await organizer.presses(organizer.last, f"events.attendee:{row}")
    await organizer.taps("自己写")
    await organizer.says("名额要留给参展企业")
    assert "名额要留给参展企业" in full.last and "轮到您了" in zhou.last
    assert "已通知本人" in organizer.last
    await zhou.presses(zhou.last, f"events.remove:{row}:scope")
    assert "组织者" in zhou.seen and "报名" not in zhou.seen


async def test_what_an_organizer_asks_is_asked_once(
    chat: Chat, wang: Somebody, organizer: Somebody
) -> None:
    """In the middle of another form too; what was said last time is one tap."""
    await sets(chat, questions=["想了解哪类专利？", "来几个人？"])
    await change(chat, update(Event).where(Event.id == 2).values(questions=["想了解哪类专利？"]))
    await wang.says("提需求")
    await comes(wang)
    await wang.sees("还没填完")
    await wang.taps("先报名")
    await wang.sees("想了解哪类专利？")
    await wang.says("液压密封")
    await wang.sees("来几个人？")
    await wang.says("1")
    await wang.sees("报名成功")
    await wang.presses(wang.last, "events.sign_up:2")
    await wang.taps("和上次一样：液压密封")
    await wang.sees("报名成功")
    said = select(SignUp.answers).filter_by(event_id=EVENT, person_id=await who(chat, "王工"))
    async with chat.programme.database.reading() as connection:
        assert await connection.scalar(said) == {
            "想了解哪类专利？": "液压密封", "来几个人？": "1"
        }  # fmt: skip


async def test_two_events_at_one_time_are_asked_about(chat: Chat, wang: Somebody) -> None:
    starts = await chat_time(chat)
    await change(
        chat, update(Event).where(Event.id == 2).values(starts_at=starts + HOUR, ends_at=None,
                                                        signup_until=None)
    )  # fmt: skip
    await comes(wang)
    await wang.presses(wang.last, "events.sign_up:2")
    await wang.sees("时间有冲突")
    await wang.taps("仍要报名")
    await wang.sees("报名成功")


async def test_after_the_deadline_there_is_the_line_or_a_human(
    chat: Chat, full: Somebody, zhou: Somebody, wu: Somebody
) -> None:
    """Offers to those in line go on until the start."""
    await sets(chat, signup_until=chat.clock.now())
    await comes(zhou, "候补")
    assert "第 1 位" in zhou.last
    await wu.presses(wu.last, f"events.sign_up:{EVENT}")
    await wu.sees("截止", "候补")
    await full.taps("取消报名")
    await chat.settle()
    await zhou.taps("要这个名额")
    await zhou.sees("报名成功")
    await sets(chat, capacity=100)
    await wu.presses(wu.last, f"events.sign_up:{EVENT}")
    assert not any("候补" in label for label in wu.last.labels)
    await wu.taps("请组织者帮忙")
    await wu.sees("编号")


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_firm_under_approval_has_its_seat_held(strict: Chat, accepted: bool) -> None:
    """It is theirs when the firm is let in; else it is given up, and they hear that."""
    organizer = await strict.somebody("组织者", "org")
    await organizer.says("菜单")
    person = await strict.somebody("新")
    for said in ("注册", "同意，开始注册", CODE, FIRM, "王工", "13812345678", "长沙", "工程机械"):
        await person.says(said)
    await person.taps("提交")
    await comes(person)
    await person.sees("留到 11月24日")
    await organizer.says("待审")
    await organizer.taps(FIRM[:6])
    if accepted:
        await organizer.taps("通过")
        await strict.settle()
        await person.sees("您的报名生效", ".ics")
    else:
        await organizer.taps("不通过")
        await organizer.taps("查不到这家企业")
        assert "1 个活动名额也一并取消" in person.last
    confirmed = select(SignUp.id).where(SignUp.state == "confirmed", ~Person.demo)
    assert bool(await number(strict, confirmed.join(Person, Person.id == SignUp.person_id))) is (
        accepted
    )


async def test_whoever_leaves_the_firm_leaves_the_line(
    chat: Chat, full: Somebody, zhou: Somebody, wu: Somebody
) -> None:
    """An offer is nobody's to inherit: the next in line has it."""
    await comes(zhou, "候补")
    await comes(wu, "候补")
    await full.taps("取消报名")
    await zhou.says("我换公司了")
    await zhou.sees("1 个活动候补或待确认名额会取消")
    await zhou.taps("确认离开")
    await chat.settle()
    assert "轮到您了" in wu.last


async def chat_time(chat: Chat) -> Any:
    async with chat.programme.database.reading() as connection:
        return await connection.scalar(select(Event.starts_at).where(Event.id == EVENT))
