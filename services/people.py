"""A person's own consent and role."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Person

CONSENT = 1
"""The version of the consent text; a new text is a new number, and is asked again."""


async def agree(session: AsyncSession, person_id: int) -> None:
    """The person agrees to the consent text of today."""
    await session.execute(update(Person).where(Person.id == person_id).values(consent=CONSENT))
