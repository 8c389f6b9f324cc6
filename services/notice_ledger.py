"""What became of a notice: in figures, person by person, who has read it, whom to call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from db.models import Broadcast, Chat, Enterprise, Outgoing, Person, Reading
from db.session import session_on
from db.upsert import insert
from errors import Refused
from services import audiences, audit, broadcasts, notice_runs

PAGE = 8
NOT_HAD = ("failed", "missed", "held", "cancelled")
Which = Literal["all", "missing", "unread", "call"]


class NotAReader(Refused):
    """No facts. Whoever did not get it has nothing to confirm."""


class NotListed(Refused):
    """No facts: no such person got the notice."""


@dataclass(frozen=True)
class Report:
    """Rows by state; `nowhere` are people without any chat. Of those who have it `read` have said
    so. `due` is when the next row goes; `follows` are what corrected it or took it back."""

    states: dict[str, int]
    nowhere: int
    read: int
    due: datetime | None
    chased: bool
    follows: Sequence[Broadcast]

    @property
    def recipients(self) -> int:
        return sum(self.states.values()) + self.nowhere

    @property
    def had(self) -> int:
        return self.states.get("sent", 0)

    @property
    def held(self) -> int:
        return self.states.get("held", 0)


@dataclass(frozen=True)
class Line:
    """One person. `error` is a reason of ours (off, cap, lacking) or the network's sentence."""

    person: int | None
    name: str | None
    firm: str | None
    phone: str | None
    channel: str | None
    state: str
    error: str | None
    sent_at: datetime | None
    read_at: datetime | None


@dataclass(frozen=True)
class Page:
    lines: Sequence[Line]
    number: int
    pages: int
    total: int


async def report(session: AsyncSession, broadcast: Broadcast) -> Report:
    of_it = Outgoing.about == notice_runs.about(broadcast.id)
    waiting = select(func.min(Outgoing.due_at)).where(of_it, Outgoing.state == "waiting")
    read = select(func.count()).where(Reading.broadcast_id == broadcast.id)
    chased = select(Outgoing.id).where(Outgoing.about == f"chase:{broadcast.id}").exists()
    follows = select(Broadcast).where(Broadcast.corrects == broadcast.id)
    return Report(
        await notice_runs.states_of(session, broadcast.id),
        await _nowhere(session, broadcast),
        await session.scalar(read) or 0,
        await session.scalar(waiting),
        bool(await session.scalar(select(chased))),
        (await session.scalars(follows.order_by(Broadcast.id))).all(),
    )


async def _nowhere(session: AsyncSession, broadcast: Broadcast) -> int:
    """Those meant who have never been in any chat."""
    if broadcast.corrects is not None or broadcast.state not in broadcasts.GONE:
        return 0
    return await session.scalar(select(func.count()).where(*_homeless(broadcast))) or 0


def _homeless(broadcast: Broadcast) -> list[ColumnElement[bool]]:
    no_chat = ~select(Chat.id).where(Chat.person_id == Person.id).exists()
    return [*audiences.meant(broadcast.audience), no_chat]


async def page(session: AsyncSession, broadcast: Broadcast, which: Which, number: int) -> Page:
    """Page `number`, from 0."""
    where = _which(broadcast, which)
    counted = _rows(broadcast).with_only_columns(func.count()).where(*where)
    total = await session.scalar(counted.order_by(None)) or 0
    rows = _rows(broadcast).where(*where).limit(PAGE).offset(number * PAGE)
    lines = [Line(*row) for row in await session.execute(rows)]
    return Page(lines, number, max(1, -(-total // PAGE)), total)


async def everybody(connection: AsyncConnection, broadcast_id: int) -> list[Line]:
    """The whole ledger, with those who could not be written to at all."""
    async with session_on(connection) as session:
        broadcast = await broadcasts.get(session, broadcast_id)
    lines = [Line(*row) for row in await connection.execute(_rows(broadcast))]
    homeless = await connection.execute(
        select(Person.id, Person.name, Enterprise.name, Person.phone)
        .join(Enterprise, Enterprise.id == Person.enterprise_id)
        .where(*_homeless(broadcast))
        .order_by(Person.id)
    )
    return lines + [Line(*row, None, "nowhere", None, None, None) for row in homeless]


def _rows(broadcast: Broadcast) -> Select[Any]:
    columns: tuple[Any, ...] = (
        Person.id,
        Person.name,
        Enterprise.name,
        Person.phone,
        Chat.channel,
        Outgoing.state,
        Outgoing.error,
        Outgoing.sent_at,
        Reading.at,
    )
    return (
        select(*columns)
        .select_from(Outgoing)
        .join(Chat, Chat.id == Outgoing.chat_id)
        .outerjoin(Person, Person.id == Chat.person_id)
        .outerjoin(Enterprise, Enterprise.id == Person.enterprise_id)
        .outerjoin(
            Reading,
            and_(Reading.person_id == Person.id, Reading.broadcast_id == broadcast.id),
        )
        .where(Outgoing.about == notice_runs.about(broadcast.id))
        .order_by(Outgoing.id)
    )


def _which(broadcast: Broadcast, which: Which) -> list[ColumnElement[bool]]:
    unread = and_(Outgoing.state == "sent", Reading.id.is_(None))
    not_told = Outgoing.state.in_(("failed", "missed"))
    to_call = or_(not_told, unread) if broadcast.receipt else not_told
    conditions: dict[str, list[ColumnElement[bool]]] = {
        "all": [],
        "missing": [Outgoing.state.in_(NOT_HAD)],
        "unread": [unread],
        "call": [to_call, Person.id.is_not(None)],
    }
    return conditions[which]


async def read(session: AsyncSession, broadcast_id: int, person_id: int, now: datetime) -> None:
    """A person says that they have read it; said twice, the first time counts."""
    theirs = Outgoing.chat_id.in_(select(Chat.id).where(Chat.person_id == person_id))
    got = select(Outgoing.id).where(Outgoing.about == notice_runs.about(broadcast_id), theirs)
    if not await session.scalar(select(got.exists())):
        raise NotAReader
    row = {"broadcast_id": broadcast_id, "person_id": person_id, "at": now}
    await session.execute(insert(session, Reading).values(**row).on_conflict_do_nothing())


async def reveal(
    session: AsyncSession, broadcast: Broadcast, person_id: int, by: int, now: datetime
) -> Line:
    """The whole number of somebody who is to be called; each look is written down."""
    to_call = _rows(broadcast).where(*_which(broadcast, "call"), Person.id == person_id)
    row = (await session.execute(to_call.limit(1))).one_or_none()
    if row is None:
        raise NotListed
    audit.note(session, by, "person.phone_seen", f"person:{person_id}", None, None, now)
    return Line(*row)


async def again(session: AsyncSession, broadcast: Broadcast, now: datetime) -> int:
    """Send to those of whom it is not known whether they got it: how many."""
    held = update(Outgoing).where(
        Outgoing.about == notice_runs.about(broadcast.id), Outgoing.state == "held"
    )
    sent = await session.execute(held.values(state="waiting", due_at=now))
    if sent.rowcount:  # type: ignore[attr-defined]
        broadcast.state = "sending"
        await notice_runs.plan_look(session, broadcast.id, now + notice_runs.LOOK)
    return int(sent.rowcount)  # type: ignore[attr-defined]
