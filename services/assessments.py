"""What a firm thinks of a patent: one valid word a firm, every view that led to it, no view lost.

A colleague who sees it differently does not replace what stands: both are kept, and the firm's
admin decides. What went to the national platform stands.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Assessment, Person
from services import assessment_states as states
from services import audit, memberships, patents
from services.assessment_states import (
    DECLINED,
    PROPOSED,
    REPLACED,
    VALID,
    WITHDRAWN,
    AssessmentMoved,
    AssessmentUnknown,
    Axes,
)
from services.needs import NotRegistered
from services.people import PersonLike


@dataclass(frozen=True)
class Done:
    """What became of what was said. `why`: a reason is to be asked for, once a firm and patent."""

    row: Assessment
    kind: Literal["first", "changed", "same", "proposed"]
    why: bool = False


async def assess(
    session: AsyncSession, person: PersonLike, patent_id: int, axes: Axes, now: datetime
) -> Done:
    """Say it for the firm; of a colleague's different view both are kept."""
    firm = await _hold(session, person)
    await patents.get(session, patent_id)
    valid = await states.valid(session, firm, patent_id)
    mine = valid if valid is not None and valid.person_id == person.id else None
    row = Assessment(
        enterprise_id=firm, patent_id=patent_id, person_id=person.id, created_at=now, **vars(axes),
        reason=mine.reason if mine else None, comment=mine.comment if mine else None,
    )  # fmt: skip
    return await _say(session, row, valid, now)


async def comment(
    session: AsyncSession, person: PersonLike, patent_id: int, text: str, now: datetime
) -> Done:
    """Add words to what stands, or put other ones in their place."""
    firm = await _hold(session, person)
    valid = await states.valid(session, firm, patent_id)
    if valid is None:
        raise AssessmentUnknown
    row = Assessment(
        enterprise_id=firm, patent_id=patent_id, person_id=person.id, created_at=now,
        **vars(states.axes_of(valid)), reason=valid.reason, comment=text,
    )  # fmt: skip
    return await _say(session, row, valid, now)


async def give_reason(
    session: AsyncSession, person: PersonLike, patent_id: int, reason: str
) -> Assessment:
    """Why not, in one word; it is asked once."""
    firm = await _hold(session, person)
    valid = await states.valid(session, firm, patent_id)
    if valid is None:
        raise AssessmentUnknown
    states.check_open(valid)
    valid.reason = reason
    return valid


async def undo(
    session: AsyncSession, person: PersonLike, row_id: int, now: datetime
) -> Assessment | None:
    """Take back the latest word; what stood before stands again (None: nothing did)."""
    firm = await _hold(session, person)
    row = await _row(session, firm, row_id)
    if row.state not in (VALID, PROPOSED):
        raise AssessmentMoved(patent_id=row.patent_id)
    states.check_open(row)
    if row.person_id not in (None, person.id):
        await states.check_decides(session, person, row.patent_id)
    was_valid, row.state = row.state == VALID, WITHDRAWN
    await session.flush()  # there is never a moment with two valid ones
    audit.note(session, person.id, "assessment.undone", _about(row), None, None, now)
    return (
        await _stand_again(session, row)
        if was_valid
        else await states.valid(session, firm, row.patent_id)
    )


async def decide(
    session: AsyncSession, person: PersonLike, row_id: int, now: datetime, *, accept: bool
) -> Assessment:
    """Choose between what stands and a colleague's view; returns that view."""
    firm = await _hold(session, person)
    row = await _row(session, firm, row_id)
    if row.state != PROPOSED:
        raise AssessmentMoved(patent_id=row.patent_id)
    await states.check_decides(session, person, row.patent_id)
    if accept:
        await _replace(session, row, await states.valid(session, firm, row.patent_id))
    else:
        row.state = DECLINED
    await _settle(session, firm, row.patent_id)
    audit.note(session, person.id, "assessment.decided", _about(row), None, row.state, now)
    await session.flush()
    return row


