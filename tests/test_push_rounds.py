"""The weekly push as people have it: who hears what and when, what they say to it, and silence."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from typer.testing import CliRunner

from commands import cli
from db.models import (
    Enterprise,
    EnterpriseSegment,
    Job,
    Need,
    Offer,
    Outgoing,
    Patent,
    Person,
    Segment,
    WeeklyPack,
)
from db.session import Database
from handlers import pushes as jobs
from pipeline.jobs import Do
from pipeline.work import Aside, Work
from processes import Processes
from search.patents import PatentIndex
from search.wishes import WishIndex
from services import (
    assessment_digest,
    demo,
    need_review,
    need_states,
    needs,
    offers,
    patents,
    push_figures,
    push_rounds,
    queue,
    wish_watch,
)
from services.push_echo import Echo
from services.push_rounds import decent, next_decent, next_round
from tests.chat import Chat, Somebody
from tests.people.acts import FIRM, a_button, change, number, represents

ZONE = ZoneInfo("Asia/Shanghai")
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)
WEEK, MINUTES = timedelta(days=7), timedelta(minutes=2)
PROBLEM = "海水淡化能耗高，想找反渗透膜"
MEMBRANE = "一种海水淡化反渗透膜及降低能耗高的方法"
OWN_FIRM = select(Enterprise.id).where(Enterprise.name == FIRM).scalar_subquery()


@pytest.fixture
async def wang(chat: Chat) -> Somebody:
    """For a firm with one open need, and in no industry."""
    person = await chat.somebody("王")
    await represents(person, chat)
    await change(chat, delete(EnterpriseSegment).filter_by(enterprise_id=OWN_FIRM))
    await wants(chat, PROBLEM)
    return person


async def wants(chat: Chat, problem: str) -> int:
    """The firm's first person has posted this, and the staff have let it be seen."""
    async with chat.programme.database.session() as session:
        me = await session.scalar(
            select(Person).where(Person.enterprise_id == OWN_FIRM).order_by(Person.id).limit(1)
        )
        assert me is not None
        need = await needs.post(session, me, needs.NeedAnswers(problem), chat.clock.now())
        await need_review.publish(session, me.id, need.id, chat.clock.now())
    await chat.settle()
    return need.id


async def new(chat: Chat, count: int = 1, title: str = MEMBRANE, **facts: Any) -> None:
    """So many patents come into the library."""
    told = {"applicant": "某校（演示）", "status": "有效", "maturity": 5, "modes": ["许可"],
            "price": "35万元", "price_low": 350_000, "price_high": 350_000} | facts  # fmt: skip
    async with chat.programme.database.session() as session:
        last = await session.scalar(select(func.max(Patent.id))) or 0
        session.add_all(
            Patent(number=f"t{last + n}", kind="发明", title=f"{title}{last + n}", abstract=title,
                   keywords=[], ipc=[], inventors=[], updated_at=chat.clock.now(), **told)
            for n in range(1, count + 1)
        )  # fmt: skip


async def round_of(chat: Chat, moment: datetime) -> None:
    """The hour comes: the library is looked through, and a minute later it goes out."""
    await chat.move_to(moment)
    await chat.move_to(moment + MINUTES)


def packs(person: Somebody) -> list[str]:
    return [bubble.text for bubble in person.messages if "本周为贵公司选出" in bubble]


# What is told


async def test_a_firm_hears_what_is_new_for_its_need(chat: Chat, wang: Somebody) -> None:
    """One message, with the need in its words, what both share, and a way on for each item."""
    await new(chat)
    await round_of(chat, TUESDAY)
    assert len(packs(wang)) == 1
    for words in (
        "选出 1 项", "海水淡化反渗透膜", "小试完成 · 许可 · 35万元",
        f"因为您登记的需求“{PROBLEM}”提到：", "反渗透膜",
    ):  # fmt: skip
        assert words in wang.last
    assert wang.last.labels == ["详情", "感兴趣", "不合适", "为什么推给我", "暂停推送", "不再推送"]
    await wang.taps("为什么推给我")
    assert "这条需求里的关键说法，它对上了" in wang.last
    assert "改这条需求" in wang.last.labels
    await wang.taps("看专利")
    assert "因为您登记的需求" in wang.last
    assert {"不合适", "为什么推给我", "感兴趣", "评估"} <= set(wang.last.labels)


