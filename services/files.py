"""Files that people send and that we send: kept in the database, so that a backup holds them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import File

PHOTOS = ("image/jpeg", "image/png")
LARGEST_PHOTO = 10 * 1024 * 1024  # bytes; a larger one goes as a document


async def store(session: AsyncSession, name: str, mime: str, content: bytes, now: datetime) -> int:
    """Keep a file for anybody who is given its token; its id, for the outbox."""
    file = File(
        token=secrets.token_urlsafe(16), name=name, mime=mime, content=content, created_at=now
    )
    session.add(file)
    await session.flush()
    return file.id


async def received(session: AsyncSession, token: str) -> int | None:
    """The file that a channel stored under this token before the turn; None where it did not."""
    return await session.scalar(select(File.id).where(File.token == token))


async def belong(session: AsyncSession, ids: Iterable[int], about: str) -> None:
    """The files are about this from now on. One that was sent before about something else stays
    with that, too."""
    for file in await session.scalars(select(File).where(File.id.in_(list(ids)))):
        if file.about in (None, about):
            file.about = about
        else:
            session.add(_copy(file, about))
    await session.flush()


def _copy(file: File, about: str) -> File:
    return File(
        token=secrets.token_urlsafe(16), chat_id=file.chat_id, name=file.name, mime=file.mime,
        content=file.content, about=about, created_at=file.created_at,
    )  # fmt: skip


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
