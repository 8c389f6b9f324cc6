"""People who cannot be reached: the list to call, and what they missed when they come back.

A network says that somebody blocked us or is gone; then the chat is unreachable until they write
again. What was to be told goes to another chat of theirs, or is kept as missed.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import Body, Chat, Enterprise, Event, Outgoing, Person
from errors import Refused
from services import audit
from services.desk import TAG

NOTICE = 1  # the priority of what concerns the person; reminders and notices to all come after it
FRESH = timedelta(days=30)
MOST = 10


class NotLost(Refused):
    """No facts: no such person, or they can be reached."""


@dataclass(frozen=True)
class Lost:
    """Somebody to call. The number is shown only when it is asked for."""

    id: int
    name: str
    firm: str | None
    phone: str | None
    since: datetime | None


@dataclass(frozen=True)
class Missed:
    """`again` letters arrive now; `titles` is what else was said, `events` came up meanwhile."""

    since: datetime
    again: int
    titles: Sequence[str]
    more: int
    events: Sequence[Event]


async def lost_ones(session: AsyncSession, limit: int = 20) -> Sequence[Lost]:
    """Those who acted for a firm or told us their name and can be reached nowhere."""
    rows = await session.execute(_lost().order_by(func.max(Chat.lost_at).desc()).limit(limit))
    return [Lost(*row) for row in rows]


async def reveal(session: AsyncSession, person_id: int, by: int, now: datetime) -> Lost:
    """The whole number, for an organizer who is about to call; each look is written down."""
    row = (await session.execute(_lost().where(Person.id == person_id))).one_or_none()
    if row is None:
        raise NotLost
    audit.note(session, by, "person.phone_seen", f"person:{person_id}", None, None, now)
    return Lost(*row)


def _lost() -> Any:
    other = aliased(Chat)
    there = select(other.id).where(other.person_id == Person.id, other.reachable).exists()
    return (
        select(Person.id, Person.name, Enterprise.name, Person.phone, func.max(Chat.lost_at))
        .join(Chat, Chat.person_id == Person.id)
        .outerjoin(Enterprise, Enterprise.id == Person.enterprise_id)
        .where(Person.name.is_not(None), ~there)
        .group_by(Person.id, Person.name, Enterprise.name, Person.phone)
    )


async def come_back(
    session: AsyncSession, person_id: int, chat_id: int, now: datetime
) -> Missed | None:
    """What the person missed, once; None for somebody who was not away."""
    mine = Chat.person_id == person_id
    since = await session.scalar(select(func.min(Chat.lost_at)).where(mine))
    if since is None:
        return None
    await session.execute(update(Chat).where(mine).values(lost_at=None))
    missed = (
        await session.execute(
            select(Outgoing, Body.params)
            .outerjoin(Body, Body.id == Outgoing.body_id)
            .where(Outgoing.chat_id.in_(select(Chat.id).where(mine)), Outgoing.state == "missed")
            .order_by(Outgoing.id)
        )
    ).all()
    again = [letter for letter, _ in missed if _still_wanted(letter, now)][-MOST:]
    others = [(letter, body) for letter, body in missed if letter not in again]
    await _tell_again(session, [letter.id for letter in again], chat_id, now)
    await _close(session, [letter.id for letter, _ in others])
    said = [Body.joined(body, letter.params) for letter, body in others]
    titles = [title for params in said if (title := _title(params))]
    return Missed(since, len(again), titles[-MOST:], len(titles[:-MOST]),
                  await _new_events(session, now))  # fmt: skip


def _still_wanted(letter: Outgoing, now: datetime) -> bool:
    return letter.priority == NOTICE and letter.body_id is None and letter.due_at > now - FRESH


async def _tell_again(
    session: AsyncSession, ids: Sequence[int], chat_id: int, now: datetime
) -> None:
    again = update(Outgoing).where(Outgoing.id.in_(ids))
    await session.execute(again.values(state="waiting", chat_id=chat_id, due_at=now, error=None))


async def _close(session: AsyncSession, ids: Sequence[int]) -> None:
    """They never arrived, and nobody waits for them any more."""
    await session.execute(update(Outgoing).where(Outgoing.id.in_(ids)).values(state="failed"))


def _title(params: dict[str, Any]) -> str:
    """The first line, without its markup."""
    lines = html.unescape(TAG.sub("", str(params.get("text") or ""))).strip().splitlines()
    return lines[0][:60] if lines else ""


async def _new_events(session: AsyncSession, now: datetime) -> Sequence[Event]:
    ahead = select(Event).where(Event.state == "open", Event.starts_at > now)
    return (await session.scalars(ahead.order_by(Event.starts_at).limit(3))).all()
