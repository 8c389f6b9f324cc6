"""Files that we send, and those that people sent: in the database, so that a backup holds them."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Chat, File


async def store(
    session: AsyncSession,
    name: str,
    mime: str,
    content: bytes,
    now: datetime,
    chat_id: int | None = None,
) -> int:
    """Keep a file, for whoever is given its token or only for a chat; its id, for the outbox."""
    file = File(
        token=secrets.token_urlsafe(16), name=name, mime=mime, content=content, created_at=now,
        chat_id=chat_id,
    )  # fmt: skip
    session.add(file)
    await session.flush()
    return file.id


async def sent(session: AsyncSession, token: str, chat_id: int) -> int | None:
    """The file that arrived in a chat under the network's name for it."""
    return await session.scalar(select(File.id).where(File.token == token, File.chat_id == chat_id))


async def of_person(session: AsyncSession, file_id: int, person_id: int) -> str | None:
    """The name of a file that came from one of the person's chats."""
    mine = select(Chat.id).where(Chat.person_id == person_id)
    return await session.scalar(select(File.name).where(File.id == file_id, File.chat_id.in_(mine)))


async def content(session: AsyncSession, file_id: int) -> tuple[str, bytes] | None:
    """Name and bytes; None where the file was deleted meanwhile."""
    found = await session.execute(select(File.name, File.content).where(File.id == file_id))
    row = found.one_or_none()
    return (row.name, row.content) if row else None
