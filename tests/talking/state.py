"""What the database says between two deeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

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


async def look(database: Database, now: Any) -> State:
    async with database.reading() as connection:

        async def rows(statement: Any) -> Sequence[Any]:
            return (await connection.execute(statement)).all()

        return State(
            people=dict(await rows(select(Chat.id, Chat.person_id))),
            roles=dict(await rows(select(Person.id, Person.role))),
            drafts=await rows(
                select(
                    Draft.person_id,
                    Draft.form,
                    Draft.step,
                    Draft.answers,
                    Draft.active,
                    Draft.notes,
                )
            ),
            updates=await rows(
                select(Incoming.id, Incoming.state, Incoming.error).where(Incoming.state != "done")
            ),
            stuck=await rows(
                select(Outgoing.chat_id, Outgoing.state, Outgoing.error, Outgoing.params).where(
                    Outgoing.state.in_(STUCK), Outgoing.due_at <= now
                )
            ),
            replies=dict(
                await rows(select(Outgoing.chat_id, func.count()).group_by(Outgoing.chat_id))
            ),
            firms=await rows(
                select(Enterprise.id, Enterprise.uscc, Enterprise.name, Enterprise.city)
            ),
            needs=[id for (id,) in await rows(select(Need.id))],
            events=[id for (id,) in await rows(select(Event.id))],
            columns={
                name: [value for (value,) in await rows(statement) if value is not None]
                for name, statement in COLUMNS.items()
            },
        )


async def industries(database: Database) -> dict[str, str]:
    """Codes by name."""
    async with database.reading() as connection:
        return dict((await connection.execute(select(Industry.name, Industry.code))).all())