async def test_a_colleague_hears_whose_need_it_is(chat: Chat, wang: Somebody) -> None:
    li = await chat.somebody("李")
    await represents(li, chat, "李工", "13912345678")
    await new(chat, 5)
    await round_of(chat, TUESDAY)
    assert "因为同事王工登记的需求" in packs(li)[0] and "选出 5 项" in packs(li)[0]
    assert "因为您登记的需求" in packs(wang)[0]
    assert len([label for label in li.last.labels if label[0] in "①②③④⑤"]) == 5


async def test_what_was_refused_comes_back_when_its_reason_is_gone(
    chat: Chat, wang: Somebody
) -> None:
    """With what the firm said, and what is different."""
    await new(chat)
    await round_of(chat, TUESDAY)
    await wang.taps("不合适")
    await wang.taps("太贵")
    await change(chat, update(Patent).where(Patent.title.startswith(MEMBRANE)).values(
        price="2万元", price_low=20_000, price_high=20_000))  # fmt: skip
    await round_of(chat, TUESDAY + WEEK)
    assert "上次贵公司说太贵，现在2万元，降价了" in packs(wang)[1]
    await round_of(chat, TUESDAY + 2 * WEEK)
    assert len(packs(wang)) == 2


async def test_a_need_that_ended_asks_for_nothing(chat: Chat, wang: Somebody) -> None:
    """Also when a patent came first, and the need was closed in the chat afterwards."""
    await new(chat)
    await chat.later(timedelta(hours=1, minutes=1))
    waiting = select(func.count(Offer.id)).filter_by(enterprise_id=OWN_FIRM, state="waiting")
    assert await number(chat, waiting) == 1
    await wang.says("我的需求")
    await wang.taps("海水淡化")
    await wang.taps("下架")
    await wang.taps("已解决")
    assert await number(chat, waiting) == 0
    await round_of(chat, TUESDAY)
    assert packs(wang) == []


# What a firm says to it


async def test_six_reasons_in_one_message_each_with_what_follows(
    chat: Chat, wang: Somebody
) -> None:
    """It changes where it stands; the last word counts; and can be taken back."""
    await new(chat)
    await round_of(chat, TUESDAY)
    await wang.taps("不合适")
    count, reason = len(wang.messages), select(Offer.reason).filter_by(enterprise_id=OWN_FIRM)
    for said, follows in (
        ("太早期", "更成熟了再告诉您"), ("看不懂", "最多推 3 项"), ("以后再说", "一个月后再提"),
        ("已有方案", "等着推的，也都不推了"), ("不对口", "再有一项不对口"),
    ):  # fmt: skip
        await wang.taps(said)
        assert follows in wang.last
        await wang.taps("改原因")
        assert f"上次说的是：{said}" in wang.last
    await wang.taps("太贵")
    assert len(wang.messages) == count
    async with chat.programme.database.session() as session:
        assert await session.scalar(reason) == "dear"
    await wang.taps("撤回")
    async with chat.programme.database.session() as session:
        assert await session.scalar(reason) is None


async def test_two_that_do_not_fit_are_said_to_shrink_their_segment(
    chat: Chat, wang: Somebody
) -> None:
    async with chat.programme.database.session() as session:
        segment = (await session.scalars(select(Segment).limit(1))).one()
    await new(chat, 2, segment_id=segment.id)
    await round_of(chat, TUESDAY)
    for label in ("① 不合适", "② 不合适"):
        await wang.taps(label)
        await wang.taps("不对口")
    assert f"“{segment.name}”里第二项不对口的" in wang.last


