"""One person in several chats: a six-digit code shown in one, typed in another, makes them one.

Wrong codes are counted and therefore no error: what is refused is rolled back.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import LinkCode, LinkTry, Person
from services import merging

VALID = timedelta(minutes=10)
TRIES, WINDOW = 5, timedelta(hours=1)

Result = Literal["linked", "wrong", "too_many", "same", "two_firms"]


@dataclass(frozen=True)
class Outcome:
    """`chat_id` is where the code was shown, `merge_id` what an undo names; only when linked."""

    result: Result
    chat_id: int = 0
    merge_id: int = 0


async def offer(session: AsyncSession, person_id: int, chat_id: int, now: datetime) -> str:
    """A new code; the one shown before in this chat is worth nothing from now on."""
    await session.execute(delete(LinkCode).where(LinkCode.chat_id == chat_id))
    live = set(await session.scalars(select(LinkCode.code_hash).where(LinkCode.expires_at > now)))
    while _hash(code := f"{secrets.randbelow(1_000_000):06}") in live:
        pass
    session.add(
        LinkCode(
            code_hash=_hash(code), person_id=person_id, chat_id=chat_id, expires_at=now + VALID
        )
    )
    await session.flush()
    return code


async def redeem(
    session: AsyncSession, person_id: int, chat_id: int, code: str, now: datetime
) -> Outcome:
    """Use a code up, and make its owner and whoever types it one person."""
    if not await _may_try(session, chat_id, now):
        return Outcome("too_many")
    used = await session.execute(
        update(LinkCode)
        .where(
            LinkCode.code_hash == _hash(code),
            LinkCode.used_at.is_(None),
            LinkCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(LinkCode.person_id, LinkCode.chat_id)
    )
    found = used.one_or_none()
    if found is None:
        return Outcome("wrong")
    if found.person_id == person_id:
        return Outcome("same")
    here = await session.get_one(Person, person_id, populate_existing=True)
    there = await session.get_one(Person, found.person_id, populate_existing=True)
    if here.enterprise_id and there.enterprise_id and here.enterprise_id != there.enterprise_id:
        return Outcome("two_firms")
    merge = await merging.merge(session, here, there, now)
    return Outcome("linked", found.chat_id, merge.id)


async def _may_try(session: AsyncSession, chat_id: int, now: datetime) -> bool:
    """Count the try; no if this chat had too many within the hour."""
    here = LinkTry.chat_id == chat_id
    await session.execute(delete(LinkTry).where(here, LinkTry.at < now - WINDOW))
    if (await session.scalar(select(func.count(LinkTry.id)).where(here)) or 0) >= TRIES:
        return False
    session.add(LinkTry(chat_id=chat_id, at=now))
    return True


def _hash(code: str) -> str:
    return hashlib.sha256(f"link:{code}".encode()).hexdigest()
