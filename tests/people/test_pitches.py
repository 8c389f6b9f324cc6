"""A roadshow, by chat: from the application to what the firm hears in the evening."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from db.models import Event
from services.door_staff import ZONE
from services.feedback import EVENING
from tests.chat import Chat, Somebody
from tests.people.acts import moment


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
    await wang.taps("报名参会")
    await wang.sees("签到码")
    code = wang.seen.split("签到码 ")[1][:6]
    starts = await moment(chat, select(Event.starts_at).where(Event.id == 2))
    await chat.move_to(starts - timedelta(hours=1))
    await organizer.says("签到台")
    await organizer.says(code)
    await organizer.sees("✅")
    await chat.move_to(starts.astimezone(ZONE).replace(hour=EVENING, minute=0))
    await wang.sees("没有人点 ♥", "谈得怎么样")
