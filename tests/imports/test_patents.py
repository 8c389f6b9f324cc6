"""A patent list taken in: new, changed, the same; other owners; taken back within a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, Job, Match, Need, Patent, Person
from preparing import fresh_index
from search.patents import PatentIndex
from services import apart, batches, desk, favourites, industries, patent_import, patents
from services.batches import BatchSettled, BatchUnknown
from services.patent_import import Report
from services.patents import Lost
from tests.imports.sheets import HEADER, OWNER, csv, line, number


async def take(session: AsyncSession, now: datetime, *lines: list[Any], **more: Any) -> Report:
    reading = await apart.read(csv([more.pop("header", HEADER), *lines]), "patents", "清单.csv")
    return await patent_import.take_in(session, "清单.csv", reading, now, **more)


def results(report: Report) -> tuple[int, int, int]:
    return report.results["new"], report.results["changed"], report.results["same"]


async def the(session: AsyncSession, number: str) -> Patent:
    session.expire_all()
    return (await session.scalars(select(Patent).where(Patent.number == number))).one()


async def test_the_same_file_again_changes_nothing(session: AsyncSession, now: datetime) -> None:
    """A second time all is as it was; what a later file leaves empty stays."""
    assert results(await take(session, now, line(1), line(2))) == (2, 0, 0)
    assert results(await take(session, now, line(1), line(2))) == (0, 0, 2)
    changed = await take(session, now, line(1, title="", inventors="演示丙"))
    assert results(changed) == (0, 1, 0)
    patent = await the(session, number(1))
    assert (patent.title, patent.inventors) == ("一种演示装置1", ["演示丙"])


async def test_a_dry_run_writes_nothing(session: AsyncSession, now: datetime) -> None:
    report = await take(session, now, line(1), dry_run=True)
    assert (results(report), report.batch) == ((1, 0, 0), None)
    assert await session.scalar(select(func.count(Patent.id))) == 0


async def test_a_patent_comes_in_whole(session: AsyncSession, now: datetime) -> None:
    """With its shelf, and a month that is known as a month."""
    await industries.load(session)
    header = [*HEADER, "技术领域", "授权公告日", "自评分级", "拟转化方式"]
    await take(
        session, now, [*line(1), "炼化与化工新材料", "2022.5", "A", "开放许可"], header=header
    )
    patent = await the(session, number(1))
    assert (patent.kind, patent.status, patent.tier) == ("发明", "有效", "A")
    assert (patent.granted_on, patent.rough_dates) == (date(2022, 5, 1), ["granted_on"])
    assert (patent.modes, patent.open_licence, patent.applicant) == (["许可"], True, OWNER)
    assert patent.segment_id is not None
    await take(session, now, [*line(1), "", "2022.5.17", "", ""], header=header)
    patent = await the(session, number(1))
    assert (patent.granted_on, patent.rough_dates) == (date(2022, 5, 17), [])
    await take(session, now, [*line(1), "", "2022年5月", "", ""], header=header)
    assert (await the(session, number(1))).granted_on == date(2022, 5, 17)


async def test_lines_of_one_patent_count_once(session: AsyncSession, now: datetime) -> None:
    """Twice the same, twice with another title; two patents of one day and title are two."""
    report = await take(
        session, now, line(1), line(1), line(1, title="另一个名称"),
        line(2, title="一种同日申请"), line(3, number=number(3, 2021, 2), title="一种同日申请"),
    )  # fmt: skip
    actions = [one.action for one in report.lines]
    assert actions == ["import", "duplicate", "duplicate", "import", "warn"]
    assert [p.reason for p in report.problems("duplicate")] == ["doubled", "doubled_otherwise"]
    assert await session.scalar(select(func.count(Patent.id))) == 3


async def test_a_publication_number_becomes_the_patents_own(
    session: AsyncSession, now: datetime
) -> None:
    """Known by its publication at first, by its application number when somebody tells it."""
    header = [*HEADER, "公开号"]
    await take(session, now, [*line(1, number=""), "CN199000001A"], header=header)
    assert (await the(session, "CN199000001A")).publication == "CN199000001A"
    again = await take(session, now, [*line(1), "CN199000001B"], header=header)
    assert results(again) == (0, 1, 0)
    assert (await the(session, number(1))).publication == "CN199000001B"
    older = await take(session, now, [*line(1), "CN199000001A"], header=header)
    assert results(older) == (0, 0, 1)


async def test_nobody_changes_anothers_patent(session: AsyncSession, now: datetime) -> None:
    """A list of one university neither brings another's nor changes it; a short name is its own."""
    await take(session, now, line(1, owner="雪峰农业大学（演示）"))
    theirs = await take(session, now, line(1), line(2), line(3))
    assert [one.action for one in theirs.lines] == ["reject", "import", "import"]
    assert theirs.problems("reject")[0].reason == "other_owner"
    mixed = await take(session, now, line(4), line(5), line(6, owner="雪峰农业大学（演示）"))
    assert [one.action for one in mixed.lines] == ["import", "import", "warn"]
    own = await take(session, now, line(7), line(8, owner="雪峰农业大学（演示）"),
                     line(9, owner="星城工大"), university=OWNER)  # fmt: skip
    assert [one.action for one in own.lines] == ["import", "reject", "import"]


