"""What was sent is put right, or taken back: only with those who have it, and through the outbox.

A correction changes the message where it stands; a network that cannot says the new text anew.
What is taken back is deleted; where that is too late, or somebody has said that they read it, the
message says that it is void.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Broadcast, Chat, Enterprise, Outgoing, Person, Reading
from db.upsert import insert
from errors import Refused
from services import (
    audiences,
    audit,
    broadcasts,
    notice_limits,
    notice_rows,
    notice_runs,
    notice_texts,
)
from services.broadcasts import GONE

PRIORITY = 2  # before the notices that are still on their way
IN_FLIGHT = ("claimed", "sending")


class NothingSent(Refused):
    """Facts: broadcast_id. Nobody has it, so there is nothing to put right."""


async def correct(
    session: AsyncSession, broadcast_id: int, organizer: int, text: str, now: datetime
) -> Broadcast:
    """A draft that says what is right; it is sent like any notice."""
    wrong = await _sent(session, broadcast_id, organizer)
    return await _follow(session, wrong, organizer, text, now)


async def withdraw(
    session: AsyncSession, broadcast_id: int, organizer: int, now: datetime
) -> Broadcast:
    """Take it back, now; pressed twice, it is taken back once."""
    wrong = await _sent(session, broadcast_id, organizer)
    before = await _withdrawal(session, wrong.id)
    if before is not None:
        return before
    broadcast = await _follow(session, wrong, organizer, "", now)
    audit.note(session, organizer, "broadcast.withdrawn", notice_runs.about(wrong.id), wrong.state,
               "stopped", now)  # fmt: skip
    await notice_runs.release(session, broadcast, now)
    return broadcast


async def _withdrawal(session: AsyncSession, broadcast_id: int) -> Broadcast | None:
    of_it = Broadcast.corrects == broadcast_id, Broadcast.text == ""
    return await session.scalar(select(Broadcast).where(*of_it).limit(1))


async def _sent(session: AsyncSession, broadcast_id: int, organizer: int) -> Broadcast:
    """The notice that was sent first: a correction is corrected by correcting that again."""
    broadcast = await broadcasts.handled(session, broadcast_id, organizer)
    if broadcast.corrects is not None:
        broadcast = await broadcasts.handled(session, broadcast.corrects, organizer)
    if broadcast.state not in GONE or not await notice_runs.reached(session, broadcast.id):
        raise NothingSent(broadcast_id=broadcast.id)
    return broadcast


async def _follow(
    session: AsyncSession, wrong: Broadcast, organizer: int, text: str, now: datetime
) -> Broadcast:
    broadcast = Broadcast(
        text=text, audience=wrong.audience, event_id=wrong.event_id, receipt=wrong.receipt,
        corrects=wrong.id, created_by=organizer, created_at=now, state="draft",
    )  # fmt: skip
    session.add(broadcast)
    await session.flush()
    return broadcast


async def fan_out(
    session: AsyncSession, broadcast_id: int, params: Mapping[str, Any], now: datetime,
    chunk: int = 0, after: int = 0,
) -> int | None:  # fmt: skip
    """As notice_rows.fan_out, over the rows of what is put right; what was still in flight when it
    was stopped is waited for."""
    broadcast = await broadcasts.get(session, broadcast_id, lock=True)
    if broadcast.state not in notice_rows.WRITING:
        return None
    assert broadcast.corrects is not None
    if broadcast.body_id is None:
        broadcast.body_id = await notice_rows.store(session, params)
    await notice_runs.hold_up(session, broadcast.corrects, "cancelled")
    size = chunk or notice_limits.settings()["chunk"]
    page = select(Outgoing.id).where(*notice_runs.had(broadcast.corrects), Outgoing.id > after)
    found = page.order_by(Outgoing.id).limit(size).subquery()
    last: int | None = await session.scalar(select(func.max(found.c.id)))
    if last is not None:
        await _write(session, broadcast, params, (after, last), now)
    elif await _in_flight(session, broadcast.corrects):
        await notice_runs.plan_again(session, broadcast_id, now)
    else:
        await notice_runs.plan_look(session, broadcast_id, now + notice_runs.LOOK)
    await session.flush()
    return last


async def _in_flight(session: AsyncSession, broadcast_id: int) -> bool:
    of_it = Outgoing.about == notice_runs.about(broadcast_id), Outgoing.state.in_(IN_FLIGHT)
    return bool(await session.scalar(select(select(Outgoing.id).where(*of_it).exists())))


async def _write(
    session: AsyncSession, broadcast: Broadcast, params: Mapping[str, Any],
    between: tuple[int, int], now: datetime,
) -> None:  # fmt: skip
    row = _row(broadcast, now)
    assert broadcast.corrects is not None
    here = (
        *notice_runs.had(broadcast.corrects),
        Outgoing.id > between[0],
        Outgoing.id <= between[1],
    )
    rows = select(*(column.label(name) for name, column in row.items())).where(*here)
    own = notice_rows.own_values(params) if broadcast.text else []
    add = insert(session, Outgoing)
    if not own:
        await session.execute(add.from_select([*row], rows).on_conflict_do_nothing())
        return
    values = [audiences.VALUES[value].label(value) for value in own]
    found = await session.execute(
        rows.add_columns(*values, Outgoing.message_id.label("of"))
        .join(Chat, Chat.id == Outgoing.chat_id)
        .join(Person, Person.id == Chat.person_id)
        .join(Enterprise, Enterprise.id == Person.enterprise_id)
    )
    written = [_own({**one._mapping}, row, own, params) for one in found]
    if written:
        await session.execute(add.on_conflict_do_nothing(), written)


def _row(broadcast: Broadcast, now: datetime) -> dict[str, ColumnElement[Any]]:
    """It is no notice by its topic: whoever has read what was wrong is told what is right."""
    row = notice_rows.common(broadcast.id, broadcast.body_id, now)
    del row["topic"]
    read = Outgoing.chat_id.in_(
        select(Chat.id)
        .join(Reading, Reading.person_id == Chat.person_id)
        .where(Reading.broadcast_id == broadcast.corrects)
    )
    taken_back = case((read, "edit_message_text"), else_="delete_message")
    return {
        **row,
        "priority": literal(PRIORITY),
        "method": literal("edit_message_text") if broadcast.text else taken_back,
        "chat_id": Outgoing.chat_id + 0,
        "params": literal('{"message_id": ') + cast(Outgoing.message_id, String) + literal("}"),
        "key": literal(f"{notice_runs.about(broadcast.id)}:row:") + cast(Outgoing.id, String),
        "state": literal("paused" if broadcast.state == "paused" else "waiting"),
    }


def _own(
    found: Mapping[str, Any], row: Mapping[str, Any], own: list[str], params: Mapping[str, Any]
) -> dict[str, Any]:
    text = notice_texts.fill_html(str(params["text"]), {name: found[name] for name in own})
    return {**{n: found[n] for n in row}, "params": {"message_id": found["of"], "text": text}}