async def test_who_has_a_solution_takes_back_its_no(chat: Chat, wang: Somebody) -> None:
    """What was dropped with it waits again."""
    await new(chat, 7)
    await round_of(chat, TUESDAY)
    await wang.taps("①")
    await wang.taps("不合适")
    await wang.taps("已有方案")
    assert "需求已解决" in wang.last.labels
    waiting = select(func.count(Offer.id)).filter_by(enterprise_id=OWN_FIRM, state="waiting")
    assert await number(chat, waiting) == 0
    await wang.taps("撤回")
    assert await number(chat, waiting) == 2


async def test_a_patent_found_for_a_need_can_be_refused_there(chat: Chat, wang: Somebody) -> None:
    """On its card, for this need; the list then says so."""
    need = await wants(chat, "柱塞泵滑靴磨损快，想找表面处理技术")
    await wang.presses(wang.last, f"needs.matches:{need}")
    await wang.taps("柱塞泵滑靴")
    assert {"不合适", "为什么推荐"} <= set(wang.last.labels)
    await wang.taps("不合适")
    await wang.taps("太贵")
    assert await number(chat, select(Offer.need_id).filter_by(enterprise_id=OWN_FIRM)) == need
    await wang.presses(wang.last, f"needs.matches:{need}")
    assert "贵公司说过：太贵" in wang.last


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("pushes.because:1:0:cheap", "这个原因现在没有了"),
        ("pushes.because:99999:0:dear", "不在库里"),
        ("pushes.because:1:1:dear", "过时"),
        ("pushes.because", "过时"),
        ("pushes.pause:year", "这个选项现在没有了"),
        ("pushes.figures", "由组织者或工作人员来做"),
    ],
)
async def test_forged_buttons_are_refused(chat: Chat, wang: Somebody, data: str, told: str) -> None:
    """And leave nothing."""
    await wang.presses(wang.last, data)
    assert told in wang.last
    assert await number(chat, select(func.count(Offer.id)).filter_by(enterprise_id=OWN_FIRM)) == 0


async def test_who_speaks_for_no_firm_is_told_to_register(chat: Chat) -> None:
    person = await chat.somebody("路人")
    for said in ("每周推送", "退订", "为什么推给我"):
        await person.says(said)
        assert "先注册企业" in person.last


# Manners


async def test_who_wants_silence_has_it(chat: Chat, wang: Somebody) -> None:
    """By a sentence or a button, each person for themselves; what came meanwhile can be read."""
    li = await chat.somebody("李")
    await represents(li, chat, "李工", "13912345678")
    await wang.says("退订")
    assert "不再给您推送专利" in wang.last
    await new(chat)
    await round_of(chat, TUESDAY)
    assert (len(packs(wang)), len(packs(li))) == (0, 1)
    await wang.says("每周推送")
    assert "11月24日 周二，为贵公司选出 1 项" in wang.last
    await wang.says("推送设置")
    assert "已停，不再推送" in wang.last
    await wang.taps("停一周")
    await new(chat)
    await round_of(chat, TUESDAY + 2 * WEEK)
    assert len(packs(wang)) == 1


async def test_what_nobody_wants_to_hear_waits_until_somebody_does(
    chat: Chat, wang: Somebody
) -> None:
    """Also what came for the second time, with what the firm said before."""
    await new(chat)
    await round_of(chat, TUESDAY)
    await wang.taps("不合适")
    await wang.taps("以后再说")
    await wang.says("停一个月")
    await new(chat)
    await round_of(chat, TUESDAY + WEEK)
    await change(chat, update(Offer).filter_by(reason="later").values(until=TUESDAY + 2 * WEEK))
    await round_of(chat, TUESDAY + 3 * WEEK)
    assert len(packs(wang)) == 1
    await wang.says("恢复推送")
    await round_of(chat, TUESDAY + 4 * WEEK)
    assert "选出 2 项" in packs(wang)[1] and "上次贵公司说以后再说" in packs(wang)[1]


async def test_a_sentence_about_topics_shows_what_the_push_goes_by(
    chat: Chat, wang: Somebody
) -> None:
    for said in ("关注人工智能领域", "订阅"):
        await wang.says(said)
        assert "每周推送：开着" in wang.last and PROBLEM in wang.last


