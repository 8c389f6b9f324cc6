"""An event with a line before it, and people of firms, at the level of the services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Admission, Enterprise, Event, Person, SignUp
from services import events, waitlist
from services.seats import Said

DAY = timedelta(days=1)


@dataclass
class Hall:
    """`people` stand two and two for a firm; the last asks to be let in to one of their own."""

    session: AsyncSession
    now: datetime
    event: int
    people: list[Person]
    admission: int
    ids: list[int]

    @classmethod
    async def open(
        cls, session: AsyncSession, now: datetime, *, seats: int = 1, people: int = 5, **more: Any
    ) -> Hall:
        firms = [
            Enterprise(name=f"第{n}公司", tags=[], created_at=now, state=state)
            for n, state in enumerate(["active"] * (people // 2) + ["pending"])
        ]
        facts: dict[str, Any] = {
            "kind": "一月一对接", "title": "工程机械专场", "starts_at": now + 10 * DAY,
            "city": "长沙", "venue": "三楼", "industries": [], "agenda": [], "capacity": seats,
        }  # fmt: skip
        event = Event(**facts | more)
        session.add_all([*firms, event])
        await session.flush()
        crowd = [
            Person(name=f"{'赵钱孙李周吴郑王冯陈'[n]}工", created_at=now,
                   enterprise_id=firms[n // 2].id if n // 2 < len(firms) - 1 else None)
            for n in range(people)
        ]  # fmt: skip
        session.add_all(crowd)
        await session.flush()
        asked = Admission(
            person_id=crowd[-1].id, enterprise_id=firms[-1].id, kind="found", asks="organizer",
            due_at=now + 2 * DAY, created_at=now,
        )  # fmt: skip
        session.add(asked)
        await session.flush()
        return cls(session, now, event.id, crowd, asked.id, [one.id for one in crowd])

    async def comes(self, who: int, **said: Any) -> events.Place:
        given = Said(**said)
        return await events.sign_up(self.session, self.people[who], self.event, self.now, given)

    async def waits(self, *people: int) -> list[events.Place]:
        self.now += timedelta(seconds=1)
        return [
            await events.join(self.session, self.people[who], self.event, self.now)
            for who in people
        ]

    async def leaves(self, who: int, reason: str | None = None) -> events.Place:
        person = self.people[who].id
        return await events.cancel(self.session, person, self.event, self.now, reason)

    async def later(self, by: timedelta) -> None:
        self.now += by
        await waitlist.advance(self.session, self.event, self.now)

    async def before_start(self, by: timedelta) -> None:
        await self.later((await self.row()).starts_at - by - self.now)

    async def meet(self) -> None:
        """See everybody as they are stored, after something was undone."""
        people = select(Person).where(Person.id.in_(self.ids)).order_by(Person.id)
        rows = await self.session.scalars(people.execution_options(populate_existing=True))
        self.people = list(rows)

    async def row(self) -> Event:
        return await events.get(self.session, self.event)

    async def stand(self) -> dict[int, SignUp]:
        """Everybody's sign-up, by their number."""
        await self.session.flush()
        numbers = {person.id: n for n, person in enumerate(self.people)}
        rows = await self.session.scalars(
            select(SignUp)
            .where(SignUp.event_id == self.event)
            .execution_options(populate_existing=True)
        )
        return {numbers[row.person_id]: row for row in rows if row.person_id in numbers}

    async def states(self) -> str:
        """c(onfirmed), h(eld), o(ffered), w(aiting), x (cancelled), - (never came), by number."""
        letters = {"confirmed": "c", "held": "h", "offered": "o", "waiting": "w", "cancelled": "x"}
        stand = await self.stand()
        return "".join(
            letters[stand[n].state] if n in stand else "-" for n in range(len(self.people))
        )
