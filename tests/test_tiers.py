"""Tiers, ends and substitutes: the rules that decide what the library shows of a patent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Favourite, Match, Need, Patent, Person
from search.patents import PatentIndex
from services import favourites, patent_ends, patents, tiers
from tests.conftest import Fill
from tests.databases import demo_data

Add = Callable[..., Patent]


@pytest.fixture
def holding() -> Fill:
    return demo_data


@pytest.fixture
def library(session: AsyncSession) -> AsyncSession:
    return session


@pytest.fixture
def add(session: AsyncSession, now: datetime) -> Add:
    """One more patent in the library."""

    def added(**changes: object) -> Patent:
        values: dict[str, object] = {
            "number": f"2020190009{len(session.new):02}.0", "kind": "发明", "title": "甲",
            "abstract": "乙。", "keywords": [], "ipc": [], "applicant": "某校（演示）",
            "inventors": [], "filed_on": date(2020, 1, 1), "status": "有效", "modes": [],
            "maturity": 8, "open_licence": False, "updated_at": now,
        }  # fmt: skip
        patent = Patent(**values | changes)
        session.add(patent)
        return patent

    return added


# tiers


async def test_every_patent_stands_in_one_tier(library: AsyncSession, now: datetime) -> None:
    """The counts add up to the library, and the pages of the tiers hold what the counts say."""
    counts = await tiers.counts(library, now)
    assert sum(count for _, count in counts) == 60
    for tier, count in counts:
        assert (await patents.by_tier(library, tier.code, 1, now)).total == count > 0


async def test_why_names_the_tier_that_the_list_shows(library: AsyncSession, now: datetime) -> None:
    """The explanation and the counts are the same rule: no patent is told another tier."""
    for tier, _ in await tiers.counts(library, now):
        for patent in (await patents.by_tier(library, tier.code, 1, now)).patents:
            tried = await tiers.why(library, patent.id, now)
            assert tried[-1].tier == tier and tried[-1].fits
            assert not any(before.fits for before in tried[:-1])


async def test_matches_favourites_and_status_move_a_patent_at_once(
    library: AsyncSession, now: datetime
) -> None:
    """Nothing is stored that could be out of date."""
    patent = (await library.scalars(select(Patent).where(Patent.number == "201919000004.X"))).one()

    async def stands() -> str:
        return (await tiers.why(library, patent.id, now))[-1].tier.code

    assert await stands() == "B"
    people = (await library.scalars(select(Person.id).limit(3))).all()
    for person in people:
        await favourites.keep(library, person, patent.id, now)
        await favourites.keep(library, person, patent.id, now)
    assert await library.scalar(select(func.count(Favourite.id))) == 3
    assert await stands() == "A"
    await favourites.let_go(library, people[0], patent.id)
    assert await stands() == "B"
    for need in (await library.scalars(select(Need.id).limit(2))).all():
        library.add(Match(need_id=need, patent_id=patent.id, score=1, coverage=1, terms=[],
                          created_at=now))  # fmt: skip
    await library.flush()
    assert await stands() == "A"
    patent.status = "未缴年费终止"
    await library.flush()
    assert await stands() == "D"


async def test_an_edited_policy_decides(
    library: AsyncSession, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every condition that the file names can be used, alone and together."""
    edited = tiers.read("""
        [[tiers]]
        code = "甲"
        name = "一"
        promotion = "电话"
        [[tiers.rules]]
        kinds = ["实用新型"]
        granted = true
        priced = true
        maturity_from = 8
        maturity_to = 8
        [[tiers.rules]]
        maturity_from = 9
        [[tiers]]
        code = "乙"
        name = "二"
        promotion = "无"
    """)
    monkeypatch.setattr(tiers, "policy", lambda: edited)
    first, rest = (count for _, count in await tiers.counts(library, now))
    utility = Patent.kind == "实用新型"
    wanted = select(func.count(Patent.id)).where(
        (Patent.maturity == 9) | (utility & (Patent.maturity == 8) & Patent.price_low.is_not(None))
    )
    assert first == await library.scalar(wanted)
    assert first > 2
    assert first + rest == 60