async def test_a_new_patent_needs_a_title(session: AsyncSession, now: datetime) -> None:
    """What is only a number and a status changes what is there, and makes nothing."""
    await take(session, now, line(1))
    report = await take(session, now, [number(1), "视为撤回"], [number(2), "有效"],
                        header=["专利号", "法律状态"])  # fmt: skip
    assert [one.result for one in report.lines] == ["changed", None]
    assert report.problems("reject")[0].reason == "title_missing"
    assert (await the(session, number(1))).status == "已撤回"


async def test_a_batch_is_taken_back(session: AsyncSession, now: datetime) -> None:
    """What it made is gone, what it changed is as before; once, and within a day."""
    await take(session, now, line(1))
    second = await take(session, now, line(1, status="终止", filed="2021.5.6"), line(2))
    assert second.batch is not None
    undone = await batches.undo(session, second.batch, now + timedelta(hours=23))
    assert (undone.removed, undone.restored) == (1, 1)
    patent = await the(session, number(1))
    assert (patent.status, patent.filed_on) == ("有效", date(2021, 3, 4))
    with pytest.raises(BatchUnknown):
        await batches.undo(session, second.batch, now)
    with pytest.raises(BatchSettled):
        await batches.undo(session, 1, now + timedelta(hours=25))


async def test_the_index_follows_by_what_changed(
    session: AsyncSession, now: datetime, tmp_path: Path
) -> None:
    """New, renamed and taken back: what is found is what is there, a withdrawn one too."""
    index = PatentIndex(tmp_path / "index")
    await take(session, now, line(1, title="一种柱塞泵"), line(2, title="一种离心机"))
    await fresh_index(session, index)
    both = index.ids
    assert len(both) == 2
    later = now + timedelta(minutes=1)
    await take(
        session, later, line(2, title="一种离心机", status="撤回"), line(3, title="一种轴承座")
    )
    await fresh_index(session, index)
    found = {hit.id for word in ("柱塞泵", "离心机", "轴承座") for hit in index.search(word, 5)}
    assert found == index.ids == await patents.all_ids(session)
    assert len(found) == 3
    await batches.undo(session, 2, later + timedelta(minutes=1))
    await fresh_index(session, index)
    assert index.ids == both
    assert index.stamp == await patents.stamp(session)


async def test_who_had_a_patent_that_is_gone_is_known(session: AsyncSession, now: datetime) -> None:
    """Whose open need had it, who wanted to talk about it, who kept it, each once; and the batch
    has told the clock."""
    await take(session, now, line(1))
    firm = Enterprise(name="演示有限公司", tags=[], created_at=now)
    session.add(firm)
    await session.flush()
    people = [Person(enterprise_id=firm.id, created_at=now) for _ in range(4)]
    session.add_all(people)
    await session.flush()
    person, asker, keeper, _ = people
    needs = [Need(enterprise_id=firm.id, person_id=person.id, problem="磨损", modes=[],
                  state=state, created_at=now) for state in ("published", "closed")]  # fmt: skip
    session.add_all(needs)
    await session.flush()
    patent = await session.scalar(select(Patent).where(Patent.number == number(1)))
    assert patent is not None
    session.add_all(Match(need_id=need.id, patent_id=patent.id, score=1, coverage=1, terms=[],
                          created_at=now) for need in needs)  # fmt: skip
    for each in (person, asker):
        await desk.ask(session, each.id, "想谈谈", "interest", now, patent_id=patent.id)
    for each in (person, asker, keeper):
        await favourites.keep(session, each.id, patent.id, now)
    assert await patents.lost(session, [patent.id], now) == {}
    await take(session, now, line(1, status="视撤"))
    lost = await patents.lost(session, [patent.id], now)
    told = {each.person_id: each for each in lost.pop(patent)}
    assert not lost
    assert told == {
        person.id: Lost(person.id, needs[0], False),
        asker.id: Lost(asker.id, None, True),
        keeper.id: Lost(keeper.id, None, False),
    }
    assert await session.scalar(select(func.count(Job.id)).filter_by(kind="patents.gone")) == 1


async def test_what_was_said_of_columns_is_kept_by_university(
    session: AsyncSession, now: datetime
) -> None:
    await patent_import.remember(session, OWNER, {"去向": "college"})
    await patent_import.remember(session, OWNER, {"去向": "-"})
    assert await patent_import.remembered(session, OWNER) == {"去向": "-"}
    assert await patent_import.remembered(session, None) == {}
