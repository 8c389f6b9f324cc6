"""Needs belong to the enterprise; nobody else reads them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations import need_sentences
from db.models import Audit, Enterprise, File, Need, Person
from pipeline import words
from services import (
    demo,
    files,
    need_chasing,
    need_quality,
    need_review,
    need_states,
    needs,
    working_time,
)
from services.needs import (
    NeedAnswers,
    NeedCard,
    NotRegistered,
    NotYours,
    get_for,
    of_enterprise,
    post,
)

ANSWERS = NeedAnswers(
    problem="柱塞泵滑靴磨损快",
    target="寿命翻倍",
    budget_low=300_000,
    budget_high=500_000,
    wanted_by=date(2027, 3, 1),
    modes=["许可"],
)


@dataclass
class People:
    hua: Person
    rui: Person
    stranger: Person
    nobody: Person


@pytest.fixture
async def people(session: AsyncSession, now: datetime) -> People:
    """Two colleagues, somebody of another firm, and somebody of none."""
    firms = [Enterprise(name=f"演示{i}", tags=[], created_at=now) for i in range(2)]
    session.add_all(firms)
    await session.flush()
    of = [firms[0].id, firms[0].id, firms[1].id, None]
    rows = [Person(enterprise_id=firm, created_at=now) for firm in of]
    session.add_all(rows)
    await session.flush()
    return People(*rows)


async def test_a_need_keeps_what_was_said(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """Every answer is in the row, and the need waits for review."""
    posted = await post(session, people.hua, ANSWERS, now)
    await session.refresh(posted)
    assert {key: getattr(posted, key) for key in vars(ANSWERS)} == vars(ANSWERS)
    assert (posted.enterprise_id, posted.person_id) == (people.hua.enterprise_id, people.hua.id)
    assert (posted.state, posted.created_at, posted.demo) == ("review", now, False)


async def test_only_who_acts_for_a_firm_posts(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """A person without a firm is asked to register first, and nothing is stored."""
    with pytest.raises(NotRegistered) as refusal:
        await post(session, people.nobody, ANSWERS, now)
    assert not await session.scalar(select(func.count(Need.id)))
    assert words.render(f"refused/{refusal.value.code}").rows


async def test_the_same_need_twice_is_one_need(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """Submitting twice posts once; once it is closed, the same words are a new need."""
    first = await post(session, people.hua, ANSWERS, now)
    assert (await post(session, people.hua, ANSWERS, now)).id == first.id
    first.state = "closed"
    assert (await post(session, people.hua, ANSWERS, now)).id != first.id


async def test_colleagues_read_the_firms_needs_newest_first(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """What one person posts the whole firm sees, and no other."""
    old = await post(session, people.hua, ANSWERS, now)
    new = await post(
        session, people.rui, replace(ANSWERS, problem="泄漏"), now + timedelta(hours=1)
    )
    await post(session, people.stranger, ANSWERS, now)
    assert people.hua.enterprise_id is not None
    found = await of_enterprise(session, people.hua.enterprise_id)
    assert [need.id for need in found] == [new.id, old.id]
    assert (await get_for(session, people.rui, old.id)).id == old.id


@pytest.mark.parametrize("who", ["stranger", "nobody"])
async def test_another_firms_need_is_refused(
    session: AsyncSession, people: People, now: datetime, who: str
) -> None:
    """A forged id and one that never was get the same answer."""
    need = await post(session, people.hua, ANSWERS, now)
    for need_id in (need.id, need.id + 1000):
        with pytest.raises(NotYours) as refusal:
            await get_for(session, getattr(people, who), need_id)
        assert ANSWERS.problem not in words.render(f"needs/refused/{refusal.value.code}").text


async def test_the_messages_say_number_and_next_step(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """A firm that posted reads the number, when somebody calls, and finds its need again."""
    need = await post(session, people.hua, ANSWERS, now)
    card = await needs.card(session, need)
    posted = words.render("needs/posted", card=card)
    assert str(need.id) in posted.text
    assert "1 个工作日" in posted.text
    assert posted.rows[-1][0]["callback_data"] == "needs.mine"
    shown = words.render("needs/show", card=card, now=now).text
    assert "30万元至50万元" in shown
    assert "2027年3月1日" in shown
    assert "合作方式：许可" in shown
    listed = words.render("needs/list", needs=[need])
    assert listed.rows[0][0]["callback_data"] == f"needs.show:{need.id}"
    assert words.render("needs/list", needs=[]).rows


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(None, None, None), (0, 500_000, "50万元以内"), (500_000, None, "50万元以上")],
)
def test_an_open_budget_is_said_as_it_was_meant(
    low: int | None, high: int | None, said: str | None, now: datetime
) -> None:
    """No budget is no line; an open end is not filled with a number."""
    need = Need(id=1, problem="x", target=None, budget_low=low, budget_high=high, modes=[])
    need.wanted_by, need.state, need.created_at = None, "published", now
    card = NeedCard(need, None, 0, 0)
    text = words.render("needs/show", card=card, now=now).text
    assert (said in text) if said else ("预算" not in text)


# what a machine sees first


@pytest.mark.parametrize(
    "problem",
    ["要先进技术", "提高效率", "需要好的技术", "想找新技术升级产品", "解决生产问题", "技术合作",
     "我们想找一些先进的技术，提升产品质量"],
)  # fmt: skip
def test_a_need_that_says_nothing_is_vague(problem: str) -> None:
    assert need_quality.vague(problem)


async def test_no_need_of_the_demo_is_vague_and_no_two_are_alike(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """Real trouble is never turned away for its words, nor taken for another's."""
    firms = json.loads((demo.FILES / "enterprises.json").read_text(encoding="utf-8"))["enterprises"]
    problems = [need["problem"] for firm in firms for need in firm["needs"]]
    assert len(problems) == 25
    assert [problem for problem in problems if need_quality.vague(problem)] == []
    for problem in problems:
        await needs.check_not_doubled(session, people.hua, problem, now)
        await post(session, people.hua, NeedAnswers(problem=problem), now)


