"""Somebody blocks us, or is gone: what was for them, who is told, and how they come back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from db.models import Audit, Outgoing, Person
from db.models import Chat as ChatRow
from pipeline.work import Work
from tests.channels.telegram.phones import on_telegram
from tests.chat import Chat, Somebody
from tests.conftest import Engine
from tests.emulators.telegram import User
from tests.people.acts import number
from tests.waiting import eventually

REGISTER = ("注册", "同意，开始注册", "91430100MA4L16JQ9D", "长沙知桥测试装备有限公司", "王工",
            "13812345678", "长沙", "工程机械")  # fmt: skip


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 1000))


@asynccontextmanager
async def at_telegram(
    engine: Engine, tmp_path: Path, now: datetime
) -> AsyncIterator[tuple[Chat, User]]:
    """A registered person on Telegram."""
    async with on_telegram(tmp_path, now, engine, demo=True) as (telegram, chat):
        hua = telegram.user("华")
        await hua.starts()
        await hua.waits_for("知桥")
        for said in REGISTER:
            seen = len(hua.messages)
            if said.startswith("同意"):
                await hua.taps(said)
            else:
                await hua.says(said)
            await eventually(lambda seen=seen: more(hua, seen))  # type: ignore[misc]
        await hua.taps("提交")
        await hua.waits_for("注册好了")
        yield chat, hua


async def more(user: User, than: int) -> bool:
    return len(user.messages) > than


async def tell(chat: Chat, person: int, text: str, key: str) -> bool:
    async with chat.programme.database.writing() as connection:
        work = Work(connection, chat.clock.now(), "test")
        told = await work.notify(
            person, "people/rename_asked", name=text, due=chat.clock.now(), key=key
        )
        await work.finish()
    chat.programme.tick()
    return told


async def state(chat: Chat, key: str, wanted: str) -> None:
    async def there() -> bool:
        return bool(
            await number(chat, select(func.count(Outgoing.id)).filter_by(key=key, state=wanted))
        )

    await eventually(there)


async def wang(chat: Chat) -> int:
    return await number(chat, select(Person.id).where(Person.name == "王工"))


async def organizer_of(chat: Chat) -> Somebody:
    person = await chat.somebody("组织者", "org")
    await speaks(person, "菜单", "组织者，您好")
    return person


async def speaks(person: Somebody, text: str, answer: str) -> None:
    """At work the programme settles by itself; wait until the answer is there."""
    await person.says(text)
    await reads(person, answer)


async def reads(person: Somebody, answer: str) -> None:
    async def there() -> bool:
        await person.read()
        return any(answer in bubble for bubble in person.messages)

    await eventually(there)
    assert any(answer in bubble for bubble in person.messages), answer


async def test_who_blocks_us_stands_on_the_call_list_and_is_welcomed_back(
    engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """The number is masked until it is asked for, and each look is written down; back again, what
    was missed arrives, once, and the list is empty."""
    async with at_telegram(engine, tmp_path, now) as (chat, hua):
        await hua.blocks()
        person = await wang(chat)
        await tell(chat, person, "第一件", "n1")
        await state(chat, "n1", "missed")
        assert not await tell(chat, person, "第二件", "n2")
        await state(chat, "n2", "missed")
        organizer = await organizer_of(chat)
        await speaks(organizer, "联系不上的人", "138****5678")
        assert not any("13812345678" in bubble for bubble in organizer.messages)
        await organizer.taps("看电话 王工")
        await reads(organizer, "13812345678")
        looks = select(func.count(Audit.id)).filter_by(what="person.phone_seen")
        assert await number(chat, looks) == 1
        await hua.starts()
        await hua.waits_for("欢迎回来，长沙知桥测试装备有限公司")
        await state(chat, "n1", "sent")
        await state(chat, "n2", "sent")
        assert sum("第二件" in message.text for message in hua.messages) == 1
        await speaks(organizer, "联系不上的人", "没有联系不上的人")
        await hua.says("/start")
        await hua.waits_for("您好。需要做什么")


async def test_another_chat_of_theirs_gets_it(
    engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """The letter that was refused goes to the linked page, and nobody needs to call."""
    async with at_telegram(engine, tmp_path, now) as (chat, hua):
        page = await chat.somebody("华的网页")
        await speaks(page, "关联", "验证码 ")
        code = page.last.text.split("验证码 ")[1][:6]
        await hua.says(f"关联 {code}")
        await hua.waits_for("现在是同一个人")
        person = await wang(chat)
        await hua.says("菜单")
        await hua.waits_for("需要做什么")
        await hua.blocks()
        await tell(chat, person, "要紧的事", "n1")
        await state(chat, "n1", "sent")
        await reads(page, "要紧的事")
        lost = select(func.count(ChatRow.id)).where(~ChatRow.reachable)
        assert await number(chat, lost) == 1
        organizer = await organizer_of(chat)
        await speaks(organizer, "联系不上的人", "没有联系不上的人")


async def test_a_new_account_comes_in_by_the_organizers_code(
    engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """Told on the telephone; the firm is there in the new chat, the old account is nobody's, and
    the audit says who did it."""
    async with at_telegram(engine, tmp_path, now) as (chat, hua):
        await hua.deletes_account()
        person = await wang(chat)
        await tell(chat, person, "第一件", "n1")
        await state(chat, "n1", "missed")
        organizer = await organizer_of(chat)
        await speaks(organizer, "联系不上的人", "王工")
        await organizer.taps("重新绑定")
        await reads(organizer, "念给对方")
        code = organizer.last.text.split("关联 ")[1][:6]
        page = await chat.somebody("新手机")
        await speaks(page, "菜单", "知桥")
        await speaks(page, f"关联 {code}", "接上了您原来的资料")
        await speaks(page, "我的资料", "长沙知桥测试装备有限公司")
        assert await number(chat, select(ChatRow.person_id).where(ChatRow.id == hua.id)) == 0
        for what in ("person.relink_offered", "person.cut_off", "person.relinked"):
            assert await number(chat, select(func.count(Audit.id)).filter_by(what=what)) == 1
        stranger = await chat.somebody("外人")
        await speaks(stranger, f"关联 {code}", "用过、过期")


async def test_who_comes_back_with_a_word_is_welcomed_too(
    engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """Not everybody presses Start again: the answer to what they said, and what they missed."""
    async with at_telegram(engine, tmp_path, now) as (chat, hua):
        await hua.blocks()
        person = await wang(chat)
        await tell(chat, person, "第一件", "n1")
        await state(chat, "n1", "missed")
        await hua.unblocks()
        await hua.says("菜单")
        await hua.waits_for("欢迎回来，长沙知桥测试装备有限公司")
        await state(chat, "n1", "sent")
        await hua.says("菜单")
        await hua.waits_for("需要做什么")
        assert sum("欢迎回来" in message.text for message in hua.messages) == 1
