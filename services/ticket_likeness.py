"""Questions that ask the same: open ones that one answer serves, and what was answered before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from rapidfuzz import fuzz, process
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Person, Ticket
from search.tokens import normalise
from services.ticket_states import OPEN

SAME = 75.0  # of 100: how like two questions are that ask the same
NEAR = 50.0  # the same, for an answer that somebody may adapt
FIRST_LOOK = 60  # candidates that are compared pair by pair of signs
LATELY = timedelta(days=365)
MOST = 5000  # questions that are looked through, the newest: reading them is what costs


@dataclass(frozen=True)
class Like:
    """A ticket whose question is alike, from 0 to 100; `name` is who asked."""

    ticket: Ticket
    likeness: float
    name: str | None


async def open_ones(session: AsyncSession, ticket: Ticket) -> list[Like]:
    """Other people's open questions of the same kind, the oldest first."""
    others = (Ticket.state == OPEN, Ticket.person_id != ticket.person_id, Ticket.id != ticket.id)
    found = await _alike(session, ticket.question, SAME, *others)
    return sorted(found, key=lambda like: like.ticket.id)


async def same(session: AsyncSession, ticket: Ticket) -> list[Like]:
    """Other people's tickets that ask the same, answered or not."""
    return await _alike(
        session, ticket.question, SAME, Ticket.id != ticket.id, Ticket.question != ""
    )


async def answers(
    session: AsyncSession, ticket: Ticket, now: datetime, most: int = 3
) -> list[Like]:
    """What was answered to such questions within a year, the likest first, each answer once."""
    past = (Ticket.answer.is_not(None), Ticket.answered_at > now - LATELY, Ticket.id != ticket.id)
    found = await _alike(session, ticket.question, NEAR, *past)
    once = {like.ticket.answer: like for like in reversed(found)}
    return sorted(once.values(), key=lambda like: -like.likeness)[:most]


async def _alike(
    session: AsyncSession, question: str, least: float, *which: ColumnElement[bool]
) -> list[Like]:
    rows = await session.execute(
        select(Ticket.id, Ticket.question).where(*which).order_by(Ticket.id.desc()).limit(MOST)
    )
    asked = {id: _plain(text) for id, text in rows}
    said = _plain(question)
    first = process.extract(said, asked, scorer=fuzz.ratio, limit=FIRST_LOOK, score_cutoff=20)
    scores = {id: likeness(said, text) for text, _, id in first}
    good = {id: score for id, score in scores.items() if score >= least}
    tickets = await session.execute(
        select(Ticket, Person.name)
        .outerjoin(Person, Person.id == Ticket.person_id)
        .where(Ticket.id.in_(good))
    )
    found = [Like(ticket, good[ticket.id], name) for ticket, name in tickets]
    return sorted(found, key=lambda like: (-like.likeness, like.ticket.id))


@lru_cache(maxsize=3 * MOST)
def _plain(text: str) -> str:
    return normalise(text)


def likeness(one: str, other: str) -> float:
    """By pairs of signs, wherever they stand; from 0 to 100."""
    return fuzz.token_sort_ratio(*(" ".join(_pairs(text)) for text in (one, other)))


def _pairs(text: str) -> Sequence[str]:
    return [text[at : at + 2] for at in range(len(text) - 1)] or [text]
