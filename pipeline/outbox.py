"""What leaves, as rows: what is due, who holds it, what became of it.

States of a row:
    waiting    due at `due_at`, held by nobody
    claimed    held by `owner`, surely not sent yet
    sending    handed to a network that cannot tell a repetition; after a crash: uncertain
    sent       accepted by the network
    failed     refused for good; `error` says why
    held       uncertain, and better not sent twice: an organizer decides
    cancelled  withdrawn before it left, or not wanted; `error` says why
    gathered   waits to be told together with others
    expired    it would have been no use any more when its turn came
    missed     its person could not be reached anywhere, and has not been back since
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    bindparam,
    case,
    func,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from db.base import fixed
from db.models import Body, Chat, Job, Outgoing
from pipeline import words
from pipeline.ownership import LEASE, is_dead
from pipeline.work import BROADCAST, REPLY, Letter

MOST_REPETITIONS = 3

Owned = Chat | Job | Outgoing


@dataclass(frozen=True)
class Outcome:
    """What became of a letter that was sent or refused."""

    letter: Letter
    state: str
    message_id: int | None = None
    error: str | None = None
    retry_at: datetime | None = None
    unreachable: bool = False


class Verdict(Protocol):
    """What is to become of a row instead of being sent now."""

    @property
    def state(self) -> str: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def error(self) -> str | None: ...


Rules = Callable[[AsyncConnection, Sequence[Any], datetime], Awaitable[Mapping[int, Verdict]]]
"""Judges rows that fall due, by their ids; what it says nothing of is sent."""


class Taken(NamedTuple):
    """Letters to send; and whether more may be due."""

    letters: list[Letter]
    more: bool


async def no_rules(
    connection: AsyncConnection, due: Sequence[Any], now: datetime
) -> Mapping[int, Verdict]:
    return {}


async def claim_due(
    connection: AsyncConnection, owner: str, now: datetime, limit: int, rules: Rules = no_rules
) -> Taken:
    """Take the most urgent letters that are due."""
    return await _claim(connection, _DUE, {"now": now, "most": limit}, owner, rules)


async def claim_company(
    connection: AsyncConnection, owner: str, now: datetime, body: int, channel: str, limit: int,
    rules: Rules = no_rules,
) -> list[Letter]:  # fmt: skip
    """Take more letters that say the same to chats of one network."""
    alike = {"now": now, "most": limit, "body": body, "channel": channel}
    return (await _claim(connection, _COMPANY, alike, owner, rules)).letters


async def _claim(
    connection: AsyncConnection, due: Any, which: dict[str, Any], owner: str, rules: Rules
) -> Taken:
    rows = (await connection.execute(due, which)).all()
    more = len(rows) == which["most"]
    verdicts = await rules(connection, rows, which["now"]) if rows else {}
    await _set_aside(connection, verdicts)
    ids = [row.id for row in rows if row.id not in verdicts]
    if not ids:
        return Taken([], more)
    held = {"letters": ids, "me": owner, "until": which["now"] + LEASE}
    await connection.execute(_CLAIM, held)
    return Taken(await _letters(connection, ids), more)


async def _set_aside(connection: AsyncConnection, verdicts: Mapping[int, Verdict]) -> None:
    if verdicts:
        await connection.execute(
            _SET_ASIDE,
            [
                {"letter": id, "to_state": v.state, "to_due_at": v.due_at, "to_error": v.error}
                for id, v in verdicts.items()
            ],
        )


_CLAIM = (
    update(Outgoing)
    .where(Outgoing.id.in_(bindparam("letters", expanding=True)))
    .values(state="claimed", owner=bindparam("me"), lease_until=bindparam("until"))
)
_SET_ASIDE = (
    update(Outgoing)
    .where(Outgoing.id == bindparam("letter"))
    .values(state=bindparam("to_state"), due_at=bindparam("to_due_at"), error=bindparam("to_error"))
)
_DUE = (  # SQLite has no such lock, and leaves it out
    select(
        Outgoing.id, Outgoing.chat_id, Outgoing.priority, Outgoing.due_at, Outgoing.topic,
        Outgoing.expires_at,
    )
    .where(Outgoing.state == fixed("waiting"), Outgoing.due_at <= bindparam("now"))
    .order_by(Outgoing.priority, Outgoing.due_at, Outgoing.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)  # fmt: skip
_COMPANY = _DUE.where(
    Outgoing.body_id == bindparam("body"),
    Outgoing.params == {},
    Outgoing.chat_id.in_(select(Chat.id).where(Chat.channel == bindparam("channel"))),
)


async def _letters(connection: AsyncConnection, ids: list[int]) -> list[Letter]:
    rows = await connection.execute(_LETTERS, {"letters": ids})
    return [
        Letter(row.chat_id, row.method, Body.joined(row.body, row.params), row.priority,
               row.key, row.about, row.due_at, row.id, row.attempts,
               body=None if row.params else row.body_id)
        for row in rows
    ]  # fmt: skip


_LETTERS = (
    select(Outgoing, Body.params.label("body"))
    .outerjoin(Body, Body.id == Outgoing.body_id)
    .where(Outgoing.id.in_(bindparam("letters", expanding=True)))
    .order_by(Outgoing.priority, Outgoing.id)
)


async def mark_sending(connection: AsyncConnection, ids: list[int]) -> None:
    await connection.execute(_MARK_SENDING, {"letters": ids})


_MARK_SENDING = (
    update(Outgoing)
    .where(Outgoing.id.in_(bindparam("letters", expanding=True)))
    .values(state="sending")
)


async def settle(connection: AsyncConnection, outcomes: list[Outcome], now: datetime) -> None:
    """Write down what became of letters. One that is to be tried again waits for its time. In the
    order of their ids, as in `hold`: two that lock the same rows must not wait for each other."""
    await connection.execute(
        _SETTLE,
        [
            {
                "letter": o.letter.id,
                "to_state": o.state,
                "to_message_id": o.message_id,
                "to_error": o.error,
                "to_sent_at": now if o.state == "sent" else None,
                "to_due_at": o.retry_at,
            }
            for o in sorted(outcomes, key=lambda outcome: outcome.letter.id)
        ],
    )
    uncertain = [o.letter.id for o in outcomes if o.state == "sending"]
    if uncertain:
        await _resolve_uncertain(connection, Outgoing.id.in_(uncertain))
    refused = [o.letter for o in outcomes if o.unreachable]
    for chat in sorted({letter.chat_id for letter in refused}):
        await lose(connection, chat, now, [letter.id for letter in refused])


async def lose(
    connection: AsyncConnection, chat: int, now: datetime, refused: Sequence[int] = ()
) -> None:
    """Nobody is reached here from now on; what was refused, and what waits, is kept for them."""
    lost = update(Chat).where(Chat.id == chat, Chat.reachable)
    await connection.execute(lost.values(reachable=False, lost_at=now))
    await _send_elsewhere(connection, chat, refused)


async def _send_elsewhere(connection: AsyncConnection, chat: int, refused: Sequence[int]) -> None:
    """What cannot arrive here goes to another chat of the same person, or is kept as missed.

    An edit changes a message of its own chat, so it goes nowhere else.
    """
    other = await connection.scalar(_ANOTHER, {"chat": chat})
    here, said = Outgoing.chat_id == chat, Outgoing.method.startswith("send_")
    if other is None:
        whose = select(Chat.id).where(Chat.id == chat, Chat.person_id.is_not(None))
        lost = update(Outgoing).where(here, said, Outgoing.id.in_(refused), whose.exists())
        await connection.execute(lost.values(state="missed"))
        return
    waiting = or_(Outgoing.id.in_(refused), Outgoing.state == "waiting")
    await connection.execute(
        update(Outgoing).where(here, said, waiting).values(chat_id=other, state="waiting")
    )


_LOST = aliased(Chat)
_ANOTHER = (
    select(Chat.id)
    .join(_LOST, _LOST.person_id == Chat.person_id)
    .where(_LOST.id == bindparam("chat"), Chat.reachable)
    .order_by(Chat.heard_at.desc().nulls_last())
    .limit(1)
)


_SETTLE = (
    update(Outgoing)
    .where(Outgoing.id == bindparam("letter"))
    .values(
        state=bindparam("to_state"),
        message_id=bindparam("to_message_id"),
        error=bindparam("to_error"),
        sent_at=bindparam("to_sent_at"),
        due_at=case(
            (bindparam("to_due_at", type_=Outgoing.due_at.type).is_(None), Outgoing.due_at),
            else_=bindparam("to_due_at", type_=Outgoing.due_at.type),
        ),
        attempts=Outgoing.attempts + 1,
        owner=None,
        lease_until=None,
    )
)


async def hold(connection: AsyncConnection, ids: list[int], now: datetime) -> None:
    """Renew the leases of letters that are in hand: a chat's pace may keep them waiting long."""
    if ids:
        until = now + LEASE
        await connection.execute(_HOLD, [{"letter": id, "until": until} for id in sorted(ids)])


