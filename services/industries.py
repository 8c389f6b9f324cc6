"""The 4×4 industries and their segments: the shelves on which patents, firms and needs stand."""

from __future__ import annotations

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Base
from db.models import EnterpriseSegment, Industry, Patent, Segment
from db.upsert import renewal
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
SUBCLASS = 4  # characters of B01J, the longest class that an industry names
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
    votes = dict(_standing(field, tuple([code[:SUBCLASS] for code in ipc])))
    for word in set(_synonyms().findall(normalise(title))):
        for segment in _segments_of(word):
            votes[segment] = votes.get(segment, 0) + len(word)
    most = max(votes.values(), default=0)
    first = [segment for segment, count in votes.items() if count == most]
    return first[0] if len(first) == 1 else None


@lru_cache(maxsize=10_000)
def _standing(field: str, ipc: tuple[str, ...]) -> dict[str, int]:
    """What field and classes say for each segment, where they say anything: a name outright, a
    synonym, the industry, each less than the one before."""
    field, votes = normalise(field).strip(), {}
    for each in _shipped():
        industry = normalise(each["name"])
        theirs = 5 if field and (field in industry or industry in field) else 0
        prefixes = (prefix for prefix in each["ipc_prefixes"] if _is_in(ipc, prefix))
        classes = max(map(len, prefixes), default=0)
        for segment in each["segments"]:
            words = [normalise(word) for word in segment["synonyms"]]
            named = 20 * (field == normalise(segment["name"]))
            called = 10 * bool(field and any(word in field for word in words))
            if vote := (named or called or theirs) + classes:
                votes[segment["name"]] = vote
    return votes


def _is_in(ipc: tuple[str, ...], prefix: str) -> bool:
    return any(code.startswith(prefix) for code in ipc)


@cache
def _synonyms() -> re.Pattern[str]:
    words = {normalise(w) for each in _shipped() for s in each["segments"] for w in s["synonyms"]}
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))


@cache
def _segments_of(word: str) -> list[str]:
    return [
        segment["name"]
        for each in _shipped()
        for segment in each["segments"]
        if word in [normalise(one) for one in segment["synonyms"]]
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
    changed = [column for column in rows[0] if column != key]
    await session.execute(renewal(session, model, key, *changed), rows)


@cache
def _shipped() -> list[dict[str, Any]]:
    industries: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["industries"]
    return industries
