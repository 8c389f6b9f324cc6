"""A roadshow, by chat: from the application to what the firm hears in the evening."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert, select, update

from db.models import Enterprise, Event, Person
from services.door_staff import ZONE
from services.feedback import EVENING
from tests.chat import Chat, Somebody
from tests.people.acts import change, moment, represents


async def of_another_firm(chat: Chat, firm: str, name: str, phone: str) -> Somebody:
    person = await chat.somebody(name)
    await represents(person, chat, name, phone)
    made = insert(Enterprise).values(name=firm, tags=[], created_at=chat.clock.now())
    await change(chat, made)
    its = select(Enterprise.id).filter_by(name=firm).scalar_subquery()
    await change(chat, update(Person).where(Person.name == name).values(enterprise_id=its))
    return person


async def signed_up(person: Somebody) -> str:
    """The code with which they are let in."""
    await person.says("近期活动")
    await person.taps("新能源")
    await person.taps("报名")
    await person.sees("签到码")
    return person.seen.split("签到码 ")[1][:6]


async def test_a_project_on_its_way(chat: Chat, organizer: Somebody, wang: Somebody) -> None:
    """Applied, judged by two of whom one refuses, decided by a third, put in order, liked."""
    staff = [await chat.somebody(name, "staff") for name in ("甲", "乙")]
    for one in staff:
        await one.says("菜单")
    await wang.says("近期活动")
    await wang.taps("新能源")
    await wang.taps("路演项目")
    await wang.taps("报名路演")
    for said in ("高温轴承润滑涂层", "样件已装机半年，寿命翻了一倍", "融资 500 万元"):
        await wang.says(said)
    await wang.taps("提交")
    await wang.sees("两位评审看过就告诉您")
    await organizer.sees("路演项目请评审", "高温轴承润滑涂层", "长沙知桥测试装备有限公司")
    await organizer.taps("通过")
    await organizer.sees("还等另一位评审")
    await staff[0].taps("不通过")
    await staff[0].taps("项目还太早")
    await staff[0].sees("两位意见不同")
    await staff[1].sees("意见不同，请您定", "项目还太早")
    await staff[1].taps("通过")
    await wang.sees("入选", "目前排在第 1")
    await staff[0].says("待评项目")
    await staff[0].sees("没有等您评审")
    await organizer.taps("看项目顺序")
    await organizer.says("顺序 2 1")
    await organizer.sees("1 到 1 每个数")
    investor = await of_another_firm(chat, "湘江创投", "周总", "13700001111")
    codes = [await signed_up(one) for one in (wang, investor)]
    starts = await moment(chat, select(Event.starts_at).where(Event.id == 2))
    await chat.move_to(starts - timedelta(hours=1))
    await organizer.says("签到台")
    for code in codes:
        await organizer.says(code)
        await organizer.sees("✅")
    await investor.says("近期活动")
    await investor.taps("新能源")
    await investor.taps("路演项目")
    await investor.taps("♥ 高温")
    assert "周总" not in wang.screen and "湘江创投" not in wang.screen
    for _ in range(2):
        await investor.presses(investor.last, "pitches.call_me:1")
    await investor.sees("已把您的姓名、单位和电话告诉")
    assert wang.screen.count("周总") == 1
    await wang.sees("同意您直接联系", "湘江创投", "周总 13700001111")
    await chat.move_to(starts.astimezone(ZONE).replace(hour=EVENING, minute=0))
    await wang.sees("有 1 位在", "谈得怎么样")
