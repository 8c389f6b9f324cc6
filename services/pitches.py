"""Projects at a roadshow: applied for, judged by two, put in order, and liked in the room.

Two reviewers who agree decide; where they differ a third does. Each state is changed with the
pitch's row locked, so that two verdicts at once are counted as two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, Event, Person, Pitch, PitchReview
from db.upsert import insert
from errors import Refused
from services import audit, events
from services.needs import NotRegistered
from services.people import PersonLike

APPLIED, ACCEPTED, REFUSED, WITHDRAWN = "applied", "accepted", "refused", "withdrawn"
ENOUGH = 2  # reviewers who agree
DESK = ("staff", "org")


class NoRoadshow(Refused):
    """Facts: event. Nothing is pitched there, or it has begun."""


class AlreadyPitched(Refused):
    """Facts: pitch. One project a firm."""


class AlreadyReviewed(Refused):
    """Facts: pitch. It is decided, or withdrawn."""


class PitchUnknown(Refused):
    """No facts. Not there, or not this firm's."""


class WrongOrder(Refused):
    """Facts: event_id, total. Each number from 1 to `total` once."""


@dataclass(frozen=True)
class PitchAnswers:
    """What a firm says of its project."""

    title: str
    summary: str
    wanted: str | None = None


@dataclass(frozen=True)
class Card:
    """A pitch as it is shown. `reviews` are what each reviewer said: their name, yes or no, why."""

    pitch: Pitch
    event: Event
    firm: str
    reviews: Sequence[tuple[str | None, bool, str | None]]

    @property
    def split(self) -> bool:
        said = [accepts for _, accepts, _ in self.reviews]
        return self.pitch.state == APPLIED and True in said and False in said


async def apply(
    session: AsyncSession,
    person: PersonLike,
    event_id: int,
    answers: PitchAnswers,
    kinds: Sequence[str],
    now: datetime,
) -> tuple[Pitch, bool]:
    """A firm's project for a roadshow (an event of these `kinds`), and whether it is new; one that
    was withdrawn is judged anew."""
    if person.enterprise_id is None:
        raise NotRegistered
    event = await events.get(session, event_id, lock=True)
    check_roadshow(event, kinds, now)
    known = select(Pitch).filter_by(event_id=event_id, enterprise_id=person.enterprise_id)
    pitch = await session.scalar(known.execution_options(populate_existing=True))
    if pitch is not None and pitch.state == APPLIED and _same(pitch, answers):
        return pitch, False
    if pitch is not None and pitch.state != WITHDRAWN:
        raise AlreadyPitched(pitch=pitch)
    if pitch is None:
        pitch = Pitch(event_id=event_id, enterprise_id=person.enterprise_id, created_at=now)
        session.add(pitch)
    else:
        await session.execute(delete(PitchReview).where(PitchReview.pitch_id == pitch.id))
    pitch.person_id, pitch.state, pitch.position = person.id, APPLIED, None
    pitch.title, pitch.summary, pitch.wanted = answers.title, answers.summary, answers.wanted
    await session.flush()
    return pitch, True


def check_roadshow(event: Event, kinds: Sequence[str], now: datetime) -> None:
    if event.kind not in kinds or event.state != "open" or now >= event.starts_at:
        raise NoRoadshow(event=event)


def _same(pitch: Pitch, answers: PitchAnswers) -> bool:
    return (pitch.title, pitch.summary, pitch.wanted) == (
        answers.title, answers.summary, answers.wanted,
    )  # fmt: skip


async def withdraw(
    session: AsyncSession, person: PersonLike, pitch_id: int, now: datetime
) -> Pitch:
    """Anybody of the firm; the others move up."""
    pitch = await _locked(session, pitch_id)
    if person.enterprise_id is None or pitch.enterprise_id != person.enterprise_id:
        raise PitchUnknown
    if pitch.state in (APPLIED, ACCEPTED):
        before = pitch.state
        pitch.state, pitch.position = WITHDRAWN, None
        await session.flush()
        await _renumber(session, pitch.event_id)
        audit.note(
            session, person.id, "pitch.withdrawn", f"pitch:{pitch_id}", before, WITHDRAWN, now
        )  # fmt: skip
    return pitch


