"""Where a person reads a notice, and who will be spared it when it falls due, as far as is known
before. A correction knows no limit: it goes to whoever read what was wrong."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Text, false, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Attention, Broadcast, Chat, Outgoing, Person
from services import attention

FILE = Path(__file__).parents[1] / "data" / "notices.toml"
TOPIC = "notices"


@cache
def settings() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def chat_of(*, lost: bool = False) -> ScalarSelect[int]:
    """Where a person reads: of the chats that can be reached, or of those that were lost, the one
    heard from last."""
    return (
        select(Chat.id)
        .where(Chat.person_id == Person.id, ~Chat.reachable if lost else Chat.reachable)
        .order_by(Chat.heard_at.desc().nulls_last(), Chat.id)
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )


def off() -> ColumnElement[bool]:
    """Whether a person wants no notices."""
    switched = type_coerce(Attention.off, Text).contains(f'"{TOPIC}"', autoescape=True)
    return Person.id.in_(select(Attention.person_id).where(switched))


async def over_cap(session: AsyncSession, now: datetime) -> ColumnElement[bool]:
    """Whether a person has had as many notices in a week as anybody gets. Where there were fewer in
    all, nobody has."""
    cap = attention.rule("cap")
    most, days = cap["notices"], timedelta(days=cap["days"])
    recent = select(Broadcast.id).where(
        Broadcast.send_at > now - days, Broadcast.corrects.is_(None),
        Broadcast.state.in_(("sending", "paused", "stopped", "sent")),
    )  # fmt: skip
    about = [f"broadcast:{id}" for id in await session.scalars(recent)]
    if len(about) < most:
        return false()
    had = (
        select(Chat.person_id)
        .join(Outgoing, Outgoing.chat_id == Chat.id)
        .where(Outgoing.about.in_(about), Outgoing.state == "sent", Chat.person_id.is_not(None))
        .group_by(Chat.person_id)
        .having(func.count() >= most)
    )
    return Person.id.in_(had)
