"""Once more, to those who have a notice and have not said that they read it. Once, and then there
is the telephone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Json
from db.models import Broadcast, Chat, Job, Outgoing, Reading
from db.upsert import insert
from errors import Refused
from services import notice_limits, notice_rows, notice_runs, queue


class NoReceipt(Refused):
    """Facts: broadcast_id. Nobody was asked to say that they read it."""


class ChasedBefore(Refused):
    """Facts: broadcast_id."""


async def begin(session: AsyncSession, broadcast: Broadcast, now: datetime) -> int:
    """Plan it; how many it is for."""
    if not broadcast.receipt:
        raise NoReceipt(broadcast_id=broadcast.id)
    key = f"chase:{broadcast.id}:0"
    if await session.scalar(select(select(Job.id).where(Job.key == key).exists())):
        raise ChasedBefore(broadcast_id=broadcast.id)
    count = await session.scalar(select(func.count()).where(*_unread(broadcast.id))) or 0
    if count:
        await queue.plan(session, "broadcasts.chase", key, now, broadcast=broadcast.id)
    return count


async def write(
    session: AsyncSession, broadcast_id: int, params: Mapping[str, Any], now: datetime,
    body: int = 0, after: int = 0,
) -> None:  # fmt: skip
    """The rows of the next, and the plan for those after them."""
    body = body or await notice_rows.store(session, params)
    size = notice_limits.settings()["chunk"]
    page = select(Outgoing.id).where(*_unread(broadcast_id), Outgoing.id > after)
    found = page.order_by(Outgoing.id).limit(size).subquery()
    last: int | None = await session.scalar(select(func.max(found.c.id)))
    if last is None:
        return
    row = {
        **notice_rows.common(broadcast_id, body, now),
        "about": literal(f"chase:{broadcast_id}"),
        "chat_id": Chat.id,
        "params": literal({}, Json),
        "key": literal(f"chase:{broadcast_id}:person:") + cast(Chat.person_id, String),
        "state": literal("waiting"),
    }
    rows = (
        select(*row.values())
        .select_from(Outgoing)
        .join(Chat, Chat.id == Outgoing.chat_id)
        .where(*_unread(broadcast_id), Outgoing.id > after, Outgoing.id <= last, Chat.reachable)
    )
    add = insert(session, Outgoing).from_select([*row], rows)
    await session.execute(add.on_conflict_do_nothing())
    await queue.plan(
        session, "broadcasts.chase", f"chase:{broadcast_id}:{last}", now,
        broadcast=broadcast_id, body=body, after=last,
    )  # fmt: skip


def _unread(broadcast_id: int) -> tuple[Any, ...]:
    readers = (
        select(Chat.id)
        .join(Reading, Reading.person_id == Chat.person_id)
        .where(Reading.broadcast_id == broadcast_id)
    )
    of_it = Outgoing.about == notice_runs.about(broadcast_id)
    return of_it, Outgoing.state == "sent", Outgoing.chat_id.not_in(readers)