async def test_missed_weeks_are_caught_up_once_by_day(chat: Chat, wang: Somebody) -> None:
    """Down for weeks and back on a Saturday night: one pack on Monday morning, the next in the week
    after."""
    await new(chat, 6)
    saturday = datetime(2026, 12, 12, 23, 0, tzinfo=ZONE)
    await round_of(chat, saturday)
    assert packs(wang) == []
    monday = datetime(2026, 12, 14, 9, 0, tzinfo=ZONE)
    await round_of(chat, monday)
    assert len(packs(wang)) == 1
    await round_of(chat, monday + timedelta(days=1, hours=1))
    assert len(packs(wang)) == 1
    await round_of(chat, monday + timedelta(days=8, hours=1))
    assert len(packs(wang)) == 2
    rounds = select(func.count(Job.id)).filter_by(kind=push_rounds.BEGIN, state="waiting")
    assert await number(chat, rounds) == 1


async def test_a_part_that_is_done_twice_tells_nobody_twice(chat: Chat, wang: Somebody) -> None:
    """Whether the first time came to its end or broke off."""
    await new(chat)
    await chat.move_to(TUESDAY)
    for broken in (True, False, False):
        await _sends(chat, broken)
        told = select(func.count(Outgoing.id)).where(Outgoing.key.startswith("push:"))
        assert await number(chat, told) == (0 if broken else 1)
    await chat.move_to(TUESDAY + 2 * MINUTES)
    assert len(packs(wang)) == 1
    assert await number(chat, select(func.count(WeeklyPack.id)).filter_by(people=1)) == 1


async def test_a_round_that_is_begun_twice_gives_out_nothing_untold(
    chat: Chat, wang: Somebody
) -> None:
    """Both have chosen before one of them tells: the other chooses anew, and finds nobody."""
    await new(chat, 7)
    await chat.move_to(TUESDAY)
    now, data = chat.clock.now() + MINUTES, chat.programme.application.bot_data
    aside = Aside(chat.programme.database, now, data, lambda: None)
    for chosen in [await jobs.choosing(aside, "2026-11-24") for _ in range(2)]:
        async with chat.programme.database.writing() as connection:
            work = Work(connection, now, "test", data=data)
            await jobs.send(work, chosen, "2026-11-24")
            await work.finish()
    await chat.move_to(TUESDAY + 3 * MINUTES)
    pushed = select(func.count(Offer.id)).filter_by(state="pushed", enterprise_id=OWN_FIRM)
    assert len(packs(wang)) == 1 and await number(chat, pushed) == 5


async def _sends(chat: Chat, broken: bool) -> None:
    now, data = chat.clock.now() + MINUTES, chat.programme.application.bot_data
    aside = Aside(chat.programme.database, now, data, lambda: None)
    chosen = await jobs.choosing(aside, "2026-11-24")
    async with chat.programme.database.writing() as connection:
        work = Work(connection, now, "test", data=data)
        await jobs.send(work, chosen, "2026-11-24")
        await work.finish()
        if broken:
            await connection.rollback()


