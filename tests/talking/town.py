"""The town in which the talks happen: people who are at work already, with all that leads to a form
on their phones."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import select, update

from db.models import Chat as ChatRow
from db.models import Enterprise, Event, Person
from services import needs, notice_limits
from tests.chat import Chat, Somebody, chatting
from tests.conftest import Sqlite
from tests.door_scenario import event_of, signed_up
from tests.talking.talk import Talk


class Worlds:
    """A town where people are at work already; each talk gets a copy."""

    def __init__(self, folder: Path, now: datetime, engine: Sqlite) -> None:
        self._folder, self._now = folder, now
        self._numbers = itertools.count()
        self._template = engine

    async def talk(self, folder: Path) -> Talk:
        where = folder / str(next(self._numbers))
        where.mkdir()
        return Talk(self._folder, self._now, await self._template.url(where))


async def needs_of(chat: Chat, person: Somebody) -> None:
    """Two needs of the person's firm, as the form would have posted them."""
    async with chat.programme.database.session() as session:
        row = await session.get_one(Person, await session.scalar(
            select(ChatRow.person_id).where(ChatRow.id == person.chat_id)
        ))  # fmt: skip
        for problem in ("热处理后齿轮变形太大，希望少磨齿", "喷漆车间废气异味重，找吸附办法"):
            told = needs.NeedAnswers(problem=problem, modes=["转让"])
            await needs.post(session, row, told, chat.clock.now())
        await session.commit()


async def people(folder: Path, now: datetime, url: str) -> None:
    """王 speaks for a firm with two needs and an assessment, has an answer of the desk, which asks
    something about one need; 李 waits for 王, 孙 for an organizer; 赵 is new."""
    async with chatting(folder, now, url=url) as chat:
        staff = await chat.somebody("客服", "staff")
        await staff.says("菜单")
        wang = await chat.somebody("王")
        for said in (
            "注册", "同意，开始注册", "91430100MA4L16JQ9D", "长沙知桥测试装备有限公司", "王大海",
            "13812345678", "长沙", "工程机械", "提交",
        ):  # fmt: skip
            await wang.says(said)
        assert "注册好了" in wang.seen
        await needs_of(chat, wang)
        await staff.says("待审需求")
        await staff.taps("齿轮")
        await staff.taps("退回问一句")
        await staff.says("现在的变形量是多少？")
        assert "回答" in wang.last.labels
        await staff.says("待审需求")
        await staff.taps("废气")
        await answered(wang, staff)
        for said in ("转让合同有没有范本？", "人工"):
            await wang.says(said)
        assert "已转给人工" in wang.seen
        await wang.says("/start pt2")
        for label in ("评估", "较好", "要降成本", "愿意许可使用"):
            await wang.taps(label)
        assert "补一句" in wang.last.labels
        await wang.says("/start ev2")
        await wang.taps("路演项目")
        assert "报名路演" in wang.last.labels
    async with chatting(folder, now, url=url, approve_enterprises=True) as chat:
        organizer = await chat.somebody("组织", "org")
        await organizer.says("菜单")
        wang = await chat.somebody("王")
        li, sun = await chat.somebody("李"), await chat.somebody("孙")
        for said in ("注册", "同意，开始注册", "91430100MA4L16JQ9D"):
            await li.says(said)
        await li.taps("加入")
        for said in ("李小河", "13912345678", "提交"):
            await li.says(said)
        assert "申请加入" in li.seen
        for said in (
            "注册", "同意，开始注册", "91430300MA4P9K2H86", "湘潭测试泵业有限公司", "孙小山",
            "13712345678", "湘潭", "工程机械", "提交",
        ):  # fmt: skip
            await sun.says(said)
        await organizer.taps("问一句")
        await organizer.says("请说明和集团的关系")
        assert "回答" in sun.last.labels
        await at_the_door(chat, organizer)
        await tomorrow(chat, organizer, wang)
        await notices(chat, organizer)


async def at_the_door(chat: Chat, organizer: Somebody) -> None:
    """An event begins in an hour, one guest is in, and the desk is put away again."""
    _, code = await wang_comes(chat)
    for said in ("签到台", code, "收起签到台"):
        await organizer.says(said)
    assert "换同事来的" in "".join(label for one in organizer.messages for label in one.labels)


async def answered(wang: Somebody, staff: Somebody) -> None:
    """The desk has answered a question of 王's."""
    for said in ("专利年费忘交了怎么办？", "人工"):
        await wang.says(said)
    await staff.taps("答复")
    await staff.says("六个月内可以补缴，要加滞纳金")
    assert "还没解决" in wang.last.labels


async def wang_comes(chat: Chat, **changes: Any) -> tuple[Event, str]:
    """An event at which 王 has a seat, and the code of it."""
    async with chat.programme.database.session() as session:
        now = chat.clock.now()
        event = await event_of(session, now, **changes)
        person = await session.scalar(select(Person).where(Person.name == "王大海"))
        assert person is not None
        return event, (await signed_up(session, event, person, now)).code


async def tomorrow(chat: Chat, organizer: Somebody, wang: Somebody) -> None:
    """王 is to say why not, and is asked something at another event; the organizer looks at
    who comes."""
    soon = chat.clock.now() + timedelta(hours=20)
    event, _ = await wang_comes(chat, title="液压件早会", starts_at=soon)
    await organizer.says(f"/start ev{event.id}")
    assert {"改活动", "再办一场"} <= set(organizer.last.labels)
    await organizer.taps("报名名单")
    await organizer.taps("王大海")
    assert "其他原因（自己写）" in organizer.last.labels
    await wang.says(f"/start ev{event.id}")
    await wang.taps("取消报名")
    assert "其他原因（自己写）" in wang.last.labels
    later = chat.clock.now() + timedelta(days=8)
    async with chat.programme.database.session() as session:
        questions = ["想和哪位专家谈？"]
        asking = await event_of(
            session, chat.clock.now(), title="密封件对接会", starts_at=later, questions=questions
        )
    await wang.says(f"/start ev{asking.id}")
    assert "报名" in wang.last.labels


async def notices(chat: Chat, organizer: Somebody) -> None:
    """One notice has arrived, one is a draft, and one of another organizer waits for a yes; a firm
    names its park."""
    async with chat.programme.database.session() as session:
        await session.execute(update(Enterprise).values(park="长沙高新区"))
    for text in ("请于周五前交季度报表", "系统下周停机一天"):
        for said in ("群发通知", "写内容", text):
            await (organizer.taps(said) if said == "写内容" else organizer.says(said))
        if text.startswith("请于"):
            await organizer.taps("发送给")
            await chat.settle()
            await organizer.taps("看发送结果")
            assert "更正已发" in organizer.last.labels
    assert "定时发送" in organizer.last.labels
    other = await chat.somebody("二组", "org")
    await other.says("群发通知")
    await other.taps("写内容")
    await other.says("年度备案从下周一开始")
    with patch.dict(notice_limits.settings(), second_pair_above=0):
        await other.taps("发送给")
    await organizer.read()
    assert "退回" in organizer.last.labels
