"""Two that are one person become one row's, and can be parted again for a day.

Every column that points to a person is moved, in whatever table, so that a new table needs
nothing here. Where both have a row of which a person can only have one (a draft of a form, a seat
of an event), the kept person's row takes what counts, and the other stays behind for the undo.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, UniqueConstraint, and_, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Base
from db.models import Draft, Merge, Person, SignUp
from errors import Refused
from services import audit, memberships, waitlist

UNDO = timedelta(hours=24)
OWN = (
    "role",
    "name",
    "phone",
    "department",
    "enterprise_id",
    "admin",
    "consent",
    "university",
    "city",
)
RANK = {"org": 3, "staff": 2, "uni": 1, "ent": 0}
SEAT = ("code", "state", "enterprise_id", "created_at", "answers", "queued_at", "told_place",
        "open_until", "reason", "cancelled_by", "unanswered", "checked_in_at",
        "checked_in_by")  # fmt: skip
NEARER = ("cancelled", "waiting", "offered", "held", "confirmed")  # to coming
DRAFT = ("step", "answers", "updated_at")


class MergeUnknown(Refused):
    """No facts: not this person's, or parted already."""


class MergeSettled(Refused):
    """Facts: until. The day in which it could be undone has passed."""


async def merge(session: AsyncSession, one: Person, other: Person, now: datetime) -> Merge:
    """Keep whoever acts for a firm, else whoever has a role, else whoever came first."""
    gone, kept = sorted((one, other), key=_weight)
    done = Merge(
        kept_id=kept.id, gone_id=gone.id, moved={}, swapped=[], created_at=now,
        before={"kept": _own(kept), "gone": _own(gone)},
    )  # fmt: skip
    if kept.enterprise_id is not None:
        await waitlist.let_in(session, gone.id, kept.enterprise_id, now)
    if kept.enterprise_id is not None or await memberships.waiting(session, kept.id):
        await memberships.withdraw(session, gone.id, now)
    done.swapped = await _settle_drafts(session, kept.id, gone.id)
    done.swapped += await _settle_seats(session, kept.id, gone.id, now)
    for column in _pointers():
        if ids := await _move(session, column, gone.id, kept.id):
            done.moved[_named(column)] = ids
    await _become_one(session, kept, gone)
    session.add(done)
    audit.note(session, kept.id, "person.linked", f"person:{kept.id}", f"person:{gone.id}",
               f"person:{kept.id}", now)  # fmt: skip
    await session.flush()
    return done


async def undo(session: AsyncSession, merge_id: int, person_id: int, now: datetime) -> Merge:
    """Part the two again: each has what was theirs; what came since stays with the kept one."""
    done = await session.get(Merge, merge_id, populate_existing=True)
    if done is None or done.kept_id != person_id or done.undone_at is not None:
        raise MergeUnknown
    if now > done.created_at + UNDO:
        raise MergeSettled(until=done.created_at + UNDO)
    done.undone_at = now
    for column in _pointers():
        ids = done.moved.get(_named(column), [])
        await _give(session, column, ids, done.kept_id, done.gone_id)
    for pair in reversed(done.swapped):
        await _take_back(session, pair, now)
    await _become_two(session, done)
    audit.note(session, person_id, "person.parted", f"person:{person_id}", f"person:{person_id}",
               f"person:{done.gone_id}", now)  # fmt: skip
    await session.flush()
    return done


def _weight(person: Person) -> tuple[bool, int, bool, int]:
    return (
        person.enterprise_id is not None,
        RANK.get(person.role, 0),
        person.name is not None,
        -person.id,
    )


def _own(person: Person) -> dict[str, Any]:
    return {column: getattr(person, column) for column in OWN}


def _pointers() -> Iterator[Column[Any]]:
    """Every column that says whose a row is; a merge's own history stays as it was."""
    for table in Base.metadata.sorted_tables:
        if table.name == Merge.__tablename__:
            continue
        for column in table.columns:
            if any(key.column.table.name == "people" for key in column.foreign_keys):
                yield column


def _named(column: Column[Any]) -> str:
    return f"{column.table.name}.{column.name}"


async def _move(session: AsyncSession, column: Column[Any], gone: int, kept: int) -> list[int]:
    """The ids of the rows that are the kept person's now."""
    table = column.table
    assert isinstance(table, Table)
    mine = select(table.c.id).where(column == gone, *_no_clash(table, column, kept))
    ids = list(await session.scalars(mine))
    await _give(session, column, ids, gone, kept)
    return ids


async def _give(
    session: AsyncSession, column: Column[Any], ids: Sequence[int], giver: int, taker: int
) -> None:
    table = column.table
    assert isinstance(table, Table)
    if ids:
        rows = update(table).where(table.c.id.in_(ids), column == giver)
        await session.execute(rows.values({column.name: taker}))


def _no_clash(table: Table, column: Column[Any], kept: int) -> Iterator[ColumnElement[bool]]:
    """The kept person has no row that a unique constraint would hold against this one."""
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint) and column.name in constraint.columns:
            theirs = table.alias()
            rest = [c.name for c in constraint.columns if c.name != column.name]
            same = [theirs.c[name] == table.c[name] for name in rest]
            yield ~exists().where(and_(theirs.c[column.name] == kept, *same))


