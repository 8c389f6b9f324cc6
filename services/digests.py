"""One message a day or a week instead of many: what was gathered for a person, ranked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from db.models import Attention, Body, Outgoing
from services import queue
from services.attention import DEADLINES, EVENTS, NOTICES, PATENTS, of_person

KIND = "attention.digest"
PEOPLE = 200  # who are told in one transaction
RANKS = {DEADLINES: 0, EVENTS: 1, PATENTS: 2, NOTICES: 3}
NEVER = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Item:
    """`text` is HTML; `button` is the first that stood under it: [label, data]."""

    topic: str
    text: str
    expires_at: datetime | None
    button: Sequence[str] | None


async def plan(connection: AsyncConnection, moments: Iterable[datetime]) -> None:
    """What is gathered for these moments is told then."""
    for moment in sorted(moments):
        await queue.plan(connection, KIND, f"{KIND}:{moment:%Y%m%d%H%M}", moment)


async def go_on(session: AsyncSession, now: datetime, after: int) -> None:
    key = f"{KIND}:{now.isoformat()}:after:{after}"
    await queue.plan(session, KIND, key, now, after=after)


async def readers(session: AsyncSession, after: int) -> Sequence[int]:
    """The next people who want to be told together."""
    wanting = select(Attention.person_id).where(
        Attention.digest.is_not(None), Attention.person_id > after
    )
    return (await session.scalars(wanting.order_by(Attention.person_id).limit(PEOPLE))).all()


async def take(session: AsyncSession, person_id: int, now: datetime) -> list[Item]:
    """What was gathered for a person until now, the most pressing first; nobody takes it again."""
    mine = (of_person(person_id), Outgoing.state == "gathered", Outgoing.due_at <= now)
    over = update(Outgoing).where(*mine, Outgoing.expires_at <= now).values(state="expired")
    await session.execute(over.execution_options(synchronize_session=False))
    taken = await session.execute(
        update(Outgoing)
        .where(*mine, or_(Outgoing.expires_at.is_(None), Outgoing.expires_at > now))
        .values(state="sent", sent_at=now)
        .returning(Outgoing.id)
        .execution_options(synchronize_session=False)
    )
    rows = await session.execute(
        select(Outgoing.topic, Outgoing.params, Outgoing.expires_at, Body.params.label("body"))
        .outerjoin(Body, Body.id == Outgoing.body_id)
        .where(Outgoing.id.in_(list(taken.scalars())))
        .order_by(Outgoing.id)
    )
    return sorted((_item(row) for row in rows), key=_pressing)


def _pressing(item: Item) -> tuple[datetime, int]:
    return item.expires_at or NEVER, RANKS.get(item.topic, len(RANKS))


def _item(row: Any) -> Item:
    said = Body.joined(row.body, row.params)
    rows = (said.get("reply_markup") or {}).get("inline_keyboard") or []
    first = next((button for line in rows for button in line), None)
    button = (first["text"], first["callback_data"]) if first else None
    return Item(row.topic, str(said.get("text") or ""), row.expires_at, button)