async def review(
    session: AsyncSession,
    reviewer: int,
    pitch_id: int,
    now: datetime,
    *,
    accepts: bool,
    note: str | None = None,
) -> Card:
    """One reviewer's word, which they may change until it is decided."""
    pitch = await _locked(session, pitch_id)
    if pitch.state != APPLIED:
        raise AlreadyReviewed(pitch=pitch)
    news = {"accepts": accepts, "note": note, "at": now}
    said = insert(session, PitchReview).values(pitch_id=pitch_id, person_id=reviewer, **news)
    await session.execute(
        said.on_conflict_do_update(index_elements=["pitch_id", "person_id"], set_=news)
    )
    words = list(
        await session.scalars(select(PitchReview.accepts).where(PitchReview.pitch_id == pitch_id))
    )
    if words.count(accepts) >= ENOUGH:
        pitch.state = ACCEPTED if accepts else REFUSED
        await session.flush()
        if accepts:
            await _renumber(session, pitch.event_id)
        about = f"pitch:{pitch_id}"
        audit.note(session, reviewer, "pitch.decided", about, APPLIED, pitch.state, now)
    return await card(session, pitch_id)


async def card(session: AsyncSession, pitch_id: int) -> Card:
    found = await session.execute(
        select(Pitch, Event, Enterprise.name)
        .join(Event, Event.id == Pitch.event_id)
        .join(Enterprise, Enterprise.id == Pitch.enterprise_id)
        .where(Pitch.id == pitch_id)
        .execution_options(populate_existing=True)
    )
    row = found.one_or_none()
    if row is None:
        raise PitchUnknown
    said = await session.execute(
        select(Person.name, PitchReview.accepts, PitchReview.note)
        .join(Person, Person.id == PitchReview.person_id)
        .where(PitchReview.pitch_id == pitch_id)
        .order_by(PitchReview.id)
    )
    return Card(row[0], row[1], row[2], [(name, accepts, note) for name, accepts, note in said])


async def waiting(session: AsyncSession, reviewer: int, now: datetime) -> Sequence[Card]:
    """Pitches that wait for this reviewer's word, the next event first."""
    mine = select(PitchReview.pitch_id).where(PitchReview.person_id == reviewer)
    found = await session.scalars(
        select(Pitch.id)
        .join(Event, Event.id == Pitch.event_id)
        .where(Pitch.state == APPLIED, Event.state == "open", Event.starts_at > now)
        .where(Pitch.id.not_in(mine))
        .order_by(Event.starts_at, Pitch.id)
        .limit(20)
    )
    return [await card(session, id) for id in found]


async def reviewers(session: AsyncSession, pitch_id: int) -> Sequence[int]:
    """Who may still judge it: staff and organizers who have not."""
    said = select(PitchReview.person_id).where(PitchReview.pitch_id == pitch_id)
    people = select(Person.id).where(Person.role.in_(DESK), Person.id.not_in(said))
    return (await session.scalars(people.order_by(Person.id))).all()


async def of_firm(session: AsyncSession, event_id: int, enterprise_id: int | None) -> Pitch | None:
    found = select(Pitch).filter_by(event_id=event_id, enterprise_id=enterprise_id)
    return await session.scalar(found) if enterprise_id is not None else None


async def move(session: AsyncSession, pitch_id: int, by: int) -> Pitch:
    """One place up (-1) or down (1); at the end nothing happens."""
    pitch = await _locked(session, pitch_id)
    if pitch.state != ACCEPTED or pitch.position is None:
        raise PitchUnknown
    ids = await _in_order(session, pitch.event_id)
    here = ids.index(pitch_id)
    there = min(max(here + by, 0), len(ids) - 1)
    ids.insert(there, ids.pop(here))
    await _number(session, ids)
    return pitch


async def reorder(session: AsyncSession, event_id: int, order: Sequence[int]) -> None:
    """ "3 1 2": what is third now comes first."""
    await events.get(session, event_id, lock=True)
    ids = await _in_order(session, event_id)
    if sorted(order) != list(range(1, len(ids) + 1)):
        raise WrongOrder(event_id=event_id, total=len(ids))
    await _number(session, [ids[place - 1] for place in order])


async def _locked(session: AsyncSession, pitch_id: int) -> Pitch:
    """The pitch, while nobody else changes anything about those of its event."""
    event_id = await session.scalar(select(Pitch.event_id).where(Pitch.id == pitch_id))
    if event_id is None:
        raise PitchUnknown
    await events.get(session, event_id, lock=True)
    return await session.get_one(Pitch, pitch_id, populate_existing=True)


async def _in_order(session: AsyncSession, event_id: int) -> list[int]:
    accepted = select(Pitch.id).filter_by(event_id=event_id, state=ACCEPTED)
    order = func.coalesce(Pitch.position, 10**6), Pitch.id
    return list(await session.scalars(accepted.order_by(*order)))


async def _renumber(session: AsyncSession, event_id: int) -> None:
    await _number(session, await _in_order(session, event_id))


async def _number(session: AsyncSession, ids: Sequence[int]) -> None:
    for place, id in enumerate(ids, 1):
        values: dict[str, Any] = {"position": place}
        await session.execute(update(Pitch).where(Pitch.id == id).values(values))
