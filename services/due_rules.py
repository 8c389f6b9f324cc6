"""What becomes of a message that falls due: sent now, in the morning, with others, or not at all.

Judged by what holds at that moment, a portion of rows at a time. Rows without a topic are answers
and personal matters: nothing holds them back. With one:

    expired             not sent; its person hears of it afterwards (services/late.py)
    an event within a day      sent, at any hour and whatever is switched off
    a personal matter          (priority NOTICE: an event that moved) waits for the morning
    switched off               cancelled
    told together              gathered for the next message of that kind, unless it is urgent
    in the quiet hours         waits for the morning
    a notice beyond the cap    cancelled
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Attention, Chat, Outgoing, Person
from services import attention, deadlines, digests, late
from services.attention import DEADLINES, EVENTS, NOTICES, PATENTS

OWN = 1  # priority NOTICE: what concerns the person; reminders and notices to many come after it


class Verdict(NamedTuple):
    state: str
    due_at: datetime
    error: str | None


async def judge(
    connection: AsyncConnection, due: Sequence[Any], now: datetime
) -> dict[int, Verdict]:
    """By their ids the rows that are not to be sent now. One statement for people's wishes, one
    more where there are notices."""
    verdicts = {row.id: Verdict("expired", row.due_at, None) for row in due if _is_over(row, now)}
    if verdicts:
        await late.expire(connection, now)
    asked = [row for row in due if row.topic is not None and row.id not in verdicts]
    if asked:
        listeners = await _listeners(connection, {row.chat_id for row in asked})
        heard = await _heard(connection, asked, listeners, now)
        for row in asked:
            if verdict := _judge(row, listeners.get(row.chat_id), heard, now):
                verdicts[row.id] = verdict
    await digests.plan(connection, {v.due_at for v in verdicts.values() if v.state == "gathered"})
    return verdicts


def _judge(row: Any, listener: Any, heard: Counter[int], now: datetime) -> Verdict | None:
    near = _is_near(row, now)
    if row.topic == EVENTS and near:
        return None
    if row.priority > OWN and listener is not None:
        if _is_off(row.topic, listener, now):
            return Verdict("cancelled", row.due_at, "off")
        if listener.digest and not near:
            return Verdict("gathered", attention.next_digest(now, listener.digest), "digest")
    if attention.is_quiet(now):
        spread = row.id % (60 * attention.rule("quiet")["spread_minutes"] or 1)
        return Verdict("waiting", attention.morning(now) + timedelta(seconds=spread), "quiet")
    if row.topic == NOTICES and listener is not None:
        if heard[listener.person_id] >= attention.rule("cap")["notices"]:
            return Verdict("cancelled", row.due_at, "cap")
        heard[listener.person_id] += 1
    return None


def _is_off(topic: str, listener: Any, now: datetime) -> bool:
    if topic == PATENTS:
        return listener.paused_until is not None and bool(listener.paused_until > now)
    return topic in (listener.off or ())


def _is_over(row: Any, now: datetime) -> bool:
    return row.expires_at is not None and bool(row.expires_at <= now)


def _is_near(row: Any, now: datetime) -> bool:
    """Of an event within a day; of a deadline on the next day that is worked."""
    if row.expires_at is None:
        return False
    if row.topic == EVENTS:
        return bool(row.expires_at <= now + timedelta(hours=attention.rule("urgent")["hours"]))
    return row.topic == DEADLINES and bool(row.expires_at <= deadlines.end_of_next_day(now))


async def _listeners(connection: AsyncConnection, chats: set[int]) -> dict[int, Any]:
    """By chat whose it is, and what they want."""
    rows = await connection.execute(
        select(
            Chat.id, Chat.person_id, Attention.off, Attention.digest,
            Person.pushes_paused_until.label("paused_until"),
        )
        .join(Person, Person.id == Chat.person_id)
        .outerjoin(Attention, Attention.person_id == Person.id)
        .where(Chat.id.in_(chats))
    )  # fmt: skip
    return {row.id: row for row in rows}


async def _heard(
    connection: AsyncConnection, asked: Sequence[Any], listeners: dict[int, Any], now: datetime
) -> Counter[int]:
    """How many notices each of them got, or is getting, in the days that the cap counts."""
    people = {
        listeners[row.chat_id].person_id
        for row in asked
        if row.topic == NOTICES and row.chat_id in listeners
    }
    if not people:
        return Counter()
    since = now - timedelta(days=attention.rule("cap")["days"])
    got = and_(Outgoing.state == "sent", Outgoing.sent_at > since, Outgoing.error.is_(None))
    rows = await connection.execute(
        select(Chat.person_id, func.count())
        .join(Outgoing, Outgoing.chat_id == Chat.id)
        .where(
            Chat.person_id.in_(people),
            Outgoing.topic == NOTICES,
            or_(got, Outgoing.state.in_(("claimed", "sending"))),
        )
        .group_by(Chat.person_id)
    )
    return Counter({person: count for person, count in rows if person is not None})
