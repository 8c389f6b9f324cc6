"""New patents reach the firms that wait for them, each once, with its reason; or nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, EnterpriseSegment, Need, Offer, Patent, Person, Segment
from processes import Processes
from search.patents import PUSH_COVERAGE, PatentIndex
from search.wishes import WishIndex
from services import demo, matching, offers, patents, push_firms, push_reasons, push_week, pushes
from services.need_states import CLOSED
from services.pushes import Pack, ReasonUnknown, refuse
from tests.conftest import NOW, Fill

WEEK = timedelta(days=7)


@dataclass
class Programme:
    """The demo's library and needs, both searchable, a week after everything was new."""

    session: AsyncSession
    index: PatentIndex
    wishes: WishIndex
    now: datetime

    async def new_patent(self, title: str, **facts: object) -> Patent:
        number = await self.session.scalar(select(Patent.id).order_by(Patent.id.desc()).limit(1))
        told = {"applicant": "某校（演示）", "status": "有效", "abstract": title, **facts}
        patent = Patent(
            number=f"t{number}", kind="发明", title=title, keywords=[], ipc=[], inventors=[],
            modes=[], updated_at=self.now, **told,
        )  # fmt: skip
        self.session.add(patent)
        await self.session.flush()
        await self.changed(patent)
        return patent

    async def changed(self, *changed: Patent) -> int:
        """The index is brought up to date, and all needs are asked."""
        await self.session.flush()
        ids = [patent.id for patent in changed]
        self.index.update(await patents.texts(self.session, ids))
        return await self.look(ids)

    async def look(self, ids: Sequence[int]) -> int:
        """How many offers there are more."""
        before = await self.offers()
        met = await offers.fulfilled(self.session, self.wishes, ids, Processes())
        await offers.changed(self.session, ids, met, self.now)
        return await self.offers() - before

    async def offers(self, need: Need | None = None) -> int:
        which = [] if need is None else [Offer.need_id == need.id, Offer.state == "waiting"]
        return await self.session.scalar(select(func.count(Offer.id)).where(*which)) or 0

    async def need_changed(self, need: Need) -> int:
        """How many offers wait for it."""
        await self.session.flush()
        await offers.need_changed(self.session, self.index, self.wishes, need.id, self.now)
        return await self.offers(need)

    async def packs(self, weeks: int = 0) -> dict[int, Pack]:
        """By firm what is given out in so many weeks."""
        now = self.now + weeks * WEEK
        week = await push_week.read(self.session, now)
        firms = await push_firms.due(self.session, 0, None, now)
        packs = await pushes.chosen(self.session, week, firms, now)
        await pushes.give(self.session, pushes.given(packs), now)
        return {pack.enterprise_id: pack for pack in packs}

    async def titles(self, need: Need, weeks: int = 0) -> list[str]:
        pack = (await self.packs(weeks)).get(need.enterprise_id)
        return [item.patent.title for item in pack.items] if pack else []


async def demo_data(session: AsyncSession) -> None:
    await demo.load(session, NOW - 2 * WEEK)


@pytest.fixture
def holding() -> Fill:
    return demo_data


@pytest.fixture
async def programme(session: AsyncSession, now: datetime, tmp_path: Path) -> Programme:
    index = PatentIndex(tmp_path / "patents")
    index.rebuild(await patents.texts(session), "demo")
    wishes = WishIndex(tmp_path / "wishes", index.corpus)
    await offers.rebuild(session, wishes, "1")
    return Programme(session, index, wishes, now)


@pytest.fixture
async def pump(programme: Programme) -> Need:
    """The need of a firm that makes plunger pumps."""
    found = select(Need).where(Need.problem.contains("柱塞泵"))
    need = (await programme.session.scalars(found)).one()
    need.problem, need.target = "高压柱塞泵滑靴磨损", None
    await programme.need_changed(need)
    await programme.packs()
    programme.now += WEEK
    return need


SLIPPER = "高压柱塞泵滑靴磨损修复方法"


# From both sides


async def test_a_new_patent_finds_the_need_it_fulfils(programme: Programme, pump: Need) -> None:
    """The firm is told which of its needs, and in which words; nobody else hears of it."""
    patent = await programme.new_patent(SLIPPER)
    (pack,) = (await programme.packs()).values()
    (item,) = pack.items
    assert (pack.enterprise_id, item.patent.id) == (pump.enterprise_id, patent.id)
    assert item.need is not None
    assert item.need.id == pump.id
    assert item.terms == ["高压柱塞泵滑靴磨损"]
    assert pack.people


