"""A round of the same words to many: the body stored once, a row each, written in chunks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Json, UtcDateTime
from db.models import Body, Chat, Outgoing
from db.upsert import insert

CHUNK = 1000
REMINDER = 2  # the priority: behind replies and notices, before what goes to all


@dataclass(frozen=True)
class Round:
    """What makes its rows: `key` comes before the person's id; see db.models.Outgoing."""

    key: str
    about: str
    topic: str
    expires_at: datetime


async def store(session: AsyncSession, params: dict[str, Any]) -> int:
    """Keep what all of them get; its id."""
    body = Body(params=params)
    session.add(body)
    await session.flush()
    return body.id


async def write(
    session: AsyncSession, round: Round, body: int, people: Select[Any], after: int, now: datetime
) -> int | None:
    """Rows for the next of `people` (a select of ids); the person to go on after, None at the end.

    Repeated, it adds nothing. Who can be reached nowhere finds it when they come back.
    """
    whom = people.subquery()
    id = whom.c[0]
    page = select(id).where(id > after).order_by(id).limit(CHUNK).subquery()
    last: int | None = await session.scalar(select(func.max(page.c[0])))
    if last is not None:
        await _write(session, round, body, select(id).where(id > after, id <= last), now)
    return last


async def _write(
    session: AsyncSession, round: Round, body: int, people: Select[Any], now: datetime
) -> None:
    some = people.subquery()
    person = some.c[0]
    there = select(person.label("person"), _chat(person).label("chat")).subquery()
    row = {
        "chat_id": there.c.chat,
        "method": literal("send_message"),
        "params": literal({}, Json),
        "body_id": literal(body),
        "priority": literal(REMINDER),
        "due_at": literal(now, UtcDateTime),
        "key": literal(f"{round.key}:person:") + cast(there.c.person, String),
        "about": literal(round.about),
        "topic": literal(round.topic),
        "expires_at": literal(round.expires_at, UtcDateTime),
        "state": case((Chat.reachable, "waiting"), else_="missed"),
        "attempts": literal(0),
    }
    rows = select(*row.values()).join(Chat, Chat.id == there.c.chat)
    statement = insert(session, Outgoing).from_select([*row], rows.where(there.c.chat.is_not(None)))
    await session.execute(statement.on_conflict_do_nothing())


def _chat(person: ColumnElement[int]) -> ScalarSelect[int]:
    """Where they were heard last, of the chats that can be reached if there are any."""
    return (
        select(Chat.id)
        .where(Chat.person_id == person)
        .order_by(Chat.reachable.desc(), Chat.heard_at.desc().nulls_last(), Chat.id)
        .limit(1)
        .correlate(person.table)
        .scalar_subquery()
    )