_HOLD = (
    update(Outgoing)
    .where(Outgoing.id == bindparam("letter"), Outgoing.owner.is_not(None))
    .values(lease_until=bindparam("until"))
)


_DEAD: BindParameter[str] = bindparam("dead", expanding=True)
_NOW: BindParameter[datetime] = bindparam("now")


async def recover(connection: AsyncConnection, now: datetime) -> None:
    """Free what dead processes held: their lease ran out, or they ran here and are gone."""
    owners = (await connection.execute(_OWNERS)).scalars()
    over = {"dead": [owner for owner in owners if owner and is_dead(owner)], "now": now}
    await connection.execute(_FREE_CHATS, over)
    await connection.execute(_FREE_JOBS, over)
    await _resolve_uncertain(connection, _abandoned(Outgoing, **over))
    await connection.execute(_FREE_LETTERS, over)
    await _level(connection)


def _abandoned(table: type[Owned], dead: Any = _DEAD, now: Any = _NOW) -> ColumnElement[bool]:
    return or_(table.owner.in_(dead), table.lease_until < now)


_OWNERS = union(*(select(t.owner).where(t.owner.is_not(None)) for t in (Chat, Outgoing, Job)))
_FREE_CHATS = update(Chat).where(_abandoned(Chat)).values(owner=None, lease_until=None)
_FREE_JOBS = (
    update(Job).where(_abandoned(Job)).values(state="waiting", owner=None, lease_until=None)
)
_FREE_LETTERS = (
    update(Outgoing)
    .where(_abandoned(Outgoing), Outgoing.state == "claimed")
    .values(state="waiting", owner=None, lease_until=None)
)


