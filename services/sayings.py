"""What somebody said before, as the inbox keeps it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Incoming

RECENT = 300  # updates of a chat that are looked through


async def before(
    session: AsyncSession, chat_id: int, message_id: int, update_id: int
) -> str | None:
    """What a message said until this update changed it; None where it was never handled."""
    rows = await session.scalars(
        select(Incoming.raw)
        .where(Incoming.chat_id == chat_id, Incoming.id != update_id, Incoming.state == "done")
        .order_by(Incoming.sequence.desc(), Incoming.id.desc())
        .limit(RECENT)
    )
    for raw in rows:
        message = _message(raw)
        if message.get("message_id") == message_id:
            return str(message.get("text") or message.get("caption") or "")
    return None


def _message(raw: dict[str, Any]) -> dict[str, Any]:
    found = raw.get("edited_message") or raw.get("message")
    return found if isinstance(found, dict) else {}
