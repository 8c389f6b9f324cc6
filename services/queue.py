"""Work for later: a row that falls due. Who writes it need not know who does it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from db.models import Job
from db.upsert import renewal

_WAITS = Job.state == "waiting"


async def plan(
    session: AsyncSession | AsyncConnection, kind: str, key: str, due_at: datetime, **payload: Any
) -> None:
    """Plan `kind` for `due_at`; the same key moves what still waits and never doubles it."""
    row = {"kind": kind, "key": key, "due_at": due_at, "payload": payload, "state": "waiting"}
    planned = renewal(session, Job, "key", "due_at", "payload", only=_WAITS)
    await session.execute(planned, row | {"attempts": 0})


async def unplan(session: AsyncSession, key_prefix: str) -> None:
    """Forget what was planned under keys that begin so, and has not begun."""
    await session.execute(delete(Job).where(Job.key.startswith(key_prefix), Job.state == "waiting"))
