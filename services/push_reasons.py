"""Why a patent was pushed to a firm or found for its need, and how the firm takes back its no."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Match, Need, Offer, Patent, Person, Segment
from services.push_firms import Item

HAVE = "have"


@dataclass(frozen=True)
class Why:
    """`item` as in a pack; `coverage` is the share of what the need says that the patent answers.
    `poster` is who posted the need, and `name` what they are called; `at` is when it was pushed,
    None where it was found; `refused` is the firm's reason."""

    item: Item
    coverage: float
    poster: int | None
    name: str | None
    at: datetime | None
    refused: str | None


async def latest(session: AsyncSession, firm: int) -> list[Why]:
    """What the firm's newest pack held, the best first."""
    pushed = Offer.enterprise_id == firm, Offer.pushed_at.is_not(None)
    newest = select(func.max(Offer.pushed_at)).where(*pushed)
    rows = await session.execute(
        select(Offer, Patent)
        .join(Patent, Patent.id == Offer.patent_id)
        .where(Offer.enterprise_id == firm, Offer.pushed_at == newest.scalar_subquery())
        .order_by(Offer.coverage.desc(), Patent.id)
    )
    return [await _of_offer(session, offer, patent) for offer, patent in rows]


async def why(
    session: AsyncSession, firm: int, patent_id: int, need_id: int | None = None
) -> Why | None:
    """For a need of this firm, where one is named and the patent was found for it; else why it
    was pushed. None where it was neither."""
    patent = await session.get(Patent, patent_id)
    if patent is None:
        return None
    offered = select(Offer).where(Offer.enterprise_id == firm, Offer.patent_id == patent_id)
    offer = await session.scalar(offered)
    if offer is not None and offer.pushed_at is not None and need_id in (None, offer.need_id):
        return await _of_offer(session, offer, patent)
    found = await _found(session, firm, patent, need_id, offer) if need_id else None
    if found is None and offer is not None and (offer.pushed_at or offer.reason):
        return await _of_offer(session, offer, patent)
    return found


async def refused(session: AsyncSession, firm: int) -> dict[int, str]:
    """What the firm does not want, by the patent's id, each with its reason."""
    said = select(Offer.patent_id, Offer.reason).where(
        Offer.enterprise_id == firm, Offer.reason.is_not(None), Offer.decided_at.is_not(None)
    )
    return {patent: str(reason) for patent, reason in await session.execute(said)}


async def take_back(session: AsyncSession, firm: int, patent_id: int) -> None:
    """The firm has nothing against a patent any more; what its no took along waits again."""
    said = Offer.enterprise_id == firm, Offer.reason.is_not(None)
    offer = await session.scalar(select(Offer).where(*said, Offer.patent_id == patent_id))
    if offer is None:
        return
    if offer.reason == HAVE and offer.need_id is not None:
        dropped = update(Offer).where(
            *said, Offer.need_id == offer.need_id, Offer.reason == HAVE,
            Offer.decided_at == offer.decided_at, Offer.pushed_at.is_(None), Offer.id != offer.id,
        )  # fmt: skip
        await session.execute(dropped.values(state="waiting", reason=None, decided_at=None))
    offer.state, offer.reason, offer.decided_at, offer.until = "pushed", None, None, None
    await session.flush()


async def _found(
    session: AsyncSession, firm: int, patent: Patent, need_id: int, offer: Offer | None
) -> Why | None:
    need = await session.get(Need, need_id)
    if need is None or need.enterprise_id != firm:
        return None
    found = select(Match).where(Match.need_id == need_id, Match.patent_id == patent.id)
    match = await session.scalar(found)
    item = Item(patent, match.terms if match else [], need, None, None)
    refused = offer.reason if offer else None
    return await _why(session, firm, item, match.coverage if match else 0.0, None, refused)


async def _of_offer(session: AsyncSession, offer: Offer, patent: Patent) -> Why:
    need = await session.get(Need, offer.need_id) if offer.need_id else None
    segment = await session.get(Segment, patent.segment_id) if need is None else None
    item = Item(patent, offer.terms, need, segment, offer.again)
    return await _why(
        session, offer.enterprise_id, item, offer.coverage, offer.pushed_at, offer.reason
    )


async def _why(
    session: AsyncSession, firm: int, item: Item, coverage: float, at: datetime | None,
    refused: str | None,
) -> Why:  # fmt: skip
    poster = item.need.person_id if item.need else None
    named = await session.get(Person, poster) if poster else None
    name = named.name if named and named.enterprise_id == firm else None
    return Why(item, coverage, poster, name, at, refused)
