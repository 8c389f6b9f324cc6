"""What comes in is stored raw before the network is answered, and claimed chat by chat.

States of a row: new → done, or failed after three tries (set aside with an alarm).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from db.base import fixed
from db.models import Chat, Incoming
from db.session import Database
from db.upsert import insert
from pipeline.batch import Batch
from pipeline.clock import Clock
from pipeline.ownership import LEASE

TRIES = 3
UPDATES_A_CHAT = 20
ALARM_LENGTH = 500


@dataclass(frozen=True)
class Raw:
    """An update as JSON. `key` is the network's id of it; `sequence` orders those of one chat."""

    source: str
    key: str
    chat_id: int
    body: dict[str, Any]
    sequence: int = 0


@dataclass(frozen=True)
class Claim:
    """One stored update in the hands of a worker whose right to it is `owner` and `epoch`."""

    id: int
    chat_id: int
    source: str
    body: dict[str, Any]
    attempts: int
    owner: str
    epoch: int


class Inbox:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.arrived = asyncio.Event()
        self._database = database
        self._clock = clock
        self._batch: Batch[Raw] = Batch(self._store)

    async def put(self, raw: Raw) -> None:
        """Durable when it returns; an update with a known (source, key) changes nothing."""
        await self._batch.add(raw)
        self.arrived.set()

    async def put_all(self, raws: list[Raw]) -> None:
        await asyncio.gather(*map(self.put, raws))

    async def withdraw(self, source: str, key: str) -> None:
        """Whoever sent it took it back; what is handled already stays so."""
        async with self._database.writing() as connection:
            await connection.execute(
                update(Incoming)
                .where(Incoming.source == source, Incoming.key == key, Incoming.state == "new")
                .values(state="done")
            )

    async def _store(self, raws: list[Raw]) -> None:
        now = self._clock.now()
        async with self._database.writing() as connection:
            foreign = {r.chat_id: r.source for r in raws if r.source == "telegram"}
            if foreign:
                await _know_chats(connection, foreign)
            await connection.execute(
                insert(connection, Incoming).on_conflict_do_nothing(),
                [
                    {
                        "source": r.source,
                        "key": r.key,
                        "chat_id": r.chat_id,
                        "sequence": r.sequence,
                        "raw": r.body,
                        "received_at": now,
                        "state": "new",
                        "attempts": 0,
                    }
                    for r in raws
                ],
            )


async def _know_chats(connection: AsyncConnection, chats: dict[int, str]) -> None:
    """Telegram's chats have their own ids, so they come into being with their first update."""
    await connection.execute(
        insert(connection, Chat).on_conflict_do_nothing(),
        [{"id": id, "channel": source, "address": str(id)} for id, source in chats.items()],
    )


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(Chat.owner.is_(None), Chat.lease_until < now)


async def claim(
    database: Database, owner: str, now: datetime, limit: int = 16
) -> dict[int, list[Claim]]:
    """Take chats that nobody owns and that have updates waiting; theirs, in order.

    Who was served longest ago comes first, so that nobody who floods us keeps others waiting.
    The only statement that differs between the engines is the lock on the chats.
    """
    waiting = select(Incoming.chat_id).where(Incoming.state == fixed("new"))
    free = (
        select(Chat.id)
        .where(_free(now), Chat.id.in_(waiting))
        .order_by(Chat.heard_at.asc().nulls_first())
        .limit(limit)
    )
    async with database.writing() as connection:
        if not database.is_sqlite:
            free = free.with_for_update(skip_locked=True)
        chats = list((await connection.execute(free)).scalars())
        if not chats:
            return {}
        taken = await connection.execute(
            update(Chat)
            .where(Chat.id.in_(chats))
            .values(
                owner=owner,
                lease_until=now + LEASE,
                epoch=Chat.epoch + 1,
                heard_at=now,
            )
            .returning(Chat.id, Chat.epoch)
        )
        epochs = dict(taken.all())
        return await _updates(connection, epochs, owner)


async def _updates(
    connection: AsyncConnection, epochs: dict[int, int], owner: str
) -> dict[int, list[Claim]]:
    place = func.row_number().over(
        partition_by=Incoming.chat_id, order_by=(Incoming.sequence, Incoming.id)
    )
    queued = (
        select(Incoming.id, place.label("place"))
        .where(Incoming.chat_id.in_(epochs), Incoming.state == fixed("new"))
        .subquery()
    )
    rows = await connection.execute(
        select(Incoming.id, Incoming.chat_id, Incoming.source, Incoming.raw, Incoming.attempts)
        .join(queued, queued.c.id == Incoming.id)
        .where(queued.c.place <= UPDATES_A_CHAT)
        .order_by(Incoming.chat_id, queued.c.place)
    )
    claims: dict[int, list[Claim]] = {chat: [] for chat in epochs}
    for row in rows:
        claims[row.chat_id].append(
            Claim(
                row.id, row.chat_id, row.source, row.raw, row.attempts, owner, epochs[row.chat_id]
            )
        )
    return claims


async def release(connection: AsyncConnection, owner: str, chats: list[int]) -> None:
    """Give chats back; one whose lease went to somebody else is not ours to give."""
    await connection.execute(
        update(Chat)
        .where(Chat.id.in_(chats), Chat.owner == owner)
        .values(owner=None, lease_until=None)
    )


async def take(connection: AsyncConnection, claim: Claim) -> bool:
    """Mark the update done, inside the turn's own transaction. False: it is no longer ours."""
    return bool((await connection.execute(_TAKE, _mine(claim))).rowcount)


async def failed(connection: AsyncConnection, claim: Claim, error: BaseException) -> Claim | None:
    """Count a try that raised; after the third the update is set aside. None: a hanging try took
    so long that the update is no longer ours, and may be done."""
    attempts = claim.attempts + 1
    changes = {
        "tries": attempts,
        "to_state": "failed" if attempts >= TRIES else "new",
        "why": f"{error!r}"[:ALARM_LENGTH],
    }
    counted = await connection.execute(_FAILED, _mine(claim) | changes)
    return replace(claim, attempts=attempts) if counted.rowcount else None


def _mine(claim: Claim) -> dict[str, Any]:
    return {"claim": claim.id, "chat": claim.chat_id, "me": claim.owner, "at": claim.epoch}


_STILL_MINE = update(Incoming).where(
    Incoming.id == bindparam("claim"),
    Incoming.state == fixed("new"),
    exists().where(
        Chat.id == bindparam("chat"), Chat.owner == bindparam("me"), Chat.epoch == bindparam("at")
    ),
)
_TAKE = _STILL_MINE.values(state="done")
_FAILED = _STILL_MINE.values(
    attempts=bindparam("tries"), state=bindparam("to_state"), error=bindparam("why")
)
