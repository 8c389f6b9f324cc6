"""Which queue a ticket goes to, and who of the staff is called.

The lead department of the clause that it is about, in the document's own order; there whoever is
responsible for the firm's city and industry, and where nobody is present, whoever stands in.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Chat, Clause, Enterprise, EnterpriseSegment, Person, Post, Segment, Ticket
from db.upsert import insert
from services import audit, policy

Rank = Literal["agent", "deputy", "lead"]
RANKS: tuple[Rank, ...] = get_args(Rank)
INSTEAD: dict[Rank, tuple[Rank, ...]] = {
    "agent": ("agent", "deputy", "lead"),
    "deputy": ("deputy", "lead", "agent"),
    "lead": ("lead", "deputy", "agent"),
}
"""Who is called where nobody of a rank is there."""
RUNGS: tuple[Rank, ...] = ("deputy", "lead")
"""Who is called when a share of the promised time has passed (ticket_clock.SHARES); when all of it
has, the next department is."""
AROUND = timedelta(minutes=30)
FILE = Path(__file__).parents[1] / "data" / "desk.toml"


@dataclass(frozen=True)
class Member:
    """Somebody of the staff; without a `department` they answer for all of them. `rank`: one of
    RANKS."""

    id: int
    name: str | None
    department: str | None
    rank: str = "agent"
    cities: Sequence[str] = ()
    industries: Sequence[str] = ()
    away_until: datetime | None = None

    def is_there(self, now: datetime) -> bool:
        return self.away_until is None or self.away_until <= now

    def serves(self, firm: Whose) -> bool:
        here = not self.cities or firm.city in self.cities
        return here and (not self.industries or bool({*self.industries} & firm.industries))

    @property
    def is_for_some(self) -> bool:
        return bool(self.cities or self.industries)


@dataclass(frozen=True)
class Whose:
    """The firm of whoever asks: its city, and the codes of its industries."""

    city: str | None
    industries: frozenset[str]


async def guess(
    session: AsyncSession, question: str, now: datetime
) -> tuple[int | None, str | None]:
    """The clause that a question is thought to be about, and the department that leads there."""
    for topic in _lexicon()["topic"]:
        if any(word in question for word in topic["words"]):
            return None, str(topic["department"])
    answer = await policy.ask(session, question, now)
    clause = answer.citations[0].stored if answer.citations else None
    return clause, answer.department


async def hearers(
    session: AsyncSession, ticket: Ticket, now: datetime, rank: Rank = "agent"
) -> list[int]:
    """Who is called about a ticket: never nobody while there is any staff."""
    members = await staff(session)
    firm = await _firm_of(session, ticket.person_id)
    own = [member for member in members if member.department == ticket.department]
    general = [member for member in members if member.department is None]
    for group in (own, general, members):
        there = [member for member in group if member.is_there(now)]
        for each in INSTEAD[rank]:
            if chosen := _nearest([m for m in there if m.rank == each], firm):
                return chosen
    return [member.id for member in members]


async def around(session: AsyncSession, ids: Sequence[int], now: datetime) -> list[int]:
    """Those of them who were heard just now: they are there, whatever the hour."""
    heard = select(Chat.person_id).where(Chat.person_id.in_(ids), Chat.heard_at > now - AROUND)
    return sorted({id for id in await session.scalars(heard) if id is not None})


async def staff(session: AsyncSession) -> list[Member]:
    rows = await session.execute(
        select(
            Person.id,
            Person.name,
            Person.department,
            Post.rank,
            Post.cities,
            Post.industries,
            Post.away_until,
        )
        .outerjoin(Post, Post.person_id == Person.id)
        .where(Person.role == "staff")
        .order_by(Person.id)
    )
    return [
        Member(id, name, department, rank or "agent", cities or (), industries or (), away)
        for id, name, department, rank, cities, industries, away in rows
    ]


async def member(session: AsyncSession, person_id: int) -> Member | None:
    return next((each for each in await staff(session) if each.id == person_id), None)


async def next_department(session: AsyncSession, ticket: Ticket) -> str | None:
    """The one that follows in the clause's own order; None after the last."""
    clause = await session.get(Clause, ticket.clause_id) if ticket.clause_id else None
    order = list(clause.departments) if clause else []
    if ticket.department not in order:
        return order[0] if order else None
    place = order.index(ticket.department) + 1
    return order[place] if place < len(order) else None


async def pass_up(session: AsyncSession, ticket: Ticket) -> bool:
    """To the next department, where there is one; whether there is."""
    before, ticket.department = (
        ticket.department, await next_department(session, ticket) or ticket.department
    )  # fmt: skip
    await session.flush()
    return ticket.department != before


async def departments(session: AsyncSession, ticket: Ticket | None = None) -> list[str]:
    """All that any clause names: those of this ticket's clause first, in its order, then the
    others, the busiest first."""
    counts: Counter[str] = Counter()
    for named in await session.scalars(select(Clause.departments)):
        counts.update(named)
    clause = await session.get(Clause, ticket.clause_id) if ticket and ticket.clause_id else None
    first = list(clause.departments) if clause else []
    rest = [name for name, _ in counts.most_common() if name not in first]
    own = ticket.department if ticket else None
    return [name for name in (*first, *rest) if name != own]


async def take_post(
    session: AsyncSession,
    person_id: int,
    now: datetime,
    *,
    department: str | None = None,
    **values: Any,
) -> None:
    """What somebody is responsible for from now on; only what is given changes."""
    if department is not None:
        row = update(Person).where(Person.id == person_id).values(department=department or None)
        await session.execute(row)
    new = {"rank": "agent", "cities": [], "industries": [], "away_until": None} | values
    statement = insert(session, Post).values(person_id=person_id, **new)
    if values:
        statement = statement.on_conflict_do_update(index_elements=["person_id"], set_=values)
    else:
        statement = statement.on_conflict_do_nothing()
    await session.execute(statement)
    said = f"{department if department is not None else ''} {values or ''}".strip()
    audit.note(session, person_id, "desk.post", f"person:{person_id}", None, said, now)
    await session.flush()


def away_until(days: int, now: datetime) -> datetime | None:
    return now + timedelta(days=days) if days else None


def _nearest(members: Iterable[Member], firm: Whose) -> list[int]:
    """Those who are responsible for such firms; who is for all of them, where nobody is."""
    members = list(members)
    theirs = [m.id for m in members if m.is_for_some and m.serves(firm)]
    return theirs or [m.id for m in members if not m.is_for_some]


async def _firm_of(session: AsyncSession, person_id: int) -> Whose:
    rows = await session.execute(
        select(Enterprise.city, Segment.industry_code)
        .select_from(Person)
        .join(Enterprise, Enterprise.id == Person.enterprise_id)
        .outerjoin(EnterpriseSegment, EnterpriseSegment.enterprise_id == Enterprise.id)
        .outerjoin(Segment, Segment.id == EnterpriseSegment.segment_id)
        .where(Person.id == person_id)
    )
    found = rows.all()
    city = found[0][0] if found else None
    return Whose(city, frozenset(code for _, code in found if code))


@cache
def _lexicon() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