@pytest.mark.parametrize(
    ("problem", "alike"),
    [
        ("柱塞泵的滑靴磨得太快，找涂层技术", True),
        ("滑靴磨损太快", True),
        ("柱塞泵泄漏严重，想找密封技术", False),
        ("茶叶色选精度不够", False),
    ],
)
async def test_the_same_trouble_in_other_words_is_noticed(
    session: AsyncSession, people: People, now: datetime, problem: str, alike: bool
) -> None:
    """By a colleague three days later; a need that is over is in nobody's way."""
    first = await post(
        session, people.hua, replace(ANSWERS, problem="柱塞泵滑靴磨损快，想找表面处理技术"), now
    )
    later = now + timedelta(days=3)
    if not alike:
        await needs.check_not_doubled(session, people.rui, problem, later)
        return
    with pytest.raises(needs.LooksDoubled) as refusal:
        await needs.check_not_doubled(session, people.rui, problem, later)
    assert refusal.value.facts == {"need": first, "days": 3, "own": False}
    await needs.check_not_doubled(session, people.stranger, problem, later)
    await needs.end(session, people.hua, first.id, "solved", later)
    await needs.check_not_doubled(session, people.rui, problem, later)


def test_secrets_are_found_however_they_are_written() -> None:
    assert need_quality.secrets("把 源代码 和图纸给你", None, "配方保密") == [
        "配方",
        "图纸",
        "源代码",
    ]
    assert need_quality.secrets("滑靴磨损快") == []


# its life


