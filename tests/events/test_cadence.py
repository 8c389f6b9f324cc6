"""A month that passes empty in a city is seen, on the twentieth at the latest."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from db.models import Event, Job, Person
from preparing import prepare
from tests.chat import Chat, Somebody
from tests.events.conftest import Held, id_of
from tests.people.acts import change, number

NOVEMBER = datetime.fromisoformat("2026-11-25T14:00+08:00")
ALARM = datetime.fromisoformat("2026-12-20T09:00+08:00")


async def test_on_the_twentieth_organizers_hear_what_is_missing(
    chat: Chat, organizer: Somebody, held: Held
) -> None:
    """Of their own city or of all; with what was held last, to be held again; each month anew."""
    await change(chat, delete(Event))
    await held(starts_at=NOVEMBER, city="岳阳")
    await held(starts_at=ALARM + timedelta(days=9), city="长沙")
    local = await chat.somebody("岳阳组织者", "org")
    own = update(Person).where(Person.id == await id_of(chat, local)).values(city="岳阳")
    await change(chat, own)
    programme = chat.programme
    await prepare(programme.database, programme.patents, programme.settings, chat.clock.now())
    assert await number(chat, select(Job.id).filter_by(key="events.cadence:202612")) > 0
    await chat.move_to(ALARM - timedelta(minutes=1))
    assert "已经 12 月 20 日" not in local.screen
    await chat.move_to(ALARM + timedelta(minutes=1))
    assert "岳阳 12 月还没有“一月一对接”活动" in local.last
    everywhere = next(one.text for one in organizer.messages if "已经 12 月 20 日" in one.text)
    assert "株洲、" in everywhere and "、张家界、" in everywhere
    assert "长沙" not in everywhere.partition("“一月一对接”")[0]
    await local.taps("照上个月的再办")
    assert (
        "再办一场 · 演示轴承专场对接会" in local.last and "12月23日 周三 14:00" in local.last.labels
    )
    await local.says("取消")
    await local.says("本月活动")
    assert "🔴 缺一月一对接、一月一链" in local.seen and "长沙" not in local.seen
    await local.taps("补 岳阳")
    await local.taps("新建 一月一链")
    assert "活动叫什么名称" in local.last
    assert await number(chat, select(Job.id).filter_by(key="events.cadence:202701")) > 0