async def _settle_drafts(session: AsyncSession, kept: int, gone: int) -> list[dict[str, Any]]:
    """All are put aside; of two of one form the newer one's answers are kept."""
    await session.execute(
        update(Draft).where(Draft.person_id.in_((kept, gone))).values(active=False)
    )
    pairs = await _pairs(session, Draft, Draft.form, kept, gone)
    newer = [(mine, theirs) for mine, theirs in pairs if theirs.updated_at > mine.updated_at]
    return [_swap(Draft, mine, theirs, DRAFT) for mine, theirs in newer]


async def _settle_seats(
    session: AsyncSession, kept: int, gone: int, now: datetime
) -> list[dict[str, Any]]:
    """One sign-up an event: the kept person has the better one, and the other is given back."""
    settled = []
    for event_id in sorted(mine.event_id for mine, _ in await _signups(session, kept, gone)):
        await waitlist.hold(session, event_id)
        for mine, theirs in await _signups(session, kept, gone, SignUp.event_id == event_id):
            if NEARER.index(theirs.state) > NEARER.index(mine.state):
                settled.append(_swap(SignUp, mine, theirs, SEAT))
            if theirs.state in waitlist.ALIVE:
                was = {"state": theirs.state, "queued_at": _iso(theirs.queued_at)}
                settled.append({"kind": "freed", "gone": theirs.id, **was})
                await waitlist.free(session, theirs)
        await waitlist.advance(session, event_id, now)
    return settled


async def _signups(
    session: AsyncSession, kept: int, gone: int, *which: ColumnElement[bool]
) -> list[tuple[Any, Any]]:
    await session.flush()
    return await _pairs(session, SignUp, SignUp.event_id, kept, gone, *which)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


async def _pairs(
    session: AsyncSession,
    model: Any,
    same: Any,
    kept: int,
    gone: int,
    *which: ColumnElement[bool],
) -> list[tuple[Any, Any]]:
    """Rows of both that are about the same thing."""
    rows = await session.scalars(
        select(model)
        .where(model.person_id.in_((kept, gone)), *which)
        .execution_options(populate_existing=True)
    )
    by_person: dict[int, dict[Any, Any]] = {kept: {}, gone: {}}
    for row in rows:
        by_person[row.person_id][getattr(row, same.key)] = row
    return [(row, by_person[gone][key]) for key, row in by_person[kept].items()
            if key in by_person[gone]]  # fmt: skip


def _swap(model: Any, mine: Any, theirs: Any, columns: Sequence[str]) -> dict[str, Any]:
    for column in columns:
        a, b = getattr(mine, column), getattr(theirs, column)
        setattr(mine, column, b)
        setattr(theirs, column, a)
    return {"kind": model.__tablename__, "kept": mine.id, "gone": theirs.id}


async def _take_back(session: AsyncSession, pair: dict[str, Any], now: datetime) -> None:
    """Undo one settled pair, as far as both rows are still there."""
    if pair["kind"] == "freed":
        await _restore(session, pair, now)
        return
    model, columns = {"drafts": (Draft, DRAFT), "signups": (SignUp, SEAT)}[pair["kind"]]
    mine = await session.get(model, pair["kept"], populate_existing=True)
    theirs = await session.get(model, pair["gone"], populate_existing=True)
    if mine is not None and theirs is not None:
        _swap(model, mine, theirs, columns)


async def _restore(session: AsyncSession, pair: dict[str, Any], now: datetime) -> None:
    """The second sign-up, unless the seat has gone to somebody else. Whoever had an offer is in
    line again where they were."""
    signup = await session.get(SignUp, pair["gone"], populate_existing=True)
    if signup is None or signup.state != "cancelled":
        return
    await waitlist.hold(session, signup.event_id)
    if queued := pair.get("queued_at"):
        signup.state, signup.queued_at = "waiting", datetime.fromisoformat(queued)
    elif pair.get("state", "confirmed") == "confirmed" and await waitlist.change_taken(
        session, signup.event_id, 1
    ):
        signup.state = "confirmed"
    await waitlist.advance(session, signup.event_id, now)


async def _become_one(session: AsyncSession, kept: Person, gone: Person) -> None:
    """What the kept person lacks comes from the other, who is left with nothing to act with."""
    theirs = _own(gone)
    gone.enterprise_id, gone.admin, gone.role = None, False, "ent"
    await session.flush()  # a firm never has two admins
    for column in ("name", "phone", "department", "university", "city", "consent", "consented_at",
                   "pushes_paused_until"):  # fmt: skip
        if getattr(kept, column) is None:
            setattr(kept, column, getattr(gone, column))
    kept.role = max(kept.role, theirs["role"], key=lambda role: RANK.get(role, 0))
    kept.enterprise_id = kept.enterprise_id or theirs["enterprise_id"]
    kept.admin = kept.admin or theirs["admin"]
    gone.name = gone.phone = gone.consent = gone.university = None


async def _become_two(session: AsyncSession, done: Merge) -> None:
    """Each has their own again; what the kept person changed since stays."""
    kept = await session.get_one(Person, done.kept_id, populate_existing=True)
    gone = await session.get_one(Person, done.gone_id, populate_existing=True)
    before, theirs = done.before["kept"], done.before["gone"]
    for column in OWN:
        if before.get(column) in (None, False) and getattr(kept, column) == theirs.get(column):
            setattr(kept, column, before.get(column))
    if kept.role == theirs["role"]:
        kept.role = before["role"]
    await session.flush()
    for column in OWN:
        setattr(gone, column, theirs.get(column))
