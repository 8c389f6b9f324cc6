"""What the database says between two deeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select, union_all

from db.models import (
    Admission,
    Broadcast,
    Chat,
    Claim,
    Draft,
    Enterprise,
    Event,
    Incoming,
    Industry,
    Need,
    Outgoing,
    Person,
    Ticket,
)
from db.session import Database


@dataclass(frozen=True)
class State:
    """A look at everything that a law speaks of."""

    people: dict[int, int]
    roles: dict[int, str]
    drafts: Sequence[Any]
    updates: Sequence[tuple[int, str, str | None]]
    stuck: Sequence[Any]
    replies: dict[int, int]
    firms: Sequence[Any]
    needs: list[int]
    events: list[int]
    columns: dict[str, list[Any]]

    def open(self, person: int) -> Any | None:
        return next((d for d in self.drafts if d.person_id == person and d.active), None)


COLUMNS = {
    "name": select(Person.name).where(Person.demo.is_(False)),
    "phone": select(Person.phone).where(Person.demo.is_(False)),
    "firm": select(Enterprise.name).where(Enterprise.demo.is_(False)),
    "problem": select(Need.problem).where(Need.demo.is_(False)),
    "target": select(Need.target).where(Need.demo.is_(False)),
    "gap": select(Need.gap).where(Need.demo.is_(False)),
    "returned": select(Need.question).where(Need.demo.is_(False)),
    "returned_answer": select(Need.answer).where(Need.demo.is_(False)),
    "wish": select(Admission.wish),
    "park": select(Claim.park),
    "event": select(Event.title),
    "venue": select(Event.venue),
    "broadcast": select(Broadcast.text).where(Broadcast.event_id.is_(None), Broadcast.text != ""),
    "ticket": select(Ticket.question).where(Ticket.reason == "asked"),
    "answer": select(Ticket.answer),
    "asked": select(Admission.question),
    "answered": select(Admission.answer),
}
STUCK = ("waiting", "claimed", "sending", "failed", "held")
PEOPLE, ROLES = select(Chat.id, Chat.person_id), select(Person.id, Person.role)
DRAFTS = select(Draft.person_id, Draft.form, Draft.step, Draft.answers, Draft.active, Draft.notes)
UPDATES = select(Incoming.id, Incoming.state, Incoming.error).where(Incoming.state != "done")
LEFT = select(Outgoing.chat_id, Outgoing.state, Outgoing.error, Outgoing.params).where(
    Outgoing.state.in_(STUCK), Outgoing.due_at <= bindparam("now")
)
REPLIES = select(Outgoing.chat_id, func.count()).group_by(Outgoing.chat_id)
NEEDS, EVENTS = select(Need.id), select(Event.id)
HELD = union_all(*(one.add_columns(literal_column(f"'{name}'")) for name, one in COLUMNS.items()))
FIRMS = select(Enterprise.id, Enterprise.uscc, Enterprise.name, Enterprise.city)


async def look(database: Database, now: Any) -> State:
    async with database.reading() as connection:

        async def rows(statement: Any, **said: Any) -> Sequence[Any]:
            return (await connection.execute(statement, said)).all()

        return State(
            people=dict(await rows(PEOPLE)),
            roles=dict(await rows(ROLES)),
            drafts=await rows(DRAFTS),
            updates=await rows(UPDATES),
            stuck=await rows(LEFT, now=now),
            replies=dict(await rows(REPLIES)),
            firms=await rows(FIRMS),
            needs=[id for (id,) in await rows(NEEDS)],
            events=[id for (id,) in await rows(EVENTS)],
            columns=_columns(await rows(HELD)),
        )


def _columns(held: Sequence[Any]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for value, name in held:
        if value is not None:
            columns[name].append(value)
    return columns


async def industries(database: Database) -> dict[str, str]:
    """Codes by name."""
    async with database.reading() as connection:
        return dict((await connection.execute(select(Industry.name, Industry.code))).all())
