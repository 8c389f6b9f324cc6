"""J11: a question reaches whoever is responsible, is spoken about, and is never lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from channels import updates
from db.models import Chat as ChatRow
from db.models import Enterprise, Outgoing, Person, Ticket
from services import ticket_routes
from tests.chat import Chat, Somebody, chatting
from tests.conftest import NOW, Sqlite
from tests.people.acts import change, number, represents

QUESTION = "我们和高校的合同没写清楚归谁，请人看看"
HOUR = timedelta(hours=1)


@pytest.fixture
async def firm(chat: Chat) -> Somebody:
    person = await chat.somebody("企业")
    await represents(person, chat)
    return person


@pytest.fixture
async def staff(chat: Chat) -> Somebody:
    return await chat.somebody("张", role="staff")


async def named(chat: Chat, person: Somebody, name: str) -> int:
    id = await number(chat, select(ChatRow.person_id).where(ChatRow.id == person.chat_id))
    await change(chat, update(Person).where(Person.id == id).values(name=name))
    return id


async def asks(person: Somebody, text: str = QUESTION) -> None:
    await person.says("人工")
    await person.says(text)
    assert "已转给人工，编号" in person.seen


def on(day: int, hour: int, minute: int) -> datetime:
    return NOW.replace(day=day, hour=hour, minute=minute)


async def until(chat: Chat, moment: datetime) -> None:
    await chat.later(moment - chat.clock.now())


async def ticket(chat: Chat) -> Ticket:
    async with chat.programme.database.session() as session:
        found = await session.scalar(select(Ticket).order_by(Ticket.id.desc()).limit(1))
    assert found is not None
    return found


async def test_they_speak_with_each_other_and_the_bot_is_silent(
    chat: Chat, firm: Somebody, staff: Somebody
) -> None:
    """Claimed: words and numbers go to the other side as they are, both ways; solved, it is asked
    whether that helped, and the form that was open is offered again."""
    await named(chat, staff, "张工")
    await firm.says("提需求")
    await asks_from_form(firm)
    await staff.taps("认领")
    assert "您接手了编号" in staff.last
    assert "张工来处理您的问题了" in firm.last
    await firm.says("2")
    assert "✓ 已发给张工" in firm.last
    assert staff.last.text.endswith("2")
    await staff.says("请问是哪一份合同？")
    assert "张工" in firm.last and "请问是哪一份合同？" in firm.last
    await firm.says("去年的那份，没有盖章")
    assert "没有盖章" in staff.last
    await staff.says("没盖章的不算数，按专利法第十条另签。")
    await staff.taps("已解决")
    assert "现在由知桥继续为您服务" in firm.last
    assert "接着填" in firm.last.labels
    await firm.taps("解决了")
    await firm.taps("很有用")
    assert (await ticket(chat)).rating == "good"
    await firm.says("菜单")
    assert "张工" not in firm.last


async def asks_from_form(firm: Somebody) -> None:
    await firm.says("人工")
    assert "已转给人工，编号" in firm.seen


async def test_only_one_answers(chat: Chat, firm: Somebody, staff: Somebody) -> None:
    """The second one hears who has it before writing, and may take over aloud."""
    other = await chat.somebody("李", role="staff")
    await named(chat, staff, "张工")
    await asks(firm)
    card = other.last
    await staff.taps("认领")
    await other.taps("答复", card)
    assert "张工正在处理" in other.last
    await other.taps("我来接手")
    assert "由同事接过去了" in staff.last
    await staff.says("合同要看原件。")
    assert "正在处理" in staff.last
    assert "合同要看原件" not in firm.screen


async def test_what_is_added_goes_with_the_same_ticket(
    chat: Chat, firm: Somebody, staff: Somebody
) -> None:
    """Three messages of one person are one ticket, before and while somebody has it."""
    await asks(firm)
    await firm.says("人工")
    await firm.says("补充一下，合同是去年签的")
    assert "已补充到编号" in firm.last
    assert "合同是去年签的" in staff.last
    assert await number(chat, select(Ticket.id).order_by(Ticket.id.desc()).limit(1)) == 1


async def test_out_of_hours_nobody_is_called_and_the_promise_is_true(
    chat: Chat, firm: Somebody, staff: Somebody
) -> None:
    """Asked at night: said so, with a date; the staff get the card when they come."""
    await until(chat, NOW.replace(hour=21))
    heard = len(staff.messages)
    await asks(firm)
    assert "现在不在工作时间" in firm.seen
    assert "11月24日 周二 17:30" in firm.seen
    assert len(staff.messages) == heard
    await until(chat, on(24, 9, 1))
    assert QUESTION in staff.last


async def test_the_ladder_climbs_in_working_time(
    chat: Chat, firm: Somebody, staff: Somebody
) -> None:
    """Half, four fifths and all of the time: a second person, the lead, and then the next
    department with a new promise, of which the firm hears."""
    deputy, lead = [await chat.somebody(name, role="staff") for name in ("副手", "负责人")]
    for person, rank in ((staff, "agent"), (deputy, "deputy"), (lead, "lead")):
        await person.says("我的岗位")
        if rank != "agent":
            await person.taps("我是" + {"deputy": "副手", "lead": "负责人"}[rank])
    await asks(firm)
    assert QUESTION in staff.last
    assert QUESTION not in deputy.screen + lead.screen
    await until(chat, NOW + timedelta(hours=5, minutes=30))
    assert "还没有答复" in deputy.last and "也没有人认领" in deputy.last
    assert "还没有答复" not in lead.screen
    await until(chat, NOW.replace(hour=16, minute=30))
    assert "还没有答复" in lead.last
    await until(chat, on(24, 9, 5))
    assert "没有按时答复" in firm.last
    assert "11月25日 周三" in firm.last
    assert "前答复" in lead.last
    before = len(lead.messages)
    await until(chat, on(24, 23, 0))  # it slept all day
    assert len(lead.messages) == before
    await until(chat, on(25, 9, 5))
    assert len(lead.messages) > before


async def test_the_clock_stands_while_the_person_owes_an_answer(
    chat: Chat, firm: Somebody, staff: Somebody
) -> None:
    """Asked back on Monday at nine, answered on Wednesday at nine: a whole day is left."""
    await asks(firm)
    await staff.taps("认领")
    await staff.says("请发合同第一页。")
    await staff.taps("等对方补充")
    await until(chat, on(25, 9, 0))
    assert "没有按时答复" not in firm.screen
    await firm.says("人工")
    await firm.says("第一页是这样写的：……")
    now = await ticket(chat)
    assert now.state == "open"
    left = now.promised_at - on(26, 9, 0)
    assert abs(left) < timedelta(minutes=1)


async def test_who_falls_silent_gives_it_back(chat: Chat, firm: Somebody, staff: Somebody) -> None:
    """A quarter of an hour without a word: the person is the bot's again, both are told."""
    await asks(firm)
    await staff.taps("认领")
    await chat.later(timedelta(minutes=10))
    await firm.says("您好？")
    await chat.later(timedelta(minutes=10))
    assert "放回" not in staff.last
    await chat.later(timedelta(minutes=6))
    assert "15 分钟没有动静" in staff.screen
    assert "暂时离开" in firm.last and "前会有人答复" in firm.last
    await firm.says("近期活动")
    assert "✓ 已发给" not in firm.last


