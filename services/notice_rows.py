"""The rows of a notice: one for each person, written in chunks so that nobody waits behind them.

A row's key names the notice and the person, so whatever breaks off is done again without a double.
Who wants no notices, or has had enough of them, is found when a row falls due
(services/due_rules.py); who has lost every chat gets it as missed, and finds it when they come
back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, String, case, cast, func, literal, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Json, UtcDateTime
from db.models import Body, Broadcast, Enterprise, Outgoing, Person
from db.upsert import insert
from services import audiences, broadcasts, notice_limits, notice_runs, notice_texts
from services.notice_limits import TOPIC, chat_of

METHOD = "send_message"
PRIORITY = 3  # behind replies, notices and reminders
WRITING = ("planned", "sending", "paused")


async def fan_out(
    session: AsyncSession,
    broadcast_id: int,
    params: Mapping[str, Any],
    now: datetime,
    chunk: int = 0,
    after: int = 0,
) -> int | None:
    """Write the rows of the next people; the person to go on after, or None at the end.

    `params` are what all recipients get, stored once; where the text says something of its reader,
    that is in the row.
    """
    broadcast = await broadcasts.get(session, broadcast_id, lock=True)
    if broadcast.state not in WRITING:
        return None
    if broadcast.state == "planned":
        broadcast.state = "sending"
    if broadcast.body_id is None:
        broadcast.body_id = await store(session, params)
    size = chunk or notice_limits.settings()["chunk"]
    last = await _last_of(session, broadcast, after, size)
    if last is None:
        await notice_runs.plan_look(session, broadcast_id, now + notice_runs.LOOK)
    else:
        await _write(session, broadcast, params, (after, last), now)
    await session.flush()
    return last


async def store(session: AsyncSession, params: Mapping[str, Any]) -> int:
    body = Body(params=dict(params))
    session.add(body)
    await session.flush()
    return body.id


async def _last_of(
    session: AsyncSession, broadcast: Broadcast, after: int, chunk: int
) -> int | None:
    """The last person of the next chunk; None when nobody is left."""
    people = select(Person.id).where(*audiences.meant(broadcast.audience), Person.id > after)
    page = people.order_by(Person.id).limit(chunk).subquery()
    last: int | None = await session.scalar(select(func.max(page.c.id)))
    return last


async def _write(
    session: AsyncSession, broadcast: Broadcast, params: Mapping[str, Any],
    between: tuple[int, int], now: datetime,
) -> None:  # fmt: skip
    people = _people(broadcast, between).subquery()
    waits = "paused" if broadcast.state == "paused" else "waiting"
    lost = people.c.chat.is_(None)
    row: dict[str, ColumnElement[Any]] = {
        **common(broadcast.id, broadcast.body_id, now),
        "chat_id": func.coalesce(people.c.chat, people.c.lost),
        "params": literal({}, Json),
        "key": literal(f"{notice_runs.about(broadcast.id)}:person:") + cast(people.c.id, String),
        "state": case((lost, "missed"), else_=waits),
        "error": null(),
    }
    rows = select(*row.values()).where(row["chat_id"].is_not(None))
    if own := own_values(params):
        await _write_own(session, row, people, own, params)
    else:
        add = insert(session, Outgoing).from_select([*row], rows)
        await session.execute(add.on_conflict_do_nothing())


def _people(broadcast: Broadcast, between: tuple[int, int]) -> Select[int, int | None, int, int]:
    """From one person (not included) to another: where they read."""
    after, last = between
    return select(
        Person.id,
        Person.enterprise_id,
        chat_of().label("chat"),
        chat_of(lost=True).label("lost"),
    ).where(*audiences.meant(broadcast.audience), Person.id > after, Person.id <= last)


def common(
    broadcast_id: int, body_id: int | None, now: datetime, *, method: str = METHOD
) -> dict[str, ColumnElement[Any]]:
    """What all rows of a notice have."""
    return {
        "method": literal(method),
        "body_id": literal(body_id),
        "priority": literal(PRIORITY),
        "due_at": literal(now, UtcDateTime),
        "about": literal(notice_runs.about(broadcast_id)),
        "topic": literal(TOPIC),
        "attempts": literal(0),
    }


def own_values(params: Mapping[str, Any]) -> list[str]:
    """What the text says of each reader."""
    named = notice_texts.places(str(params.get("text", "")))
    return [value for value in named if value in audiences.VALUES]


async def _write_own(
    session: AsyncSession, row: Mapping[str, ColumnElement[Any]], people: Any,
    own: list[str], params: Mapping[str, Any],
) -> None:  # fmt: skip
    values = [audiences.VALUES[value].label(value) for value in own]
    columns = [column.label(name) for name, column in row.items()]
    found = await session.execute(
        select(*columns, *values)
        .select_from(people)
        .join(Person, Person.id == people.c.id)
        .join(Enterprise, Enterprise.id == Person.enterprise_id)
        .where(row["chat_id"].is_not(None))
    )
    rows = [_own(one, row, own, params) for one in found]
    if rows:
        await session.execute(insert(session, Outgoing).on_conflict_do_nothing(), rows)


def _own(
    found: Row[Any], row: Mapping[str, Any], own: list[str], params: Mapping[str, Any]
) -> dict[str, Any]:
    """Somebody who has lost a value since it was asked for is spared a text with a hole."""
    said = {name: found._mapping[name] for name in own}
    written = {name: found._mapping[name] for name in row}
    if written["state"] in ("waiting", "paused") and not all(said.values()):
        written |= {"state": "cancelled", "error": "lacking"}
    return {**written, "params": {"text": notice_texts.fill_html(str(params["text"]), said)}}
