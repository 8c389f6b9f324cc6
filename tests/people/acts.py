"""What people do again and again in these tests."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from db.models import Chat as ChatRow
from db.models import Enterprise, Person
from services import admissions, enterprises, memberships, people
from tests.chat import Bubble, Chat, Somebody

CODE, FIRM = "91430100MA4L16JQ9D", "长沙知桥测试装备有限公司"
OTHER = "91430100MA4L16J02Y"
DAY = timedelta(days=1)


async def register(person: Somebody, name: str = "王工", phone: str = "13812345678") -> None:
    """The first of a firm."""
    for said in ("注册", "同意，开始注册", CODE, FIRM, name, phone, "长沙", "工程机械"):
        await person.says(said)
    await person.taps("提交")


async def represents(
    person: Somebody, chat: Chat, name: str = "王工", phone: str = "13812345678"
) -> None:
    """They act for the firm, the first as its admin: as if they had registered in the chat, which
    has tests of its own and costs nine turns."""
    await person.says("菜单")
    now = chat.clock.now()
    answers = enterprises.EnterpriseAnswers(
        FIRM, name, f"+86{phone}", people.CONSENT, CODE, "长沙", industries=["A1"]
    )
    async with chat.programme.database.session() as session:
        id = await session.scalar(select(ChatRow.person_id).where(ChatRow.id == person.chat_id))
        assert id is not None
        await people.agree(session, id, now)
        done = await enterprises.register(session, id, answers, now)
        if done.admission is not None:
            admin = await memberships.admin_of(session, done.enterprise.id)
            assert admin is not None
            await admissions.decide(session, done.admission.id, admin, now, accept=True)
    await person.says("菜单")


async def asks_to_join(person: Somebody, name: str = "李工", phone: str = "13912345678") -> None:
    """A colleague of the same code."""
    for said in ("注册", "同意，开始注册", CODE):
        await person.says(said)
    await person.taps("加入")
    for said in (name, phone):
        await person.says(said)
    await person.taps("提交")


async def number(chat: Chat, statement: object) -> int:
    async with chat.programme.database.reading() as connection:
        return await connection.scalar(statement) or 0  # type: ignore[call-overload]


async def moment(chat: Chat, statement: object) -> datetime:
    async with chat.programme.database.reading() as connection:
        found = await connection.scalar(statement)  # type: ignore[call-overload]
    assert isinstance(found, datetime)
    return found


async def change(chat: Chat, statement: object) -> None:
    async with chat.programme.database.session() as session:
        await session.execute(statement)  # type: ignore[call-overload]


async def who(chat: Chat, name: str) -> int:
    return await number(chat, select(Person.id).where(Person.name == name))


async def a_button(person: Somebody, label: str) -> tuple[Bubble, str]:
    """The newest button of these words, for somebody else to press."""
    for bubble in reversed(person.messages):
        for row in bubble.rows:
            for button in row:
                if label in button["text"]:
                    return bubble, button["callback_data"]
    raise AssertionError(f"no button {label}")


async def post_need(person: Somebody) -> None:
    await person.says("菜单")
    await person.taps("提需求")
    for said in (
        "柱塞泵滑靴磨损快，想找表面处理技术", "跳过", "跳过", "50万", "跳过", "许可", "1", "公开",
    ):  # fmt: skip
        await person.says(said)
    await person.taps("提交")
    assert any("1 个工作日内" in bubble for bubble in person.since)


async def signs_up(person: Somebody) -> None:
    """For the first event of the demo."""
    for said in ("近期活动", "工程机械", "报名"):
        await (person.says(said) if said == "近期活动" else person.taps(said))
    await person.sees("签到码")


async def invited(chat: Chat, organizer: Somebody, firm: str) -> str:
    """An organizer gets a code for a firm that was imported."""
    now = chat.clock.now()
    async with chat.programme.database.session() as session:
        session.add(
            Enterprise(name=firm, uscc=CODE, city="株洲", phone="13800005678", tags=[],
                       created_at=now)
        )  # fmt: skip
    await organizer.says(f"邀请企业 {firm}")
    assert "的邀请码" in organizer.last
    return organizer.last.text.split("/start ")[1].split()[0]