async def test_a_need_goes_its_way_and_no_other(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """Review, returned, review, published, met, solved; a step that is not due is refused."""
    need = await post(session, people.hua, ANSWERS, now)
    assert need.promised_at == working_time.due(now)
    with pytest.raises(need_states.NeedMoved):
        await need_review.met(session, people.rui.id, need.id, now)
    with pytest.raises(need_states.NeedMoved):
        await need_review.answer(session, people.hua, need.id, "不问自答", now)
    await need_review.send_back(session, people.stranger.id, need.id, "多少？", now)
    with pytest.raises(need_states.NeedMoved):
        await need_review.publish(session, people.stranger.id, need.id, now)
    with pytest.raises(NotYours):
        await need_review.answer(session, people.stranger, need.id, "不是我的", now)
    await need_review.answer(session, people.rui, need.id, "0.2 毫米", now)
    with pytest.raises(need_states.NeedMoved):
        await need_review.answer(session, people.hua, need.id, "再答一次", now)
    need = await need_review.publish(session, people.stranger.id, need.id, now)
    assert (need.state, need.handled_at, need.chase_at) == (
        "published", now, now + timedelta(days=90)
    )  # fmt: skip
    await need_review.met(session, people.stranger.id, need.id, now)
    for _ in range(2):
        assert (await needs.end(session, people.hua, need.id, "solved", now)).state == "solved"
    with pytest.raises(need_states.NeedUnknown):
        await need_review.publish(session, people.stranger.id, 404, now)
    moves = select(Audit.after).where(Audit.what == "need.moved").order_by(Audit.id)
    assert list(await session.scalars(moves)) == [
        "returned", "review", "published", "met", "solved",
    ]  # fmt: skip


async def test_a_chase_comes_when_it_is_due_and_once(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """Asking at the same moment again finds nothing; a need under review is never chased."""
    asked = await post(session, people.hua, ANSWERS, now)
    await post(session, people.hua, replace(ANSWERS, problem="泄漏"), now)
    await need_review.send_back(session, people.rui.id, asked.id, "多少？", now)
    week = timedelta(days=7)
    assert await need_chasing.due(session, now + week - timedelta(seconds=1)) == []
    for moment, kind in ((now + week, "answer"), (now + 2 * week, "parked")):
        assert [chase.kind for chase in await need_chasing.due(session, moment)] == [kind]
        assert await need_chasing.due(session, moment) == []
    assert asked.state == "parked"


async def test_who_left_the_firm_hears_no_more_of_its_needs(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """Whoever joined a need follows it as a colleague, not for life; joining twice is once."""
    need = await post(session, people.hua, ANSWERS, now)
    for _ in range(2):
        await needs.follow(session, people.rui, need.id, "也磨得快", now)
    await needs.follow(session, people.hua, need.id, "还是磨", now)
    with pytest.raises(NotYours):
        await needs.follow(session, people.stranger, need.id, "我也", now)
    assert await needs.watchers(session, need) == [people.hua.id, people.rui.id]
    people.rui.enterprise_id = people.stranger.enterprise_id
    assert await needs.watchers(session, need) == [people.hua.id]


async def test_files_are_kept_once_with_each_thing_they_are_about(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """The same file twice is one; sent with something else, too, it is kept for both."""
    need = await post(session, people.hua, ANSWERS, now)
    photo = await files.store(session, "磨损.jpg", "image/jpeg", b"x", now)
    paper = await files.store(session, "a.pdf", "application/pdf", b"y", now)
    for _ in range(2):
        await files.belong(session, [photo, paper], f"need:{need.id}")
    await files.belong(session, [paper], "ticket:9")
    assert (await needs.card(session, need)).files == 2
    assert await files.of(session, f"need:{need.id}") == [
        (photo, "send_photo"),
        (paper, "send_document"),
    ]
    assert await files.count(session, "ticket:9") == 1


async def test_the_file_that_two_people_send_is_kept_for_each(
    session: AsyncSession, people: People, now: datetime
) -> None:
    """A network names it alike for both; what one of them has deleted the other still has."""
    first = await files.store(session, "名单.csv", "text/csv", b"x", now, chat_id=1)
    token = (await session.get_one(File, first)).token
    assert await files.received(session, token, 1) == first
    second = await files.received(session, token, 2)
    assert second not in (None, first)
    assert await files.received(session, token, 2) == second
    await session.delete(await session.get_one(File, first))
    assert await files.received(session, token, 2) == second
    assert await files.received(session, token, 1) is None


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("上次那个需求预算写错了，改成80万", {"field": "budget", "value": "80万"}),
        ("那个需求不是50万，是15万", {"value": "15万"}),
        ("需求里加一条要求省内高校优先", {"field": "more", "value": "要求省内高校优先"}),
        ("需求里补一条，要求省内的", {"field": "more", "value": "要求省内的"}),
        ("把那条需求的期限改到明年6月", {"field": "wanted_by", "value": "明年6月"}),
        ("轴承那个需求，时间宽限到明年", {"field": "wanted_by", "value": "明年"}),
        ("需求给改成不公开", {"field": "visibility", "value": "anonymous"}),
        ("我想把需求里的公司名隐掉", {"field": "visibility", "value": "anonymous"}),
        ("需求名称改成高温密封", {"field": "problem", "value": "高温密封"}),
        ("需求指标写少了一个", {"field": "target"}),
        ("改需求", {}),
    ],
)
def test_a_sentence_says_which_field_becomes_what(said: str, read: dict[str, str]) -> None:
    """As much as it says; the rest is asked."""
    assert need_sentences.change(said) == read


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("那个需求已经解决了，下架吧", "solved"),
        ("跟中南谈成了，那个需求可以下了", "solved"),
        ("需求不用了", "closed"),
        ("项目黄了，需求不用了", "closed"),
        ("关闭需求", None),
    ],
)
def test_a_sentence_says_how_a_need_ended(said: str, outcome: str | None) -> None:
    assert need_sentences.ending(said) == outcome


@pytest.mark.parametrize(
    ("said", "told", "problem"),
    [
        (
            "黄瓜老是烂根，打药也压不住，想找不伤苗的法子",
            "黄瓜老是烂根",
            "黄瓜老是烂根，打药也压不住，想找不伤苗的法子",
        ),
        ("想找一种低温固化的胶，要耐水，预算20万以内", "低温固化的胶", "低温固化的胶，要耐水"),
        (
            "磨床一开起来整栋楼都嗡嗡震，邻居天天投诉",
            None,
            "磨床一开起来整栋楼都嗡嗡震，邻居天天投诉",
        ),
        ("帮我登一条：玻璃瓶冷端喷涂不匀，预算20万以内", None, "帮我登一条：玻璃瓶冷端喷涂不匀"),
        ("有个技术上的事想请高校帮忙", None, None),
        ("tijiao xuqiu", None, None),
        ("我想发个技术需求", None, None),
    ],
)
def test_a_sentence_that_opens_a_need_tells_its_whole_problem(
    said: str, told: str | None, problem: str | None
) -> None:
    """What is picked out of it as the problem is where it begins, and no sum or day is in it."""
    slots = {"budget": "20万以内"} | ({"problem": told} if told else {})
    assert need_sentences.problem(said, slots) == problem
