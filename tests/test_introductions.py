"""A university answers a need of the order book; names are told when both agree, and not before."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from db.models import Audit, Enterprise, Introduction, Need, Person
from services import need_review, needs
from tests.chat import Chat, Somebody
from tests.people.acts import FIRM, change, number, represents

UNIVERSITY = "星城工业大学（演示）"
PROBLEM = "想让旧窗户自己发电，夜里还能当镜子用"


@pytest.fixture
async def wang(chat: Chat) -> Somebody:
    """Whose anonymous need no patent answers, and the first in the order book."""
    person = await chat.somebody("王")
    await represents(person, chat)
    told = needs.NeedAnswers(PROBLEM, budget_low=10**7, budget_high=10**7, anonymous=True)
    async with chat.programme.database.session() as session:
        of_firm = select(Person).join(Enterprise).where(Enterprise.name == FIRM)
        me = (await session.scalars(of_firm)).one()
        need = await needs.post(session, me, told, chat.clock.now())
        await need_review.publish(session, me.id, need.id, chat.clock.now())
    await chat.settle()
    return person


@pytest.fixture
async def teacher(chat: Chat) -> Somebody:
    organizer = await chat.somebody("组织者", "org")
    await organizer.says(f"邀请高校 {UNIVERSITY}")
    code = organizer.last.text.split("/start ")[1].split()[0]
    person = await chat.somebody("老师")
    await person.says(f"/start {code}")
    mine = update(Person).where(Person.university == UNIVERSITY)
    await change(chat, mine.values(name="周老师", phone="+8613512345678"))
    return person


async def asks(teacher: Somebody) -> None:
    await teacher.says("菜单")
    await teacher.taps("企业在找什么")
    await teacher.taps("想让旧窗户")
    await teacher.taps("我们能做")
    assert "告诉对方贵校的名称" in teacher.last
    await teacher.taps("同意，去问企业")


def told_of_the_firm(teacher: Somebody) -> bool:
    return any(word in teacher.screen for word in (FIRM, "王工", "13812345678", "长沙"))


async def test_both_agree_and_both_are_named(chat: Chat, wang: Somebody, teacher: Somebody) -> None:
    """The need is met by it, and who told whom is on record."""
    await asks(teacher)
    assert "已经去问企业了" in teacher.last and not told_of_the_firm(teacher)
    assert UNIVERSITY in wang.last and "周老师" not in wang.screen
    await wang.taps("同意，互相联系")
    for words in (UNIVERSITY, "周老师 13512345678"):
        assert words in wang.last
    for words in (FIRM, "王工 13812345678"):
        assert words in teacher.last
    async with chat.programme.database.session() as session:
        need = (await session.scalars(select(Need).where(Need.problem == PROBLEM))).one()
    assert need.state == "met"
    noted = select(func.count(Audit.id)).where(Audit.what.in_(("need.offered", "need.agreed")))
    assert await number(chat, noted) == 2


async def test_a_no_names_nobody(chat: Chat, wang: Somebody, teacher: Somebody) -> None:
    """The firm is asked once by each university, however often it presses; its no stands."""
    await asks(teacher)
    heard = len(wang.messages)
    await teacher.taps("同意，去问企业")
    assert "已经问过了" in teacher.last and len(wang.messages) == heard
    asked = wang.last
    await wang.taps("不同意")
    assert "企业暂时不考虑" in teacher.last and not told_of_the_firm(teacher)
    await wang.taps("同意，互相联系", asked)
    assert "已经答复过了：不同意" in wang.last and not told_of_the_firm(teacher)
    assert await number(chat, select(func.count(Introduction.id))) == 1


async def test_nobody_else_decides(chat: Chat, wang: Somebody, teacher: Somebody) -> None:
    """Neither another firm nor the university itself; and what is over cannot be asked for."""
    await asks(teacher)
    press = next(b["callback_data"] for row in wang.last.rows for b in row)
    other = await chat.somebody("别家")
    await other.says("菜单")
    for person in (other, teacher):
        await person.presses(person.last, press)
        assert "双方都同意了" not in person.screen
    need = await number(chat, select(Need.id).where(Need.problem == PROBLEM))
    await change(chat, update(Need).where(Need.id == need).values(state="closed"))
    await change(chat, update(Introduction).values(university="另一校"))
    await teacher.presses(teacher.last, f"introductions.ask:{need}")
    assert "不再找了" in teacher.last
