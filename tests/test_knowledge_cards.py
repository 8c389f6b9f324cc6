"""An answer of the staff becomes knowledge, is approved by another, and leaves when it is old."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from db.models import StaffAnswer
from tests.chat import Chat, Somebody
from tests.conftest import NOW
from tests.people.acts import change

ASKED = "专利质押登记要交多少官费"
TOLD = "办理专利权质押登记不收官费。"


@pytest.fixture
async def staff(chat: Chat) -> Somebody:
    return await chat.somebody("张", role="staff")


async def answers(chat: Chat, staff: Somebody, question: str, text: str) -> Somebody:
    """Somebody asks a human, who answers."""
    firm = await chat.somebody("企业甲")
    await firm.says("人工")
    await firm.says(question)
    await staff.taps("答复")
    await staff.says(text)
    return firm


async def test_an_answer_is_used_when_another_has_approved_it(chat: Chat, staff: Somebody) -> None:
    """Before that it is nobody's knowledge; after that the next one gets it from the bot."""
    other = await chat.somebody("李", role="staff")
    await answers(chat, staff, ASKED, TOLD)
    await staff.taps("存为知识")
    assert "请同事看过批准" in staff.last
    assert "知识草稿" in other.last
    asker = await chat.somebody("企业乙")
    await asker.says("质押登记的官费是多少")
    assert TOLD not in asker.seen
    await other.taps("上线")
    assert "知识卡已上线" in other.seen
    assert "知识卡已上线" in staff.last
    await asker.says("专利质押登记官费多少")
    assert TOLD in asker.seen
    await staff.says("知识卡")
    await staff.taps("专利质押登记")
    await staff.taps("下架")
    await asker.says("专利质押登记官费多少")
    assert TOLD not in asker.seen


async def test_nobody_approves_their_own_while_there_is_another(
    chat: Chat, staff: Somebody
) -> None:
    """Alone at the desk they may."""
    await answers(chat, staff, ASKED, TOLD)
    await staff.taps("存为知识")
    alone = staff.last
    assert "可以自己批准" in alone
    await chat.somebody("李", role="staff")
    await staff.taps("上线", alone)
    assert "要由同事批准" in staff.last


async def test_what_makes_known_answers_worse_asks_first(chat: Chat, staff: Somebody) -> None:
    """A card that would take the questions of the plan's own clauses."""
    await answers(chat, staff, "这个方案是哪年哪月的文件", "请看通知。")
    await staff.taps("存为知识")
    aliases = ["文件编号是什么", "这个方案的文号", "发文字号", "红头文件的号"]
    await change(chat, update(StaffAnswer).values(aliases=aliases))
    await staff.taps("上线")
    assert "原来答得上的问题会变" in staff.seen
    await staff.taps("先不上线")
    assert "知识草稿" in staff.last


async def test_owners_hear_what_expires(chat: Chat, staff: Somebody) -> None:
    """A fortnight before; what is renewed holds for another year."""
    await answers(chat, staff, ASKED, TOLD)
    await staff.taps("存为知识")
    await staff.taps("上线")
    day = (NOW + timedelta(days=10)).date()
    await change(chat, update(StaffAnswer).values(expires_on=day))
    await chat.later(timedelta(days=7, minutes=5))
    assert "到期就不再用来回答" in staff.last
    await staff.taps("延一年")
    assert "已延到 2027年11月30日" in staff.last
