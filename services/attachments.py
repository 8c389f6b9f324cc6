"""Photos, recordings and files that came with a need, and how one can be shown again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Attachment, File
from db.upsert import insert

KINDS = {"photo": "photo", "voice": "voice", "video": "video", "audio": "audio"}
"""Of a kind: what it is sent as. Everything else is a document."""
TELEGRAM = "telegram"


@dataclass(frozen=True)
class Sendable:
    """`file` is an id in `files`, or the network's own; None: it cannot be shown in this chat."""

    attachment: Attachment
    method: str
    file: int | str | None


async def keep(
    session: AsyncSession, need_id: int, attachments: Sequence[dict[str, Any]], now: datetime
) -> None:
    """Keep what came with the need; the same thing twice is kept once."""
    for each in attachments:
        row = {key: each.get(key) for key in ("kind", "file_id", "unique_id", "name")}
        statement = insert(session, Attachment).values(need_id=need_id, created_at=now, **row)
        await session.execute(statement.on_conflict_do_nothing())


async def count(session: AsyncSession, need_id: int) -> int:
    of_need = select(func.count(Attachment.id)).where(Attachment.need_id == need_id)
    return await session.scalar(of_need) or 0


async def sendable(session: AsyncSession, need_id: int, channel: str) -> list[Sendable]:
    """Each attachment, as a chat of this channel can take it."""
    rows = await session.scalars(
        select(Attachment).where(Attachment.need_id == need_id).order_by(Attachment.id)
    )
    return [await _sendable(session, row, channel) for row in rows]


async def _sendable(session: AsyncSession, row: Attachment, channel: str) -> Sendable:
    """What is stored here goes anywhere; what only its network holds, only there."""
    stored = await session.scalar(select(File.id).where(File.token == row.unique_id))
    if stored is not None:
        return Sendable(row, "send_document", stored)
    own = channel == TELEGRAM and ":" not in row.file_id
    method = f"send_{KINDS.get(row.kind, 'document')}"
    return Sendable(row, method, row.file_id if own else None)
