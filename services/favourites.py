"""What a person keeps of the library, to find it again. It is theirs, not their firm's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Favourite, Patent
from db.upsert import insert


async def keep(session: AsyncSession, person_id: int, patent_id: int, now: datetime) -> int:
    """Keep it, once however often it is said; how many they keep now."""
    values = {"person_id": person_id, "patent_id": patent_id, "created_at": now}
    await session.execute(insert(session, Favourite).values(values).on_conflict_do_nothing())
    return await count(session, person_id)


async def let_go(session: AsyncSession, person_id: int, patent_id: int) -> int:
    mine = (Favourite.person_id == person_id, Favourite.patent_id == patent_id)
    await session.execute(delete(Favourite).where(*mine))
    return await count(session, person_id)


async def forget(session: AsyncSession, person_ids: Sequence[int]) -> None:
    """All that these people keep."""
    await session.execute(delete(Favourite).where(Favourite.person_id.in_(person_ids)))


async def is_kept(session: AsyncSession, person_id: int, patent_id: int) -> bool:
    mine = (Favourite.person_id == person_id, Favourite.patent_id == patent_id)
    return await session.scalar(select(Favourite.id).where(*mine)) is not None


async def count(session: AsyncSession, person_id: int) -> int:
    mine = Favourite.person_id == person_id
    return await session.scalar(select(func.count(Favourite.id)).where(mine)) or 0


def of(person_id: int) -> ColumnElement[bool]:
    """Of patents: what this person keeps."""
    kept = select(Favourite.patent_id).where(Favourite.person_id == person_id)
    return Patent.id.in_(kept)
