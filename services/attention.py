"""What a person wants to hear of unasked, and how: four switches, and one message a day or a week.

The switch of the weekly patents is the pause of the push; the others are in `attention`. Who has
no row hears of everything as it comes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Attention, Chat, Outgoing, Person
from db.upsert import insert
from errors import Refused
from services import push_pauses
from services.working_time import ZONE

FILE = Path(__file__).parents[1] / "data" / "attention.toml"
EVENTS, NOTICES, PATENTS, DEADLINES = "events", "notices", "patents", "deadlines"
TOPICS = (EVENTS, NOTICES, PATENTS, DEADLINES)
DAY, WEEK, EACH = "day", "week", "each"
DAY_LONG = timedelta(days=1)


class TopicUnknown(Refused):
    """No facts. An old button names a topic or a rhythm that is none any more."""


@dataclass(frozen=True)
class Wishes:
    """`off` are topics of which they hear nothing; `digest` is DAY, WEEK or EACH."""

    off: frozenset[str]
    digest: str


async def of(session: AsyncSession, person_id: int, now: datetime) -> Wishes:
    kept = await session.scalar(select(Attention).filter_by(person_id=person_id))
    off = {*kept.off} if kept else set()
    if await push_pauses.until(session, person_id, now):
        off.add(PATENTS)
    return Wishes(frozenset(off), (kept and kept.digest) or EACH)


async def switch(
    session: AsyncSession, person_id: int, topic: str, on: bool, now: datetime
) -> Wishes:
    """Hear of a topic, or not; the last word counts."""
    if topic not in TOPICS:
        raise TopicUnknown
    if topic == PATENTS:
        span = push_pauses.NONE if on else push_pauses.EVER
        await push_pauses.pause(session, person_id, span, now)
    else:
        kept = await _row(session, person_id)
        kept.off = sorted({*kept.off} - {topic} if on else {*kept.off, topic})
        await session.flush()
    return await of(session, person_id, now)


async def together(session: AsyncSession, person_id: int, digest: str, now: datetime) -> Wishes:
    """How often; who wants each by itself again gets at once what was gathered."""
    if digest not in (DAY, WEEK, EACH):
        raise TopicUnknown
    kept = await _row(session, person_id)
    kept.digest = None if digest == EACH else digest
    await session.flush()
    gathered = update(Outgoing).where(of_person(person_id), Outgoing.state == "gathered")
    if digest == EACH:
        await session.execute(gathered.values(state="waiting", due_at=now, error=None))
    return await of(session, person_id, now)


def of_person(person_id: int) -> Any:
    """Of rows: those to any chat of the person."""
    return Outgoing.chat_id.in_(select(Chat.id).where(Chat.person_id == person_id))


async def _row(session: AsyncSession, person_id: int) -> Attention:
    await session.get_one(Person, person_id, with_for_update=True)
    fresh = insert(session, Attention).values(person_id=person_id, off=[])
    await session.execute(fresh.on_conflict_do_nothing(index_elements=["person_id"]))
    mine = select(Attention).filter_by(person_id=person_id)
    return (await session.scalars(mine.execution_options(populate_existing=True))).one()


def is_quiet(now: datetime) -> bool:
    begin, end = quiet_hours()
    clock = now.astimezone(ZONE).time()
    return begin <= clock or clock < end if begin > end else begin <= clock < end


def quiet_hours() -> tuple[time, time]:
    return time.fromisoformat(rule("quiet")["from"]), time.fromisoformat(rule("quiet")["until"])


def morning(now: datetime) -> datetime:
    """The end of the quiet hours that run."""
    return next_at(now, quiet_hours()[1])


def next_digest(now: datetime, digest: str) -> datetime:
    """When what is gathered now is told."""
    said = rule("digest")
    moment = next_at(now, time.fromisoformat(said["hour"]))
    while digest == WEEK and moment.isoweekday() != said["weekday"]:
        moment = at(moment.date() + DAY_LONG, moment.time())
    return moment


def next_at(now: datetime, clock: time) -> datetime:
    """The next time that clocks in China show this."""
    today = now.astimezone(ZONE).date()
    moment = at(today, clock)
    return moment if moment > now else at(today + DAY_LONG, clock)


def at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, ZONE)


def rule(section: str) -> dict[str, Any]:
    said: dict[str, Any] = _rules()[section]
    return said


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def topics_of(role: str) -> Sequence[str]:
    """Patents are pushed to firms only."""
    return [topic for topic in TOPICS if topic != PATENTS or role == "ent"]
