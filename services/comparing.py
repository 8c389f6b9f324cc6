"""Two or three patents side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Favourite, Patent
from search.patents import PatentIndex
from services import patent_ends
from services.patents import PatentUnknown

FEWEST, MOST = 2, 3
OFFERED = 5


async def together(session: AsyncSession, ids: Sequence[int]) -> list[Patent]:
    """These patents in their order, each once; the first three of more."""
    wanted = list(dict.fromkeys(ids))[:MOST]
    found = await session.scalars(select(Patent).where(Patent.id.in_(wanted)))
    patents = sorted(found, key=lambda patent: wanted.index(patent.id))
    if len(patents) < len(wanted):
        raise PatentUnknown
    return patents


async def partners(
    session: AsyncSession,
    index: PatentIndex,
    patents: Sequence[Patent],
    person_id: int,
    now: datetime,
) -> list[Patent]:
    """What to compare these with: the person's favourites, the newest first, then what comes
    nearest to the first of them."""
    taken = [patent.id for patent in patents]
    kept = (
        select(Patent)
        .join(Favourite, Favourite.patent_id == Patent.id)
        .where(Favourite.person_id == person_id, Patent.id.not_in(taken))
        .order_by(Favourite.id.desc())
        .limit(OFFERED)
    )
    near = await patent_ends.instead_of(session, index, patents[0], now, OFFERED)
    offered = {one.id: one for one in [*await session.scalars(kept), *near] if one.id not in taken}
    return list(offered.values())[:OFFERED]