async def _level(connection: AsyncConnection) -> None:
    """A reply that was left behind is due no sooner than those before it in its chat."""
    await connection.execute(_LEVEL)


_BEFORE = aliased(Outgoing)
_SOONEST = (
    select(func.max(_BEFORE.due_at))
    .where(
        _BEFORE.chat_id == Outgoing.chat_id,
        _BEFORE.id < Outgoing.id,
        _BEFORE.state == fixed("waiting"),
        _BEFORE.priority == REPLY,
    )
    .correlate(Outgoing)
    .scalar_subquery()
)
_LEVEL = (
    update(Outgoing)
    .where(
        Outgoing.state == fixed("waiting"),
        Outgoing.priority == REPLY,
        Outgoing.due_at < _SOONEST,
    )
    .values(due_at=_SOONEST)
    .execution_options(synchronize_session=False)
)


async def lines(connection: AsyncConnection) -> Sequence[Row[int, datetime, int]]:
    """Chats with replies that wait: until when (`until`), and the last of them (`last`)."""
    return (await connection.execute(_LINES)).all()


_LINES = (
    select(
        Outgoing.chat_id,
        func.max(Outgoing.due_at).label("until"),
        func.max(Outgoing.id).label("last"),
    )
    .where(Outgoing.state == fixed("waiting"), Outgoing.priority == REPLY)
    .group_by(Outgoing.chat_id)
)


async def _resolve_uncertain(connection: AsyncConnection, uncertain: ColumnElement[bool]) -> None:
    """A letter that may have arrived: what must arrive is sent again and says so, a broadcast
    is held. (Networks that can tell a repetition never get here: see delivery.py.)"""
    rows = await connection.execute(
        select(Outgoing, Body.params.label("body"))
        .outerjoin(Body, Body.id == Outgoing.body_id)
        .where(uncertain, Outgoing.state == "sending")
    )
    for row in rows.all():
        held = row.priority >= BROADCAST or row.attempts >= MOST_REPETITIONS
        await connection.execute(
            update(Outgoing)
            .where(Outgoing.id == row.id)
            .values(
                state="held" if held else "waiting",
                params=row.params if held else _marked(row),
                owner=None,
                lease_until=None,
            )
        )


def _marked(row: Any) -> dict[str, Any]:
    """A message says that it is a repetition. An edit or a deletion does nothing the second
    time, so it needs no mark."""
    if not row.method.startswith("send_"):
        return dict(row.params)
    mark = words.word("delivery/labels", "again")
    where = "text" if row.method == "send_message" else "caption"
    said = Body.joined(row.body, row.params).get(where, "")
    return {**row.params, where: said if said.startswith(mark) else mark + said}
