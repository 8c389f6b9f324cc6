"""Notices as they are written: the text, for whom, and who may touch it.

How one goes out is in notice_runs.py, its rows are in notice_rows.py, what became of them in
notice_ledger.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Audience, Broadcast, Person
from errors import Refused
from services import audiences

RUNNING = ("sending", "paused")
GONE = (*RUNNING, "stopped", "sent")
LONGEST_NAME = 40
MOST_SAVED = 12


class BroadcastUnknown(Refused):
    """No facts."""


class BroadcastStarted(Refused):
    """Facts: broadcast_id, state. What is on its way, or waits to be, is not changed."""


class NotYourNotice(Refused):
    """Facts: city. An organizer of a city sees to its own notices."""


class AudienceUnknown(Refused):
    """No facts."""


@dataclass(frozen=True)
class Listed:
    """A notice in a list, with who wrote it."""

    broadcast: Broadcast
    author: str | None


async def draft(
    session: AsyncSession, person_id: int, now: datetime, text: str = "",
    event_id: int | None = None, audience: Mapping[str, Any] | None = None,
) -> Broadcast:  # fmt: skip
    """A notice to work on: the one that was begun and left empty, or a new one."""
    wanted = audiences.cut(audience or {}, await audiences.city_of(session, person_id))
    empty = select(Broadcast).where(
        Broadcast.created_by == person_id, Broadcast.state == "draft", Broadcast.text == "",
        Broadcast.corrects.is_(None),
    )  # fmt: skip
    broadcast = await session.scalar(empty.order_by(Broadcast.id.desc()).limit(1))
    if broadcast is None:
        broadcast = Broadcast(created_by=person_id, receipt=False)
        session.add(broadcast)
    broadcast.text, broadcast.audience, broadcast.event_id = text, wanted, event_id
    broadcast.send_at, broadcast.created_at = None, now
    await session.flush()
    return broadcast


async def get(session: AsyncSession, broadcast_id: int, *, lock: bool = False) -> Broadcast:
    """As it is stored now, whatever was read before."""
    broadcast = await session.get(
        Broadcast, broadcast_id, populate_existing=lock, with_for_update=lock or None
    )
    if broadcast is None:
        raise BroadcastUnknown
    return broadcast


async def handled(
    session: AsyncSession, broadcast_id: int, organizer: int, *, lock: bool = False
) -> Broadcast:
    """The notice, for an organizer whose matter it is."""
    broadcast = await get(session, broadcast_id, lock=lock)
    city = await audiences.city_of(session, organizer)
    if city is not None and broadcast.audience.get("cities") != [city]:
        raise NotYourNotice(city=city)
    return broadcast


async def written(session: AsyncSession, broadcast_id: int, organizer: int) -> Broadcast:
    """The notice to change: while it is a draft, and what was agreed to is not agreed any more."""
    broadcast = await handled(session, broadcast_id, organizer, lock=True)
    if broadcast.state != "draft":
        raise BroadcastStarted(broadcast_id=broadcast_id, state=broadcast.state)
    broadcast.approved_by = None
    return broadcast


async def say(session: AsyncSession, broadcast_id: int, organizer: int, text: str) -> Broadcast:
    broadcast = await written(session, broadcast_id, organizer)
    broadcast.text = text
    await session.flush()
    return broadcast


async def address(
    session: AsyncSession, broadcast_id: int, organizer: int, **kinds: Any
) -> Broadcast:
    """Choose these kinds anew; the others stay as they are."""
    broadcast = await written(session, broadcast_id, organizer)
    city = await audiences.city_of(session, organizer)
    broadcast.audience = audiences.cut({**broadcast.audience, **kinds}, city)
    await session.flush()
    return broadcast


async def address_all(session: AsyncSession, broadcast_id: int, organizer: int) -> Broadcast:
    return await address(session, broadcast_id, organizer, **dict.fromkeys(audiences.KINDS))


async def ask_receipt(session: AsyncSession, broadcast_id: int, organizer: int) -> Broadcast:
    """Readers are asked to say that they have read it; or not, where they were."""
    broadcast = await written(session, broadcast_id, organizer)
    broadcast.receipt = not broadcast.receipt
    await session.flush()
    return broadcast


async def drop(session: AsyncSession, broadcast_id: int, organizer: int) -> None:
    """Forget a draft; one that is gone already is fine."""
    if await session.get(Broadcast, broadcast_id) is None:
        return
    await session.delete(await written(session, broadcast_id, organizer))
    await session.flush()


async def recent(session: AsyncSession, organizer: int, most: int = 8) -> list[Listed]:
    """What was written last and has words, by those whose matter is also the organizer's."""
    city = await audiences.city_of(session, organizer)
    rows = await session.execute(
        select(Broadcast, Person.name)
        .join(Person, Person.id == Broadcast.created_by)
        .where(Broadcast.text != "")
        .order_by(Broadcast.id.desc())
        .limit(most if city is None else 10 * most)
    )
    own = (Listed(*row) for row in rows if city in (None, *row[0].audience.get("cities", ())))
    return list(own)[:most]


async def others(session: AsyncSession, broadcast: Broadcast) -> Sequence[int]:
    """The organizers who may agree to it: any but its author whose matter it is."""
    cities = broadcast.audience.get("cities") or []
    people = await session.execute(
        select(Person.id, Person.city).where(
            Person.role == "org", Person.id != broadcast.created_by, Person.erased_at.is_(None)
        )
    )
    return [id for id, city in people if city is None or cities == [city]]


async def save_audience(
    session: AsyncSession, broadcast_id: int, organizer: int, name: str, now: datetime
) -> Audience:
    """Keep whom it is for under a name; the same name again is the same audience, changed."""
    broadcast = await handled(session, broadcast_id, organizer)
    mine = Audience.created_by == organizer
    saved = await session.scalar(select(Audience).where(mine, Audience.name == name))
    if saved is None:
        saved = Audience(name=name, created_by=organizer, created_at=now)
        session.add(saved)
    kept = ("cities", "parks", "tags", "industries", "segments", "event")
    saved.audience = {k: v for k, v in broadcast.audience.items() if k in kept}
    await session.flush()
    return saved


async def saved_audiences(session: AsyncSession, organizer: int) -> Sequence[Audience]:
    mine = select(Audience).where(Audience.created_by == organizer)
    return (await session.scalars(mine.order_by(Audience.id.desc()).limit(MOST_SAVED))).all()


async def address_saved(
    session: AsyncSession, broadcast_id: int, organizer: int, audience_id: int
) -> Broadcast:
    saved = await session.get(Audience, audience_id)
    if saved is None or saved.created_by != organizer:
        raise AudienceUnknown
    chosen = {**dict.fromkeys(audiences.KINDS), **saved.audience}
    return await address(session, broadcast_id, organizer, **chosen)
