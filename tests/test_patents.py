"""Three taps to a patent, and any way of naming one finds it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Patent, Segment
from pipeline import words
from search.patents import PatentIndex
from services import demo, industries, patent_search, patents, tiers
from services.patents import PatentUnknown, SegmentUnknown


@pytest.fixture
async def index(session: AsyncSession, now: datetime, tmp_path: Path) -> PatentIndex:
    """The demo's library, searchable."""
    await demo.load(session, now)
    index = PatentIndex(tmp_path / "index")
    index.rebuild(await patents.texts(session), await patents.stamp(session))
    return index


Find = Callable[..., Awaitable[patents.Page]]


@pytest.fixture
def find(session: AsyncSession, index: PatentIndex, now: datetime) -> Find:
    async def found(text: str, page: int = 1) -> patents.Page:
        return await patent_search.find(session, index, text, page, now)

    return found


SLIPPER = "一种高压柱塞泵滑靴副表面微织构及加工方法"


NAMES = [
    "201919000020.9",
    "ZL2019190000209",
    "２０１９１９００００２０．９",
    "201919000020",
    "专利号 CN 2019 1 9000020.9",
    "201919000020.8",
    "201919000029.0",
    "20191900020.9",
    "柱塞泵滑靴",
    " 滑靴 微织构 ",
    "CN199000020B",
    "CN199000020A",
    "cn 1990 00020 b",
    "ＣＮ１９９００００２０Ｂ",
    "公告号：CN199000020",
]


async def test_any_way_of_naming_a_patent_finds_it(
    find: Find,
) -> None:
    """By its number in any writing, by a number with one slip, by words."""
    first = {text: [one.title for one in (await find(text)).patents[:1]] for text in NAMES}
    assert first == {text: [SLIPPER] for text in NAMES}


async def test_a_number_with_a_slip_is_said_to_be_near(
    find: Find,
) -> None:
    """A wrong number is never passed off as the right one; the near ones are shown with theirs."""
    right = await find("201919000020.9")
    wrong = await find("201919000020.8")
    assert (right.near, wrong.near) == (False, True)
    assert (
        "201919000020.9"
        in words.render("patents/found", page=wrong, query="…0.8", carried=None).text
    )
    assert (
        "201919000020.9"
        not in words.render("patents/found", page=right, query="…0.9", carried=None).text
    )


async def test_owners_and_inventors_lead_to_their_patents(
    find: Find,
) -> None:
    """A university is found by a part of its name, an inventor by the whole name only."""
    for whose in ("雪峰农业大学", "演示发明人1"):
        found = await find(whose)
        assert found.total > 0
        for patent in found.patents:
            assert whose in patent.applicant or whose in patent.inventors


async def test_what_is_not_there_is_not_found(find: Find) -> None:
    """Nothing is shown rather than junk; wild-cards are plain characters; there is a way on."""
    for text in ("明天天气怎么样", "209912345678.9", "%", "_", '"', "", " "):
        found = await find(text)
        assert (text, found.total, list(found.patents)) == (text, 0, [])
        data = [
            b["callback_data"]
            for row in words.render("patents/not_found", query=text, page=found).rows
            for b in row
        ]
        assert {"needs.post", "patents.browse", "desk.ask"} <= set(data)


async def test_three_taps_lead_to_every_patent(
    session: AsyncSession, index: PatentIndex, now: datetime
) -> None:
    """Industry, segment, patent: the pages of all segments hold the whole library, each once."""
    seen: list[int] = []
    tree = await industries.tree(session)
    assert len(words.numbered(words.render("patents/industries", industries=tree).rows)) == 16
    for node in tree:
        taps = words.numbered(words.render("patents/segments", industry=node, counts={}).rows)
        for segment in node.segments:
            assert f"patents.page:{segment.id}:1" in [tap["callback_data"] for tap in taps]
            page = await patents.by_industry(session, segment.id, 1, now)
            for number in range(1, page.pages + 1):
                page = await patents.by_industry(session, segment.id, number, now)
                seen += [patent.id for patent in page.patents]
    assert sorted(seen) == sorted(await session.scalars(select(Patent.id)))


@pytest.fixture
async def crowded(session: AsyncSession, index: PatentIndex) -> Segment:
    """A segment that all 60 patents stand in."""
    segment = (await session.scalars(select(Segment).limit(1))).one()
    await session.execute(update(Patent).values(segment_id=segment.id))
    return segment


async def test_pages_of_five_turn_both_ways_and_end(
    session: AsyncSession, crowded: Segment, now: datetime
) -> None:
    """Twelve pages, each with the buttons that lead somewhere: what can be had first, by tier, the
    most mature first."""
    seen: list[tuple[bool, int, int]] = []
    places = dict((await session.execute(select(Patent.id, tiers.rank(now)))).all())
    for number in range(1, 13):
        page = await patents.by_industry(session, crowded.id, number, now)
        assert (page.page, page.pages, page.total, len(page.patents)) == (number, 12, 60, 5)
        shown = words.render("patents/list", page=page)
        data = [button["callback_data"] for row in shown.rows for button in row]
        turns = {f"patents.page:{crowded.id}:{n}" for n in (number - 1, number + 1) if 1 <= n <= 12}
        assert {each for each in data if each.startswith("patents.page")} == turns
        seen += [
            (one.id in page.ended, places[one.id], -(one.maturity or 0)) for one in page.patents
        ]
    assert seen == sorted(seen)


async def test_an_old_page_button_shows_the_nearest_page(
    session: AsyncSession, crowded: Segment, now: datetime
) -> None:
    """A library that shrank does not leave a button that leads nowhere."""
    for asked, shown in ((0, 1), (-3, 1), (99, 12)):
        page = await patents.by_industry(session, crowded.id, asked, now)
        assert (asked, page.page) == (asked, shown)


