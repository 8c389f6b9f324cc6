"""What comes in is stored raw before the network is answered, and claimed chat by chat.

States of a row: new → done, or failed after three tries (set aside with an alarm).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, or_, select, update
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


async def claim(
    database: Database, owner: str, now: datetime, limit: int = 16
) -> dict[int, list[Claim]]:
    """Take chats that nobody owns and that have updates waiting; theirs, in order.

    Who was served longest ago comes first, so that nobody who floods us keeps others waiting.
    """
    async with database.writing() as connection:
        free = await connection.execute(_FREE, {"now": now, "most": limit})
        chats = list(free.scalars())
        if not chats:
            return {}
        held = {"chats": chats, "me": owner, "now": now, "until": now + LEASE}
        epochs = dict((await connection.execute(_HOLD, held)).all())
        return await _updates(connection, epochs, owner)


async def _updates(
    connection: AsyncConnection, epochs: dict[int, int], owner: str
) -> dict[int, list[Claim]]:
    claims: dict[int, list[Claim]] = {chat: [] for chat in epochs}
    for row in await connection.execute(_QUEUED, {"chats": list(epochs)}):
        claims[row.chat_id].append(
            Claim(
                row.id, row.chat_id, row.source, row.raw, row.attempts, owner, epochs[row.chat_id]
            )
        )
    return claims


# What every message passes is written once: building a statement costs more than running it.
# The only thing that differs between the engines is the lock, which SQLite has not and leaves out.
WAITING = select(Chat.id).where(
    or_(Chat.owner.is_(None), Chat.lease_until < bindparam("now")),
    Chat.id.in_(select(Incoming.chat_id).where(Incoming.state == fixed("new"))),
)
_FREE = (
    WAITING.order_by(Chat.heard_at.asc().nulls_first())
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_HOLD = (
    update(Chat)
    .where(Chat.id.in_(bindparam("chats", expanding=True)))
    .values(
        owner=bindparam("me"), lease_until=bindparam("until"), epoch=Chat.epoch + 1,
        heard_at=bindparam("now"),
    )
    .returning(Chat.id, Chat.epoch)
)  # fmt: skip
_PLACE = func.row_number().over(
    partition_by=Incoming.chat_id, order_by=(Incoming.sequence, Incoming.id)
)
_IN_LINE = (
    select(Incoming.id, _PLACE.label("place"))
    .where(Incoming.chat_id.in_(bindparam("chats", expanding=True)), Incoming.state == fixed("new"))
    .subquery()
)
_QUEUED = (
    select(Incoming.id, Incoming.chat_id, Incoming.source, Incoming.raw, Incoming.attempts)
    .join(_IN_LINE, _IN_LINE.c.id == Incoming.id)
    .where(_IN_LINE.c.place <= UPDATES_A_CHAT)
    .order_by(Incoming.chat_id, _IN_LINE.c.place)
)


async def release(connection: AsyncConnection, owner: str, chats: list[int]) -> None:
    """Give chats back; one whose lease went to somebody else is not ours to give."""
    await connection.execute(_RELEASE, {"chats": chats, "me": owner})


_RELEASE = (
    update(Chat)
    .where(Chat.id.in_(bindparam("chats", expanding=True)), Chat.owner == bindparam("me"))
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


async def got_through(connection: AsyncConnection, claim: Claim) -> bool:
    """Whether the update is done and its chat ours all the same: we did it, and did not hear so."""
    return bool(await connection.scalar(_OURS, _mine(claim)))


def _mine(claim: Claim) -> dict[str, Any]:
    return {"claim": claim.id, "chat": claim.chat_id, "me": claim.owner, "at": claim.epoch}


_HELD = exists().where(
    Chat.id == bindparam("chat"), Chat.owner == bindparam("me"), Chat.epoch == bindparam("at")
)
_STILL_MINE = update(Incoming).where(
    Incoming.id == bindparam("claim"), Incoming.state == fixed("new"), _HELD
)
_OURS = select(Incoming.id).where(
    Incoming.id == bindparam("claim"), Incoming.state == fixed("done"), _HELD
)
_TAKE = _STILL_MINE.values(state="done")
_FAILED = _STILL_MINE.values(
    attempts=bindparam("tries"), state=bindparam("to_state"), error=bindparam("why")
)
