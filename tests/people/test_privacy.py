"""One's own data: seen, exported and deleted; by nobody else, and again on an old backup."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, type_coerce, update

from db.base import Base
from db.models import (
    Attention,
    Audit,
    Deadline,
    Enterprise,
    Erasure,
    Favourite,
    File,
    Need,
    Outgoing,
    Person,
    Ticket,
)
from services import erasure
from tests.chat import Chat, Somebody, chatting
from tests.conftest import Engine
from tests.people.acts import CODE, DAY, a_button, asks_to_join, number, post_need, register, who

NAME, PHONE, WORDS = "欧阳金丝雀", "13898765432", "我们厂的金丝雀配方想请人看看"


@pytest.fixture
async def both(engine: Engine, tmp_path: Path, now: datetime) -> AsyncIterator[Chat]:
    async with chatting(tmp_path, now, url=await engine.town(tmp_path)) as chat:
        yield chat


async def everything(chat: Chat) -> str:
    """Every cell of every table, as text."""
    found = []
    async with chat.programme.database.reading() as connection:
        for table in Base.metadata.sorted_tables:
            rows = await connection.execute(select(*(type_coerce(c, c.type) for c in table.c)))
            found += [str(row) for row in rows]
    return "\n".join(found)


async def canary(chat: Chat) -> Somebody:
    """Somebody who has touched everything there is."""
    organizer = await chat.somebody("组织者", "org")
    await organizer.says("菜单")
    staff = await chat.somebody("工作人员", "staff")
    await staff.says("菜单")
    person = await chat.somebody("鸟")
    await register(person, NAME, PHONE)
    await post_need(person)
    await person.says("转人工")
    await person.says(WORDS)
    assert "金丝雀配方" in staff.last
    await person.says("近期活动")
    await person.presses(person.last, "events.sign_up:1")
    await person.says("/start pt20")
    await person.taps("收藏")
    await person.says("提醒我周五交金丝雀配方的材料")
    await person.says("别再发通知了")
    await person.says("我的资料")
    await person.taps("✏️ 联系人")
    return person


async def deletes(person: Somebody) -> str:
    await person.says("取消")
    await person.says("把我的信息都删掉")
    await person.taps("确认删除")
    assert "您的数据已删除" in person.seen
    return person.seen.split("回执编号 ")[1].split("（")[0].strip()


async def test_after_deletion_no_table_knows_the_person(both: Chat) -> None:
    """Name, number and words are in no cell of the database; before, they were in many."""
    person = await canary(both)
    for trace in (NAME, PHONE, "金丝雀配方"):
        assert (await everything(both)).count(trace) > 2
    await deletes(person)
    left = await everything(both)
    for model in (Favourite, Deadline, Attention):
        assert await number(both, select(func.count(model.id))) == 0
    for trace in (NAME, PHONE, "138****5432", "金丝雀配方"):
        assert trace not in left, next(row for row in left.splitlines() if trace in row)


async def test_what_counts_still_counts_and_the_act_is_written_down(both: Chat) -> None:
    """Seat, ticket and need are rows without the person; the audit has the receipt and no name."""
    person = await canary(both)
    before = [await number(both, select(func.count(model.id))) for model in (Ticket, Need, Person)]
    receipt = await deletes(person)
    after = [await number(both, select(func.count(model.id))) for model in (Ticket, Need, Person)]
    assert after == before
    async with both.programme.database.reading() as connection:
        line = (await connection.execute(select(Audit).filter_by(what="person.erased"))).one()
    assert (line.who, line.before, line.after) == (None, None, receipt)
    assert await number(both, select(func.count(Erasure.id)).filter_by(receipt=receipt)) == 1


async def test_first_it_is_said_what_goes_and_what_stays(chat: Chat) -> None:
    """The only one of a firm: its needs are parked, not deleted, and the organizer hears of it."""
    person = await canary(chat)
    organizer = chat.people[0]
    await person.says("取消")
    await person.says("注销账号")
    for said in (
        NAME,
        PHONE,
        "唯一的联系人",
        "1 个需求先搁置（不删除）",
        "1 个活动名额退回",
        "还有 1 个问题没有答复",
    ):
        assert said in person.last
    assert "只作统计" in person.last
    await person.taps("不删了")
    assert await who(chat, NAME)
    await deletes(person)
    assert "已搁置" in organizer.seen
    assert "已关闭，不用再答复" in chat.people[1].last
    assert await number(chat, select(func.count(Need.id)).filter_by(state="parked")) == 1
    assert await number(chat, select(func.count(Ticket.id)).filter_by(state="open")) == 0


async def test_whoever_writes_afterwards_is_somebody_new(chat: Chat) -> None:
    """No history, no firm; the old confirmation deletes nothing more."""
    person = await canary(chat)
    await person.says("取消")
    await person.says("删除我的数据")
    _, old = await a_button(person, "确认删除")
    await deletes(person)
    await person.says("我的资料")
    assert "（未注册）" in person.last
    await person.says("我的需求")
    assert "滑靴" not in person.last
    for said in ("注册", "同意，开始注册", CODE, "新人", "13712345678", "工程机械"):
        await person.says(said)
    await person.taps("提交")
    assert await who(chat, "新人")
    await person.presses(person.last, old)
    assert "先看清楚" in person.last
    assert await who(chat, "新人")


async def test_a_late_confirmation_shows_the_plan_again(chat: Chat) -> None:
    """After an hour it may be about other things than were shown."""
    person = await canary(chat)
    await person.says("取消")
    await person.says("删除我的数据")
    await chat.later(timedelta(hours=1, minutes=1))
    await person.taps("确认删除")
    assert "先看清楚" in person.last
    assert await who(chat, NAME)


@pytest.mark.parametrize("said", ["把同事的信息删掉", "帮李工把信息删了", "把李总的资料删除"])
async def test_nobody_deletes_somebody_else(chat: Chat, wang: Somebody, said: str) -> None:
    """It is refused in words, with what to do instead; nobody is deleted."""
    await wang.says(said)
    assert "只能由本人删除" in wang.last
    assert "确认删除" not in wang.last.labels
    assert await number(chat, select(func.count(Erasure.id))) == 0


async def test_a_running_broadcast_skips_the_deleted(chat: Chat) -> None:
    """What waits for them does not leave, and the next thousand is made without them."""
    person = await canary(chat)
    async with chat.programme.database.session() as session:
        session.add(
            Outgoing(
                chat_id=person.chat_id, method="send_message", params={"text": "通知"}, priority=3,
                due_at=chat.clock.now() + DAY, key="broadcast:9:person:1", about="broadcast:9",
            )
        )  # fmt: skip
    await deletes(person)
    heard = len(person.messages)
    await chat.later(2 * DAY)
    assert len(person.messages) == heard
    states = select(func.count(Outgoing.id)).filter_by(about="broadcast:9", state="cancelled")
    assert await number(chat, states) == 1


async def test_a_colleague_takes_over(chat: Chat, wang: Somebody, li: Somebody) -> None:
    """With a colleague there nothing is parked; the heir is told, without the name."""
    await wang.taps("同意")
    await post_need(wang)
    zhang = await chat.somebody("张")
    await asks_to_join(zhang, "张工", "13612345678")
    assert "申请加入" in wang.last
    await wang.says("删除我的数据")
    assert "交给 李工，他接任管理员" in wang.last
    await wang.taps("确认删除")
    assert "您现在是企业管理员" in li.seen
    assert "王工" not in li.seen
    assert "张工" in li.last  # what lay with the old admin lies with the new one
    assert await number(chat, select(Need.person_id).where(~Need.demo)) == await who(chat, "李工")


async def test_the_last_organizer_stays(chat: Chat, organizer: Somebody) -> None:
    """Without one nobody could be let in; with a second one it works."""
    await organizer.presses(organizer.last, "privacy.plan")
    await organizer.taps("确认删除")
    assert "唯一的组织者" in organizer.last
    other = await chat.somebody("组织者二", "org")
    await other.says("菜单")
    await organizer.taps("确认删除")
    assert "您的数据已删除" in organizer.last
    await organizer.says("菜单")
    assert "组织者，您好" not in organizer.last


async def test_a_restored_backup_forgets_again(
    engine: Engine, tmp_path: Path, now: datetime
) -> None:
    """The marks hold no data; on the database from before they find exactly who was deleted."""
    url = await engine.town(tmp_path)
    async with chatting(tmp_path, now, url=url) as chat:
        person = await canary(chat)
        other = await chat.somebody("别人")
        await register_other(other)
        before = await everything(chat)
        stones = [await the_mark(chat, NAME)]
        assert await reapply(chat, stones, now) == 1
        left = await everything(chat)
        for trace in (NAME, PHONE, "金丝雀配方"):
            assert trace in before
            assert trace not in left
        assert "李工" in left
        assert await reapply(chat, stones, now) == 0
        await person.says("我的资料")
        assert "（未注册）" in person.last


async def register_other(person: Somebody) -> None:
    for said in ("注册", "同意，开始注册", "91430100MA4L16J02Y", "长沙另一家测试有限公司", "李工",
                 "13912345678", "长沙", "工程机械"):  # fmt: skip
        await person.says(said)
    await person.taps("提交")


async def the_mark(chat: Chat, name: str) -> erasure.Tombstone:
    """As the deletion leaves it: made in a transaction that is rolled back, like a backup."""
    async with chat.programme.database.session() as session:
        nested = await session.begin_nested()
        done = await erasure.erase(session, await who_in(session, name), chat.clock.now())
        stones = [s for s in await erasure.tombstones(session) if s.receipt == done.receipt]
        await nested.rollback()
        session.expunge_all()
    (stone,) = stones
    assert name not in str(stone)
    return stone


async def who_in(session: Any, name: str) -> int:
    found: int = await session.scalar(select(Person.id).where(Person.name == name))
    return found


async def reapply(chat: Chat, stones: list[erasure.Tombstone], now: datetime) -> int:
    async with chat.programme.database.session() as session:
        return await erasure.reapply_deletions(session, stones, now)


async def test_a_list_forgets_its_contact(chat: Chat) -> None:
    """What an import says of the person goes with them."""
    person = await canary(chat)
    async with chat.programme.database.session() as session:
        firm = await session.scalar(select(Person.enterprise_id).where(Person.name == NAME))
        named = update(Enterprise).where(Enterprise.id == firm)
        await session.execute(named.values(contact=NAME, phone=f"+86{PHONE}"))
    await deletes(person)
    left = await everything(chat)
    assert NAME not in left
    assert PHONE not in left


# export


async def exported(chat: Chat, person: Somebody) -> dict[str, list[list[str]]]:
    await person.says("取消")
    await person.says("导出我的数据")
    assert "我的数据.xlsx" in person.seen
    async with chat.programme.database.reading() as connection:
        row = (await connection.execute(select(File).order_by(File.id.desc()).limit(1))).one()
    assert row.chat_id == person.chat_id  # nobody else is given it by its link
    book = CalamineWorkbook.from_filelike(io.BytesIO(row.content))
    return {
        name: [[str(cell) for cell in line] for line in book.get_sheet_by_name(name).to_python()]
        for name in book.sheet_names
    }


async def test_a_person_gets_all_that_is_kept(chat: Chat) -> None:
    """Each kind of thing has a sheet, with what there is."""
    person = await canary(chat)
    book = await exported(chat, person)
    assert " ".join(book) == (
        "本人 企业 需求 专利评估 报名 路演项目 活动反馈 提问 收藏的专利 提醒 消息"
    )
    assert book["本人"][1][:2] == [NAME, f"+86{PHONE}"]
    assert "长沙" in book["企业"][1]
    assert "滑靴" in book["需求"][1][1]
    assert book["报名"][1][2] == "已报名"
    assert book["提问"][1][1] == WORDS
    assert book["收藏的专利"][1][0] == "201919000020.9"
    assert any(WORDS in line for line in book["消息"])


async def test_nothing_in_it_is_a_formula(chat: Chat, wang: Somebody) -> None:
    """What somebody typed stays text, whatever it begins with."""
    await wang.says('=HYPERLINK("http://x","y")补多少钱')
    book = await exported(chat, wang)
    assert any(cell.startswith("=HYPERLINK") for line in book["消息"] for cell in line)
    async with chat.programme.database.reading() as connection:
        content = await connection.scalar(select(File.content).order_by(File.id.desc()).limit(1))
    assert content
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "worksheets" in name]
    assert sheets
    assert not any(b"<f>" in sheet for sheet in sheets)


async def test_an_unknown_person_has_little(chat: Chat) -> None:
    """Somebody who never registered still gets what there is: their messages."""
    person = await chat.somebody("路人")
    await person.says("质押融资谁牵头？")
    book = await exported(chat, person)
    assert book["本人"][1][:2] == ["", ""]
    assert len(book["企业"]) == 1
    assert any("质押融资谁牵头" in cell for line in book["消息"] for cell in line)
