"""Deadlines of the programme: whom they concern, when each is reminded, what each said to it.

Reminded on working days only: where the day is a day off, on the working day before. Whom a round
reaches is read when it falls due, so that nobody who is done hears of it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Deadline, DeadlineMark, Outgoing, Person
from db.upsert import insert
from errors import Refused
from services import attention, audiences, queue, rounds, working_time
from services.attention import DAY_LONG, at, rule

KIND, AGAIN = "deadlines.remind", "deadlines.again"
DONE, NEEDLESS, SNOOZED = "done", "needless", "snoozed"
CLOSES = time(23, 59)


class DeadlineUnknown(Refused):
    """No facts. It is not there any more, or none of theirs."""


class DeadlinePast(Refused):
    """Facts: title."""


@dataclass(frozen=True)
class Due:
    """A round that falls due now; of use until `expires_at`."""

    deadline: Deadline
    days: int
    expires_at: datetime

    @property
    def round(self) -> rounds.Round:
        about = f"deadline:{self.deadline.id}"
        return rounds.Round(f"{about}:{self.days}", about, attention.DEADLINES, self.expires_at)


@dataclass(frozen=True)
class Counts:
    """Of those whom it concerns."""

    people: int
    done: int
    needless: int

    @property
    def open(self) -> int:
        return self.people - self.done - self.needless


def whom(deadline: Deadline) -> list[ColumnElement[bool]]:
    """Conditions on Person: whom it concerns."""
    if deadline.audience is None:
        return [Person.id == deadline.person_id]
    return audiences.meant(deadline.audience)


# The organizer's part


async def announce(
    session: AsyncSession, by: int, title: str, day: date, text: str | None,
    audience: dict[str, Any], now: datetime,
) -> Deadline:  # fmt: skip
    """Until the end of the day; the same twice is the same one."""
    due_at = at(day, CLOSES)
    if due_at <= now:
        raise DeadlinePast(title=title)
    same = select(Deadline).filter_by(title=title, due_at=due_at, created_by=by, state="open")
    if deadline := await session.scalar(same.limit(1)):
        return deadline
    deadline = Deadline(
        title=title, text=text, due_at=due_at, audience=audience, created_by=by, state="open",
        created_at=now,
    )  # fmt: skip
    session.add(deadline)
    await session.flush()
    await _plan(session, deadline, now)
    return deadline


async def withdraw(session: AsyncSession, deadline_id: int) -> Deadline:
    """Nobody is reminded any more, also of what waits in the outbox."""
    deadline = await _programme(session, deadline_id)
    deadline.state = "withdrawn"
    await queue.unplan(session, f"deadline:{deadline_id}:")
    waits = update(Outgoing).where(
        Outgoing.about == f"deadline:{deadline_id}", Outgoing.state.in_(("waiting", "gathered"))
    )
    await session.execute(waits.values(state="cancelled", error="withdrawn"))
    return deadline


async def listed(session: AsyncSession, now: datetime) -> list[tuple[Deadline, Counts]]:
    """Those of the programme that lie ahead, or passed within a month, with their counts."""
    standing = select(Deadline).where(
        Deadline.person_id.is_(None), Deadline.state == "open",
        Deadline.due_at > now - timedelta(days=30),
    )  # fmt: skip
    found = (await session.scalars(standing.order_by(Deadline.due_at, Deadline.id).limit(20))).all()
    return [(one, await counts(session, one)) for one in found]


async def counts(session: AsyncSession, deadline: Deadline) -> Counts:
    said = DeadlineMark.state
    row = await session.execute(
        select(
            func.count(), func.count().filter(said == DONE), func.count().filter(said == NEEDLESS)
        )
        .select_from(Person)
        .outerjoin(
            DeadlineMark,
            and_(DeadlineMark.person_id == Person.id, DeadlineMark.deadline_id == deadline.id),
        )
        .where(*whom(deadline))
    )
    return Counts(*row.one())


# The rounds


def moments(due_at: datetime) -> dict[datetime, int]:
    """When people are reminded, and how many days before that counts as."""
    day = working_time.today(due_at)
    each = {at(_worked(day - timedelta(days=n)), hour()): n for n in rule("deadlines")["days"]}
    return dict(sorted(each.items()))


def hour() -> time:
    """When people are reminded of days."""
    return time.fromisoformat(rule("deadlines")["hour"])


def end_of_next_day(now: datetime) -> datetime:
    """Of the next day that is worked, after today."""
    day = working_time.today(now) + DAY_LONG
    while not working_time.is_working_day(day):
        day += DAY_LONG
    return at(day, time.max)


def _worked(day: date) -> date:
    while not working_time.is_working_day(day):
        day -= DAY_LONG
    return day


async def _plan(session: AsyncSession, deadline: Deadline, now: datetime) -> None:
    """Those that lie ahead; where none does, one at once."""
    ahead = {m: n for m, n in moments(deadline.due_at).items() if m > now} or {now: 0}
    for moment, days in ahead.items():
        await queue.plan(session, KIND, f"deadline:{deadline.id}:{days}", moment,
                         deadline=deadline.id, days=days)  # fmt: skip


async def to_remind(
    session: AsyncSession, deadline_id: int, days: int, now: datetime
) -> Due | None:
    """None when it was withdrawn, or is so late that the next round is due. The last one is of use
    until the deadline passes; who was not reminded by then hears so afterwards."""
    deadline = await session.get(Deadline, deadline_id, populate_existing=True)
    if deadline is None or deadline.state != "open":
        return None
    later = [moment for moment, n in moments(deadline.due_at).items() if n < days]
    until = min([*later, deadline.due_at])
    forgotten = deadline.due_at + timedelta(days=rule("missed")["days"])
    if now >= until and (later or now >= forgotten):
        return None
    return Due(deadline, days, until)


def open_for(deadline: Deadline, now: datetime) -> Select[int]:
    """Whom it concerns and who has not said that they are done, or to come back later."""
    said = select(DeadlineMark.id).where(
        DeadlineMark.deadline_id == deadline.id,
        DeadlineMark.person_id == Person.id,
        or_(DeadlineMark.state.in_((DONE, NEEDLESS)), DeadlineMark.until > now),
    )
    return select(Person.id).where(*whom(deadline), ~said.exists())


async def go_on(session: AsyncSession, due: Due, body: int, after: int, now: datetime) -> None:
    await queue.plan(session, KIND, f"{due.round.key}:after:{after}", now,
                     deadline=due.deadline.id, days=due.days, body=body, after=after)  # fmt: skip


# What people say to it


async def mark(
    session: AsyncSession, person_id: int, deadline_id: int, state: str, now: datetime
) -> tuple[Deadline, datetime | None]:
    """Done, needless, or to be told of tomorrow: then when."""
    deadline = await concerning(session, person_id, deadline_id)
    until = None
    if state == SNOOZED:
        until = at(
            working_time.today(now) + DAY_LONG, time.fromisoformat(rule("deadlines")["hour"])
        )
        if deadline.person_id is None and until >= deadline.due_at:
            raise DeadlinePast(title=deadline.title)
        await queue.plan(
            session, AGAIN, f"deadline:{deadline_id}:again:{person_id}:{until:%Y%m%d}", until,
            deadline=deadline_id, person=person_id,
        )  # fmt: skip
    elif state not in (DONE, NEEDLESS):
        raise DeadlineUnknown
    said = {"state": state, "until": until, "at": now}
    row = insert(session, DeadlineMark).values(deadline_id=deadline_id, person_id=person_id, **said)
    await session.execute(
        row.on_conflict_do_update(index_elements=["deadline_id", "person_id"], set_=said)
    )
    return deadline, until


async def concerning(session: AsyncSession, person_id: int, deadline_id: int) -> Deadline:
    """The deadline, if it is theirs or meant for them."""
    deadline = await session.get(Deadline, deadline_id, populate_existing=True)
    if deadline is None or deadline.state != "open":
        raise DeadlineUnknown
    theirs = select(Person.id).where(Person.id == person_id, *whom(deadline))
    if await session.scalar(theirs) is None:
        raise DeadlineUnknown
    return deadline


async def snoozed(
    session: AsyncSession, deadline_id: int, person_id: int, now: datetime
) -> Deadline | None:
    """The deadline that somebody wanted to hear of again today, if they still do."""
    deadline = await session.get(Deadline, deadline_id, populate_existing=True)
    said = await session.scalar(
        select(DeadlineMark).filter_by(deadline_id=deadline_id, person_id=person_id, state=SNOOZED)
    )
    if deadline is None or said is None or said.until is None or said.until > now:
        return None
    passed = deadline.person_id is None and deadline.due_at <= now
    return None if passed or deadline.state != "open" else deadline


async def of_person(session: AsyncSession, person_id: int, now: datetime) -> Sequence[Deadline]:
    """The programme's that lie ahead, concern them and are open for them, the next first."""
    ahead = select(Deadline).where(
        Deadline.person_id.is_(None), Deadline.state == "open", Deadline.due_at > now
    )
    found = (await session.scalars(ahead.order_by(Deadline.due_at, Deadline.id).limit(20))).all()
    finished = set(
        await session.scalars(
            select(DeadlineMark.deadline_id).where(
                DeadlineMark.person_id == person_id, DeadlineMark.state.in_((DONE, NEEDLESS))
            )
        )
    )
    return [
        one
        for one in found
        if one.id not in finished
        and await session.scalar(select(Person.id).where(Person.id == person_id, *whom(one)))
    ]


async def _programme(session: AsyncSession, deadline_id: int) -> Deadline:
    deadline = await session.get(Deadline, deadline_id, populate_existing=True)
    if deadline is None or deadline.person_id is not None:
        raise DeadlineUnknown
    return deadline
