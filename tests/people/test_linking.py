"""One person on several phones: linked by a code, parted again by one tap."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from db.models import Draft, Event, LinkCode, Merge, Need, Person, SignUp, Ticket
from tests.chat import Chat, Somebody
from tests.people.acts import number, post_need, represents

DAY = timedelta(days=1)


@pytest.fixture
async def phone(chat: Chat) -> Somebody:
    """A registered person on the page."""
    person = await chat.somebody("王")
    await represents(person, chat)
    return person


@pytest.fixture
async def terminal(chat: Chat) -> Somebody:
    """The same human in another chat, whom nobody knows there yet."""
    person = await chat.somebody("另一个", channel="terminal")
    await person.says("菜单")
    return person


async def code_of(person: Somebody) -> str:
    await person.says("关联")
    found = re.search(r"验证码 (\d{6})", person.seen)
    assert found
    return found[1]


async def link(phone: Somebody, terminal: Somebody) -> None:
    await terminal.says(f"关联 {await code_of(phone)}")
    assert "现在是同一个人" in terminal.last


async def test_a_code_makes_two_chats_one_person(
    chat: Chat, phone: Somebody, terminal: Somebody
) -> None:
    """The new chat has the firm and its needs at once; both are told; nobody is there twice."""
    await post_need(phone)
    await link(phone, terminal)
    assert "用掉了" in phone.last
    await terminal.says("菜单")
    await terminal.taps("我的需求")
    assert "滑靴" in terminal.last
    named = select(func.count(Person.id)).where(~Person.demo, Person.name.is_not(None))
    assert await number(chat, named) == 1


async def test_a_bare_code_answers_the_prompt(
    chat: Chat, phone: Somebody, terminal: Somebody
) -> None:
    """Asked for the code, the digits are enough; a text without six digits is asked again."""
    code = await code_of(phone)
    await terminal.says("关联")
    await terminal.taps("我有另一个聊天的验证码")
    await terminal.says("我忘了")
    assert "6 位数字" in terminal.last
    await terminal.says(f"{code[:3]} {code[3:]}")
    assert "现在是同一个人" in terminal.last
    assert await number(chat, select(func.count(Draft.id)).filter_by(form="people/link")) == 0


async def test_a_draft_goes_on_in_the_other_chat(
    chat: Chat, phone: Somebody, terminal: Somebody
) -> None:
    """Half a need typed here is finished there."""
    await phone.says("菜单")
    await phone.taps("提需求")
    await phone.says("柱塞泵滑靴磨损快，想找表面处理技术")
    await link(phone, terminal)
    await terminal.says("菜单")
    await terminal.taps("提需求")
    assert "继续" in terminal.last
    assert "指标" in terminal.last


async def test_of_two_drafts_of_one_form_the_newer_counts(chat: Chat) -> None:
    """And each has their own again after the undo."""
    here = await chat.somebody("甲")
    there = await chat.somebody("乙", channel="terminal")
    for person, name in ((here, "长沙旧名字测试有限公司"), (there, "长沙新名字测试有限公司")):
        for said in ("注册", "同意，开始注册", "91430100MA4L16J02Y", name):
            await person.says(said)
        await chat.later(timedelta(minutes=1))
    await link(there, here)
    await here.says("注册")
    assert "怎么称呼" in here.last
    for said in ("王工", "13812345678", "长沙", "工程机械"):
        await here.says(said)
    assert "新名字" in here.last
    await there.taps("撤销关联")
    assert await number(chat, select(func.count(Draft.id)).filter_by(form="register")) == 2


async def test_two_seats_of_one_event_are_one(
    chat: Chat, phone: Somebody, terminal: Somebody
) -> None:
    """A colleague's second sign-up is given back, and taken again when the two are parted."""
    from tests.people.acts import asks_to_join

    await asks_to_join(terminal, "王工", "13812345678")
    await phone.taps("同意")
    for person in (phone, terminal):
        await person.presses(person.last, "events.sign_up:1")
    taken = select(Event.taken).filter_by(id=1)
    before = await number(chat, taken)
    await link(phone, terminal)
    assert await number(chat, taken) == before - 1
    assert await number(chat, select(func.count(SignUp.id)).filter_by(state="confirmed")) == 1
    await terminal.taps("撤销关联")
    assert await number(chat, taken) == before
    assert await number(chat, select(func.count(SignUp.id)).filter_by(state="confirmed")) == 2


