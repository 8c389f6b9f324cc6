"""One-time codes that bind whoever brings them to a role, or open the web page to them."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Invitation, Person

VALID = timedelta(minutes=10)
ROLES = ("ent", "org", "staff", "uni")


async def invite(
    session: AsyncSession,
    role: str,
    now: datetime,
    name: str | None = None,
    valid: timedelta = VALID,
) -> str:
    """A new code, valid once; `name` is the university it speaks for. Only its hash is kept."""
    code = secrets.token_urlsafe(16)
    session.add(Invitation(code_hash=_hash(code), role=role, name=name, expires_at=now + valid))
    return code


async def redeem(session: AsyncSession, code: str, now: datetime) -> str | None:
    """Use a code up; the role it opens, or None for one that is unknown, used or late."""
    opened = await _use(session, code, now)
    return opened.role if opened else None


async def bind(session: AsyncSession, person_id: int, code: str, now: datetime) -> str | None:
    """Use a code up for a person, who has its role from now on."""
    opened = await _use(session, code, now)
    if opened is None:
        return None
    values = {"role": opened.role, **({"university": opened.name} if opened.name else {})}
    await session.execute(update(Person).where(Person.id == person_id).values(values))
    return str(opened.role)


async def _use(session: AsyncSession, code: str, now: datetime) -> Any | None:
    """Its role and name."""
    used = await session.execute(
        update(Invitation)
        .where(
            Invitation.code_hash == _hash(code),
            Invitation.role.in_(ROLES),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(used_at=now)
        .returning(Invitation.role, Invitation.name)
    )
    return used.one_or_none()


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
