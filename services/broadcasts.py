"""Notices to a part of the enterprises: who that is, one outbox row each, what became of them.

Who is meant: people of the role "ent" who act for an enterprise, because a city or an industry
is an enterprise's; an empty list of cities or industries means all. A firm that was imported and
has nobody here yet is not counted, since nobody of it can be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, String, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Json, UtcDateTime
from db.models import (
    Body,
    Broadcast,
    Chat,
    Enterprise,
    EnterpriseSegment,
    Outgoing,
    Person,
    Segment,
)
from db.upsert import insert
from errors import Refused
from services import queue

METHOD = "send_message"
PRIORITY = 3  # behind replies, notices and reminders


class BroadcastUnknown(Refused):
    """No facts."""


class BroadcastStarted(Refused):
    """Facts: broadcast_id. What is on its way cannot be dropped."""


@dataclass(frozen=True)
class Audience:
    """`unreachable` are those of `people` who have no chat that we can write to."""

    enterprises: int
    people: int
    unreachable: int


@dataclass(frozen=True)
class Report:
    """Recipients by the state of their outbox row."""

    states: dict[str, int]

    @property
    def recipients(self) -> int:
        return sum(self.states.values())


async def audience(
    session: AsyncSession, cities: Sequence[str], industries: Sequence[str]
) -> Audience:
    """Counts only, in one statement. Industries are codes of the 4×4 system."""
    counts = select(
        func.count(Person.enterprise_id.distinct()),
        func.count(),
        func.count().filter(_chat().is_(None)),
    )
    row = (await session.execute(counts.where(*_meant(cities, industries)))).one()
    return Audience(*row)


async def draft(
    session: AsyncSession,
    person_id: int,
    text: str,
    cities: Sequence[str],
    industries: Sequence[str],
    now: datetime,
    event_id: int | None = None,
) -> Broadcast:
    """Kept until the organizer has seen the preview and sends or drops it."""
    broadcast = Broadcast(
        text=text,
        audience={"cities": [*cities], "industries": [*industries]},
        event_id=event_id,
        created_by=person_id,
        created_at=now,
    )
    session.add(broadcast)
    await session.flush()
    return broadcast


async def get(session: AsyncSession, broadcast_id: int) -> Broadcast:
    broadcast = await session.get(Broadcast, broadcast_id)
    if broadcast is None:
        raise BroadcastUnknown
    return broadcast


async def start(session: AsyncSession, broadcast_id: int, now: datetime) -> Broadcast:
    """Let it go out; pressed twice, it goes out once."""
    broadcast = await get(session, broadcast_id)
    if broadcast.state == "draft":
        broadcast.state = "sending"
        await plan_next(session, broadcast_id, 0, now)
    return broadcast


async def plan_next(
    session: AsyncSession, broadcast_id: int, after_person: int, now: datetime
) -> None:
    """The job that calls `fan_out` for those who come after a person."""
    key = f"broadcast:{broadcast_id}:after:{after_person}"
    await queue.plan(
        session, "broadcasts.fan_out", key, now, broadcast=broadcast_id, after=after_person
    )


async def drop(session: AsyncSession, broadcast_id: int) -> None:
    """Forget a draft; one that is gone already is fine."""
    broadcast = await session.get(Broadcast, broadcast_id)
    if broadcast is None:
        return
    if broadcast.state != "draft":
        raise BroadcastStarted(broadcast_id=broadcast_id)
    await session.delete(broadcast)
    await session.flush()


async def fan_out(
    session: AsyncSession,
    broadcast_id: int,
    params: dict[str, Any],
    now: datetime,
    chunk: int = 1000,
    after_person: int = 0,
) -> int | None:
    """Write the outbox rows of the next people; the person to go on after, or None at the end.

    `params` are what all recipients get, stored once. Repeated, it adds nothing: the key of a row
    names the broadcast and the person, and one that was sent to the end stays as it is.
    """
    broadcast = await get(session, broadcast_id)
    if broadcast.state == "sent":
        return None
    if broadcast.body_id is None:
        broadcast.body_id = await _store(session, params)
    last = await _last_of(session, broadcast, after_person, chunk)
    if last is None:
        broadcast.state = "sent"
    else:
        broadcast.state = "sending"
        await _write_rows(session, broadcast, after_person, last, now)
    await session.flush()
    return last


async def report(session: AsyncSession, broadcast_id: int) -> Report:
    rows = await session.execute(
        select(Outgoing.state, func.count())
        .where(Outgoing.about == f"broadcast:{broadcast_id}")
        .group_by(Outgoing.state)
    )
    return Report(dict(rows.all()))


def _meant(cities: Sequence[str], industries: Sequence[str]) -> list[ColumnElement[bool]]:
    """Conditions on Person."""
    firms = select(Enterprise.id)
    if cities:
        firms = firms.where(Enterprise.city.in_(cities))
    if industries:
        of_industry = (
            select(EnterpriseSegment.enterprise_id)
            .join(Segment, Segment.id == EnterpriseSegment.segment_id)
            .where(Segment.industry_code.in_(industries))
        )
        firms = firms.where(Enterprise.id.in_(of_industry))
    return [Person.role == "ent", Person.enterprise_id.in_(firms)]


def _chat() -> ScalarSelect[int]:
    """Where a person reads: of the chats that can be reached, the one heard from last."""
    return (
        select(Chat.id)
        .where(Chat.person_id == Person.id, Chat.reachable)
        .order_by(Chat.heard_at.desc().nulls_last(), Chat.id)
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )


async def _store(session: AsyncSession, params: dict[str, Any]) -> int:
    body = Body(params=params)
    session.add(body)
    await session.flush()
    return body.id


async def _last_of(
    session: AsyncSession, broadcast: Broadcast, after: int, chunk: int
) -> int | None:
    """The last person of the next chunk; None when nobody is left."""
    people = select(Person.id).where(*_meant(**broadcast.audience), Person.id > after)
    page = people.order_by(Person.id).limit(chunk).subquery()
    last: int | None = await session.scalar(select(func.max(page.c.id)))
    return last


async def _write_rows(
    session: AsyncSession, broadcast: Broadcast, after: int, last: int, now: datetime
) -> None:
    """A row for each person from `after` (not included) to `last` who can be reached."""
    about = f"broadcast:{broadcast.id}"
    people = (
        select(Person.id, _chat().label("chat"))
        .where(*_meant(**broadcast.audience), Person.id > after, Person.id <= last)
        .subquery()
    )
    row = {
        "chat_id": people.c.chat,
        "method": literal(METHOD),
        "params": literal({}, Json),
        "body_id": literal(broadcast.body_id),
        "priority": literal(PRIORITY),
        "due_at": literal(now, UtcDateTime),
        "key": literal(f"{about}:person:") + cast(people.c.id, String),
        "about": literal(about),
        "state": literal("waiting"),
        "attempts": literal(0),
    }
    rows = select(*row.values()).where(people.c.chat.is_not(None))
    await session.execute(
        insert(session, Outgoing).from_select([*row], rows).on_conflict_do_nothing()
    )
