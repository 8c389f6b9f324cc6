"""A draft is seen as firms will see it; then it is published, or an event is held again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, Person
from services import event_drafts, events
from services.event_drafts import EventAnswers
from services.event_rights import NotYourCity
from tests.chat import Chat, Somebody
from tests.databases import any_database
from tests.events.conftest import DAY, Firm, Held, id_of
from tests.people.acts import change, number

TOLD = ("一月一对接", "演示泵阀专场对接会", "12月10日14:00", "岳阳", "南湖宾馆三楼", "80", "跳过")


async def drafted(organizer: Somebody) -> None:
    await organizer.says("新建活动")
    for said in TOLD:
        await organizer.says(said)


async def test_seven_questions_and_the_rest_on_the_card(
    chat: Chat, organizer: Somebody, firm: Firm
) -> None:
    """What is optional is asked only of who wants it; nobody else sees the draft."""
    wang = await firm("王")
    await drafted(organizer)
    assert "请核对" in organizer.last and "结束时间：（未填）" in organizer.last
    for label, said in (
        ("结束时间", "下午五点"), ("报名截止", "12月8日"), ("每家限报", "2"),
        ("议程", "政策解读、专利推介"), ("报名问题", "想谈哪项专利？\n几个人来？"),
    ):  # fmt: skip
        await organizer.taps(f"✏️ {label}")
        await organizer.says(said)
    await organizer.taps("提交")
    await organizer.sees(
        "草稿", "14:00–17:00", "12月8日", "每家企业最多 2 人", "政策解读、专利推介", "几个人来"
    )
    await wang.says("近期活动")
    assert "演示泵阀专场" not in wang.seen
    event = await number(chat, select(Event.id).filter_by(state="draft"))
    await wang.presses(wang.last, f"events.show:{event}")
    assert "没有找到这场活动" in wang.seen
    await organizer.taps("发布")
    await organizer.sees("已发布")
    await wang.says("近期活动")
    assert "演示泵阀专场" in wang.seen
    await organizer.presses(organizer.last, f"events.drop:{event}")
    assert "不能当草稿删除" in organizer.seen


@pytest.mark.parametrize(
    ("said", "asked", "answers", "card"),
    [
        ("12月5日下午两点在长沙开一场智能制造对接会，80人", "地点", ("麓谷企业广场二楼", "跳过"),
         ("类型：对接会", "名称：智能制造对接会", "12月5日 周六 14:00", "市州：长沙", "人数：80",
          "每家限报：（未填）")),
        ("下周三下午3点在株洲办一场培训，100人，每家最多两人，地点：株洲国际会展中心", "名称",
         ("专利开放许可培训", "跳过"),
         ("类型：培训", "12月2日 周三 15:00", "市州：株洲", "地点：株洲国际会展中心",
          "人数：100", "每家限报：2")),
        ("12月8号上午9点半在岳阳南湖宾馆开一场新材料路演，一百五十人左右", "产业", ("跳过",),
         ("类型：一月一链", "名称：新材料路演", "12月8日 周二 09:30", "市州：岳阳",
          "地点：岳阳南湖宾馆", "人数：150")),
    ],
)  # fmt: skip
async def test_a_sentence_fills_what_it_tells(
    organizer: Somebody, said: str, asked: str, answers: tuple[str, ...], card: tuple[str, ...]
) -> None:
    await organizer.says(said)
    assert asked in organizer.last
    for answer in answers:
        await organizer.says(answer)
    await organizer.sees("请核对", *card)


async def test_a_draft_is_changed_at_once_or_deleted(chat: Chat, organizer: Somebody) -> None:
    """Nobody has heard of it, so there is no effect to confirm."""
    await drafted(organizer)
    await organizer.taps("提交")
    await organizer.taps("改")
    await organizer.taps("名额")
    await organizer.says("120")
    await organizer.sees("草稿", "共 120 个")
    await organizer.taps("删除草稿")
    await organizer.sees("已删除")
    assert await number(chat, select(func.count(Event.id)).filter_by(state="draft")) == 0


async def test_last_months_event_is_held_again_in_three_taps(
    chat: Chat, organizer: Somebody, held: Held
) -> None:
    """The same weekday of the next month is proposed; but for time and month it is the same."""
    event = await held(
        title="12月演示轴承对接会", starts_at=datetime.fromisoformat("2026-12-10T14:30+08:00"),
        ends_at=datetime.fromisoformat("2026-12-10T17:30+08:00"), agenda=["专利推介"],
    )  # fmt: skip
    await organizer.presses(organizer.last, f"events.show:{event.id}")
    await organizer.taps("再办一场")
    await organizer.taps("1月14日 周四 14:30")
    await organizer.sees("草稿", "1月演示轴承对接会", "14:30–17:30", "专利推介")
    await organizer.taps("发布")
    await organizer.says("照上次的再来一场")
    await organizer.taps("1月14日 周四")
    await organizer.says("2月20日")
    await organizer.sees("草稿", "2月演示轴承对接会", "2月20日 周六 14:30")


@any_database
async def test_a_copy_of_the_fifth_friday_is_on_the_last(
    session: AsyncSession, now: datetime
) -> None:
    """And one of long ago is on the next that lies ahead."""
    person = Person(role="org", created_at=now)
    session.add(person)
    await session.flush()
    fifth = datetime.fromisoformat("2027-01-29T09:00+08:00")
    told = EventAnswers("培训", "演示培训", fifth, "长沙", "一楼", 10)
    event = await event_drafts.create(session, person.id, told, now)
    assert event_drafts.next_like(event, now) == fifth + 4 * timedelta(days=7)
    assert event_drafts.next_like(event, fifth + 30 * DAY) == fifth + 8 * timedelta(days=7)
    assert event_drafts.next_like(event, fifth + 400 * DAY).isoformat()[:10] == "2028-03-31"


@any_database
async def test_an_organizer_of_a_city_has_only_its_events(
    session: AsyncSession, now: datetime
) -> None:
    """Making, publishing and deleting; one without a city has all."""
    yueyang, province = (
        Person(role="org", city="岳阳", created_at=now),
        Person(role="org", created_at=now),
    )
    session.add_all([yueyang, province])
    await session.flush()
    told = EventAnswers("培训", "演示培训", now + DAY, "长沙", "一楼", 10)
    with pytest.raises(NotYourCity) as refused:
        await event_drafts.create(session, yueyang.id, told, now)
    assert refused.value.facts == {"city": "长沙", "own": "岳阳"}
    event = await event_drafts.create(session, province.id, told, now)
    with pytest.raises(NotYourCity):
        await event_drafts.publish(session, yueyang.id, event.id, now)
    with pytest.raises(NotYourCity):
        await event_drafts.drop(session, yueyang.id, event.id)
    with pytest.raises(event_drafts.WrongTimes):
        await event_drafts.publish(session, province.id, event.id, now + 2 * DAY)
    await event_drafts.drop(session, province.id, event.id)
    with pytest.raises(events.EventUnknown):
        await event_drafts.publish(session, province.id, event.id, now)


async def test_the_city_of_an_organizer_is_not_asked(chat: Chat, organizer: Somebody) -> None:
    await change(
        chat,
        update(Person).where(Person.id == await id_of(chat, organizer)).values(city="岳阳"),
    )
    await organizer.says("新建活动")
    for said in (*TOLD[:3], *TOLD[4:]):
        await organizer.says(said)
    assert "市州：岳阳" in organizer.last
