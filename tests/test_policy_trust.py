"""Answers that are pulled, clauses that change, and what the staff approved for everybody."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Audit, ClauseVersion, Document, StaffAnswer
from services import policy, policy_import
from services.policy_import import OtherText
from services.policy_reading import NotOfficial
from tests.chat import Chat
from tests.conftest import EVERYWHERE
from tests.databases import any_database
from tests.policy_texts import LAW, NOTICE, text_file

WHO = "质押融资谁牵头"


@pytest.fixture(params=EVERYWHERE)
def channel(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_two_people_take_a_wrong_answer_out_of_service(chat: Chat) -> None:
    """The next who asks the same gets a person; another question of the clause is answered; the
    staff put it back in one tap, and all of it is on record."""
    staff = await chat.somebody("工作人员", "staff")
    hua, rui, lan = [await chat.somebody(name) for name in ("甲", "乙", "丙")]
    for person in (hua, rui):
        await person.says(WHO)
        await person.taps("答错了")
    assert "已经停用" in rui.last.text
    await lan.says("质押融资是谁牵头的")
    assert "正在核对" in lan.last.text and "省财政厅" not in lan.last.text
    await lan.says("质押能线上办吗")
    assert "二、（四）2" in lan.last.text
    await staff.read()
    await staff.taps("答得没错")
    await lan.says(WHO)
    assert "省财政厅" in lan.last.text
    async with chat.programme.database.session() as session:
        found = select(Audit.what).where(Audit.what.startswith("answer.")).order_by(Audit.id)
        assert list(await session.scalars(found)) == [
            "answer.wrong", "answer.wrong", "answer.pulled", "answer.lifted",
        ]  # fmt: skip


async def test_one_tap_of_the_staff_is_enough(chat: Chat) -> None:
    """And one report of anybody else is not; a useful answer stays as it is."""
    staff, hua = await chat.somebody("工作人员", "staff"), await chat.somebody("甲")
    await hua.says(WHO)
    await hua.taps("有用")
    await hua.says(WHO)
    await hua.taps("答错了")
    await hua.says(WHO)
    assert "省财政厅" in hua.last.text
    await staff.read()
    await staff.taps("停用这个答复")
    await hua.says(WHO)
    assert "正在核对" in hua.last.text


async def test_the_card_says_who_is_responsible(chat: Chat) -> None:
    """In the clause's own order: the lead, the others, the cities."""
    hua = await chat.somebody("甲")
    await hua.says("质押能线上办吗")
    await hua.taps("谁负责")
    assert "牵头：省财政厅" in hua.last.text and "各市州人民政府" in hua.last.text


async def test_whoever_was_answered_from_a_clause_hears_that_it_changed(
    chat: Chat, tmp_path: Path
) -> None:
    """Once, with the question they asked; who asked something else hears nothing."""
    database, now = chat.programme.database, chat.clock.now()
    async with database.session() as session:
        await policy_import.import_text(session, text_file(tmp_path / "a.txt", NOTICE), now)
    hua, rui = await chat.somebody("甲"), await chat.somebody("乙")
    await hua.says("专利夜校讲什么")
    await rui.says("专利超市展示什么")
    newer = text_file(tmp_path / "b.txt", NOTICE.replace("面向小企业讲授", "面向全社会讲授"))
    async with database.session() as session:
        imported = await policy_import.import_text(session, newer, chat.clock.now())
    assert (imported.changed, imported.told) == (("二、（一）2",), 1)
    await chat.later(timedelta(minutes=1))
    assert "您问过：专利夜校讲什么" in hua.last.text
    assert "新的写法" not in rui.seen
    async with database.session() as session:
        old = (await session.scalars(select(ClauseVersion))).one()
        assert "面向小企业讲授" in old.text


