"""One person's sign-up as a row: whose it is, what they said, and how it gets a seat.

The event's row is held by whoever calls (services/waitlist.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Admission, Event, Person, SignUp
from errors import Refused
from services import waitlist
from services.memberships import masked_name
from services.people import PersonLike


class FirmFull(Refused):
    """Facts: event_id, title, limit, colleagues (list of Colleague), may_replace. As many of the
    firm come or wait as the organizer lets in."""


class AnswersNeeded(Refused):
    """Facts: event_id, question. The organizer asks something of everybody who comes."""


@dataclass(frozen=True)
class Coming:
    """For which firm somebody comes, and whether they act for it yet."""

    person_id: int
    firm: int
    approved: bool


@dataclass(frozen=True)
class Said:
    """What somebody said on the way to a seat: `answers` to the organizer's questions, and that
    they come `anyway` although they are elsewhere then."""

    answers: Mapping[str, str] = field(default_factory=dict)
    anyway: bool = False


@dataclass(frozen=True)
class Colleague:
    """Whose seat could be had; `name` is masked."""

    signup: int
    name: str
    state: str


async def coming(session: AsyncSession, person: PersonLike) -> Coming | None:
    """None: they act for no firm, and none that is theirs is under approval."""
    if person.enterprise_id is not None:
        return Coming(person.id, person.enterprise_id, True)
    asked = await session.scalar(
        select(Admission.enterprise_id).filter_by(
            person_id=person.id, state="waiting", kind="found"
        )
    )
    return None if asked is None else Coming(person.id, asked, False)


async def of_person(session: AsyncSession, event_id: int, person_id: int) -> SignUp | None:
    await session.flush()
    own = select(SignUp).filter_by(event_id=event_id, person_id=person_id)
    return (await session.scalars(own.execution_options(populate_existing=True))).one_or_none()


async def check_limit(session: AsyncSession, event: Event, coming: Coming) -> None:
    """Those who wait count as well, so that whoever gets an offer may take it."""
    if event.per_firm is None:
        return
    others = await _of_firm(session, event.id, coming)
    if len(others) >= event.per_firm:
        raise FirmFull(
            event_id=event.id, title=event.title, limit=event.per_firm, colleagues=others,
            may_replace=coming.approved,
        )  # fmt: skip


def check_answers(event: Event, said: Said) -> None:
    for question in event.questions:
        if question not in said.answers:
            raise AnswersNeeded(event_id=event.id, question=question)


async def earlier_answer(session: AsyncSession, person_id: int, question: str) -> str | None:
    """What the person said the last time they were asked this."""
    before = await session.scalars(
        select(SignUp.answers).filter_by(person_id=person_id).order_by(SignUp.created_at.desc())
    )
    return next((str(answers[question]) for answers in before if question in answers), None)


async def woken(
    session: AsyncSession, event: Event, coming: Coming, own: SignUp | None, now: datetime
) -> SignUp:
    """The person's row, as nothing yet: a new one, or the old one, which keeps its code."""
    if own is None:
        code = await free_code(session, event.id)
        own = SignUp(event_id=event.id, person_id=coming.person_id, code=code, answers={})
        session.add(own)
    own.enterprise_id, own.created_at, own.state = coming.firm, now, "cancelled"
    own.reason = own.cancelled_by = own.queued_at = own.told_place = own.open_until = None
    await session.flush()
    return own


async def fill(
    session: AsyncSession, event: Event, coming: Coming, own: SignUp, now: datetime
) -> None:
    """A seat that is counted becomes theirs, or is held until they act for their firm."""
    own.state = "confirmed" if coming.approved else "held"
    if not coming.approved:
        until = min(now + waitlist.HOLD, event.starts_at)
        await waitlist.keep(session, event, own, until)
    await session.flush()


async def _of_firm(session: AsyncSession, event_id: int, coming: Coming) -> Sequence[Colleague]:
    rows = await session.execute(
        select(SignUp.id, Person.name, SignUp.name, SignUp.state)
        .outerjoin(Person, Person.id == SignUp.person_id)
        .where(SignUp.event_id == event_id, SignUp.enterprise_id == coming.firm)
        .where(
            SignUp.state.in_(waitlist.ALIVE), SignUp.person_id.is_distinct_from(coming.person_id)
        )
        .order_by(SignUp.id)
    )
    return [Colleague(id, masked_name(name or walked_in), state)
            for id, name, walked_in, state in rows]  # fmt: skip


async def free_code(session: AsyncSession, event_id: int) -> str:
    """Six digits that nobody has at this event."""
    while True:
        code = f"{secrets.randbelow(1_000_000):06}"
        used = select(SignUp.id).where(SignUp.event_id == event_id, SignUp.code == code)
        if await session.scalar(used.limit(1)) is None:
            return code