async def test_to_another_queue_with_a_note(chat: Chat, firm: Somebody, staff: Somebody) -> None:
    """The promise stays, the firm hears, and whoever is there reads the note."""
    other = await chat.somebody("李", role="staff")
    id = await named(chat, other, "李工")
    async with chat.programme.database.session() as session:
        names = await ticket_routes.departments(session)
        await ticket_routes.take_post(session, id, chat.clock.now(), department=names[1])
    await asks(firm)
    promised = (await ticket(chat)).promised_at
    await staff.taps("转交")
    await staff.taps(names[1])
    await staff.says("问的是质押")
    assert f"已转给{names[1]}" in staff.last
    assert f"转给了更合适的部门：{names[1]}" in firm.last
    assert "内部说明" in other.last and "问的是质押" in other.last
    assert (await ticket(chat)).promised_at == promised
    assert "问的是质押" not in firm.screen


async def test_still_not_solved_within_a_week_is_the_same_ticket(
    chat: Chat, firm: Somebody, staff: Somebody
) -> None:
    """Later it is a new one that names the old."""
    await asks(firm)
    await staff.taps("答复")
    await staff.says("按专利法第十条办。")
    answer = firm.last
    await firm.taps("还没解决", answer)
    await firm.says("第十条没看懂")
    assert "编号 1" in firm.seen
    assert "第十条没看懂" in staff.last
    await staff.taps("答复")
    await staff.says("就是要书面合同。")
    await chat.later(timedelta(days=8))
    await firm.taps("还没解决", answer)
    await firm.says("书面合同有范本吗")
    assert "编号 2（接着编号 1）" in firm.seen


async def test_still_not_solved_takes_up_the_question_that_was_asked(
    chat: Chat, firm: Somebody, staff: Somebody
) -> None:
    """Of the staff's answer: which one is said, and nothing need be added. Of the bot's: it goes
    to people as it was asked, also after a look at the clause."""
    await asks(firm)
    await staff.taps("答复")
    await staff.says("按专利法第十条办。")
    await firm.says("还没解决")
    assert "编号 1，您问的是：" in firm.last and "转给工作人员" in firm.last
    await firm.says("跳过")
    assert "已转给人工，编号 1" in firm.seen
    assert "还没解决：" in staff.last
    other = await chat.somebody("瑞科")
    await other.says("质押融资谁牵头")
    await other.taps("看原文")
    await other.says("没解决")
    assert "已转给人工" in other.seen and "您问的是：质押融资谁牵头" in other.seen


