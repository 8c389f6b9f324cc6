"""A need meets the patents that solve it, each with its reason; or none, and that is said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Match, Need, Patent, Segment
from pipeline import words
from search.patents import LEADER_COVERAGE, PatentIndex
from services import industries, matching, patents
from tests.conftest import Fill
from tests.databases import demo_data

SHIPPED = Path(__file__).parents[1] / "data" / "demo" / "enterprises.json"


@pytest.fixture
def holding() -> Fill:
    return demo_data


@pytest.fixture
async def index(session: AsyncSession, tmp_path: Path) -> PatentIndex:
    """The demo's library, searchable."""
    index = PatentIndex(tmp_path / "index")
    index.rebuild(await patents.texts(session), await patents.stamp(session))
    return index


async def demo_needs(session: AsyncSession) -> Sequence[Need]:
    return (await session.scalars(select(Need).order_by(Need.id))).all()


async def pump(session: AsyncSession) -> Need:
    return (await session.scalars(select(Need).where(Need.problem.contains("柱塞泵")))).one()


def gold() -> dict[str, dict[str, int]]:
    """By a need's words the patents that solve it (2) or touch it (1)."""
    firms: list[dict[str, Any]] = json.loads(SHIPPED.read_text("utf-8"))["enterprises"]
    return {need["problem"]: need["gold"] for firm in firms for need in firm["needs"]}


async def test_the_demos_needs_find_what_solves_them(
    session: AsyncSession, index: PatentIndex, now: datetime
) -> None:
    """Of 25 needs at least 20 are answered, and no first answer is a wrong one."""
    right, answered, solves = 0, 0, gold()
    for need in await demo_needs(session):
        matched = await matching.match_need(session, index, need, now)
        if matched:
            answered += 1
            right += solves[need.problem].get(matched[0].patent.number, 0) == 2
    assert answered >= 20
    assert right == answered


async def test_every_match_has_its_reason(
    session: AsyncSession, index: PatentIndex, now: datetime
) -> None:
    """Order by score, nothing below the gate, words that both share, the segment only if it is."""
    for need in await demo_needs(session):
        matched = await matching.match_need(session, index, need, now)
        scores = [match.score for match in matched if match.sure]
        assert scores == sorted(scores, reverse=True)
        for match in matched:
            assert match.coverage >= LEADER_COVERAGE or not match.sure
            assert match.terms
            same = match.patent.segment_id == need.segment_id
            assert (match.reason_segment is not None) == same
    shown = words.render(
        "patents/matches", need=need, matches=await _of_pump(session, index, now), refused={}
    )
    assert "命中 柱塞泵滑靴" in shown.text
    assert "同属液压与关键件" in shown.text


async def _of_pump(
    session: AsyncSession, index: PatentIndex, now: datetime
) -> list[matching.Matched]:
    return await matching.match_need(session, index, await pump(session), now)


async def test_matching_twice_leaves_the_same_rows(
    session: AsyncSession, index: PatentIndex, now: datetime
) -> None:
    """A pair is stored once, with the date of its first time and the words of its last."""
    need = await pump(session)
    first = await matching.match_need(session, index, need, now)
    await session.execute(update(Match).values(terms=["旧"]))
    await matching.match_need(session, index, need, now + timedelta(days=1))
    rows = (await session.scalars(select(Match).execution_options(populate_existing=True))).all()
    assert [(row.need_id, row.patent_id) for row in rows] == [
        (need.id, match.patent.id) for match in first if match.sure
    ]
    assert [row.terms for row in rows] == [match.terms for match in first if match.sure]
    assert all(row.created_at == now for row in rows)


async def test_small_bonuses_decide_between_equals(
    session: AsyncSession, index: PatentIndex, now: datetime
) -> None:
    """Of equals the one in the need's segment is first, then the one under open licence."""
    source = (await session.scalars(select(Patent).limit(1))).one()
    here, there = (await session.scalars(select(Segment).order_by(Segment.id).limit(2))).all()
    twins = [
        Patent(
            number=number, kind=source.kind, title="一种超声波空蚀清洗瓶塞装置",
            abstract="空蚀清洗", keywords=[], ipc=[], segment_id=segment.id,
            applicant="某校（演示）", inventors=[], status=source.status, modes=[],
            open_licence=bool(is_open), updated_at=now,
        )
        for number, segment, is_open in zip("abc", [there, there, here], [0, 1, 0], strict=True)
    ]  # fmt: skip
    session.add_all(twins)
    need = await pump(session)
    need.problem, need.target, need.segment_id = "瓶塞空蚀清洗", None, here.id
    await session.flush()
    index.rebuild(await patents.texts(session), await patents.stamp(session))
    matched = await matching.match_need(session, index, need, now)
    assert [match.patent.number for match in matched] == ["c", "b", "a"]
    best = [match.score for match in matched]
    assert best == pytest.approx([1.15, 1.05, 1.0])


async def test_an_answer_is_no_longer_than_asked(
    session: AsyncSession, index: PatentIndex, now: datetime
) -> None:
    """The limit holds, and a shorter answer is the beginning of the longer one."""
    many = await matching.match_text(index, session, "电池", 3, now)
    few = await matching.match_text(index, session, "电池", 1, now)
    assert len(many) == 3
    assert [few[0].patent.id] == [many[0].patent.id]


async def test_no_match_is_an_answer(
    session: AsyncSession, index: PatentIndex, now: datetime
) -> None:
    """Where nothing fits nothing is shown or stored; it is said, and a human is offered."""
    need = await pump(session)
    need.problem, need.segment_id = "想请一支乐队给年会唱歌", None
    assert await matching.match_need(session, index, need, now) == []
    assert not (await session.scalars(select(Match))).all()
    shown = words.render("patents/no_match", need=need, matches=[])
    assert shown.rows[0][0]["callback_data"] == "desk.ask"


async def test_a_patent_that_left_the_library_is_not_shown(
    session: AsyncSession, index: PatentIndex, now: datetime
) -> None:
    """An index that lags behind the database shows nothing that is gone."""
    need = await pump(session)
    (gone, *_) = await matching.match_need(session, index, need, now)
    await session.delete(gone.patent)
    await session.flush()
    left = await matching.match_need(session, index, need, now)
    assert gone.patent.id not in [match.patent.id for match in left]


async def test_a_row_for_scripts_has_stable_keys(
    session: AsyncSession, index: PatentIndex, now: datetime
) -> None:
    """What the command line prints is {q, results: [{number, title, score, reasons}]}."""
    row = matching.as_row("电池", await matching.match_text(index, session, "电池", 2, now))
    assert list(row) == ["q", "results"]
    assert [list(result) for result in row["results"]] == [
        ["number", "title", "score", "reasons"]
    ] * 2
    assert json.loads(json.dumps(row)) == row
    assert matching.as_row("x", []) == {"q": "x", "results": []}


async def test_a_needs_segment_is_guessed_rightly_or_not_at_all(
    session: AsyncSession, index: PatentIndex
) -> None:
    """Of the demo's 25 needs at least 22 are put on their firm's shelf and at most one wrongly."""
    needs = await demo_needs(session)
    guesses = [await industries.guess(session, index, need.problem) for need in needs]
    right = [
        g is not None and g.id == need.segment_id for g, need in zip(guesses, needs, strict=True)
    ]
    assert sum(right) >= 22
    assert len([guess for guess in guesses if guess]) - sum(right) <= 1
    assert await industries.guess(session, index, "") is None
    assert await industries.guess(session, index, "想请一支乐队给年会唱歌") is None