async def test_whoever_was_answered_from_a_clause_that_is_gone_hears_it_once(
    chat: Chat, tmp_path: Path
) -> None:
    """With the one that took its place, if any did: a text comes without it, or a newer text takes
    over. Where the newer one says the same, nobody hears anything, until it changes."""
    database = chat.programme.database

    async def comes(name: str, text: str) -> policy_import.Imported:
        async with database.session() as session:
            file = text_file(tmp_path / name, text)
            imported = await policy_import.import_text(session, file, chat.clock.now())
        await chat.later(timedelta(minutes=2))
        return imported

    await comes("a.txt", NOTICE)
    await comes("law.txt", LAW)
    hua, rui, lan = [await chat.somebody(name) for name in ("甲", "乙", "丙")]
    await hua.says("专利夜校讲什么")
    await rui.says("展览应当登记吗")
    await lan.says("专利超市展示什么")
    begin, rest = NOTICE.split("2. 开办")
    assert (await comes("b.txt", begin + "三、" + rest.split("三、")[1])).told == 1
    assert "二、（一）2没有了" in hua.last.text and "您问过：专利夜校讲什么" in hua.last.text
    newer = LAW.replace("2020年5月1日", "2024年5月1日")
    assert (await comes("same.txt", newer)).told == 0
    newest = newer.replace("2024年5月1日", "2025年5月1日").replace("第四条 展览应当登记。", "")
    newest = newest.replace("第三条", "第三条 展览应当登记。\n第四条")
    assert (await comes("newest.txt", newest)).told == 1
    assert "原来的第四条没有了，现在看下面这一条" in rui.last.text
    await rui.taps("看现在的写法")
    assert "第三条 展览应当登记" in rui.last.text
    assert (await comes("newer.txt", newer)).told == 0
    assert rui.seen.count("没有了") <= 1 and "没有了" not in lan.seen


@any_database
async def test_a_number_belongs_to_one_document(
    session: AsyncSession, tmp_path: Path, now: datetime
) -> None:
    """Another text under it is refused by name, and nothing of it is stored."""
    await policy_import.import_text(session, text_file(tmp_path / "a.txt", NOTICE), now)
    other = NOTICE.replace("某某市专利促进办\n法", "某某市专利奖励办\n法")
    other = other.replace("某某市专利促进办法", "某某市专利奖励办法")
    with pytest.raises(OtherText) as refusal:
        await policy_import.import_text(session, text_file(tmp_path / "b.txt", other), now)
    assert refusal.value.facts["there"] == "某某市专利促进办法"
    assert len((await session.scalars(select(Document))).all()) == 1


async def test_a_novel_is_no_regulation(
    session: AsyncSession, tmp_path: Path, now: datetime
) -> None:
    """Numbered parts alone make no official text."""
    novel = "风雪夜归人\n\n一、离家\n\n那年冬天，他走了。\n\n二、归来\n\n雪还没有停。\n"
    with pytest.raises(NotOfficial):
        await policy_import.import_text(session, text_file(tmp_path / "a.txt", novel), now)


async def test_a_text_says_how_long_it_holds(
    session: AsyncSession, tmp_path: Path, now: datetime
) -> None:
    """After its last day it answers nothing any more, without anybody doing anything."""
    text = LAW.replace("展览应当登记。", "展览应当登记。本条例有效期至2027年1月31日。")
    await policy_import.import_text(session, text_file(tmp_path / "law.txt", text), now)
    asked = "展览期限几天"
    assert (await policy.ask(session, asked, now)).citations[0].clause == "第三条"
    later = await policy.ask(session, asked, now + timedelta(days=100))
    assert later.status != "answered"


async def test_a_newer_text_is_named_as_the_successor(
    session: AsyncSession, tmp_path: Path, now: datetime
) -> None:
    """Whoever looks at the old one can go on to what is in force."""
    await policy_import.import_text(session, text_file(tmp_path / "a.txt", LAW), now)
    newer = text_file(tmp_path / "b.txt", LAW.replace("2020年5月1日", "2024年5月1日"))
    new = await policy_import.import_text(session, newer, now)
    old = (await session.scalars(select(Document).where(Document.id != new.document.id))).one()
    assert (old.status, old.successor_id) == ("已被替代", new.document.id)


@any_database
async def test_what_the_staff_approved_is_answered_until_it_expires(
    session: AsyncSession, now: datetime
) -> None:
    """By the questions that it answers, marked as an answer of the staff; no fee is made up."""
    await policy_import.load_digest(session, now)
    asked = "质押登记的官费是多少"
    assert (await policy.ask(session, asked, now)).status == "escalate"
    session.add(
        StaffAnswer(
            question="专利质押登记要交多少官费", aliases=["质押登记的官费是多少"],
            text="办理专利权质押登记不收官费。", approved_at=now, created_at=now,
            expires_on=(now + timedelta(days=30)).date(),
        )
    )  # fmt: skip
    await session.flush()
    answer = await policy.ask(session, asked, now)
    assert answer.status == "answered"
    assert answer.citations[0].quote == "办理专利权质押登记不收官费。"
    assert answer.citations[0].document == "工作人员的答复"
    expired = await policy.ask(session, asked, now + timedelta(days=60))
    assert expired.status == "escalate"
