"""Whom a notice is for: a part of the people who act for enterprises, put together by taps.

An audience is kept as a mapping. A kind that is missing or empty leaves everybody in; within a kind
any of its values will do, and of several kinds all must hold.

    cities, parks, tags   what the enterprise says of itself
    industries, segments  what it works in, one kind: codes of the 4×4 system, ids of its leaves
    event                 {"id", "state"}: how the person stands to an event, see STATES
    complete              what must be known of a person, because the text names it
    unheard               the id of a notice that they were not sent

A firm that was imported and has nobody here yet is not counted, since nobody of it can be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, case, func, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    Chat,
    Enterprise,
    EnterpriseSegment,
    Event,
    Industry,
    Outgoing,
    Person,
    Segment,
    SignUp,
)
from errors import Refused
from services import notice_limits
from services.notice_limits import chat_of

Audience = Mapping[str, Any]

KINDS = ("cities", "parks", "tags", "industries", "segments", "event", "complete", "unheard")
VALUES: Mapping[str, Any] = {
    "firm": Enterprise.name, "name": Person.name, "city": Enterprise.city, "park": Enterprise.park,
}  # fmt: skip
"""What a text may say of its reader."""

_SEATED, _COMING = ("confirmed", "held"), SignUp.checked_in_at.is_not(None)
STATES: Mapping[str, ColumnElement[bool]] = {
    "signed_up": SignUp.state.in_(_SEATED),
    "waiting": SignUp.state.in_(("waiting", "offered")),
    "checked_in": _COMING,
    "absent": SignUp.state.in_(_SEATED) & ~_COMING,
    "not_signed_up": SignUp.state != "cancelled",  # the others
}


class AnotherCity(Refused):
    """Facts: city, other. An organizer of a city speaks for its firms only."""


@dataclass(frozen=True)
class Reach:
    """How many are meant; of `people` nobody reaches `unreachable`, `off` want no notices, `capped`
    have had enough for a week. Each is counted once, in this order."""

    firms: int
    people: int
    unreachable: int = 0
    off: int = 0
    capped: int = 0

    @property
    def receivers(self) -> int:
        return self.people - self.unreachable - self.off - self.capped


@dataclass(frozen=True)
class Reader:
    """Somebody who will get it, where they read, and what a text can say of them."""

    channel: str
    phone: str | None
    values: Mapping[str, str | None]


@dataclass(frozen=True)
class Described:
    """An audience by the names that people know."""

    cities: Sequence[str]
    parks: Sequence[str]
    tags: Sequence[str]
    fields: Sequence[str]
    event: str | None
    state: str | None
    complete: Sequence[str]
    unheard: bool


async def city_of(session: AsyncSession, organizer: int) -> str | None:
    """The city whose firms an organizer speaks for; None for one of the province."""
    return await session.scalar(select(Person.city).where(Person.id == organizer))


def cut(audience: Audience, city: str | None) -> dict[str, Any]:
    """As an organizer of a city may address it: theirs, whatever else was chosen."""
    wanted = {kind: value for kind, value in audience.items() if kind in KINDS and value}
    if city is None:
        return wanted
    if others := [other for other in wanted.get("cities", ()) if other != city]:
        raise AnotherCity(city=city, other=others[0])
    return {**wanted, "cities": [city]}


def meant(audience: Audience) -> list[ColumnElement[bool]]:
    """Conditions on Person."""
    conditions = [Person.role == "ent", Person.enterprise_id.is_not(None)]
    if of_firm := _of_firm(audience):
        conditions.append(Person.enterprise_id.in_(select(Enterprise.id).where(*of_firm)))
    if "name" in audience.get("complete", ()):
        conditions.append(known("name"))
    if event := audience.get("event"):
        conditions.append(_stands(event["id"], event["state"]))
    if unheard := audience.get("unheard"):
        conditions.append(~_heard(unheard))
    return conditions


def known(value: str) -> ColumnElement[bool]:
    """Whether a person has this value, so that a text can name it."""
    column = VALUES[value]
    there: ColumnElement[bool] = column.is_not(None) & (column != "")
    if column.class_ is Person:
        return there
    return Person.enterprise_id.in_(select(Enterprise.id).where(there))


def _of_firm(audience: Audience) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if cities := audience.get("cities"):
        conditions.append(Enterprise.city.in_(cities))
    if parks := audience.get("parks"):
        conditions.append(Enterprise.park.in_(parks))
    if tags := audience.get("tags"):
        written = type_coerce(Enterprise.tags, Text)
        conditions.append(or_(*(written.contains(f'"{tag}"', autoescape=True) for tag in tags)))
    codes, leaves = audience.get("industries") or [], audience.get("segments") or []
    if codes or leaves:
        working = (
            select(EnterpriseSegment.enterprise_id)
            .join(Segment, Segment.id == EnterpriseSegment.segment_id)
            .where(or_(Segment.industry_code.in_(codes), Segment.id.in_(map(int, leaves))))
        )
        conditions.append(Enterprise.id.in_(working))
    for value in audience.get("complete") or ():
        if value in ("city", "park"):
            conditions.append(VALUES[value].is_not(None) & (VALUES[value] != ""))
    return conditions


def _stands(event: int, state: str) -> ColumnElement[bool]:
    there = select(SignUp.person_id).where(
        SignUp.event_id == int(event), SignUp.person_id.is_not(None), STATES[state]
    )
    return Person.id.not_in(there) if state == "not_signed_up" else Person.id.in_(there)


def _heard(notice: int) -> ColumnElement[bool]:
    told = select(Chat.person_id).join(Outgoing, Outgoing.chat_id == Chat.id)
    of_it = Outgoing.about == f"broadcast:{notice}", Chat.person_id.is_not(None)
    return Person.id.in_(told.where(*of_it, Outgoing.state.in_(("sent", "held", "sending"))))


async def reach(session: AsyncSession, audience: Audience, now: datetime) -> Reach:
    """Counts only, in one statement."""
    chat, off = chat_of().is_(None), notice_limits.off()
    over = await notice_limits.over_cap(session, now)
    why = case((chat, "unreachable"), (off, "off"), (over, "capped"), else_="")
    people = select(Person.enterprise_id, why.label("why")).where(*meant(audience)).subquery()
    reasons = [
        func.count().filter(people.c.why == reason) for reason in ("unreachable", "off", "capped")
    ]
    counts = select(func.count(people.c.enterprise_id.distinct()), func.count(), *reasons)
    row = (await session.execute(counts.select_from(people))).one()
    numbers: list[int] = list(row)
    return Reach(*numbers)


async def examples(
    session: AsyncSession, audience: Audience, now: datetime, most: int = 3
) -> list[Reader]:
    """Some who will get it, of as many networks as there are."""
    spared = or_(notice_limits.off(), await notice_limits.over_cap(session, now))
    people = select(Person.id, chat_of().label("chat")).where(*meant(audience), ~spared).subquery()
    place = func.row_number().over(partition_by=Chat.channel, order_by=people.c.id)
    rows = await session.execute(
        select(Chat.channel, Person.phone, *VALUES.values())
        .select_from(people)
        .join(Chat, Chat.id == people.c.chat)
        .join(Person, Person.id == people.c.id)
        .join(Enterprise, Enterprise.id == Person.enterprise_id)
        .order_by(place, people.c.id)
        .limit(most)
    )
    return [Reader(row[0], row[1], dict(zip(VALUES, row[2:], strict=True))) for row in rows]


async def lacking(session: AsyncSession, audience: Audience, values: Sequence[str]) -> list[int]:
    """Of how many of the audience each of these is not known; and last, of how many any is not."""
    unknown = [~known(value) for value in values]
    if not unknown:
        return [0]
    counts = [func.count().filter(one) for one in (*unknown, or_(*unknown))]
    return list((await session.execute(select(*counts).where(*meant(audience)))).one())


async def described(session: AsyncSession, audience: Audience) -> Described:
    codes, leaves = audience.get("industries") or [], audience.get("segments") or []
    fields = [
        *await session.scalars(
            select(Industry.name).where(Industry.code.in_(codes)).order_by(Industry.position)
        ),
        *await session.scalars(
            select(Segment.name).where(Segment.id.in_(map(int, leaves))).order_by(Segment.id)
        ),
    ]
    event = audience.get("event")
    title = event and await session.scalar(select(Event.title).where(Event.id == event["id"]))
    return Described(
        audience.get("cities") or [], audience.get("parks") or [], audience.get("tags") or [],
        fields, title, event["state"] if event else None, audience.get("complete") or [],
        bool(audience.get("unheard")),
    )  # fmt: skip


async def parks(session: AsyncSession, cities: Sequence[str], most: int = 40) -> list[str]:
    """The parks of these cities, or of all, with most firms first."""
    named = Enterprise.park.is_not(None) & (Enterprise.park != "")
    query = select(Enterprise.park).where(named).group_by(Enterprise.park)
    if cities:
        query = query.where(Enterprise.city.in_(cities))
    found = await session.scalars(query.order_by(func.count().desc(), Enterprise.park).limit(most))
    return [park for park in found if park]


async def events(session: AsyncSession, city: str | None, most: int = 12) -> Sequence[Event]:
    """Those one may speak of, the newest first."""
    query = select(Event).where(Event.state != "draft").order_by(Event.starts_at.desc()).limit(most)
    return (await session.scalars(query if city is None else query.where(Event.city == city))).all()
