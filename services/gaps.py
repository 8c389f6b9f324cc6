"""What nobody could answer: kept word for word, so that the digest grows where people ask."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Gap


async def count(
    session: AsyncSession, person_id: int | None, topic: str, text: str, now: datetime
) -> None:
    session.add(Gap(person_id=person_id, topic=topic, text=text.strip(), created_at=now))
    await session.flush()
