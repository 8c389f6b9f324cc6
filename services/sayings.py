"""What somebody said before, as the inbox keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Incoming

RECENT = 300  # updates of a chat that are looked through


@dataclass(frozen=True)
class Said:
    """What a message said until now, and the `updates` that brought it and changed it."""

    text: str
    updates: Sequence[int]


async def before(
    session: AsyncSession, chat_id: int, message_id: int, update_id: int
) -> Said | None:
    """What a message said until this update changed it; None where it was never handled."""
    rows = await session.execute(
        select(Incoming.id, Incoming.raw)
        .where(Incoming.chat_id == chat_id, Incoming.id != update_id, Incoming.state == "done")
        .order_by(Incoming.sequence.desc(), Incoming.id.desc())
        .limit(RECENT)
    )
    its = [(id, _message(raw)) for id, raw in rows]
    its = [(id, message) for id, message in its if message.get("message_id") == message_id]
    if not its:
        return None
    newest = its[0][1]
    return Said(str(newest.get("text") or newest.get("caption") or ""), [id for id, _ in its])


def _message(raw: dict[str, Any]) -> dict[str, Any]:
    found = raw.get("edited_message") or raw.get("message")
    return found if isinstance(found, dict) else {}