async def test_an_administrator_need_not_wait_for_the_hour(
    chat: Chat, wang: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By command: once, and the next comes in its week."""
    await new(chat)
    settings = chat.programme.settings
    monkeypatch.setenv("ZHIQIAO_DATA_DIR", str(settings.data_dir))
    monkeypatch.setattr("commands.Clock", lambda: chat.clock)
    monkeypatch.setattr("commands.shared.Clock", lambda: chat.clock)
    done = await asyncio.to_thread(CliRunner().invoke, cli, ["push"])
    assert "11月23日 周一 09:" in done.output
    for heard in (0, 1, 1):
        await chat.later(MINUTES)
        assert len(packs(wang)) == heard
    await round_of(chat, TUESDAY)
    assert len(packs(wang)) == 1


async def test_many_firms_are_told_part_by_part(
    chat: Chat, wang: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the demo's firms every one gets its pack, and nobody two."""
    monkeypatch.setattr(push_rounds, "PORTION", 4)
    await new(chat)
    await round_of(chat, TUESDAY)
    assert len(packs(wang)) == 1
    told = select(func.count(WeeklyPack.id)).where(WeeklyPack.patents > 0)
    assert await number(chat, told) > 2 * push_rounds.PORTION
    parts = select(func.count(Job.id)).filter_by(kind=push_rounds.SEND, state="done")
    assert await number(chat, parts) > 2


async def test_a_month_of_nothing_is_said_once(chat: Chat, wang: Somebody) -> None:
    """Honestly, with ways on; again only when something has come in between."""
    for weeks in range(4):
        await round_of(chat, TUESDAY + weeks * WEEK)
    assert "不凑数" not in wang.screen
    for weeks in range(4, 7):
        await round_of(chat, TUESDAY + weeks * WEEK)
    assert wang.screen.count("本周没有达到标准的专利，不凑数") == 1
    assert any("补充" in label for label in wang.last.labels)
    await new(chat)
    for weeks in range(7, 13):
        await round_of(chat, TUESDAY + weeks * WEEK)
    assert len(packs(wang)) == 1
    assert wang.screen.count("不凑数") == 2


def test_a_round_is_on_a_working_day_in_decent_hours() -> None:
    """In the holiday week of October it waits for its end; a Saturday that is worked is fine."""
    before = datetime(2026, 9, 29, 10, 0, tzinfo=ZONE)
    assert next_round(before - timedelta(minutes=1)) == before
    assert next_round(before) == datetime(2026, 10, 8, 10, 0, tzinfo=ZONE)
    assert next_round(datetime(2026, 10, 8, 10, 0, tzinfo=ZONE)).date() == date(2026, 10, 13)
    assert decent(before) and not decent(before.replace(hour=18))
    assert next_decent(before.replace(hour=18)) == datetime(2026, 9, 30, 9, 0, tzinfo=ZONE)
    assert next_decent(datetime(2026, 9, 30, 18, 0, tzinfo=ZONE)).date() == date(2026, 10, 8)
    assert next_decent(before.replace(hour=8)) == before.replace(hour=9)


# For the organizer


async def test_the_organizer_sees_the_round_in_figures(chat: Chat, wang: Somebody) -> None:
    organizer = await chat.somebody("组织者", "org")
    await organizer.says("推送情况")
    assert "还没有推送过" in organizer.last
    await new(chat, 2)
    await round_of(chat, TUESDAY)
    await wang.taps("① 不合适")
    await wang.taps("太贵")
    await organizer.says("菜单")
    await organizer.taps("推送情况")
    for words in (
        "收到推送：1 家，共 2 项", "送到：1 人", "说不合适：1 项（太贵 1）", "12月1日 周二 10:00",
        "全库：0/59（0%），从未推过 57",
    ):  # fmt: skip
        assert words in organizer.last


async def test_a_round_on_either_database(
    database: Database, now: datetime, tmp_path: Path
) -> None:
    """Of the demo's firms none has anybody whom we could reach: they are counted, and a month
    later it is noted once that there is nothing."""
    index = PatentIndex(tmp_path / "patents")
    async with database.session() as session:
        await demo.load(session, now - WEEK)
        index.rebuild(await patents.texts(session), "demo")
    shelves: dict[str, Any] = {
        "patents": index,
        "wishes": WishIndex(tmp_path / "wishes", index.corpus),
    }
    shelves["processes"] = Processes()
    since = wish_watch.EVER.isoformat()
    parts: list[tuple[timedelta, Any, Do, dict[str, Any]]] = [
        (timedelta(), jobs.looking, jobs.look, {"since": since}),
        (timedelta(), jobs.choosing, jobs.send, {"round": "2026-11-23"}),
        (timedelta(), None, jobs.quiet, {"round": "2026-11-23"}),
        (6 * WEEK, None, jobs.quiet, {"round": "2027-01-04"}),
        (6 * WEEK, None, jobs.quiet, {"round": "2027-01-04"}),
    ]
    for later, prepare, do, payload in parts:
        aside = Aside(database, now + later, shelves, lambda: None)
        prepared = {"prepared": await prepare(aside, **payload)} if prepare else {}
        async with database.writing() as connection:
            work = Work(connection, now + later, "test", data=shelves)
            await do(work, **prepared, **payload)
            await work.session.execute(update(Job).values(state="done"))
            await work.finish()
    async with database.session() as session:
        firms = await session.scalar(select(func.count(Enterprise.id)))
        full = select(func.count(WeeklyPack.id)).where(WeeklyPack.patents > 0)
        told = await session.scalar(full)
        found = await push_figures.figures(session, now + 7 * WEEK)
    assert found.last is not None and found.last.empty == firms
    assert told and found.whole.patents > found.whole.shown == 0


async def test_processes_tell_what_one_process_tells(
    chat: Chat, wang: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where very many are told they look and choose; the words and the marks are the same."""
    await new(chat, 3)
    monkeypatch.setattr(offers, "MANY", 0)
    monkeypatch.setattr(push_rounds, "MANY", 0)
    monkeypatch.setattr(push_rounds, "PORTION", 1)
    asked, do = list[object](), chat.programme.processes.do

    def counted(function: Any, *arguments: Any) -> Any:
        asked.append(function)
        return do(function, *arguments)

    monkeypatch.setattr(chat.programme.processes, "do", counted)
    await round_of(chat, TUESDAY)
    assert len(packs(wang)) == 1 and "选出 3 项" in wang.last
    given = select(func.count(Offer.id)).filter_by(state="pushed")
    assert await number(chat, given) >= 3
    assert len(asked) >= 3


# In step with needs and library


@pytest.fixture
async def shelves(
    session: AsyncSession, now: datetime, tmp_path: Path
) -> tuple[PatentIndex, WishIndex]:
    await demo.load(session, now - WEEK)
    index = PatentIndex(tmp_path / "patents")
    index.rebuild(await patents.texts(session), "demo")
    return index, WishIndex(tmp_path / "wishes", index.corpus)


async def test_the_library_is_looked_through_in_parts_and_each_change_once(
    session: AsyncSession,
    shelves: tuple[PatentIndex, WishIndex],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the start all of it, then what has changed since; one look waits at any time."""
    monkeypatch.setattr(wish_watch, "PORTION", 25)
    looked = list[int]()
    for patent in (await session.scalars(select(Patent).limit(60))).all():
        patent.updated_at -= timedelta(hours=patent.id % 4)
    await wish_watch.plan(session, now)
    await wish_watch.plan(session, now)
    await wish_watch.patents_changed(session, now)
    for minutes in range(4):
        looked += await _runs_the_look(session, shelves, now + timedelta(minutes=minutes))
    everything = await session.scalar(select(func.count(Patent.id)))
    assert len(looked) == everything == len({*looked})
    assert not await wish_watch.looking(session, now + timedelta(minutes=5))
    later = now + timedelta(hours=2)
    one = (await session.scalars(select(Patent).limit(1))).one()
    one.updated_at = later
    await session.flush()
    assert await _runs_the_look(session, shelves, later) == [one.id]


async def _runs_the_look(
    session: AsyncSession, shelves: tuple[PatentIndex, WishIndex], now: datetime
) -> Sequence[int]:
    """As the runner of jobs does; at which patents it looked."""
    found = select(Job).filter_by(kind=wish_watch.LOOK, state="waiting")
    (look,) = (await session.scalars(found)).all()
    if look.due_at > now:
        return []
    look.state = "done"
    await session.flush()
    return await _looks(session, shelves, now, **look.payload)


async def _looks(
    session: AsyncSession, shelves: tuple[PatentIndex, WishIndex], now: datetime, since: str,
    began: str = "", after: int = 0,
) -> Sequence[int]:  # fmt: skip
    _, wishes = shelves
    began = began or now.isoformat()
    changed = await wish_watch.next_changed(session, since, after)
    if not after:
        await wish_watch.freshen(session, wishes)
    await wish_watch.go_on(session, changed, now, began)
    ids = [id_ for id_, _ in changed]
    met = await offers.fulfilled(session, wishes, ids, Processes())
    await wish_watch.store(session, ids, met, now, began)
    return ids


async def test_a_look_that_failed_goes_on_after_a_restart(
    session: AsyncSession, shelves: tuple[PatentIndex, WishIndex], now: datetime
) -> None:
    """From where it had come to."""
    await wish_watch.plan(session, now)
    found = select(Job.payload).filter_by(kind=wish_watch.LOOK, state="waiting")
    where = (await session.scalars(found)).all()
    await session.execute(update(Job).values(state="failed", attempts=5))
    await wish_watch.plan(session, now + timedelta(minutes=1))
    assert (await session.scalars(found)).all() == where != []


async def test_needs_that_changed_elsewhere_are_found_before_patents_are_held_against_them(
    session: AsyncSession, shelves: tuple[PatentIndex, WishIndex], now: datetime
) -> None:
    """The index of needs is built when it is first wanted, and again when it lags."""
    index, wishes = shelves
    assert wishes.stamp is None
    await wish_watch.freshen(session, wishes)
    standing = wishes.standing
    firm = await session.scalar(select(Enterprise.id).limit(1))
    need = Need(enterprise_id=firm, problem=PROBLEM, modes=[], state="published", created_at=now)
    patent = Patent(
        number="t1", kind="发明", title=MEMBRANE, abstract=MEMBRANE, applicant="某校（演示）",
        status="有效", keywords=[], ipc=[], inventors=[], modes=[], updated_at=now,
    )  # fmt: skip
    session.add_all([need, patent])
    await session.flush()
    index.update(await patents.texts(session, [patent.id]))
    await _looks(session, shelves, now, now.isoformat())
    offered = await session.scalars(select(Offer.patent_id).filter_by(need_id=need.id))
    assert offered.all() == [patent.id]
    assert wishes.stamp is not None and wishes.standing == standing + 1


async def test_only_needs_that_changed_are_read_again(
    session: AsyncSession,
    shelves: tuple[PatentIndex, WishIndex],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever read them here or elsewhere last: one that is new, and one that stands no more."""
    _, wishes = shelves
    firm = await session.scalar(select(Enterprise.id).limit(1))
    told: dict[str, Any] = {
        "enterprise_id": firm,
        "problem": PROBLEM,
        "modes": [],
        "created_at": now,
    }
    old, new = (Need(**told, state=state) for state in ("published", "draft"))
    session.add_all([old, new])
    await session.flush()
    await wish_watch.freshen(session, wishes)
    assert old.id in wishes.ids and new.id not in wishes.ids
    monkeypatch.setattr(offers, "rebuild", None)
    old.state, new.state = "withdrawn", "published"
    for need in (old, new):
        key = f"{need_states.MATCH}:{need.id}"
        await queue.plan(session, need_states.MATCH, key, now, need=need.id)
    await session.flush()
    await wish_watch.freshen(session, wishes)
    assert old.id not in wishes.ids and new.id in wishes.ids


async def test_a_university_hears_what_became_of_its_patents(
    chat: Chat, wang: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its digest, in figures of three firms and more; here of one, to see them."""
    await new(chat, 1, applicant="某校（演示）；另一校")
    await round_of(chat, TUESDAY)
    pack = wang.last
    for _ in range(2):
        await wang.taps("详情", pack)
    await wang.taps("感兴趣", pack)
    await wang.presses(pack, await _refuses(wang))
    for least, echo in ((3, Echo(None, None, None, None)), (1, Echo(1, 2, 1, Counter(dear=1)))):
        monkeypatch.setattr("services.push_echo.LEAST", least)
        async with chat.programme.database.session() as session:
            now = chat.clock.now()
            found = await assessment_digest.digest(
                session, "某校（演示）", TUESDAY.replace(day=1), now
            )
            assert found is not None and not found.spoke
            assert found.echo == echo
            for other, since in (("某校", None), ("某校（演示）", now)):
                assert await assessment_digest.digest(session, other, since, now) is None


async def _refuses(person: Somebody) -> str:
    _, refuse = await a_button(person, "不合适")
    return refuse.replace("refuse", "because") + ":dear"
