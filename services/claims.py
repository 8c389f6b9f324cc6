"""Claiming a firm that was imported: a code on a poster or in a letter names it.

A code is for whoever holds the poster, as often as needed, until it expires. What it proves is
checked when the registration is sent, against the telephone number that the import knows.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Claim, Enterprise, Person
from errors import Refused
from services import enterprises

VALID = timedelta(days=30)
TAIL = 4  # digits of a telephone number that must agree


class NoFirm(Refused):
    """No facts. Whoever acts for no firm has no colleagues to invite."""


class FirmUnknown(Refused):
    """Facts: name. No firm of this or a similar name."""


class ClaimExpired(Refused):
    """Facts: firm (or the park), until."""


@dataclass(frozen=True)
class Opened:
    """What a code names: a firm, or only the park where its poster hangs."""

    firm: Enterprise | None
    park: str | None


async def candidates(session: AsyncSession, name: str) -> Sequence[Enterprise]:
    """The firm of exactly this name, else at most three that could be meant."""
    if firm := await enterprises.known(session, None, name):
        return [firm]
    names = await enterprises.similar(session, name, 3)
    found = await session.scalars(select(Enterprise).where(Enterprise.name.in_(names)))
    return sorted(found, key=lambda firm: names.index(firm.name))


async def invite(
    session: AsyncSession, enterprise_id: int, by: int, now: datetime
) -> tuple[Enterprise, str]:
    """A new code for the firm, by an organizer. Only its hash is kept."""
    may = select(Enterprise).join(Person, Person.id == by)
    firm: Enterprise | None = await session.scalar(
        may.where(Enterprise.id == enterprise_id, Person.role == "org")
    )
    if firm is None:
        raise FirmUnknown(name=str(enterprise_id))
    return firm, _new_code(session, now, enterprise_id=firm.id, created_by=by)


async def poster(session: AsyncSession, park: str, by: int, now: datetime) -> str:
    """A new code for everybody of a park; only an organizer gets one."""
    if await session.scalar(select(Person.role).where(Person.id == by)) != "org":
        raise FirmUnknown(name=park)
    return _new_code(session, now, park=park, created_by=by)


async def invite_colleague(
    session: AsyncSession, person_id: int, now: datetime
) -> tuple[Enterprise, str]:
    """A code for somebody of the person's own firm; its admin still decides."""
    mine = select(Enterprise).join(Person, Person.enterprise_id == Enterprise.id)
    firm = await session.scalar(mine.where(Person.id == person_id))
    if firm is None:
        raise NoFirm
    return firm, _new_code(session, now, enterprise_id=firm.id, created_by=person_id)


def _new_code(session: AsyncSession, now: datetime, **about: Any) -> str:
    code = secrets.token_urlsafe(12)
    session.add(Claim(code_hash=_hash(code), created_at=now, expires_at=now + VALID, **about))
    return code


async def opened(session: AsyncSession, code: str, now: datetime) -> Opened | None:
    """What a code names; None for what is no such code, ClaimExpired for a late one."""
    row = (
        await session.execute(
            select(Enterprise, Claim.park, Claim.expires_at)
            .select_from(Claim)
            .outerjoin(Enterprise, Claim.enterprise_id == Enterprise.id)
            .where(Claim.code_hash == _hash(code))
        )
    ).one_or_none()
    if row is None:
        return None
    firm, park, until = row
    if now >= until:
        raise ClaimExpired(firm=firm.name if firm else park, until=until)
    return Opened(firm, park)


async def proves(
    session: AsyncSession, code: str, firm: Enterprise | None, phone: str, now: datetime
) -> bool | None:
    """Whether the code lets its holder act for the firm; None where it does not say.

    The number that is given must end like the one that the import knows. A code alone proves
    nothing: it hangs on a wall.
    """
    try:
        claimed = await opened(session, code, now)
    except ClaimExpired:
        return None
    if firm is None or firm.phone is None or claimed is None:
        return None
    if claimed.firm is not None and claimed.firm.id != firm.id:
        return None
    return _tail(firm.phone) == _tail(phone)


def _tail(phone: str) -> str:
    return re.sub(r"\D", "", phone)[-TAIL:]


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
