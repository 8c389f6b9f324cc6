"""How often firms open the cards of patents: counted by month, whoever it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import PatentViews
from db.upsert import insert
from services.working_time import today


async def note(session: AsyncSession, patent_id: int, now: datetime) -> None:
    month = today(now).replace(day=1)
    first = insert(session, PatentViews).values(patent_id=patent_id, month=month, views=1)
    once_more = first.on_conflict_do_update(
        index_elements=["patent_id", "month"], set_={"views": PatentViews.views + 1}
    )
    await session.execute(once_more)


async def count(
    session: AsyncSession, patents: Sequence[int], since: datetime | None, until: datetime
) -> int:
    """Of these patents, in the months from `since` that began before `until`."""
    viewed = select(func.sum(PatentViews.views)).where(
        PatentViews.patent_id.in_(patents), PatentViews.month <= today(until - datetime.resolution)
    )
    if since is not None:
        viewed = viewed.where(PatentViews.month >= today(since))
    return await session.scalar(viewed) or 0
