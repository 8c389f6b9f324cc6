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

CANDIDATES = 30
SAME_SEGMENT, OPEN_LICENCE = 0.15, 0.05


@dataclass(frozen=True)
class Matched:
    """`terms` are the words both share; `reason_segment` names the segment both stand in."""

    patent: Patent
    score: float
    coverage: float
    terms: list[str]
    reason_segment: str | None


async def match_need(
    session: AsyncSession, index: PatentIndex, need: Need, now: datetime, limit: int = 5
) -> list[Matched]:
    """The patents for this need, best first, and remembered as its matches."""
    segment = await session.get(Segment, need.segment_id) if need.segment_id else None
    text = " ".join(filter(None, [need.problem, need.target]))
    matched = await _match(session, index, text, segment, limit)
    if matched:
        await _remember(session, need.id, matched, now)
    return matched


async def match_text(
    index: PatentIndex, session: AsyncSession, text: str, limit: int
) -> list[Matched]:
    """The same for a text that nobody posted as a need; nothing is stored."""
    return await _match(session, index, text, None, limit)


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
    session: AsyncSession, index: PatentIndex, text: str, segment: Segment | None, limit: int
) -> list[Matched]:
    hits = await asyncio.to_thread(index.search, text, CANDIDATES)
    best = max((hit.score for hit in hits), default=1.0)
    good = {hit.id: hit for hit in worth_listing(hits)}
    patents = await session.scalars(select(Patent).where(Patent.id.in_(good)))
    matched = [_matched(patent, good[patent.id], best, segment) for patent in patents]
    return sorted(matched, key=lambda match: (-match.score, match.patent.id))[:limit]


def _matched(patent: Patent, hit: Hit, best: float, segment: Segment | None) -> Matched:
    shared = segment.name if segment and patent.segment_id == segment.id else None
    bonus = SAME_SEGMENT * bool(shared) + OPEN_LICENCE * patent.open_licence
    return Matched(patent, hit.score / best * (1 + bonus), hit.coverage, list(hit.terms), shared)


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
