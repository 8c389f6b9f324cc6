"""Three taps to a patent, and any way of naming one finds it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Patent, Segment
from pipeline import words
from search.patents import PatentIndex
from services import demo, industries, patents
from services.patents import PatentUnknown, SegmentUnknown


@pytest.fixture
async def index(session: AsyncSession, now: datetime, tmp_path: Path) -> PatentIndex:
    """The demo's library, searchable."""
    await demo.load(session, now)
    index = PatentIndex(tmp_path / "index")
    index.rebuild(await patents.texts(session), await patents.stamp(session))
    return index


async def titles(session: AsyncSession, index: PatentIndex, text: str) -> list[str]:
    return [patent.title for patent in (await patents.find(session, index, text, 1)).patents]


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
]


async def test_any_way_of_naming_a_patent_finds_it(
    session: AsyncSession, index: PatentIndex
) -> None:
    """By its number in any writing, by a number with one slip, by words."""
    first = {text: (await titles(session, index, text))[:1] for text in NAMES}
    assert first == {text: [SLIPPER] for text in NAMES}


async def test_a_number_with_a_slip_is_said_to_be_near(
    session: AsyncSession, index: PatentIndex
) -> None:
    """A wrong number is never passed off as the right one; the near ones are shown with theirs."""
    right = await patents.find(session, index, "201919000020.9", 1)
    wrong = await patents.find(session, index, "201919000020.8", 1)
    assert (right.near, wrong.near) == (False, True)
    assert "201919000020.9" in words.render("patents/found", page=wrong, query="…0.8").text
    assert "201919000020.9" not in words.render("patents/found", page=right, query="…0.9").text


async def test_owners_and_inventors_lead_to_their_patents(
    session: AsyncSession, index: PatentIndex
) -> None:
    """A university is found by a part of its name, an inventor by the whole name only."""
    for whose in ("雪峰农业大学", "演示发明人1"):
        found = await patents.find(session, index, whose, 1)
        assert found.total > 0
        for patent in found.patents:
            assert whose in patent.applicant or whose in patent.inventors


async def test_what_is_not_there_is_not_found(session: AsyncSession, index: PatentIndex) -> None:
    """Nothing is shown rather than junk; wild-cards are plain characters; there is a way on."""
    for text in ("明天天气怎么样", "209912345678.9", "%", "_", '"', "", " "):
        found = await patents.find(session, index, text, 1)
        assert (text, found.total, list(found.patents)) == (text, 0, [])
        data = [
            b["callback_data"]
            for row in words.render("patents/not_found", query=text, page=found).rows
            for b in row
        ]
        assert {"needs.post", "patents.browse", "desk.ask"} <= set(data)


async def test_three_taps_lead_to_every_patent(session: AsyncSession, index: PatentIndex) -> None:
    """Industry, segment, patent: the pages of all segments hold the whole library, each once."""
    seen: list[int] = []
    tree = await industries.tree(session)
    assert len(words.numbered(words.render("patents/industries", industries=tree).rows)) == 16
    for node in tree:
        taps = words.numbered(words.render("patents/segments", industry=node).rows)
        for segment in node.segments:
            assert f"patents.page:{segment.id}:1" in [tap["callback_data"] for tap in taps]
            page = await patents.by_industry(session, segment.id, 1)
            for number in range(1, page.pages + 1):
                page = await patents.by_industry(session, segment.id, number)
                seen += [patent.id for patent in page.patents]
    assert sorted(seen) == sorted(await session.scalars(select(Patent.id)))


@pytest.fixture
async def crowded(session: AsyncSession, index: PatentIndex) -> Segment:
    """A segment that all 60 patents stand in."""
    segment = (await session.scalars(select(Segment).limit(1))).one()
    await session.execute(update(Patent).values(segment_id=segment.id))
    return segment


