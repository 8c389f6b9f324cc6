"""One-time codes that bind whoever brings them to a role, or open the web page to them."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Invitation, Person

VALID = timedelta(minutes=10)
ROLES = ("ent", "org", "staff")


async def invite(session: AsyncSession, role: str, now: datetime, name: str | None = None) -> str:
    """A new code, valid for ten minutes and once. Only its hash is kept."""
    code = secrets.token_urlsafe(16)
    session.add(Invitation(code_hash=_hash(code), role=role, name=name, expires_at=now + VALID))
    return code


async def redeem(session: AsyncSession, code: str, now: datetime) -> str | None:
    """Use a code up; the role it opens, or None for one that is unknown, used or late."""
    role: str | None = await session.scalar(
        update(Invitation)
        .where(
            Invitation.code_hash == _hash(code),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(used_at=now)
        .returning(Invitation.role)
    )
    return role


async def bind(session: AsyncSession, person_id: int, code: str, now: datetime) -> str | None:
    """Use a code up for a person, who has its role from now on."""
    role = await redeem(session, code, now)
    if role is not None:
        await session.execute(update(Person).where(Person.id == person_id).values(role=role))
    return role


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
