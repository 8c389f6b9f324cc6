"""Who acts for which firm, who is its admin, and who asks to be let in.

`Person.enterprise_id` is set by `admit` alone, so whoever waits acts for nobody: every other
service refuses them without knowing of this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Admission, Chat, Enterprise, Person
from errors import Refused
from services import audit, need_states, people, queue, waitlist, working_time
from services.firm_names import proper_name

DAYS = 2  # working days that a firm's admin has; then the organizers are asked


class WaitingToEnter(Refused):
    """Facts: firm, asks, due. The person asked to be let in and has no answer yet."""


class AdmissionUnknown(Refused):
    """No facts: whether there is one that somebody else may decide is not told."""


class SameName(Refused):
    """Facts: name. The firm is called so already."""


class NameTaken(Refused):
    """Facts: name. Another firm is called so."""


def masked_name(name: str | None) -> str:
    """王**: enough to recognise a colleague, too little to look somebody up."""
    return f"{name[0]}**" if name else "**"


async def colleagues(session: AsyncSession, enterprise_id: int) -> list[str]:
    """Masked names of those who act for the firm, its admin first."""
    names = await session.scalars(
        select(Person.name)
        .where(Person.enterprise_id == enterprise_id)
        .order_by(Person.admin.desc(), Person.id)
    )
    return [masked_name(name) for name in names]


async def waiting(session: AsyncSession, person_id: int) -> tuple[Admission, str] | None:
    """What the person waits for, and the firm's name."""
    row = (
        await session.execute(
            select(Admission, Enterprise.name)
            .join(Enterprise, Enterprise.id == Admission.enterprise_id)
            .where(Admission.person_id == person_id, Admission.state == "waiting")
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def check_not_waiting(session: AsyncSession, person_id: int) -> None:
    if found := await waiting(session, person_id):
        admission, firm = found
        raise WaitingToEnter(firm=firm, asks=admission.asks, due=admission.due_at)


async def hold(session: AsyncSession, enterprise_id: int) -> None:
    """Whoever comes, goes or is made admin of a firm does so one after the other."""
    row = select(Enterprise.id).where(Enterprise.id == enterprise_id).with_for_update()
    await session.execute(row)


async def enter(
    session: AsyncSession, person: Person, firm: Enterprise, now: datetime, *, approve: bool = False
) -> Admission | None:
    """Let the person act for the firm, or write down that they ask to; None when they may now.

    A firm without people is whoever's comes first; with `approve` an organizer looks first.
    """
    await hold(session, firm.id)
    if await _others(session, firm.id):
        return await ask(session, person, firm, "join", now)
    if not approve and firm.state == "active":
        await admit(session, person, firm, person.id, now)
        return None
    firm.state = "pending" if firm.state == "refused" else firm.state
    return await ask(session, person, firm, "found", now)


async def ask(
    session: AsyncSession,
    person: Person,
    firm: Enterprise,
    kind: str,
    now: datetime,
    wish: str | None = None,
) -> Admission:
    """One open request a person: asking again for the same is the same."""
    if found := await waiting(session, person.id):
        if (found[0].enterprise_id, found[0].kind, found[0].wish) == (firm.id, kind, wish):
            return found[0]
        await _close(session, Admission.id == found[0].id, now)
    asks = "admin" if kind == "join" and await admin_of(session, firm.id) else "organizer"
    due = working_time.due(now, DAYS)
    admission = Admission(
        person_id=person.id, enterprise_id=firm.id, kind=kind, asks=asks, wish=wish, due_at=due,
        created_at=now,
    )  # fmt: skip
    session.add(admission)
    await session.flush()
    if asks == "admin":
        await queue.plan(
            session, "approvals.escalate", escalation(admission.id), due, admission=admission.id
        )
    return admission


async def rename(session: AsyncSession, person_id: int, name: str, now: datetime) -> Admission:
    """The firm's admin says that it is called otherwise now; an organizer looks at it."""
    firm = await people.firm_of_admin(session, person_id)
    name = proper_name(name)
    if name == firm.name:
        raise SameName(name=name)
    await check_name_free(session, name)
    person = await session.get_one(Person, person_id)
    return await ask(session, person, firm, "rename", now, name)


async def check_name_free(session: AsyncSession, name: str) -> None:
    if await session.scalar(select(Enterprise.id).where(Enterprise.name == name).limit(1)):
        raise NameTaken(name=name)


async def claim_admin(session: AsyncSession, person_id: int, now: datetime) -> Admission | None:
    """Ask to be the admin; where the firm has none, be it at once (None)."""
    person = await session.get_one(Person, person_id, populate_existing=True)
    if person.enterprise_id is None:
        raise AdmissionUnknown
    await hold(session, person.enterprise_id)
    firm = await session.get_one(Enterprise, person.enterprise_id)
    rivals = select(Person.id).where(Person.enterprise_id == firm.id, Person.admin)
    if (rival := await session.scalar(rivals)) is not None:
        return None if rival == person_id else await ask(session, person, firm, "admin", now)
    person.admin = True
    audit.note(session, person_id, "enterprise.admin", f"enterprise:{firm.id}", None,
               f"person:{person_id}", now)  # fmt: skip
    return None


async def admin_of(session: AsyncSession, enterprise_id: int) -> int | None:
    """The firm's admin, if there is one who can be asked."""
    reachable = select(Chat.id).where(Chat.person_id == Person.id, Chat.reachable).exists()
    return await session.scalar(
        select(Person.id).where(Person.enterprise_id == enterprise_id, Person.admin, reachable)
    )


async def withdraw(session: AsyncSession, person_id: int, now: datetime) -> bool:
    """Whatever the person asked for, they ask no more. False: they had asked for nothing."""
    return await _close(session, Admission.person_id == person_id, now)


async def admit(
    session: AsyncSession, person: Person, firm: Enterprise, by: int, now: datetime
) -> None:
    """From now on the person acts for the firm; the first is its admin and takes up what lies."""
    alone = not await _others(session, firm.id)
    has_admin = select(Person.id).where(Person.enterprise_id == firm.id, Person.admin)
    person.admin = await session.scalar(has_admin) is None
    person.enterprise_id = firm.id
    await withdraw(session, person.id, now)
    await waitlist.let_in(session, person.id, firm.id, now)
    if alone:
        await need_states.wake_parked(session, firm.id, person.id, now)
    audit.note(session, by, "person.joined", f"enterprise:{firm.id}", None,
               f"person:{person.id}", now)  # fmt: skip


async def hand_over(
    session: AsyncSession, person: Person, firm: Enterprise, by: int, now: datetime
) -> None:
    if person.enterprise_id != firm.id:
        raise AdmissionUnknown  # left meanwhile
    admin = select(Person).where(Person.enterprise_id == firm.id, Person.admin)
    old = await session.scalar(admin)
    if old is not None:
        old.admin = False
        await session.flush()  # there is never a moment with two
    person.admin = True
    audit.note(session, by, "enterprise.admin", f"enterprise:{firm.id}",
               f"person:{old.id}" if old else None, f"person:{person.id}", now)  # fmt: skip


async def _others(session: AsyncSession, enterprise_id: int) -> bool:
    someone = select(Person.id).where(Person.enterprise_id == enterprise_id).limit(1)
    return await session.scalar(someone) is not None


async def _close(session: AsyncSession, which: ColumnElement[bool], now: datetime) -> bool:
    """What was asked for is asked no more, and no seat is held for it."""
    closed = update(Admission).where(which, Admission.state == "waiting")
    news = closed.values(state="withdrawn").returning(Admission)
    over = (await session.scalars(news.execution_options(populate_existing=True))).all()
    for one in over:
        await queue.unplan(session, escalation(one.id))
        await give_up(session, one, now)
    return bool(over)


async def give_up(session: AsyncSession, admission: Admission, now: datetime) -> int:
    """Whoever is not let in has no seat in the firm's name; how many they had."""
    if admission.kind not in ("join", "found"):
        return 0
    return await waitlist.vacate(session, [admission.person_id], now, admission.enterprise_id)


async def asked_of_admin(session: AsyncSession, enterprise_id: int) -> Sequence[int]:
    """Requests that lie with the firm's admin, whoever that is now."""
    lying = select(Admission.id).where(
        Admission.enterprise_id == enterprise_id,
        Admission.state == "waiting",
        Admission.asks == "admin",
    )
    return (await session.scalars(lying.order_by(Admission.id))).all()


def escalation(admission_id: int) -> str:
    return f"admission:{admission_id}:escalate"
