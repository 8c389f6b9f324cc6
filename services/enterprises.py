"""Enterprises and who acts for them: a person is not a firm, and a firm is never doubled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Admission, Enterprise, EnterpriseSegment, Person, Segment
from db.upsert import insert
from errors import Refused
from search.names import NameIndex
from services import industries, memberships
from services.firm_names import proper_name

SIMILAR = 50  # of 100; other firms of the same trade and town come to about 40


class CodeMismatch(Refused):
    """The firm `name` is there under another code."""


class BelongsElsewhere(Refused):
    """Facts: firm. Whoever acts for a firm leaves it before they join another."""


@dataclass(frozen=True)
class EnterpriseAnswers:
    """What somebody tells when they register. `industries` are codes, `consent` is the version,
    `firm` is the one that they chose from the list."""

    name: str
    contact: str
    phone: str
    consent: int
    uscc: str | None = None
    city: str | None = None
    size: str | None = None
    industries: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    park: str | None = None
    firm: int | None = None


@dataclass(frozen=True)
class Registered:
    """`admission` is what the person waits for; None when they may act for the firm now."""

    enterprise: Enterprise
    created: bool
    admission: Admission | None = None


async def register(
    session: AsyncSession,
    person_id: int,
    answers: EnterpriseAnswers,
    now: datetime,
    *,
    approve: bool = False,
) -> Registered:
    """Let the person act for the firm with this code, else of exactly this name, else a new one.

    Where somebody acts for it already, or with `approve` for a new one, they ask to be let in. A
    firm that is there keeps what it says of itself; the answers fill in what it left empty.
    """
    industries.check_number(answers.industries)
    person = await session.get_one(Person, person_id, populate_existing=True)
    await _one_at_a_time(session, answers.name)
    enterprise = await _meant(session, answers)
    await _check_free(session, person, enterprise)
    created = enterprise is None and await _create(session, answers, now, approve=approve)
    enterprise = enterprise or await known(session, answers.uscc, answers.name)
    assert enterprise is not None
    person.name, person.phone, person.consent = answers.contact, answers.phone, answers.consent
    admission = None
    if person.enterprise_id is None:
        admission = await memberships.enter(session, person, enterprise, now, approve=approve)
    if created or admission is None:
        _complete(enterprise, answers)
        await _add_segments(session, enterprise.id, answers.industries)
    await session.flush()
    return Registered(enterprise, created, admission)


async def by_uscc(session: AsyncSession, uscc: str) -> Enterprise | None:
    return await session.scalar(select(Enterprise).where(Enterprise.uscc == uscc))


async def similar(session: AsyncSession, text: str, k: int) -> list[str]:
    """The names of at most `k` firms that are there and could be meant, the likeliest first."""
    names = tuple(await session.scalars(select(Enterprise.name).order_by(Enterprise.id)))
    return [names[i] for i, likeness in _index(names).near(text, k) if likeness >= SIMILAR]


async def choices(
    session: AsyncSession, typed: str, uscc: str | None, k: int = 3
) -> Sequence[Enterprise]:
    """At most `k` firms whose name could be meant by a part of it, the likeliest first.

    Whoever gave a code is offered only firms without one: another code is another firm.
    """
    names = await similar(session, typed, k)
    listed = select(Enterprise).where(Enterprise.name.in_(names))
    if uscc:
        listed = listed.where(Enterprise.uscc.is_(None))
    found = await session.scalars(listed.order_by(Enterprise.id))
    return sorted(found, key=lambda firm: names.index(firm.name))[:k]


@lru_cache(maxsize=1)
def _index(names: tuple[str, ...]) -> NameIndex:
    return NameIndex(dict(enumerate(names)))


async def known(session: AsyncSession, uscc: str | None, name: str) -> Enterprise | None:
    """The firm of this code, else of exactly this name; CodeMismatch where its code is another."""
    if uscc and (enterprise := await by_uscc(session, uscc)):
        return enterprise
    by_name = select(Enterprise).where(Enterprise.name == proper_name(name))
    enterprise = await session.scalar(by_name.order_by(Enterprise.id).limit(1))
    if enterprise and uscc and enterprise.uscc:
        raise CodeMismatch(name=enterprise.name)
    return enterprise


async def _meant(session: AsyncSession, answers: EnterpriseAnswers) -> Enterprise | None:
    """The firm that was chosen from the list, else the one of this code or name."""
    if answers.firm is None:
        return await known(session, answers.uscc, answers.name)
    chosen = await session.get_one(Enterprise, answers.firm, populate_existing=True)
    if answers.uscc and chosen.uscc not in (None, answers.uscc):
        raise CodeMismatch(name=chosen.name)
    return chosen


async def _one_at_a_time(session: AsyncSession, name: str) -> None:
    """Two colleagues without a code, in the same moment, would make two firms of one name."""
    if session.get_bind().dialect.name == "postgresql":
        key = func.hashtext(proper_name(name))
        await session.execute(select(func.pg_advisory_xact_lock(key)))


async def _check_free(session: AsyncSession, person: Person, enterprise: Enterprise | None) -> None:
    if person.enterprise_id is not None and person.enterprise_id != (enterprise and enterprise.id):
        firm = await session.get_one(Enterprise, person.enterprise_id)
        raise BelongsElsewhere(firm=firm.name)


async def _create(
    session: AsyncSession, answers: EnterpriseAnswers, now: datetime, *, approve: bool
) -> bool:
    """False where a colleague on another device was faster with the same code."""
    statement = insert(session, Enterprise).values(
        name=proper_name(answers.name), uscc=answers.uscc, tags=answers.tags, park=answers.park,
        created_at=now, state="pending" if approve else "active",
    )  # fmt: skip
    made = await session.scalar(
        statement.on_conflict_do_nothing(index_elements=["uscc"]).returning(Enterprise.id)
    )
    return made is not None


def _complete(enterprise: Enterprise, answers: EnterpriseAnswers) -> None:
    for known in ("uscc", "city", "size", "park", "tags"):
        if not getattr(enterprise, known):
            setattr(enterprise, known, getattr(answers, known))


async def _add_segments(session: AsyncSession, enterprise_id: int, codes: list[str]) -> None:
    """All segments of these industries; what colleagues chose before stays."""
    chosen = select(literal(enterprise_id), Segment.id).where(Segment.industry_code.in_(codes))
    statement = insert(session, EnterpriseSegment).from_select(
        ["enterprise_id", "segment_id"], chosen
    )
    await session.execute(statement.on_conflict_do_nothing())