async def test_a_new_need_finds_all_patents_that_fulfil_it(
    programme: Programme, pump: Need
) -> None:
    """Also those that were there before it, but for what was shown when it was posted."""
    for number in range(3):
        await programme.new_patent(f"{SLIPPER}{number}")
    twin = Need(
        enterprise_id=pump.enterprise_id + 1, problem=pump.problem, modes=[], state="published",
        created_at=programme.now,
    )  # fmt: skip
    programme.session.add(twin)
    await programme.session.flush()
    seen = await matching.match_need(
        programme.session, programme.index, twin, programme.now, limit=1
    )
    assert await programme.need_changed(twin) >= 2
    found = await programme.titles(twin)
    assert len(found) >= 2
    assert seen[0].patent.title not in found


async def test_both_sides_find_the_same(programme: Programme) -> None:
    """Whether the patent or the need came last makes no difference."""
    needs = (await programme.session.scalars(select(Need))).all()
    for need in needs:
        await programme.need_changed(need)
    by_needs = await _waiting(programme)
    every = range(1, 40_000)  # more than a database takes in one statement
    await programme.look(every)
    assert await _waiting(programme) == by_needs
    assert len(by_needs) >= 3


async def _waiting(programme: Programme) -> set[tuple[int | None, int]]:
    rows = await programme.session.execute(select(Offer.need_id, Offer.patent_id))
    return {(need, patent) for need, patent in rows}


async def test_nothing_below_the_gate_is_offered(programme: Programme, pump: Need) -> None:
    """A patent that shares a word or two stays where it is, and an empty week gives no pack."""
    await programme.new_patent("一种高压开关柜")
    await programme.new_patent("滑靴销售方法")
    assert await programme.packs() == {}
    assert all(
        share >= PUSH_COVERAGE for share in await programme.session.scalars(select(Offer.coverage))
    )


async def test_what_a_patent_no_longer_says_is_taken_back(programme: Programme, pump: Need) -> None:
    """A corrected patent is matched anew before anybody was told."""
    patent = await programme.new_patent(SLIPPER)
    patent.title = patent.abstract = "一种稻谷烘干机"
    await programme.changed(patent)
    assert await programme.packs() == {}
    patent.title = SLIPPER
    await programme.changed(patent)
    assert await programme.titles(pump) == [SLIPPER]


async def test_a_need_that_ended_asks_for_nothing(programme: Programme, pump: Need) -> None:
    """What waited for it is taken back, and new patents pass it by."""
    await programme.new_patent(SLIPPER)
    pump.state = CLOSED
    assert await programme.need_changed(pump) == 0
    await programme.new_patent(f"{SLIPPER}二")
    assert await programme.packs() == {}


async def test_a_need_that_lags_in_the_index_is_not_offered_anything(
    programme: Programme, pump: Need
) -> None:
    """The database decides what stands open."""
    pump.state = CLOSED
    await programme.new_patent(SLIPPER)
    assert await programme.packs() == {}


# A week's pack


async def test_five_at_most_and_each_once(programme: Programme, pump: Need) -> None:
    """Seven patents come in two weeks, and then nothing; nothing twice in one week."""
    for number in range(7):
        await programme.new_patent(f"{SLIPPER}{number}")
    first = await programme.titles(pump)
    assert await programme.titles(pump) == []
    second = await programme.titles(pump, weeks=1)
    assert (len(first), len(second)) == (5, 2)
    assert len({*first, *second}) == 7
    assert await programme.titles(pump, weeks=2) == []


@pytest.mark.parametrize("status", ["终止", "驳回失效", "已独占许可"])
async def test_what_cannot_be_had_is_not_offered(
    programme: Programme, pump: Need, status: str
) -> None:
    """Lapsed, withdrawn or sold: not even what already waits."""
    patent = await programme.new_patent(SLIPPER)
    patent.status = status
    assert await programme.titles(pump) == []


async def test_more_firms_need_no_more_questions(programme: Programme, pump: Need) -> None:
    """What the packs of hundreds are made from is read at once."""
    await programme.new_patent(SLIPPER)
    asked: list[str] = []
    event.listen(
        programme.session.get_bind(), "before_cursor_execute", lambda *told: asked.append(told[2])
    )
    few = len(await programme.packs()), sum(said.startswith("SELECT") for said in asked)
    for number in range(20):
        firm = Enterprise(name=f"乙{number}（演示）", tags=[], created_at=programme.now)
        programme.session.add(firm)
        await programme.session.flush()
        programme.session.add(Person(enterprise_id=firm.id, created_at=programme.now))
        programme.session.add(_need(firm, pump.problem, programme.now))
    await programme.session.flush()
    await offers.rebuild(programme.session, programme.wishes, "2")
    await programme.new_patent(f"{SLIPPER}二")
    asked.clear()
    assert len(await programme.packs()) >= few[0] + 19
    assert sum(said.startswith("SELECT") for said in asked) == few[1]


