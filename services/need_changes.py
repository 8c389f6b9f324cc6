"""Changing a need that is posted: one field, old → new, noted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Need, Segment
from services import audit, industries, need_quality, need_states, needs
from services.need_states import LIVE, PUBLISHED, RETURNED, REVIEW, STANDING
from services.people import PersonLike

TEXTS = ("problem", "target", "gap")
MORE = "more"
FIELDS = (*TEXTS, MORE, "budget", "wanted_by", "modes", "segment", "visibility")


@dataclass(frozen=True)
class Changed:
    """`reviewed` says that staff look at it again; `secrets` are words that they will ask about."""

    need: Need
    field: str
    before: Any
    after: Any
    reviewed: bool
    secrets: list[str]


async def change(
    session: AsyncSession, person: PersonLike, need_id: int, field: str, value: Any, now: datetime
) -> Changed:
    """Set one field (or add to the problem). New words pass the human gate again."""
    need = await needs.get_for(session, person, need_id)
    if need.state not in LIVE:
        raise need_states.NeedMoved(need_id=need.id, state=need.state)
    before = await _value(session, need, field)
    await _set(session, need, field, value)
    after = await _value(session, need, field)
    told = before != after and field in (*TEXTS, MORE)
    reviewed = told and need.state in (PUBLISHED, RETURNED)
    if told and need.state in STANDING:
        await need_states.changed(session, [need.id], now)
    if reviewed:
        news = need_states.for_review(now)
        need.state = REVIEW
        need.promised_at, need.handled_at = news["promised_at"], None
        need.chase_at, need.chased = None, False
    need.rough = need_quality.vague(need.problem)
    audit.note(session, person.id, f"need.{field}", f"need:{need.id}", _noted(before),
               _noted(after), now)  # fmt: skip
    await session.flush()
    found = need_quality.secrets(str(value)) if told else []
    return Changed(need, field, before, after, reviewed, found)


async def _value(session: AsyncSession, need: Need, field: str) -> Any:
    if field == "budget":
        return None if need.budget_low is None else (need.budget_low, need.budget_high)
    if field == "segment":
        return await session.scalar(select(Segment.name).where(Segment.id == need.segment_id))
    if field == "visibility":
        return need.anonymous
    return getattr(need, "problem" if field == MORE else field)


async def _set(session: AsyncSession, need: Need, field: str, value: Any) -> None:
    if field == "budget":
        need.budget_low, need.budget_high = value or (None, None)
    elif field == "segment":
        need.segment_id = await industries.id_of(session, value)
    elif field == "visibility":
        need.anonymous = value
    elif field == MORE:
        need.problem = f"{need.problem}\n{value}"
    else:
        setattr(need, field, value)


def _noted(value: Any) -> str | None:
    return None if value is None else str(value)
