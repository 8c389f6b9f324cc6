"""A university hears what enterprises think of its patents: in figures, and never of whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from commands import cli
from db.models import Assessment, Enterprise, Job, Patent, Person
from services import assessment_digest, universities
from tests.chat import Chat, Somebody
from tests.people.acts import number, represents
from tests.people.test_linking import link
from tests.test_assessments import NICKEL, NYLON, assesses

UNIVERSITY = "星城工业大学（演示）"
ZONE = ZoneInfo("Asia/Shanghai")
FIRST_OF_MONTH = datetime(2026, 12, 1, 9, 1, tzinfo=ZONE)


@pytest.fixture
def channel(somewhere: str) -> str:
    return somewhere


@pytest.fixture
async def organizer(chat: Chat) -> Somebody:
    person = await chat.somebody("组织者", "org")
    await person.says("菜单")
    return person


@pytest.fixture
async def teacher(chat: Chat, organizer: Somebody) -> Somebody:
    """Somebody of the university, let in by the organizer's code."""
    await organizer.says(f"邀请高校 {UNIVERSITY}")
    code = organizer.last.text.split("/start ")[1].split()[0]
    person = await chat.somebody("老师")
    await person.says(f"/start {code}")
    assert "高校身份" in person.last
    return person


async def firms_say(chat: Chat, count: int, patent: str = NICKEL, **view: Any) -> None:
    """So many demo firms say this, as if each had tapped it."""
    said = {"prospect": 4, "improvement": "要降成本", "intent": "license"} | view
    async with chat.programme.database.session() as session:
        firms = await session.scalars(select(Enterprise.id).where(Enterprise.demo).limit(count))
        id = await session.scalar(select(Patent.id).where(Patent.number == patent))
        assert id is not None
        session.add_all(
            Assessment(enterprise_id=firm, patent_id=id, created_at=chat.clock.now(), **said)
            for firm in firms
        )


async def test_the_digest_counts_firms_and_names_none(chat: Chat, teacher: Somebody) -> None:
    """In words; what firms wrote themselves is counted as 其他, comments are not shown."""
    await firms_say(chat, 3, comment="湘澜的机密话")
    wang = await chat.somebody("王")
    await represents(wang, chat)
    await assesses(wang, ("较小",))
    for said in ("寿命要到 2000 小时才行", "暂无意愿"):
        await (wang.taps(said) if said == "暂无意愿" else wang.says(said))
    await wang.taps("太贵")
    await teacher.says("评估汇总")
    for line in (
        "4 家企业评估过",
        "较好，值得投入 3；较小，难做成产品 1",
        "要降成本 3；其他 1",
        "愿意许可使用 3；暂无意愿 1",
        "不考虑的原因：太贵 1",
        "己内酰胺",
    ):
        assert line in teacher.last
    for hidden in ("湘澜", "2000 小时", "王工", "知桥测试"):
        assert hidden not in teacher.seen


async def test_fewer_than_three_firms_are_no_figure(chat: Chat, teacher: Somebody) -> None:
    """Of the whole, and of each patent; and nothing is said where there is nothing."""
    await teacher.says("评估汇总")
    assert "还没有企业评估" in teacher.last
    await firms_say(chat, 2)
    await teacher.says("评估汇总")
    assert "不足 3 家" in teacher.last and "较好" not in teacher.last
    await firms_say(chat, 3, await other_of_the_university(chat))
    await teacher.says("评估汇总")
    assert "3 家企业评估过" in teacher.last and "另有 1 项评估的企业不足 3 家" in teacher.last
    assert "己内酰胺" not in teacher.last


async def other_of_the_university(chat: Chat) -> str:
    async with chat.programme.database.session() as session:
        found = await session.scalar(
            select(Patent.number)
            .where(Patent.applicant == UNIVERSITY, Patent.number != NICKEL)
            .limit(1)
        )
    assert found is not None
    return str(found)


async def test_once_a_month_it_comes_by_itself(chat: Chat, teacher: Somebody) -> None:
    """On the first at nine, about the month that is over; once; quiet where nothing was said."""
    await firms_say(chat, 3)
    await chat.move_to(FIRST_OF_MONTH)
    assert "2026年11月" in teacher.last and "3 家企业评估过" in teacher.last
    heard = len(teacher.messages)
    await chat.later(timedelta(hours=30))
    await chat.move_to(datetime(2027, 1, 1, 9, 1, tzinfo=ZONE))
    assert len(teacher.messages) == heard
    assert (
        await number(
            chat, select(func.count(Job.id)).filter_by(kind="assessments.digest", state="waiting")
        )
        == 1
    )


