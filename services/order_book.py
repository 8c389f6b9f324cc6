"""订单式研发: the needs that no patent answers, gathered into orders that a university could take.

Needs of one segment that speak of the same thing are one order, however many firms have it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, Match, Need, Segment
from services.need_states import PUBLISHED
from services.needs import pairs

ALIKE = 0.3
"""Of the pairs of characters in the shorter text, how many the other has too. Less than for one
firm's repetition (services.needs.SIMILAR): different firms word the same trouble differently."""


@dataclass(frozen=True)
class Wanted:
    """One firm's need in an order; `firm` is None where it does not want to be named."""

    need: Need
    firm: str | None
    city: str | None


@dataclass(frozen=True)
class Order:
    """`needs` begins with the one that says best what all want; budgets are in yuan."""

    segment: str | None
    needs: Sequence[Wanted]
    firms: int

    @property
    def need(self) -> Need:
        return self.needs[0].need

    @property
    def budget(self) -> int:
        """What all would pay together, at the least."""
        return sum(one.need.budget_low or 0 for one in self.needs)

    @property
    def first_wanted(self) -> date | None:
        return min((n.need.wanted_by for n in self.needs if n.need.wanted_by), default=None)

    @property
    def cities(self) -> list[str]:
        return sorted({one.city for one in self.needs if one.city})


async def orders(session: AsyncSession) -> list[Order]:
    """All orders, those that most firms want first."""
    rows = (await session.execute(_unmet())).all()
    by_segment = defaultdict[str | None, list[tuple[int, Wanted]]](list)
    for need, firm_id, firm, city, segment in rows:
        wanted = Wanted(need, None if need.anonymous else firm, city)
        by_segment[segment].append((firm_id, wanted))
    made = [
        _order(segment, group)
        for segment, wanted in by_segment.items()
        for group in _alike(wanted)
    ]  # fmt: skip
    return sorted(made, key=lambda order: (-order.firms, -order.budget, order.need.id))


async def order_of(session: AsyncSession, need_id: int) -> Order | None:
    """The order that this need belongs to now; None where a patent or its firm has ended it."""
    found = (o for o in await orders(session) if any(w.need.id == need_id for w in o.needs))
    return next(found, None)


def _unmet() -> Select[Need, int, str, str | None, str]:
    matched = select(Match.id).where(Match.need_id == Need.id).exists()
    return (
        select(Need, Enterprise.id, Enterprise.name, Enterprise.city, Segment.name)
        .join(Enterprise, Enterprise.id == Need.enterprise_id)
        .outerjoin(Segment, Segment.id == Need.segment_id)
        .where(Need.state == PUBLISHED, ~Need.rough, ~matched)
        .order_by(Need.id)
    )


def _alike(wanted: list[tuple[int, Wanted]]) -> Iterable[list[tuple[int, Wanted]]]:
    """Groups in which each need is like some other of the group."""
    said = [pairs(one.need.problem) for _, one in wanted]
    group = list(range(len(wanted)))
    for a, b in combinations(range(len(wanted)), 2):
        shorter = min(len(said[a]), len(said[b]))
        if group[a] != group[b] and shorter and len(said[a] & said[b]) / shorter >= ALIKE:
            old, new = group[b], group[a]
            group = [new if g == old else g for g in group]
    found = defaultdict[int, list[tuple[int, Wanted]]](list)
    for at, one in zip(group, wanted, strict=True):
        found[at].append(one)
    return found.values()


def _order(segment: str | None, group: list[tuple[int, Wanted]]) -> Order:
    said = {one.need.id: pairs(one.need.problem) for _, one in group}

    def shared(one: Wanted) -> int:
        mine = said[one.need.id]
        return sum(len(mine & other) for other in said.values())

    ranked = sorted((one for _, one in group), key=lambda one: (-shared(one), one.need.id))
    return Order(segment, ranked, len({firm for firm, _ in group}))
