"""What could not be told in time, after the machine slept: said once to each person, together.

Only what still matters to them: an event that began without a reminder and is not long over, a
deadline that passed, a notice. Of what has another reminder to come nothing is said.
"""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from db.base import fixed
from db.models import Body, Chat, Deadline, DeadlineMark, Event, Outgoing, SignUp
from services import queue
from services.attention import rule
from services.desk import TAG
from services.events import LENGTH

KIND = "attention.missed"
PORTION = 500  # chats that are told in one transaction
KNOWN = ("told", "digest", "quiet")  # said already, or held back as its person wanted it
FAR = 60  # characters of a notice


@dataclass(frozen=True)
class Missed:
    """`at` is when the event began or the deadline passed; None of a notice."""

    kind: str
    title: str
    at: datetime | None = None
    over: bool = False


async def expire(connection: AsyncConnection, now: datetime) -> None:
    """Close all that waited too long, at once, so that each person hears of it in one message."""
    over = (
        select(Outgoing.id)
        .where(Outgoing.state == fixed("waiting"), Outgoing.expires_at <= now)
        .with_for_update(skip_locked=True)
    )
    closed = update(Outgoing).where(Outgoing.id.in_(over)).values(state="expired")
    rows = await connection.execute(closed.returning(Outgoing.chat_id))
    chats, due = (
        sorted(set(rows.scalars())),
        now + timedelta(minutes=rule("missed")["wait_minutes"]),
    )
    for start in range(0, len(chats), PORTION):
        some = chats[start : start + PORTION]
        key = f"{KIND}:{now.isoformat()}:{some[0]}"
        await queue.plan(connection, KIND, key, due, chats=some)


async def take(
    session: AsyncSession, chats: Sequence[int], now: datetime
) -> dict[int, list[Missed]]:
    """By person what they missed. Nobody takes it again, so nobody hears it twice."""
    people = select(Chat.person_id).where(Chat.id.in_(chats))
    theirs = select(Chat.id).where(Chat.person_id.in_(people))
    taken = await session.execute(
        update(Outgoing)
        .where(Outgoing.chat_id.in_(theirs), Outgoing.state == "expired", _untold())
        .values(error="told")
        .returning(Outgoing.id)
        .execution_options(synchronize_session=False)
    )
    rows = await session.execute(
        select(
            Outgoing.about, Outgoing.params, Body.params.label("body"),
            Chat.person_id,
        )
        .join(Chat, Chat.id == Outgoing.chat_id)
        .outerjoin(Body, Body.id == Outgoing.body_id)
        .where(Outgoing.id.in_(list(taken.scalars())))
        .order_by(Outgoing.due_at, Outgoing.id)
    )  # fmt: skip
    return await _told(session, rows.all(), now)


def _untold() -> ColumnElement[bool]:
    return or_(Outgoing.error.is_(None), Outgoing.error.not_in(KNOWN))


async def _told(
    session: AsyncSession, rows: Sequence[Any], now: datetime
) -> dict[int, list[Missed]]:
    about = {row.about for row in rows if row.about}
    things = await _events(session, _ids(about, "event"), now)
    things |= await _deadlines(session, _ids(about, "deadline"), now)
    told = defaultdict[int, list[Missed]](list)
    for row in rows:
        kind, _, id = (row.about or "").partition(":")
        if kind in ("event", "deadline"):
            missed = things.get((kind, int(id), row.person_id))
        else:
            missed = Missed("notice", _title(Body.joined(row.body, row.params)))
        if missed and missed not in told[row.person_id]:
            told[row.person_id].append(missed)
    return {person: missed for person, missed in told.items() if missed}


Things = dict[tuple[str, int, int | None], Missed]


async def _events(session: AsyncSession, ids: Sequence[int], now: datetime) -> Things:
    """That began, and those who were to come and have not checked in."""
    since = now - timedelta(days=rule("missed")["days"])
    rows = await session.execute(
        select(Event.id, Event.title, Event.starts_at, Event.ends_at, SignUp.person_id)
        .join(SignUp, and_(SignUp.event_id == Event.id, SignUp.state == "confirmed"))
        .where(
            Event.id.in_(ids), Event.state == "open", Event.starts_at.between(since, now),
            SignUp.checked_in_at.is_(None),
        )
    )  # fmt: skip
    return {
        ("event", id, person): Missed("event", title, at, (end or at + LENGTH) <= now)
        for id, title, at, end, person in rows
    }


async def _deadlines(session: AsyncSession, ids: Sequence[int], now: datetime) -> Things:
    """That passed, and those who have not said that they are done."""
    since = now - timedelta(days=rule("missed")["days"])
    rows = await session.execute(
        select(Deadline.id, Deadline.title, Deadline.due_at, Chat.person_id)
        .join(Outgoing, Outgoing.about == literal("deadline:") + cast(Deadline.id, String))
        .join(Chat, Chat.id == Outgoing.chat_id)
        .outerjoin(
            DeadlineMark,
            and_(
                DeadlineMark.deadline_id == Deadline.id,
                DeadlineMark.person_id == Chat.person_id,
                DeadlineMark.state.in_(("done", "needless")),
            ),
        )
        .where(
            Deadline.id.in_(ids), Deadline.state == "open", Deadline.due_at.between(since, now),
            DeadlineMark.id.is_(None),
        )
    )  # fmt: skip
    return {
        ("deadline", id, person): Missed("deadline", title, at, True)
        for id, title, at, person in rows
    }


def _ids(about: set[str], kind: str) -> list[int]:
    return [int(one.partition(":")[2]) for one in about if one.startswith(f"{kind}:")]


def _title(said: dict[str, Any]) -> str:
    lines = html.unescape(TAG.sub("", str(said.get("text") or ""))).strip().splitlines()
    return " ".join(line.strip() for line in lines if line.strip())[:FAR]