async def test_a_firm_without_people_gets_no_pack(programme: Programme, pump: Need) -> None:
    """There is nobody to tell; it waits for them."""
    await programme.new_patent(SLIPPER)
    people = update(Person).where(Person.enterprise_id == pump.enterprise_id)
    await programme.session.execute(people.values(enterprise_id=None))
    assert await programme.packs() == {}


async def test_a_firm_without_a_need_hears_of_its_segment(programme: Programme, pump: Need) -> None:
    """Only of this week's patents that name what it works in, and why is said."""
    own = select(Segment).join(EnterpriseSegment)
    own = own.where(EnterpriseSegment.enterprise_id == pump.enterprise_id)
    segment = (await programme.session.scalars(own)).one()
    await programme.new_patent("一种密封油缸", segment_id=segment.id)
    await programme.new_patent("一种新装置", segment_id=segment.id)
    pack = (await programme.packs())[pump.enterprise_id]
    (item,) = pack.items
    assert (item.need, item.segment) == (None, segment)
    assert set(item.terms) == {"密封", "油缸"}
    assert await programme.titles(pump, weeks=1) == []


async def test_a_pack_is_seen_again_in_its_order(programme: Programme, pump: Need) -> None:
    """Whatever order of fairness chose it: "the second one" stays the second."""
    own = select(EnterpriseSegment.segment_id)
    own = own.where(EnterpriseSegment.enterprise_id == pump.enterprise_id)
    segment = await programme.session.scalar(own)
    for number in range(6):
        patent = await programme.new_patent(
            "一种密封油缸", segment_id=segment, applicant=f"{number}"
        )
        for firm in {0: [1], 5: [1, 2]}.get(number, []):  # others saw the first one, and the last
            programme.session.add(
                Offer(
                    enterprise_id=pump.enterprise_id + firm, patent_id=patent.id, coverage=1.0,
                    terms=[], state="pushed", seen={}, pushed_at=programme.now,
                    created_at=programme.now,
                )
            )  # fmt: skip
    await programme.session.flush()
    told = (await programme.packs())[pump.enterprise_id].items
    again = await push_reasons.latest(programme.session, pump.enterprise_id)
    assert [item.patent.id for item in told] == [why.item.patent.id for why in again]
    assert len(told) == pushes.PACK


async def test_every_university_is_seen_before_a_popular_patent_repeats(
    programme: Programme, pump: Need
) -> None:
    """Of many that fit, those that few firms saw come first, and no university is left out."""
    firms = [
        Enterprise(name=f"甲{n}（演示）", tags=[], created_at=programme.now) for n in range(12)
    ]
    programme.session.add_all(firms)
    await programme.session.flush()
    for firm in firms:
        programme.session.add(Person(enterprise_id=firm.id, created_at=programme.now))
        programme.session.add(_need(firm, pump.problem, programme.now))
    await programme.session.flush()
    await offers.rebuild(programme.session, programme.wishes, "2")
    for number in range(8):
        await programme.new_patent("高压柱塞泵滑靴磨损", abstract="", applicant="名校（演示）")
        await programme.new_patent(f"高压柱塞泵滑靴磨损新法{number}", applicant=f"校{number % 2}")
    packs = await programme.packs()
    shown = Counter(item.patent.id for pack in packs.values() for item in pack.items)
    whose = Counter(item.patent.applicant for pack in packs.values() for item in pack.items)
    fitting = set(await programme.session.scalars(select(Offer.patent_id)))
    assert len(shown) >= 0.8 * len(fitting - {None})
    assert {"名校（演示）", "校0", "校1"} <= set(whose)
    assert min(whose["校0"], whose["校1"]) >= push_week.LEAST_SHOWN


def _need(firm: Enterprise, problem: str, now: datetime) -> Need:
    return Need(enterprise_id=firm.id, problem=problem, modes=[], state="published", created_at=now)


# What a firm says to it


@pytest.fixture
async def pushed(programme: Programme, pump: Need) -> Patent:
    """What the pump maker was told of this week."""
    patent = await programme.new_patent(SLIPPER, price="35万元", maturity=5)
    assert await programme.titles(pump) == [SLIPPER]
    return patent