HEAD = '[[tiers]]\ncode = "A"\nname = "一"\npromotion = "二"\n'
LAST = '[[tiers]]\ncode = "B"\nname = "一"\npromotion = "二"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tiers = 1", "not"),
        ("[[tiers]\n", "tiers.toml"),
        ("", "tiers"),
        (HEAD.replace("promotion", "promo"), "promotion"),
        (HEAD + LAST, "all tiers but the last have rules"),
        (HEAD + "[[tiers.rules]]\nended = false\n", "the last has none"),
        (HEAD + "[[tiers.rules]]\n" + LAST, "without conditions"),
        (HEAD + "[[tiers.rules]]\nripe = 7\n" + LAST, "unknown condition: ripe"),
        (HEAD + "[[tiers.rules]]\nmaturity_from = true\n" + LAST, "maturity_from must be int"),
        (HEAD + "[[tiers.rules]]\nended = 1\n" + LAST, "ended must be bool"),
        (HEAD + "[[tiers.rules]]\nended = true\n" + LAST.replace('"B"', '"A"'), "the same code"),
    ],
)
def test_a_policy_that_is_none_says_where(text: str, said: str) -> None:
    with pytest.raises(tiers.PolicyWrong, match=said):
        tiers.read(text)


# how a patent ends


@pytest.mark.parametrize(
    ("status", "end"),
    [
        ("有效", None),
        ("授权", None),
        ("实审", None),
        ("权利人撤回", "withdrawn"),
        ("申请视为撤回", "withdrawn"),
        ("未缴年费专利权终止", "expired"),
        ("专利权全部无效", "expired"),
        ("期限届满", "expired"),
        ("失效", "expired"),
        ("已独占许可", "licensed"),
    ],
)
async def test_the_words_of_a_status_say_how_a_patent_ended(
    session: AsyncSession, add: Add, now: datetime, status: str, end: str | None
) -> None:
    patent = add(status=status)
    await session.flush()
    assert (await patent_ends.ended(session, [patent], now)).get(patent.id) == end


@pytest.mark.parametrize(
    ("kind", "filed", "last"),
    [
        ("发明", date(2006, 12, 1), date(2026, 11, 30)),
        ("发明专利", date(2006, 12, 1), date(2026, 11, 30)),
        ("实用新型", date(2016, 12, 1), date(2026, 11, 30)),
        ("外观设计", date(2021, 5, 31), date(2031, 5, 30)),
        ("外观设计", date(2021, 6, 1), date(2036, 5, 31)),
        ("实用新型", date(2016, 2, 29), date(2026, 2, 27)),
    ],
)
async def test_a_patent_ends_with_its_years_whatever_its_list_says(
    session: AsyncSession, add: Add, kind: str, filed: date, last: date
) -> None:
    """Twenty years, ten, and for designs what the law was on the day of filing."""
    patent = add(kind=kind, filed_on=filed)
    await session.flush()
    noon = datetime.fromisoformat(f"{last}T12:00+08:00")
    assert await patent_ends.ended(session, [patent], noon) == {}
    later = await patent_ends.ended(session, [patent], noon + timedelta(days=2))
    assert later == {patent.id: "expired"}


# what there is instead


async def test_substitutes_can_be_had_and_stand_on_the_same_shelf(
    library: AsyncSession, now: datetime, tmp_path: Path
) -> None:
    """Three at most, the nearest first, never one that ended itself; none where there is none."""
    index = PatentIndex(tmp_path / "index")
    index.rebuild(await patents.texts(library), await patents.stamp(library))
    for patent in await library.scalars(select(Patent)):
        others = await patent_ends.instead_of(library, index, patent, now)
        assert len(others) <= 3
        assert patent.id not in [other.id for other in others]
        assert {other.segment_id for other in others} <= {patent.segment_id}
        assert await patent_ends.ended(library, others, now) == {}
    slipper = (await library.scalars(select(Patent).where(Patent.number == "201919000020.9"))).one()
    await library.execute(update(Patent).values(segment_id=slipper.segment_id))
    index.rebuild(await patents.texts(library), await patents.stamp(library))
    await library.refresh(slipper)
    others = await patent_ends.instead_of(library, index, slipper, now)
    assert len(others) == 3
    assert "激光" in others[0].title  # like the slipper's surface
    await library.execute(update(Patent).values(status="失效"))
    assert await patent_ends.instead_of(library, index, slipper, now) == []
