"""Registering: a name found in the list, no code at hand, tags, parks, and two at once."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Admission, Enterprise, Person
from db.session import Database
from services.enterprises import EnterpriseAnswers
from services.enterprises import register as registers
from tests.chat import Chat, Somebody
from tests.conftest import Engine
from tests.people.acts import CODE, DAY, FIRM, OTHER, number
from tests.test_need_journey import sends

LISTED = "衡阳精密阀门制造有限公司"


async def listed(chat: Chat, name: str = LISTED, **more: object) -> None:
    """A firm that was imported and that nobody speaks for yet."""
    async with chat.programme.database.session() as session:
        values = {"tags": [], "created_at": chat.clock.now(), **more}
        session.add(Enterprise(name=name, **values))


async def opens(person: Somebody, *said: str) -> None:
    for text in ("注册", "同意，开始注册", *said):
        await person.says(text)


async def test_a_part_of_a_name_finds_the_firm(chat: Chat) -> None:
    """The likeliest are offered, the city is known, and there is still one company row."""
    await listed(chat, city="衡阳", park="衡阳高新区")
    person = await chat.somebody("王")
    await opens(person, CODE, "衡阳精密阀门")
    assert "哪一家" in person.last
    assert person.last.labels[0] == LISTED
    assert "都不是，按我填的登记" in person.last.labels
    await person.taps(LISTED)
    for said in ("王工", "13812345678", "工程机械"):
        await person.says(said)
    assert "请核对" in person.last
    await person.taps("提交")
    assert f"已加入 {LISTED}" in person.seen
    assert await number(chat, select(func.count(Enterprise.id)).filter_by(uscc=CODE)) == 1
    await person.says("我的资料")
    assert "园区：衡阳高新区" in person.last


async def test_a_number_chooses_from_the_list(chat: Chat) -> None:
    """Where there are no buttons, "1" is the first firm."""
    await listed(chat)
    person = await chat.somebody("王", channel="terminal")
    await opens(person, CODE, "衡阳精密阀门")
    await person.says("1")
    assert "怎么称呼" in person.last


async def test_what_was_typed_may_stand(chat: Chat) -> None:
    """Another firm of a similar name is a new row."""
    await listed(chat)
    person = await chat.somebody("王")
    await opens(person, CODE, "衡阳精密阀门配件有限公司")
    await person.taps("都不是")
    for said in ("王工", "13812345678", "衡阳", "工程机械"):
        await person.says(said)
    await person.taps("提交")
    assert "注册好了" in person.seen
    assert await number(chat, select(func.count(Enterprise.id)).filter_by(uscc=CODE)) == 1
    assert await number(chat, select(func.count(Enterprise.id)).filter_by(name=LISTED)) == 1


async def test_a_firm_of_another_code_is_not_offered(chat: Chat) -> None:
    """Whoever gave a code gets only firms that have none."""
    await listed(chat, uscc=OTHER)
    person = await chat.somebody("王")
    await opens(person, CODE, "衡阳精密阀门")
    assert "怎么称呼" in person.last


async def test_without_a_code_an_organizer_looks(chat: Chat, organizer: Somebody) -> None:
    """A wrong code can be left for later; the firm is registered by name, under approval; its
    admin adds the code afterwards."""
    person = await chat.somebody("王")
    await opens(person, CODE[:-1])
    assert "17 位" in person.last
    assert "跳过" in person.last.labels
    await person.taps("跳过")
    for said in (FIRM, "王工", "13812345678", "长沙", "工程机械"):
        await person.says(said)
    await person.taps("提交")
    assert "正在等组织者审核" in person.last
    assert "没有填，请核对企业名称" in organizer.last
    await organizer.taps("通过")
    await person.says("我的资料")
    await person.taps("补信用代码")
    await person.says(CODE[:-1] + "A")
    assert "校验位" in person.last
    await person.says(CODE)
    assert CODE in person.last
    assert await number(chat, select(func.count(Enterprise.id)).filter_by(uscc=CODE)) == 1


async def test_a_photo_of_the_licence_goes_to_the_organizer(
    chat: Chat, organizer: Somebody
) -> None:
    """In place of the code, and whatever else is answered stays as it is."""
    person = await chat.somebody("王")
    await opens(person)
    await sends(chat, person, "营业执照.jpg", "image/jpeg")
    assert "信用代码" in person.last and "附件" in person.last
    for said in ("跳过", FIRM, "王工", "13812345678", "长沙", "工程机械"):
        await person.says(said)
    await person.taps("提交")
    assert "正在等组织者审核" in person.last
    assert "没有填，请核对企业名称" in organizer.seen
    assert "营业执照.jpg" in organizer.seen


async def test_nobody_is_pushed_before_approval(
    chat: Chat, organizer: Somebody, wang: Somebody
) -> None:
    """A notice to all firms does not reach somebody who waits; afterwards it does."""
    person = await chat.somebody("郑")
    await opens(person, "跳过", "郴州矿冶选矿药剂有限公司", "郑工", "13612345678", "郴州", "新能源")
    await person.taps("提交")
    assert "可以看专利" in person.last
    heard = len(person.messages)
    await notice(organizer, "周三上午九点在企业服务中心座谈，请带上营业执照")
    assert len(person.messages) == heard
    assert "周三上午九点" in wang.last
    await organizer.says("待审")
    await organizer.taps("1 郴州矿冶选矿药剂有限公司")
    await organizer.taps("通过")
    await notice(organizer, "周五下午三点在高新区路演，请带上样品")
    assert "周五下午三点" in person.last


async def notice(organizer: Somebody, text: str) -> None:
    await organizer.taps("群发通知")
    await organizer.taps("写内容")
    await organizer.says(text)
    await organizer.taps("发送给")


async def test_three_industries_are_the_most(chat: Chat, wang: Somebody) -> None:
    """It is said at once, typed or tapped; nothing is lost."""
    person = await chat.somebody("李")
    await opens(person, OTHER, "长沙另一家测试有限公司", "李工", "13912345678", "长沙")
    await person.says("工程机械、轨道交通、现代农业、文化旅游")
    assert "最多选 3 个" in person.last
    await person.ticks("工程机械", "轨道交通", "现代农业", "文化旅游")
    assert "最多选 3 个" in person.last
    await person.ticks("工程机械", "轨道交通", "现代农业")
    await person.taps("提交")
    assert "注册好了" in person.last
    await wang.says("我的资料")
    await wang.taps("✏️ 产业")
    await wang.says("工程机械、轨道交通、现代农业、文化旅游")
    assert "最多选 3 个" in wang.last


async def test_tags_are_several_or_none(chat: Chat) -> None:
    """Not asked, one tap away on the card, changed later in 我的资料."""
    person = await chat.somebody("王")
    await opens(person, CODE, FIRM, "王工", "13812345678", "长沙", "工程机械")
    assert "标签（可选）：（未填）" in person.last
    await person.taps("✏️ 标签")
    await person.ticks("专精特新", "国有企业")
    assert "专精特新、国有企业" in person.last
    await person.taps("提交")
    await person.says("我的资料")
    assert "标签：专精特新、国有企业" in person.last
    await person.taps("✏️ 标签")
    assert "✓ 国有企业" in person.last.labels
    await person.ticks("专精特新")
    assert "专精特新、国有企业 → 专精特新" in person.last


async def test_a_poster_names_the_park(chat: Chat, organizer: Somebody) -> None:
    """Many come by one code; the new firm stands in the park; the right telephone opens a listed
    firm at once."""
    await listed(chat, uscc=OTHER, phone="+8613912345678")
    await organizer.says("园区海报 长沙高新区")
    assert "海报码" in organizer.last
    code = organizer.last.text.split("/start ")[1].split()[0]
    first = await chat.somebody("王")
    await first.says(f"/start {code}")
    assert "长沙高新区" in first.last
    await first.taps("同意")
    for said in (CODE, FIRM, "王工", "13812345678", "长沙", "工程机械"):
        await first.says(said)
    await first.taps("提交")
    assert await number(chat, select(func.count(Enterprise.id)).filter_by(park="长沙高新区")) == 1
    second = await chat.somebody("李")
    await second.says(f"/start {code}")
    await second.taps("同意")
    for said in ("跳过", LISTED, "李工", "13912345678", "衡阳", "工程机械"):
        await second.says(said)
    await second.taps("提交")
    assert f"已加入 {LISTED}" in second.seen
    await chat.later(31 * DAY)
    late = await chat.somebody("赵")
    await late.says(f"/start {code}")
    assert "已过期" in late.last
    assert "要一个新的" in late.last


async def test_a_poster_is_an_organizers(chat: Chat, wang: Somebody) -> None:
    await wang.presses(wang.last, "claims.poster:长沙高新区")
    assert "由组织者" in wang.last


async def test_a_code_that_is_nothing_says_so(chat: Chat) -> None:
    """A staff code that came too late must not look like a welcome."""
    person = await chat.somebody("王")
    await person.says("/start aaaabbbbcccc")
    assert "这个码没有用" in person.seen


async def test_two_at_once_without_a_code_make_one_firm(
    engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """On either database, in the same moment: one company row, one acts and one asks."""
    database = Database(await engine.url(tmp_path))
    answers = EnterpriseAnswers(FIRM, "王工", "+8613812345678", 1)

    async def arrives() -> None:
        async with database.session() as session:
            person = Person(created_at=now)
            session.add(person)
            await session.flush()
            await registers(session, person.id, answers, now)

    await asyncio.gather(*(arrives() for _ in range(4)))
    async with database.session() as session:
        assert await count(session, Enterprise.id) == 1
        assert await count(session, Admission.id) == 3
        acting = select(func.count(Person.id)).where(Person.enterprise_id.is_not(None))
        assert await session.scalar(acting) == 1
    await database.close()


async def count(session: AsyncSession, what: object) -> int:
    return await session.scalar(select(func.count(what))) or 0  # type: ignore[arg-type]


@pytest.mark.parametrize("said", ["让我同事也能用这个号", "邀请同事", "怎么加同事"])
async def test_a_colleague_is_invited(chat: Chat, wang: Somebody, said: str) -> None:
    """With a code for the firm; the admin still decides, and a stranger has nobody to invite."""
    await wang.says(said)
    assert "各用自己的账号" in wang.last
    code = wang.last.text.split("/start ")[1].split()[0]
    colleague = await chat.somebody("李")
    await colleague.says(f"/start {code}")
    await colleague.taps("同意")
    assert "已有 1 位联系人" in colleague.seen
    await colleague.taps("加入")
    for text in ("李工", "13912345678"):
        await colleague.says(text)
    await colleague.taps("提交")
    assert "申请加入" in wang.last
    await wang.taps("同意")
    assert "您已加入" in colleague.last
    stranger = await chat.somebody("外人")
    await stranger.says(said)
    assert "没有代表任何企业" in stranger.last


async def test_registering_again_is_told(chat: Chat, wang: Somebody) -> None:
    await wang.says("注册")
    assert FIRM in wang.last
    await register_twice(chat)


async def register_twice(chat: Chat) -> None:
    """The same code in another chat asks to join, and makes no second firm."""
    other = await chat.somebody("另一个")
    await opens(other, CODE)
    assert "已有 1 位联系人" in other.seen
    assert await number(chat, select(func.count(Enterprise.id)).filter_by(uscc=CODE)) == 1
