"""Files that people send and that we send: kept in the database, so that a backup holds them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Chat, File

PHOTOS = ("image/jpeg", "image/png")
LARGEST_PHOTO = 10 * 1024 * 1024  # bytes; a larger one goes as a document


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


async def received(session: AsyncSession, token: str, chat_id: int) -> int | None:
    """The file that a channel stored under this token before the turn; None where it did not. What
    somebody else had sent before is copied: each can have their own deleted."""
    own = hashlib.sha256(f"{chat_id}:{token}".encode()).hexdigest()[:40]
    found = {
        file.token: file
        for file in await session.scalars(select(File).where(File.token.in_([token, own])))
    }
    file = found.get(own) or found.get(token)
    if file is not None and file.chat_id != chat_id:
        file = _copy(file, chat_id, token=own)
        session.add(file)
        await session.flush()
    return file.id if file else None


async def belong(session: AsyncSession, ids: Iterable[int], about: str) -> None:
    """The files are about this from now on. One that was sent before about something else stays
    with that, too."""
    for file in await session.scalars(select(File).where(File.id.in_(list(ids)))):
        if file.about in (None, about):
            file.about = about
        else:
            session.add(_copy(file, file.chat_id, about=about))
    await session.flush()


def _copy(file: File, chat_id: int | None, token: str = "", about: str | None = None) -> File:
    return File(
        token=token or secrets.token_urlsafe(16), chat_id=chat_id, name=file.name, mime=file.mime,
        content=file.content, about=about, created_at=file.created_at,
    )  # fmt: skip


async def count(session: AsyncSession, about: str) -> int:
    return await session.scalar(select(func.count(File.id)).where(File.about == about)) or 0


async def of(session: AsyncSession, about: str) -> Sequence[tuple[int, str]]:
    """The files that belong to something, each with the call that sends it."""
    rows = await session.execute(
        select(File.id, File.mime, func.length(File.content).label("size"))
        .where(File.about == about)
        .order_by(File.id)
    )
    return [(row.id, _sending(row.mime, row.size)) for row in rows]


def _sending(mime: str, size: int) -> str:
    return "send_photo" if mime in PHOTOS and size <= LARGEST_PHOTO else "send_document"


async def of_person(session: AsyncSession, file_id: int, person_id: int) -> str | None:
    """The name of a file that came from one of the person's chats."""
    mine = select(Chat.id).where(Chat.person_id == person_id)
    return await session.scalar(select(File.name).where(File.id == file_id, File.chat_id.in_(mine)))


async def content(session: AsyncSession, file_id: int) -> tuple[str, bytes] | None:
    """Name and bytes; None where the file was deleted meanwhile."""
    found = await session.execute(select(File.name, File.content).where(File.id == file_id))
    row = found.one_or_none()
    return (row.name, row.content) if row else None