async def test_pages_of_five_turn_both_ways_and_end(
    session: AsyncSession, crowded: Segment
) -> None:
    """Twelve pages, each with the buttons that lead somewhere, the most mature patents first."""
    seen: list[int | None] = []
    for number in range(1, 13):
        page = await patents.by_industry(session, crowded.id, number)
        assert (page.page, page.pages, page.total, len(page.patents)) == (number, 12, 60, 5)
        shown = words.render("patents/list", page=page)
        data = [button["callback_data"] for row in shown.rows for button in row]
        turns = {f"patents.page:{crowded.id}:{n}" for n in (number - 1, number + 1) if 1 <= n <= 12}
        assert {each for each in data if each.startswith("patents.page")} == turns
        seen += [patent.maturity for patent in page.patents]
    assert seen == sorted(seen, key=lambda level: -(level or 0))


async def test_an_old_page_button_shows_the_nearest_page(
    session: AsyncSession, crowded: Segment
) -> None:
    """A library that shrank does not leave a button that leads nowhere."""
    for asked, shown in ((0, 1), (-3, 1), (99, 12)):
        page = await patents.by_industry(session, crowded.id, asked)
        assert (asked, page.page) == (asked, shown)


async def test_pages_of_a_search_hold_every_hit_once(
    session: AsyncSession, index: PatentIndex
) -> None:
    """Turning the pages of a search neither repeats nor drops a patent."""
    first = await patents.find(session, index, "方法", 1)
    seen = [
        patent.id
        for number in range(1, first.pages + 1)
        for patent in (await patents.find(session, index, "方法", number)).patents
    ]
    assert first.pages > 1
    assert len(seen) == len(set(seen)) == first.total


async def test_a_patent_that_is_gone_is_refused(session: AsyncSession, index: PatentIndex) -> None:
    """An old card or shelf button gets a sentence and a way on, not an error."""
    with pytest.raises(PatentUnknown) as gone:
        await patents.get(session, 10_000)
    with pytest.raises(SegmentUnknown) as moved:
        await patents.by_industry(session, 10_000, 1)
    for refusal in (gone.value, moved.value):
        assert words.render(f"patents/refused/{refusal.code}").rows


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


async def test_an_empty_library_is_searchable(session: AsyncSession, tmp_path: Path) -> None:
    """Before the first import nothing is found, and nothing breaks."""
    index = PatentIndex(tmp_path / "index")
    assert (await patents.find(session, index, "轴承", 1)).total == 0
    assert await patents.texts(session) == []
    assert await patents.stamp(session)


async def test_the_card_leads_with_use_and_ends_with_the_number(
    session: AsyncSession, index: PatentIndex
) -> None:
    """What it does, how far it is, what it costs and whose it is come before the number."""
    for patent in await session.scalars(select(Patent)):
        card = words.render("patents/card", patent=patent)
        text = words.plain(card.text)
        order = [
            patent.title,
            patent.abstract,
            "成熟度",
            "、".join(patent.modes),
            patent.price,
            patent.applicant,
            patent.status,
        ]
        places = [text.index(part or "") for part in [*order, patent.number]]
        assert places == sorted(places)
        assert ("开放许可" in text) == patent.open_licence
        assert text.endswith(patent.number)
        assert card.rows[0][0]["callback_data"] == f"patents.interest:{patent.id}"


def test_a_card_says_nothing_that_is_not_known() -> None:
    """A patent with only a number, a title and an owner has a short card, without empty labels."""
    patent = Patent(
        id=1, number="202019000001.9", kind="发明", title="甲<乙>", abstract="", modes=[],
        applicant="某校（演示）", status="实审", filed_on=date(2020, 1, 1), open_licence=False,
    )  # fmt: skip
    card = words.render("patents/card", patent=patent)
    assert "甲&lt;乙&gt;" in card.text
    assert all(label not in card.text for label in ("成熟度", "合作方式", "None", "ZL"))
    assert [button["text"] for button in words.numbered(card.rows)] == ["感兴趣", "评估"]


async def test_every_label_fits_a_button(session: AsyncSession, index: PatentIndex) -> None:
    """Titles are cut to what a phone shows; the count of patents is the library's."""
    page = patents.Page((await session.scalars(select(Patent))).all(), 1, 1, 60)
    shown = words.render("patents/found", page=page, query="x")
    assert len(shown.rows) == await session.scalar(select(func.count(Patent.id)))
    assert all(len(row[0]["text"]) <= 21 for row in shown.rows)
