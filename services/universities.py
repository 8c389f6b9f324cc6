"""Universities as the library names them, and who looks after their patents."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Patent, Person
from errors import Refused
from services import audit, invitations

ROLE = "uni"
VALID = timedelta(days=7)  # it goes by letter, not across a table
SEVERAL = re.compile(r"[;；、,，/|]+")  # between the owners of one patent
MOST = 10


class NoUniversity(Refused):
    """No facts. Whoever has the role came without the code that names their university."""


@dataclass(frozen=True)
class Owner:
    name: str
    patents: int


def owners(applicant: str) -> list[str]:
    """The names in what a patent says of its owners."""
    return [name.strip() for name in SEVERAL.split(applicant) if name.strip()]


async def candidates(session: AsyncSession, said: str) -> list[Owner]:
    """Owners in the library that the words could mean; one alone where it is said in full."""
    said = said.strip()
    rows = await session.execute(
        select(Patent.applicant, func.count(Patent.id))
        .where(Patent.applicant.contains(said, autoescape=True))
        .group_by(Patent.applicant)
    )
    found: Counter[str] = Counter()
    for applicant, count in rows:
        found.update({name: count for name in owners(applicant) if said in name})
    names = [said] if said in found else [name for name, _ in found.most_common(MOST)]
    return [Owner(name, found[name]) for name in names]


async def invite(session: AsyncSession, name: str, by: int | None, now: datetime) -> str:
    """A code for one person of this university."""
    audit.note(session, by, "university.invited", f"person:{by}", None, name, now)
    return await invitations.invite(session, ROLE, now, name, VALID)


async def of_person(session: AsyncSession, person_id: int) -> str:
    name = await session.scalar(select(Person.university).where(Person.id == person_id))
    if name is None:
        raise NoUniversity
    return name