async def test_pages_of_a_search_hold_every_hit_once(
    find: Find,
) -> None:
    """Turning the pages of a search neither repeats nor drops a patent."""
    first = await find("方法")
    seen = [
        patent.id
        for number in range(1, first.pages + 1)
        for patent in (await find("方法", number)).patents
    ]
    assert first.pages > 1
    assert len(seen) == len(set(seen)) == first.total


async def test_a_patent_that_is_gone_is_refused(
    session: AsyncSession, index: PatentIndex, now: datetime
) -> None:
    """An old card or shelf button gets a sentence and a way on, not an error."""
    with pytest.raises(PatentUnknown) as gone:
        await patents.get(session, 10_000)
    with pytest.raises(SegmentUnknown) as moved:
        await patents.by_industry(session, 10_000, 1, now)
    assert words.render(f"refused/{gone.value.code}").rows
    assert words.render(f"patents/refused/{moved.value.code}").rows


async def test_the_stamp_changes_with_the_library(
    session: AsyncSession, index: PatentIndex, now: datetime
) -> None:
    """An index knows that it is out of date after an addition, a change or a removal."""
    stamps = [await patents.stamp(session)]
    assert index.stamp == stamps[0]
    patent = await patents.get(session, 1)
    patent.updated_at = now + timedelta(days=1)
    await session.flush()
    stamps.append(await patents.stamp(session))
    await session.delete(patent)
    await session.flush()
    stamps.append(await patents.stamp(session))
    await demo.remove(session)
    stamps.append(await patents.stamp(session))
    assert len(set(stamps)) == 4


async def test_an_empty_library_is_searchable(
    session: AsyncSession, now: datetime, tmp_path: Path
) -> None:
    """Before the first import nothing is found, and nothing breaks."""
    index = PatentIndex(tmp_path / "index")
    assert (await patent_search.find(session, index, "轴承", 1, now)).total == 0
    assert await patents.texts(session) == []
    assert await patents.stamp(session)


def card_of(patent: Patent, **changes: Any) -> words.Message:
    card = patents.Card(**{"patent": patent, "end": None, "instead": [], "kept": False} | changes)
    return words.render("patents/card", card=card, role="ent", link=None, why=None, me=1)


async def test_the_card_leads_with_use_and_ends_with_the_number(
    session: AsyncSession, index: PatentIndex
) -> None:
    """What it solves, what that brings, how far it is, what it costs and how it can be had come
    before whose it is, the law and the numbers; the abstract's first sentence where nobody wrote
    what it solves."""
    for patent in await session.scalars(select(Patent)):
        card = card_of(patent)
        text = words.plain(card.text)
        order = [
            patent.title,
            patent.problem or patent.abstract.split("。")[0],
            f"效果：{patent.effect}" if patent.effect else None,
            "成熟度",
            f"价格：{patent.price}",
            f"合作方式：{'、'.join(patent.modes)}",
            f"权利人：{patent.applicant}",
            f"法律状态：{patent.status}",
        ]
        places = [text.index(part or "") for part in [*order, patent.number] if part]
        assert places == sorted(places), text
        assert ("【开放许可】" in text) == patent.open_licence
        assert text.endswith(f"{patent.number} · {patent.publication}")
        assert card.rows[0][0]["callback_data"] == f"patents.interest:{patent.id}"
        assert len(words.numbered(card.rows)) <= 6  # WeCom's most


def test_a_card_says_nothing_that_is_not_known() -> None:
    """A patent with only a number, a title and an owner has a short card, without empty labels."""
    patent = Patent(
        id=1, number="202019000001.9", kind="发明", title="甲<乙>", abstract="", modes=[],
        applicant="某校（演示）", status="实审", filed_on=date(2020, 1, 1), open_licence=False,
    )  # fmt: skip
    card = card_of(patent)
    assert "甲&lt;乙&gt;" in card.text
    unknown = ("成熟度", "价格", "合作方式", "效果", "摘要", "None", "ZL")
    assert all(label not in card.text for label in unknown)
    shown = [button["text"] for button in words.numbered(card.rows)]
    assert shown == ["感兴趣", "评估", "收藏", "对比"]


@pytest.mark.parametrize(
    ("low", "high", "unit", "shown"),
    [
        (350_000, 350_000, None, "35万元"),
        (200_000, 500_000, "年", "20万元至50万元/年"),
        (None, 80_000, None, "8万元以内"),
        (80_000, None, None, "8万元以上"),
        (0, 0, None, "面议"),
        (None, None, None, "面议"),
    ],
)
def test_a_price_is_a_range_in_yuan_or_what_the_owner_wrote(
    low: int | None, high: int | None, unit: str | None, shown: str
) -> None:
    patent = Patent(
        id=1, number="202019000001.9", kind="发明", title="甲", abstract="乙。", modes=[],
        applicant="某校（演示）", status="有效", open_licence=False, price="面议",
        price_low=low, price_high=high, price_unit=unit,
    )  # fmt: skip
    assert f"价格：{shown}\n" in card_of(patent).text


async def test_every_label_fits_a_button(session: AsyncSession, index: PatentIndex) -> None:
    """Titles are cut to what a phone shows; the count of patents is the library's."""
    page = patents.Page((await session.scalars(select(Patent))).all(), 1, 1, 60)
    shown = words.render("patents/found", page=page, query="x", carried=None)
    assert len(shown.rows) == await session.scalar(select(func.count(Patent.id)))
    assert all(len(row[0]["text"]) <= 21 for row in shown.rows)