async def test_one_answer_serves_all_who_asked_the_same(chat: Chat, staff: Somebody) -> None:
    """Each gets it under their own number; an answer of before is offered for the next one."""
    for n in range(3):
        person = await chat.somebody(f"企业{n}")
        await asks(person, f"合同没写清楚归谁，请人看看{'吧' * n}")
    await staff.taps("答复")
    await staff.says("以书面约定为准。")
    assert "还有 2 个人问了差不多的" in staff.last
    await staff.taps("一起答复")
    await staff.taps("都这样答复")
    assert "已答复 2 个人" in staff.last
    for person in chat.people[1:]:
        assert "以书面约定为准。" in person.screen
    late = await chat.somebody("后来")
    await asks(late, "合同没写清楚归谁呀，请人看看")
    await staff.taps("用第 1 条")
    await staff.taps("就这样发")
    assert "以书面约定为准。" in late.last


async def test_an_edit_reaches_the_other_side(chat: Chat, firm: Somebody, staff: Somebody) -> None:
    """What was passed on is corrected where it arrived."""
    await asks(firm)
    await staff.taps("认领")
    said = updates.text(staff.chat_id, "周三来。", chat.clock.now())
    await staff.does(said)
    fixed = {**said["message"], "text": "周四来。", "edit_date": said["message"]["date"] + 60}
    await staff.does({"edited_message": fixed})
    assert "对方那边也改了" in staff.last
    assert "周四来。" in firm.screen


async def test_who_cannot_be_reached_is_to_be_called(
    chat: Chat, firm: Somebody, staff: Somebody
) -> None:
    """The staff get the number at once."""
    await asks(firm)
    await change(chat, update(ChatRow).where(ChatRow.id == firm.chat_id).values(reachable=False))
    await staff.taps("答复")
    await staff.says("按第十条办。")
    assert "对方现在联系不上" in staff.last
    await chat.later(timedelta(minutes=2))
    assert "没有送到" in staff.last and "13812345678" in staff.last


async def test_the_city_decides_and_who_is_away_is_not_called(
    chat: Chat, firm: Somebody, staff: Somebody
) -> None:
    """Whoever is responsible for the firm's city; a colleague while they are away."""
    other = await chat.somebody("李", role="staff")
    await staff.says("我的岗位")
    await staff.taps("换市州")
    await staff.taps("长沙")
    await staff.taps("好了")
    assert "市州：长沙" in staff.last
    await asks(firm)
    assert QUESTION in staff.last and QUESTION not in other.screen
    await staff.says("我的岗位")
    await staff.taps("离开 3 天")
    assert "不在岗，到" in staff.last
    await change(chat, update(Ticket).values(state="closed"))
    await asks(firm, "另外一件事，请人看看许可费怎么算")
    assert "许可费怎么算" in other.last and "许可费怎么算" not in staff.screen
    assert await number(chat, select(Enterprise.id).limit(1))


async def test_a_missing_calendar_is_noticed_in_december(chat: Chat) -> None:
    """Once a week until it is there, to the organizers."""
    organizer = await chat.somebody("组织者", role="org")
    await organizer.says("菜单")
    await until(chat, on(30, 18, 0))
    assert "放假和调休" not in organizer.screen
    await until(chat, on(30, 9, 30) + timedelta(days=7))
    assert "2027 年的放假和调休安排还没有录入" in organizer.last


async def test_what_was_not_answered_is_listed_by_frequency(chat: Chat, staff: Somebody) -> None:
    """The same in other words counts together."""
    for n, said in enumerate(("专利补贴能补多少钱", "专利补贴补多少钱呀", "乐队几点来")):
        person = await chat.somebody(f"企业{n}")
        await person.says(said)
    await staff.says("没答上的问题")
    assert "2 人、2 次" in staff.last


async def test_a_reply_to_the_card_is_a_reply_to_the_person(
    sqlite_engine: Sqlite, tmp_path: Path
) -> None:
    """On Telegram, where messages are quoted: from the card, and back from the answer."""
    url = await sqlite_engine.town(tmp_path)
    async with chatting(tmp_path, NOW, url=url, channel="telegram") as chat:
        firm, staff = await chat.somebody("企业"), await chat.somebody("张", role="staff")
        await asks(firm)
        await quotes(chat, staff, "按专利法第十条办。")
        assert "按专利法第十条办。" in firm.screen
        await staff.says("已解决")
        assert "已办结" in staff.screen and "已解决" not in firm.screen
        await quotes(chat, firm, "那要交钱吗？")
        assert "那要交钱吗？" in staff.screen
        assert (await ticket(chat)).state == "open"


async def quotes(chat: Chat, person: Somebody, text: str) -> None:
    """Answer the newest message about a ticket."""
    quoted = await number(
        chat,
        select(Outgoing.message_id)
        .where(Outgoing.chat_id == person.chat_id, Outgoing.about.like("ticket:%"))
        .order_by(Outgoing.id.desc())
        .limit(1),
    )
    said = updates.text(person.chat_id, text, chat.clock.now())
    said["message"]["reply_to_message"] = {**said["message"], "message_id": quoted}
    await person.does(said)
