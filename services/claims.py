"""Claiming a firm that was imported: a code on a poster or in a letter names it.

A code is for whoever holds the poster, as often as needed, until it expires. What it proves is
checked when the registration is sent, against the telephone number that the import knows.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Claim, Enterprise, Person
from errors import Refused
from services import enterprises

VALID = timedelta(days=30)
TAIL = 4  # digits of a telephone number that must agree


class FirmUnknown(Refused):
    """Facts: name. No firm of this or a similar name."""


class ClaimExpired(Refused):
    """Facts: firm, until."""


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
    code = secrets.token_urlsafe(12)
    session.add(
        Claim(
            code_hash=_hash(code),
            enterprise_id=firm.id,
            created_by=by,
            created_at=now,
            expires_at=now + VALID,
        )
    )
    return firm, code


async def open_firm(session: AsyncSession, code: str, now: datetime) -> Enterprise | None:
    """The firm that a code names; None for what is no such code, ClaimExpired for a late one."""
    row = (
        await session.execute(
            select(Enterprise, Claim.expires_at)
            .join(Claim, Claim.enterprise_id == Enterprise.id)
            .where(Claim.code_hash == _hash(code))
        )
    ).one_or_none()
    if row is None:
        return None
    firm, until = row
    if now >= until:
        raise ClaimExpired(firm=firm.name, until=until)
    assert isinstance(firm, Enterprise)
    return firm


async def proves(
    session: AsyncSession, code: str, firm: Enterprise | None, phone: str, now: datetime
) -> bool | None:
    """Whether the code lets its holder act for the firm; None where it is another firm's or late.

    Where the import knows a number, the one that is given must end like it.
    """
    try:
        claimed = await open_firm(session, code, now)
    except ClaimExpired:
        return None
    if firm is None or claimed is None or claimed.id != firm.id:
        return None
    return firm.phone is None or _tail(firm.phone) == _tail(phone)


def _tail(phone: str) -> str:
    return re.sub(r"\D", "", phone)[-TAIL:]


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