async def test_undo_gives_each_back_what_was_theirs(
    chat: Chat, phone: Somebody, terminal: Somebody
) -> None:
    """Within a day, from either chat, once."""
    await post_need(phone)
    await terminal.says("能补多少钱")
    tickets = select(Ticket.person_id)
    asker = await number(chat, tickets)
    await link(phone, terminal)
    owner = await number(chat, select(Need.person_id).where(~Need.demo))
    assert await number(chat, tickets) == owner != asker
    await phone.taps("撤销关联")
    assert "又分开了" in phone.last
    assert await number(chat, tickets) == asker
    assert await number(chat, select(Need.person_id).where(~Need.demo)) == owner
    await phone.taps("撤销关联")
    assert "已经撤销过了" in phone.last
    await terminal.says("我的资料")
    assert "（未注册）" in terminal.last
    await phone.says("我的资料")
    assert "王工" in phone.last


async def test_undo_ends_after_a_day_and_is_nobody_elses(
    chat: Chat, phone: Somebody, terminal: Somebody
) -> None:
    """A forged button parts nobody; the day after it is settled."""
    await link(phone, terminal)
    stranger = await chat.somebody("外人")
    await stranger.says("菜单")
    await stranger.presses(stranger.last, "linking.undo:1")
    assert "没有找到这次关联" in stranger.last
    await chat.later(DAY + timedelta(minutes=1))
    await phone.taps("撤销关联")
    assert "只能在 24 小时内" in phone.last
    assert await number(chat, select(func.count(Merge.id)).where(Merge.undone_at.is_(None))) == 1


async def test_a_code_works_once_and_for_ten_minutes(
    chat: Chat, phone: Somebody, terminal: Somebody
) -> None:
    """Late, used, replaced by a newer one or one's own: it says what to do."""
    code = await code_of(phone)
    await phone.says(f"关联 {code}")
    assert "就是您自己的" in phone.last
    late = await code_of(phone)
    await chat.later(timedelta(minutes=11))
    for used in (code, late):
        await terminal.says(f"关联 {used}")
        assert "用过、过期" in terminal.last
    old, new = await code_of(phone), await code_of(phone)
    await terminal.says(f"关联 {old}")
    assert "用过、过期" in terminal.last
    await terminal.says(f"关联 {new}")
    assert "现在是同一个人" in terminal.last
    hashes = select(func.max(func.length(LinkCode.code_hash)))
    assert await number(chat, hashes) == 64


async def test_guessing_is_stopped(chat: Chat, phone: Somebody, terminal: Somebody) -> None:
    """Five tries an hour; then not even the right code is looked at."""
    code = await code_of(phone)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        await terminal.says(f"关联 {wrong}")
        assert "验证码不对" in terminal.last
    await terminal.says(f"关联 {code}")
    assert "次数太多" in terminal.last
    await chat.later(timedelta(hours=1, minutes=1))
    await link(phone, terminal)


async def test_two_firms_are_two_people(chat: Chat, phone: Somebody) -> None:
    """Whoever speaks for two firms leaves one first; nothing is moved."""
    other = await chat.somebody("别家", channel="terminal")
    for said in ("注册", "同意，开始注册", "91430100MA4L16J02Y"):
        await other.says(said)
    for said in ("长沙另一家测试有限公司", "李工", "13912345678", "长沙", "工程机械"):
        await other.says(said)
    await other.taps("提交")
    await other.says(f"关联 {await code_of(phone)}")
    assert "代表不同的企业" in other.last
    assert await number(chat, select(func.count(Merge.id))) == 0


async def test_a_role_goes_along(chat: Chat, phone: Somebody) -> None:
    """An organizer who chats as a firm elsewhere is an organizer in both, until parted."""
    organizer = await chat.somebody("组织者", "org", channel="terminal")
    await organizer.says("菜单")
    await link(phone, organizer)
    await phone.says("菜单")
    assert "组织者，您好" in phone.last
    await organizer.taps("撤销关联")
    await phone.says("菜单")
    assert "组织者" not in phone.last


async def test_favourites_are_joined_and_parted(
    chat: Chat, phone: Somebody, terminal: Somebody
) -> None:
    """What both kept is there once; each has their own again when the two are parted."""
    for person, patents in ((phone, (20, 1)), (terminal, (20, 2, 3))):
        for patent in patents:
            await person.says(f"/start pt{patent}")
            await person.says("收藏")
    await link(phone, terminal)
    for person in (phone, terminal):
        await person.says("我的收藏")
        assert "共 4 项" in person.last
    await terminal.taps("撤销关联")
    for person, kept in ((phone, 2), (terminal, 3)):
        await person.says("我的收藏")
        assert f"共 {kept} 项" in person.last
