"""A person's own consent and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, EnterpriseSegment, Industry, Person, Segment
from db.upsert import insert
from errors import Refused
from services import audit
from services import industries as shelves

CONSENT = 1
"""The version of the consent text; a new text is a new number, and is asked again."""


class PersonLike(Protocol):
    """Somebody who acts, or may act, for a firm: a row, or what a turn knows of one."""

    @property
    def id(self) -> int: ...
    @property
    def enterprise_id(self) -> int | None: ...


class ConsentNeeded(Refused):
    """Facts: version. Nothing personal is stored before the person agreed to today's text."""


class CodeTaken(Refused):
    """Facts: firm. Another firm is registered under this code."""


class CodeFixed(Refused):
    """Facts: uscc. A code that stands is corrected by an organizer."""


class AdminOnly(Refused):
    """Facts: admin (a name, or None). What a firm says of itself is its admin's to change."""


@dataclass(frozen=True)
class Profile:
    """What a person sees of themselves; `industries` are names."""

    person: Person
    firm: Enterprise | None
    industries: Sequence[str]


@dataclass(frozen=True)
class Change:
    """Old and new value of one field; industries come as lists of names."""

    before: str | list[str] | None
    after: str | list[str] | None


async def agree(session: AsyncSession, person_id: int, now: datetime) -> None:
    """The person agrees to the consent text of today."""
    values = {"consent": CONSENT, "consented_at": now}
    await session.execute(update(Person).where(Person.id == person_id).values(values))


def check_consent(consent: int | None) -> None:
    """Refuse where the person has not agreed to the text of today."""
    if consent != CONSENT:
        raise ConsentNeeded(version=CONSENT)


async def profile(session: AsyncSession, person_id: int) -> Profile:
    person = await session.get_one(Person, person_id, populate_existing=True)
    if person.enterprise_id is None:
        return Profile(person, None, [])
    firm = await session.get_one(Enterprise, person.enterprise_id, populate_existing=True)
    return Profile(person, firm, list((await industries(session, firm.id)).values()))


async def industries(session: AsyncSession, enterprise_id: int) -> dict[str, str]:
    """The industries a firm stands in: {code: name}, in the order of the list."""
    rows = await session.execute(
        select(Industry.code, Industry.name)
        .join(Segment, Segment.industry_code == Industry.code)
        .join(EnterpriseSegment, EnterpriseSegment.segment_id == Segment.id)
        .where(EnterpriseSegment.enterprise_id == enterprise_id)
        .group_by(Industry.code, Industry.name, Industry.position)
        .order_by(Industry.position)
    )
    return {row.code: row.name for row in rows}


async def change(
    session: AsyncSession, person_id: int, field: str, value: str, now: datetime
) -> Change:
    """Change the person's own `name` or `phone`."""
    person = await session.get_one(Person, person_id, populate_existing=True)
    check_consent(person.consent)
    before = getattr(person, field)
    setattr(person, field, value)
    # The audit says that it was changed; what it was is personal and is not kept twice.
    audit.note(session, person_id, f"person.{field}", f"person:{person_id}", None, None, now)
    return Change(before, value)


async def change_city(session: AsyncSession, person_id: int, city: str, now: datetime) -> Change:
    firm = await firm_of_admin(session, person_id)
    before, firm.city = firm.city, city
    audit.note(session, person_id, "enterprise.city", f"enterprise:{firm.id}", before, city, now)
    return Change(before, city)


async def change_industries(
    session: AsyncSession, person_id: int, codes: list[str], now: datetime
) -> Change:
    """Let the firm stand in all segments of these industries and in no other."""
    shelves.check_number(codes)
    firm = await firm_of_admin(session, person_id)
    before = await industries(session, firm.id)
    wanted = set(await session.scalars(select(Segment.id).where(Segment.industry_code.in_(codes))))
    await _set_segments(session, firm.id, wanted)
    after = await industries(session, firm.id)
    audit.note(
        session, person_id, "enterprise.industries", f"enterprise:{firm.id}",
        " ".join(before), " ".join(after), now,
    )  # fmt: skip
    return Change(list(before.values()), list(after.values()))


async def change_tags(
    session: AsyncSession, person_id: int, tags: list[str], now: datetime
) -> Change:
    firm = await firm_of_admin(session, person_id)
    before, firm.tags = list(firm.tags), tags
    audit.note(session, person_id, "enterprise.tags", f"enterprise:{firm.id}",
               " ".join(before), " ".join(tags), now)  # fmt: skip
    return Change(before, tags)


async def add_code(session: AsyncSession, person_id: int, uscc: str, now: datetime) -> Change:
    """The code that was not at hand when the firm was registered."""
    firm = await firm_of_admin(session, person_id)
    if firm.uscc and firm.uscc != uscc:
        raise CodeFixed(uscc=firm.uscc)
    taken = select(Enterprise.name).where(Enterprise.uscc == uscc, Enterprise.id != firm.id)
    if name := await session.scalar(taken):
        raise CodeTaken(firm=name)
    before, firm.uscc = firm.uscc, uscc
    audit.note(session, person_id, "enterprise.uscc", f"enterprise:{firm.id}", before, uscc, now)
    return Change(before, uscc)


async def firm_of_admin(session: AsyncSession, person_id: int) -> Enterprise:
    """The firm that this person is the admin of; AdminOnly for everybody else."""
    mine = select(Enterprise).join(Person, Person.enterprise_id == Enterprise.id)
    firm: Enterprise | None = await session.scalar(
        mine.where(Person.id == person_id, Person.admin).execution_options(populate_existing=True)
    )
    if firm is None:
        raise AdminOnly(admin=await _admins_name(session, person_id))
    return firm


async def _admins_name(session: AsyncSession, person_id: int) -> str | None:
    firm = select(Person.enterprise_id).where(Person.id == person_id).scalar_subquery()
    return await session.scalar(
        select(Person.name).where(Person.enterprise_id == firm, Person.admin)
    )


async def _set_segments(session: AsyncSession, enterprise_id: int, wanted: set[int]) -> None:
    of_firm = EnterpriseSegment.enterprise_id == enterprise_id
    there = set(await session.scalars(select(EnterpriseSegment.segment_id).where(of_firm)))
    gone = EnterpriseSegment.segment_id.in_(there - wanted)
    await session.execute(delete(EnterpriseSegment).where(of_firm, gone))
    rows = [{"enterprise_id": enterprise_id, "segment_id": id} for id in sorted(wanted - there)]
    if rows:
        await session.execute(insert(session, EnterpriseSegment).on_conflict_do_nothing(), rows)