@pytest.mark.parametrize("reason", pushes.REASONS)
async def test_a_refused_patent_does_not_come_back_next_week(
    programme: Programme, pump: Need, pushed: Patent, reason: str
) -> None:
    """Whatever the reason; and saying it twice changes nothing."""
    for _ in range(2):
        await refuse(programme.session, pump.enterprise_id, pushed.id, reason, programme.now)
    assert await programme.titles(pump, weeks=1) == []


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("dear", {"price": "2万元"}),
        ("dear", {"price": "3千元/年"}),
        ("dear", {"open_licence": True}),
        ("early", {"maturity": 7}),
    ],
)
async def test_it_comes_back_when_the_reason_is_gone(
    programme: Programme, pump: Need, pushed: Patent, reason: str, change: dict[str, object]
) -> None:
    """Once, at the next pack, with what the firm said last time."""
    await refuse(programme.session, pump.enterprise_id, pushed.id, reason, programme.now)
    for column, value in change.items():
        setattr(pushed, column, value)
    pack = (await programme.packs(1))[pump.enterprise_id]
    assert [(item.patent.id, item.again) for item in pack.items] == [(pushed.id, reason)]
    assert await programme.titles(pump, weeks=2) == []


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("dear", {"price": "40万元"}),
        ("dear", {"price": "面议"}),
        ("dear", {"maturity": 9}),
        ("early", {"price": "1万元"}),
        ("unfit", {"price": "1万元", "maturity": 9, "open_licence": True}),
        ("have", {"price": "1万元", "maturity": 9, "open_licence": True}),
    ],
)
async def test_another_change_brings_nothing_back(
    programme: Programme, pump: Need, pushed: Patent, reason: str, change: dict[str, object]
) -> None:
    """Dearer, by arrangement, or better in what nobody complained of."""
    await refuse(programme.session, pump.enterprise_id, pushed.id, reason, programme.now)
    for column, value in change.items():
        setattr(pushed, column, value)
    assert await programme.titles(pump, weeks=1) == []


async def test_later_is_a_month(programme: Programme, pump: Need, pushed: Patent) -> None:
    """以后再说 brings it back after a month, once."""
    await refuse(programme.session, pump.enterprise_id, pushed.id, "later", programme.now)
    weeks = [await programme.titles(pump, weeks=week) for week in range(1, 7)]
    assert weeks == [[], [], [], [], [SLIPPER], []]


async def test_two_that_do_not_fit_shrink_the_segment(programme: Programme, pump: Need) -> None:
    """The second says which; other segments go on."""
    here, there = (await programme.session.scalars(select(Segment).limit(2))).all()
    first = [await programme.new_patent(f"{SLIPPER}{n}", segment_id=here.id) for n in range(2)]
    assert len(await programme.titles(pump)) == 2
    said = [
        await refuse(programme.session, pump.enterprise_id, each.id, "unfit", programme.now)
        for each in first
    ]
    assert said == [None, here]
    await programme.new_patent(f"{SLIPPER}三", segment_id=here.id)
    await programme.new_patent(f"{SLIPPER}四", segment_id=there.id)
    assert await programme.titles(pump, weeks=1) == [f"{SLIPPER}四"]


async def test_who_has_a_solution_is_offered_no_other(programme: Programme, pump: Need) -> None:
    """What waits for the same need is dropped at once."""
    for number in range(6):
        await programme.new_patent(f"{SLIPPER}{number}")
    (pack,) = (await programme.packs()).values()
    first = pack.items[0].patent.id
    await refuse(programme.session, pump.enterprise_id, first, "have", programme.now)
    assert await programme.titles(pump, weeks=1) == []


async def test_who_did_not_understand_gets_shorter_packs(programme: Programme, pump: Need) -> None:
    """Three instead of five, for a month."""
    for number in range(14):
        await programme.new_patent(f"{SLIPPER}{number}")
    (pack,) = (await programme.packs()).values()
    assert len(pack.items) == pushes.PACK
    first = pack.items[0].patent.id
    await refuse(programme.session, pump.enterprise_id, first, "unclear", programme.now)
    assert len(await programme.titles(pump, weeks=1)) == pushes.PLAIN_PACK
    assert len(await programme.titles(pump, weeks=5)) == pushes.PACK


async def test_what_was_found_by_searching_can_be_refused_too(
    programme: Programme, pump: Need
) -> None:
    """It is not offered afterwards, though no pack ever held it."""
    first: Sequence[Patent] = (await programme.session.scalars(select(Patent).limit(1))).all()
    await refuse(programme.session, pump.enterprise_id, first[0].id, "unfit", programme.now)
    first[0].title = first[0].abstract = SLIPPER
    await programme.changed(*first)
    assert await programme.titles(pump) == []


async def test_a_reason_that_is_none_is_refused(
    programme: Programme, pump: Need, pushed: Patent
) -> None:
    """An old button changes nothing."""
    with pytest.raises(ReasonUnknown):
        await refuse(programme.session, pump.enterprise_id, pushed.id, "boring", programme.now)
