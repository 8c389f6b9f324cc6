"""Deciding who is let in: a colleague by the firm's admin, a new firm or admin by an organizer.

What an admin leaves lying for two working days goes to the organizers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Admission, Enterprise, Person
from errors import Refused
from services import audit, memberships, queue, working_time
from services.memberships import AdmissionUnknown


class AlreadyDecided(Refused):
    """Facts: accepted, by (a name, or None), at."""


@dataclass(frozen=True)
class Card:
    """What whoever decides needs to know. `colleagues` and `admin` are masked names."""

    admission: Admission
    firm: Enterprise
    person: Person
    colleagues: Sequence[str]
    admin: str | None


@dataclass(frozen=True)
class Decided:
    """`rival` is the admin in whose place the person stepped or did not step, `seats` how many
    seats and places in line the person gave up with it."""

    card: Card
    accepted: bool
    rival: int | None
    seats: int = 0


async def card(session: AsyncSession, admission_id: int) -> Card:
    row = (
        await session.execute(
            select(Admission, Enterprise, Person)
            .join(Enterprise, Enterprise.id == Admission.enterprise_id)
            .join(Person, Person.id == Admission.person_id)
            .where(Admission.id == admission_id)
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    if row is None:
        raise AdmissionUnknown
    admission, firm, person = row
    admin = select(Person.name).where(Person.enterprise_id == firm.id, Person.admin)
    name = await session.scalar(admin)
    return Card(
        admission,
        firm,
        person,
        await memberships.colleagues(session, firm.id),
        name and memberships.masked_name(name),
    )


async def open_ones(session: AsyncSession, limit: int = 20) -> Sequence[tuple[Admission, str]]:
    """What the organizers have to decide with the firms' names, the oldest first."""
    rows = await session.execute(
        select(Admission, Enterprise.name)
        .join(Enterprise, Enterprise.id == Admission.enterprise_id)
        .where(Admission.state == "waiting", Admission.asks == "organizer")
        .order_by(Admission.due_at, Admission.id)
        .limit(limit)
    )
    return [(admission, firm) for admission, firm in rows]


async def deciding(session: AsyncSession, admission_id: int, by: int) -> Card:
    """The card, for somebody who may decide it; AdmissionUnknown for everybody else."""
    may = select(Admission.id).join(Person, Person.id == by).where(
        Admission.id == admission_id, Admission.person_id != by, _may_decide()
    )  # fmt: skip
    if await session.scalar(may) is None:
        raise AdmissionUnknown
    found = await card(session, admission_id)
    if found.admission.state != "waiting":
        raise await _decided_before(session, found.admission)
    return found


async def decide(
    session: AsyncSession,
    admission_id: int,
    by: int,
    now: datetime,
    *,
    accept: bool,
    reason: str | None = None,
) -> Decided:
    """The first decision counts. `reason` is a key of the template's reasons."""
    found = await deciding(session, admission_id, by)
    admission, firm, person = found.admission, found.firm, found.person
    await _settle(session, admission, "accepted" if accept else "refused", reason, by, now)
    rival = await memberships.admin_of(session, firm.id)
    await queue.unplan(session, memberships.escalation(admission.id))
    await memberships.hold(session, firm.id)
    seats = 0
    if not accept:
        firm.state = "refused" if firm.state == "pending" else firm.state
        seats = await memberships.give_up(session, admission, now)
        audit.note(session, by, f"{admission.kind}.refused", f"enterprise:{firm.id}",
                   f"person:{person.id}", reason, now)  # fmt: skip
    elif admission.kind == "admin":
        await memberships.hand_over(session, person, firm, by, now)
    elif admission.kind == "rename":
        await _rename(session, admission, firm, by, now)
    else:
        firm.state = "active"
        await memberships.admit(session, person, firm, by, now)
    await session.flush()
    return Decided(found, accept, rival, seats)


async def escalate(session: AsyncSession, admission_id: int, now: datetime) -> Card | None:
    """The admin let the time pass: from now on the organizers are asked. None if it is settled."""
    late = update(Admission).where(
        Admission.id == admission_id, Admission.state == "waiting", Admission.asks == "admin"
    )
    changed = await session.scalar(
        late.values(asks="organizer", due_at=working_time.due(now)).returning(Admission.id)
    )
    return None if changed is None else await card(session, admission_id)


async def question(session: AsyncSession, admission_id: int, by: int, text: str) -> Card:
    """An organizer asks back before deciding."""
    found = await deciding(session, admission_id, by)
    found.admission.question, found.admission.answer = text, None
    return found


async def answer(session: AsyncSession, admission_id: int, person_id: int, text: str) -> Card:
    """The applicant answers; only of their own request, and while it is open."""
    found = await card(session, admission_id)
    if found.person.id != person_id or found.admission.question is None:
        raise AdmissionUnknown
    if found.admission.state != "waiting":
        raise await _decided_before(session, found.admission)
    found.admission.answer = text
    return found


async def _rename(
    session: AsyncSession, admission: Admission, firm: Enterprise, by: int, now: datetime
) -> None:
    assert admission.wish is not None
    await memberships.check_name_free(session, admission.wish)
    before, firm.name = firm.name, admission.wish
    audit.note(session, by, "enterprise.name", f"enterprise:{firm.id}", before, firm.name, now)


async def _settle(
    session: AsyncSession,
    admission: Admission,
    state: str,
    reason: str | None,
    by: int,
    now: datetime,
) -> None:
    """One conditional UPDATE: of two who decide at once the second hears of the first."""
    open_one = update(Admission).where(Admission.id == admission.id, Admission.state == "waiting")
    news = {"state": state, "reason": reason, "decided_by": by, "decided_at": now}
    if await session.scalar(open_one.values(news).returning(Admission.id)) is None:
        await session.refresh(admission)
        raise await _decided_before(session, admission)


def _may_decide() -> ColumnElement[bool]:
    admin = Person.admin & (Person.enterprise_id == Admission.enterprise_id)
    return or_(Person.role == "org", admin & (Admission.kind == "join"))


async def _decided_before(session: AsyncSession, admission: Admission) -> AlreadyDecided:
    name = await session.scalar(select(Person.name).where(Person.id == admission.decided_by))
    accepted = admission.state == "accepted"
    return AlreadyDecided(accepted=accepted, by=name, at=admission.decided_at)
