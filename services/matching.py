"""Patents for a need, each with the reason that a person is told. An empty answer is allowed.

Order: BM25 against the best, with small bonuses. Refusal: the share of the need that the patent
covers, never the mixed score (MATCHING 3.2).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Match, Need, Patent, Segment
from db.upsert import insert
from search.patents import Hit, PatentIndex, worth_listing
from services import patent_ends

CANDIDATES = 30
FEW = 3
SAME_SEGMENT, OPEN_LICENCE = 0.15, 0.05


@dataclass(frozen=True)
class Matched:
    """`terms` are the words both share; `reason_segment` names the segment both stand in. One that
    is not `sure` stands beside a sure one to compare, never alone."""

    patent: Patent
    score: float
    coverage: float
    terms: list[str]
    reason_segment: str | None
    sure: bool = True


async def match_need(
    session: AsyncSession, index: PatentIndex, need: Need, now: datetime, limit: int = 5
) -> list[Matched]:
    """The patents for this need, best first; those that are sure are remembered as its matches.

    Where few are sure, others are shown beside them, so that there are up to FEW to compare.
    """
    segment = await session.get(Segment, need.segment_id) if need.segment_id else None
    text = " ".join(filter(None, [need.problem, need.target]))
    matched = await _match(session, index, text, segment, now, limit)
    sure = [match for match in matched if match.sure]
    if sure:
        await _remember(session, need.id, sure, now)
    return matched[: max(FEW, len(sure))]


async def match_text(
    index: PatentIndex, session: AsyncSession, text: str, limit: int, now: datetime
) -> list[Matched]:
    """The same for a text that nobody posted as a need; nothing is stored."""
    return await _match(session, index, text, None, now, limit)


def as_row(text: str, matched: list[Matched]) -> dict[str, Any]:
    """One line of what the command line prints for scripts."""
    results = [
        {
            "number": match.patent.number,
            "title": match.patent.title,
            "score": round(match.score, 4),
            "reasons": match.terms,
        }
        for match in matched
    ]
    return {"q": text, "results": results}


async def _match(
    session: AsyncSession,
    index: PatentIndex,
    text: str,
    segment: Segment | None,
    now: datetime,
    limit: int,
) -> list[Matched]:
    """Of what can be had."""
    hits = await asyncio.to_thread(index.search, text, CANDIDATES)
    sure = {hit.id for hit in worth_listing(hits)}
    if not sure:
        return []
    best = max(hit.score for hit in hits)
    found = {hit.id: hit for hit in hits}
    available = select(Patent).where(Patent.id.in_(found), patent_ends.end(now).is_(None))
    patents = await session.scalars(available)
    matched = [
        _matched(patent, found[patent.id], best, segment, patent.id in sure) for patent in patents
    ]
    if not any(match.sure for match in matched):
        return []
    listed = [match for match in matched if match.sure or _comparable(match)]
    return sorted(listed, key=lambda match: (not match.sure, -match.score, match.patent.id))[:limit]


def _comparable(match: Matched) -> bool:
    """Worth a look beside a sure one: the same segment, or a whole word in common."""
    return match.reason_segment is not None or any(len(term) > 1 for term in match.terms)


def _matched(patent: Patent, hit: Hit, best: float, segment: Segment | None, sure: bool) -> Matched:
    shared = segment.name if segment and patent.segment_id == segment.id else None
    bonus = SAME_SEGMENT * bool(shared) + OPEN_LICENCE * patent.open_licence
    score = hit.score / best * (1 + bonus)
    return Matched(patent, score, hit.coverage, list(hit.terms), shared, sure)


async def _remember(
    session: AsyncSession, need_id: int, matched: list[Matched], now: datetime
) -> None:
    """One row a pair: matching again renews its score and its words, not its date."""
    rows = [
        {
            "need_id": need_id,
            "patent_id": match.patent.id,
            "score": match.score,
            "coverage": match.coverage,
            "terms": match.terms,
            "created_at": now,
        }
        for match in matched
    ]
    statement = insert(session, Match).values(rows)
    renewed = {name: statement.excluded[name] for name in ("score", "coverage", "terms")}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["need_id", "patent_id"], set_=renewed)
    )