async def _say(
    session: AsyncSession, row: Assessment, valid: Assessment | None, now: datetime
) -> Done:
    if valid is not None:
        states.check_open(valid)
        if not _differs(valid, row):
            return Done(valid, "same")
    first = await _never_said(session, row)
    if valid is not None and await _is_a_colleagues(session, valid, row):
        await _take_back_own(session, row)
        row.state = PROPOSED
        session.add(row)
        await session.flush()
        return Done(row, "proposed")
    await _replace(session, row, valid)
    await _settle(session, row.enterprise_id, row.patent_id)
    audit.note(session, row.person_id, "assessment.said", _about(row), None, None, now)
    kind: Literal["first", "changed"] = "changed" if valid else "first"
    return Done(row, kind, why=first and states.is_no(row))


async def _is_a_colleagues(session: AsyncSession, valid: Assessment, row: Assessment) -> bool:
    """Whether somebody else who still acts for the firm said what stands, and says otherwise."""
    if valid.person_id in (None, row.person_id):
        return False
    here = select(Person.id).where(
        Person.id == valid.person_id, Person.enterprise_id == row.enterprise_id
    )
    adds = valid.comment is None and astuple(states.axes_of(valid)) == astuple(states.axes_of(row))
    return not adds and await session.scalar(here) is not None


def _differs(one: Assessment, other: Assessment) -> bool:
    said = other.comment is not None and other.comment != one.comment
    return said or states.axes_of(one) != states.axes_of(other)


async def _replace(session: AsyncSession, row: Assessment, valid: Assessment | None) -> None:
    """The row is the firm's word from now on."""
    if valid is not None:
        states.check_open(valid)
        valid.state = REPLACED
        await session.flush()  # there is never a moment with two valid ones
    row.state, row.before_id = VALID, valid.id if valid else None
    session.add(row)
    await session.flush()


async def _settle(session: AsyncSession, firm: int, patent_id: int) -> None:
    """A colleague's view that is the firm's by now needs no decision."""
    valid = await states.valid(session, firm, patent_id)
    for row in await states.proposed(session, firm, patent_id):
        if valid is not None and states.axes_of(row) == states.axes_of(valid):
            row.state = REPLACED
    await session.flush()


async def _stand_again(session: AsyncSession, gone: Assessment) -> Assessment | None:
    """What the row had replaced; else a colleague's view, which nothing contradicts any more."""
    before = await session.get(Assessment, gone.before_id) if gone.before_id else None
    waiting = await states.proposed(session, gone.enterprise_id, gone.patent_id)
    again = before or next(iter(waiting), None)
    if again is not None:
        again.state = VALID
        await session.flush()
    await _settle(session, gone.enterprise_id, gone.patent_id)
    return again


async def _take_back_own(session: AsyncSession, row: Assessment) -> None:
    """Whoever says it again said it once."""
    mine = update(Assessment).where(
        Assessment.enterprise_id == row.enterprise_id,
        Assessment.patent_id == row.patent_id,
        Assessment.person_id == row.person_id,
        Assessment.state == PROPOSED,
    )
    await session.execute(mine.values(state=REPLACED))


async def _never_said(session: AsyncSession, row: Assessment) -> bool:
    there = select(Assessment.id).where(
        Assessment.enterprise_id == row.enterprise_id, Assessment.patent_id == row.patent_id
    )
    return await session.scalar(there.limit(1)) is None


async def _hold(session: AsyncSession, person: PersonLike) -> int:
    """The person's firm, whose people speak one after the other."""
    if person.enterprise_id is None:
        raise NotRegistered
    await memberships.hold(session, person.enterprise_id)
    return person.enterprise_id


async def _row(session: AsyncSession, firm: int, row_id: int) -> Assessment:
    row = await session.get(Assessment, row_id, populate_existing=True)
    if row is None or row.enterprise_id != firm:
        raise AssessmentUnknown
    return row


def _about(row: Assessment) -> str:
    return f"assessment:{row.enterprise_id}:{row.patent_id}"
