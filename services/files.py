"""Files that we send: kept in the database, so that a backup holds them."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import File


async def store(session: AsyncSession, name: str, mime: str, content: bytes, now: datetime) -> int:
    """Keep a file for anybody who is given its token; its id, for the outbox."""
    file = File(
        token=secrets.token_urlsafe(16), name=name, mime=mime, content=content, created_at=now
    )
    session.add(file)
    await session.flush()
    return file.id