async def test_other_universities_hear_nothing_of_it(chat: Chat, organizer: Somebody) -> None:
    await firms_say(chat, 3, NYLON)
    await organizer.says(f"邀请高校 {UNIVERSITY}")
    other = await chat.somebody("别校")
    code = organizer.last.text.split("/start ")[1].split()[0]
    await other.says(f"/start {code}")
    await other.says("评估汇总")
    assert "还没有企业评估" in other.last
    await chat.move_to(FIRST_OF_MONTH)
    assert "企业怎么看" not in other.last


async def test_an_organizer_invites_by_a_name_of_the_library(
    chat: Chat, organizer: Somebody
) -> None:
    """A part that fits one will do; of several it is asked which; of none it is said."""
    await organizer.taps("邀请高校")
    assert "哪所高校" in organizer.last
    await organizer.says("星城工业")
    assert UNIVERSITY in organizer.last and "/start" in organizer.last
    await organizer.says("邀请高校 大学")
    assert "可能是这几家" in organizer.last and UNIVERSITY in organizer.last
    await organizer.says("邀请高校 不存在的学校")
    assert "没有权利人叫" in organizer.last
    firm = await chat.somebody("企业")
    await firm.says("菜单")
    await firm.says("邀请高校 星城工业")
    assert "由组织者或工作人员来做" in firm.last


async def test_the_role_has_its_menu_and_no_firms_acts(chat: Chat, teacher: Somebody) -> None:
    """It reads patents, and neither assesses nor sees what single firms said."""
    await teacher.says("菜单")
    assert "企业评估汇总" in "".join(teacher.last.labels)
    await teacher.says(NICKEL)
    assert "己内酰胺" in teacher.last and "评估" not in teacher.last.labels
    await teacher.presses(teacher.last, "assessments.assess:1")
    assert "不在您当前的角色里" in teacher.last
    await teacher.says("质押融资谁牵头")
    assert "省财政厅" in teacher.seen


async def test_who_has_the_role_without_a_university_is_told_how(chat: Chat) -> None:
    if chat.network.by_code:
        pytest.skip("there the role comes by a code that names one")
    person = await chat.somebody("老师", "uni")
    await person.says("评估汇总")
    assert "高校邀请码" in person.last


async def test_the_university_goes_along_and_is_forgotten(chat: Chat, teacher: Somebody) -> None:
    """Two chats of one person; and after a deletion nobody looks after its patents."""
    there = select(func.count(Person.id)).where(Person.university == UNIVERSITY)
    other = await chat.somebody("另一个", channel="terminal")
    await other.says("菜单")
    await link(teacher, other)
    await other.says("评估汇总")
    assert "还没有企业评估" in other.last
    assert await number(chat, there) == 1
    await teacher.says("把我的信息都删掉")
    assert "高校身份" in teacher.last
    await teacher.taps("确认删除")
    assert await number(chat, there) == 0


def test_several_owners_of_one_patent() -> None:
    assert universities.owners("星城工业大学；湘澜泵阀有限公司,甲") == [
        "星城工业大学", "湘澜泵阀有限公司", "甲",
    ]  # fmt: skip


def test_the_month_that_is_over(now: datetime) -> None:
    """As the clocks here say, also in the first hours of a month."""
    for moment in (datetime(2027, 1, 1, 0, 5, tzinfo=ZONE), datetime(2027, 1, 31, 23, tzinfo=ZONE)):
        since, until = assessment_digest.last_month(moment)
        assert (since, until) == (
            datetime(2026, 12, 1, tzinfo=ZONE), datetime(2027, 1, 1, tzinfo=ZONE),
        )  # fmt: skip


def test_the_command_line_invites_a_university(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHIQIAO_DATA_DIR", str(tmp_path))
    run = CliRunner().invoke
    assert "/start " in run(cli, ["invite", "uni", "--university", UNIVERSITY]).output
    assert "没有权利人叫" in run(cli, ["invite", "uni"]).output
