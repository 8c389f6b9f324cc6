"""Forms that were left half filled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Draft

QUIET = timedelta(hours=18)
"""Untouched for so long, a draft was left for another day and not for another minute."""
FORGOTTEN = timedelta(days=7)


async def last(session: AsyncSession, person_id: int, but: str = "") -> str | None:
    """The form that the person left half filled most recently, of all but one."""
    mine = select(Draft.form).where(Draft.person_id == person_id, Draft.form != but)
    return await session.scalar(mine.order_by(Draft.updated_at.desc()).limit(1))


async def unfinished(session: AsyncSession, now: datetime) -> Sequence[Any]:
    """Drafts (id, person_id, form) to remind of: left yesterday, not given up long ago."""
    rows = await session.execute(
        select(Draft.id, Draft.person_id, Draft.form).where(
            Draft.updated_at < now - QUIET, Draft.updated_at > now - FORGOTTEN
        )
    )
    return rows.all()
