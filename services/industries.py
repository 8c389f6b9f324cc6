"""The 4×4 industries and their segments: the shelves on which patents, firms and needs stand."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Base
from db.models import EnterpriseSegment, Industry, Patent, Segment
from db.upsert import insert
from errors import Refused
from search.patents import PatentIndex
from search.tokens import normalise

FILE = Path(__file__).parents[1] / "data" / "industries.json"
TYPO = 60  # of 100: above it a command with a slip is still that command (MATCHING 4.2)
WITNESSES = 5  # patents that are asked for the segment of a text
# A patent that covers all of a text weighs as much as a name of eight characters in it. Measured on
# the demo's 25 needs: 23 right, none wrong, 2 left open; by names alone 16 right and 4 wrong.
FULL_COVERAGE = 8.0
LEAST_VOTES = 1.0
MOST = 3  # industries of one firm


@dataclass(frozen=True, slots=True)
class IndustryNode:
    code: str
    tier: str
    name: str
    segments: list[Segment]


class TooManyIndustries(Refused):
    """Facts: most. Who does everything is matched with everything."""


def check_number(codes: Sequence[str]) -> None:
    if len(codes) > MOST:
        raise TooManyIndustries(most=MOST)


async def load(session: AsyncSession) -> None:
    """Make the tables say what data/industries.json says; a segment taken out of it stays."""
    industries = [
        {"code": each["code"], "tier": each["tier"], "name": each["name"], "position": position}
        for position, each in enumerate(_shipped())
    ]
    segments = [
        {"industry_code": each["code"], "name": segment["name"], "synonyms": segment["synonyms"]}
        for each in _shipped()
        for segment in each["segments"]
    ]
    await _put(session, Industry, industries, key="code")
    await _put(session, Segment, segments, key="name")


async def tree(session: AsyncSession) -> list[IndustryNode]:
    """All industries in their order, each with its segments."""
    shelves: dict[str, list[Segment]] = defaultdict(list)
    for segment in await session.scalars(select(Segment).order_by(Segment.id)):
        shelves[segment.industry_code].append(segment)
    industries = await session.scalars(select(Industry).order_by(Industry.position))
    return [IndustryNode(i.code, i.tier, i.name, shelves[i.code]) for i in industries]


async def find(session: AsyncSession, text: str) -> list[Segment]:
    """The segments that `text` names by their name, their industry's or a synonym, best first."""
    wanted = normalise(text).replace(" ", "")
    ranked = [
        (_likeness(wanted, [segment.name, node.name, *segment.synonyms]), segment)
        for node in await tree(session)
        for segment in node.segments
    ]
    best = max((score for score, _ in ranked), default=0)
    # Where something is named outright, what merely resembles it is noise.
    least = max(TYPO, best - 10)
    ranked.sort(key=lambda pair: -pair[0])
    return [segment for score, segment in ranked if score >= least]


async def guess(session: AsyncSession, index: PatentIndex, text: str) -> Segment | None:
    """The segment a need's text belongs to, by its words and by the patents nearest to it."""
    return next(iter(await likely(session, index, text, 1)), None)


async def likely(session: AsyncSession, index: PatentIndex, text: str, most: int) -> list[Segment]:
    """The segments a need's text may belong to, the likeliest first; none where nothing speaks
    for one."""
    votes = await _votes_of_patents(session, index, text)
    plain = normalise(text)
    segments = {segment.id: segment for segment in await session.scalars(select(Segment))}
    for segment in segments.values():
        named = [normalise(word) for word in [segment.name, *segment.synonyms]]
        votes[segment.id] += sum(len(word) for word in named if word in plain)
    best = sorted(votes, key=lambda id: (-votes[id], id))[:most]
    return [segments[id] for id in best if votes[id] >= LEAST_VOTES]


async def of_firm(session: AsyncSession, enterprise_id: int | None, most: int) -> list[Segment]:
    """Some of the segments that a firm works in."""
    own = EnterpriseSegment.enterprise_id == enterprise_id
    segments = select(Segment).join(EnterpriseSegment).where(own).order_by(Segment.id).limit(most)
    return list(await session.scalars(segments))


async def id_of(session: AsyncSession, name: str | None) -> int | None:
    return await session.scalar(select(Segment.id).where(Segment.name == name))


def named(text: str) -> list[str]:
    """The shipped segments that `text` names, the likeliest first; the exact one alone."""
    wanted = normalise(text).replace(" ", "")
    scores = {
        segment["name"]: _likeness(wanted, [segment["name"], each["name"], *segment["synonyms"]])
        for each in _shipped()
        for segment in each["segments"]
    }
    exact = [name for name in scores if normalise(name) == wanted]
    best = max(scores.values())
    near = [name for name, score in scores.items() if score == best and score >= TYPO]
    return exact or near


def shelf(field: str, ipc: Sequence[str], title: str) -> str | None:
    """The shipped segment of a patent, by the field that its list names, its classes and its
    title; None where nothing speaks for one more than for the others."""
    named, plain = normalise(field).strip(), normalise(title)
    votes = {
        segment: _field_votes(named, segment, industry, words)
        + max(map(len, _prefixes(industry, ipc)), default=0)
        + sum(len(word) for word in words if word in plain)
        for segment, industry, words in _labels()
    }
    best = max(votes.values())
    first = [segment for segment, votes_of_it in votes.items() if votes_of_it == best]
    return first[0] if best and len(first) == 1 else None


def _field_votes(named: str, segment: str, industry: str, words: Sequence[str]) -> int:
    """A name outright, a synonym, the industry: each says less than the one before."""
    if not named:
        return 0
    if named == normalise(segment):
        return 20
    if named in words or any(word in named for word in words):
        return 10
    return 5 if named in normalise(industry) or normalise(industry) in named else 0


def _prefixes(industry: str, ipc: Sequence[str]) -> list[str]:
    known = next(each["ipc_prefixes"] for each in _shipped() if each["name"] == industry)
    return [prefix for prefix in known if any(code.startswith(prefix) for code in ipc)]


@cache
def _labels() -> list[tuple[str, str, list[str]]]:
    """Segment, its industry, and what else it is called."""
    return [
        (segment["name"], each["name"], [normalise(word) for word in segment["synonyms"]])
        for each in _shipped()
        for segment in each["segments"]
    ]


async def _votes_of_patents(
    session: AsyncSession, index: PatentIndex, text: str
) -> defaultdict[int, float]:
    votes: defaultdict[int, float] = defaultdict(float)
    hits = await asyncio.to_thread(index.search, text, WITNESSES)
    coverage = {hit.id: hit.coverage for hit in hits}
    rows = await session.execute(
        select(Patent.id, Patent.segment_id).where(Patent.id.in_(coverage))
    )
    for patent_id, segment_id in rows:
        if segment_id is not None:
            votes[segment_id] += FULL_COVERAGE * coverage[patent_id] ** 2
    return votes


def _likeness(wanted: str, labels: Sequence[str]) -> float:
    return max(_resembles(wanted, normalise(label)) for label in labels)


def _resembles(wanted: str, label: str) -> float:
    if wanted == label:
        return 100
    if label in wanted or (len(wanted) > 1 and wanted in label):
        return 95
    return min(fuzz.ratio(wanted, label), 94)


async def _put(
    session: AsyncSession, model: type[Base], rows: list[dict[str, Any]], *, key: str
) -> None:
    statement = insert(session, model).values(rows)
    changed = {column: statement.excluded[column] for column in rows[0] if column != key}
    await session.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed))


@cache
def _shipped() -> list[dict[str, Any]]:
    industries: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["industries"]
    return industries
