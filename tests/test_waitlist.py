"""Seats and the line for them: never oversold, nobody overtaken, no seat idle while people wait.

The first half names what other ticket offices got wrong; the second lets hypothesis do whatever
people do, in whatever order, and looks at the laws after every deed.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, Job, Person
from db.session import Database
from errors import Refused
from services import admissions, attendees, erasure, events, leaving, seats, waitlist
from tests.conftest import NOW, Sqlite
from tests.databases import any_database
from tests.hall import DAY, Hall

EXAMPLES = int(os.environ.get("ZHIQIAO_TEST_EXAMPLES", "0"))  # that many new ones
PHASES = (Phase.generate, *((Phase.shrink,) if EXAMPLES else ()))
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
async def hall(session: AsyncSession, now: datetime) -> Hall:
    """One seat, and somebody has it."""
    hall = await Hall.open(session, now)
    await hall.comes(0)
    return hall


async def told(session: AsyncSession) -> list[str]:
    jobs = await session.scalars(select(Job).where(Job.kind == "events.tell").order_by(Job.id))
    return [job.payload["news"] for job in jobs]


async def test_a_freed_seat_goes_down_the_line_in_its_order(hall: Hall) -> None:
    """Offered to the first, kept for them, lapsed to the next; whoever joins again is last."""
    assert [place.position for place in await hall.waits(1, 2, 3)] == [1, 2, 3]
    await hall.leaves(0)
    assert (await hall.states())[:4] == "xoww" and (await hall.row()).taken == 1
    assert (await hall.stand())[1].open_until == hall.now + 24 * HOUR
    with pytest.raises(events.EventFull):
        await hall.comes(0)
    await hall.waits(0)
    await hall.later(24 * HOUR)
    assert (await hall.states())[:4] == "wxow"
    await hall.waits(1)
    await hall.leaves(2)
    assert (await hall.states())[:4] == "wwxo"
    assert (await hall.comes(3)).state == "new"
    await hall.leaves(3)
    assert (await hall.states())[:4] == "owxx"
    assert await told(hall.session) == [
        "offered", "moved_up", "moved_up", "lapsed", "offered", "moved_up", "moved_up",
        "offered", "moved_up", "moved_up", "offered", "moved_up",
    ]  # fmt: skip


async def test_a_line_keeps_its_order_on_machines_whose_clocks_differ(hall: Hall) -> None:
    """Whoever comes later stands behind, even where an earlier time is told."""
    await hall.waits(1)
    hall.now -= timedelta(minutes=5)
    assert [place.position for place in await hall.waits(2, 3)] == [2, 3]


@any_database
async def test_nothing_is_offered_after_the_start(hall: Hall) -> None:
    """An offer stands no longer than that, and a seat freed then is offered to nobody."""
    await hall.waits(1, 2)
    await hall.before_start(10 * MINUTE)
    await hall.leaves(0, "临时出差")
    assert (await hall.stand())[1].open_until == (await hall.row()).starts_at
    await hall.before_start(timedelta())
    assert (await hall.states())[:3] == "xxw" and (await hall.row()).taken == 0
    assert await waitlist.advance(hall.session, hall.event, hall.now) == []
    for act in (hall.comes(1), hall.waits(2)):
        with pytest.raises(events.SignUpClosed):
            await act


@any_database
async def test_a_seat_whose_offer_was_used_and_given_back_is_free_and_not_offered_to_them_again(
    hall: Hall,
) -> None:
    await hall.waits(1)
    await hall.leaves(0)
    await hall.comes(1)
    await hall.leaves(1)
    await hall.later(HOUR)
    assert (await hall.states())[:2] == "xx" and (await hall.row()).taken == 0


@any_database
async def test_whoever_joins_the_line_when_a_seat_is_free_gets_the_seat(hall: Hall) -> None:
    """Not an empty form; and at the same instant the one who is in line comes first."""
    await hall.leaves(0)
    assert [place.state for place in await hall.waits(1, 2)] == ["new", "waiting"]
    await hall.leaves(1)
    assert [place.state for place in await hall.waits(3)] == ["waiting"]
    assert (await hall.states())[:4] == "xxow"


@pytest.mark.parametrize(
    ("before", "window"),
    [(3 * DAY + MINUTE, 24 * HOUR), (3 * DAY, 6 * HOUR), (DAY + MINUTE, 6 * HOUR), (DAY, 2 * HOUR),
     (4 * HOUR, 30 * MINUTE), (20 * MINUTE, 20 * MINUTE)],
)  # fmt: skip
def test_an_offer_stands_shorter_as_the_day_comes_near(
    now: datetime, before: timedelta, window: timedelta
) -> None:
    afternoon = now.replace(hour=15)
    assert waitlist.open_until(Event(starts_at=afternoon), afternoon - before) == (
        afternoon - before + window
    )


@pytest.mark.parametrize(
    ("starts", "made", "until"),
    [("10 14:00", "9 18:00", "9 20:00"), ("10 14:00", "9 21:00", "10 08:30"),
     ("10 14:00", "10 05:59", "10 08:30"), ("10 14:00", "10 06:00", "10 08:00"),
     ("12 09:00", "10 23:30", "11 08:30"), ("14 09:00", "9 22:00", "11 08:30"),
     ("10 09:00", "9 23:00", "10 08:30"), ("10 08:59", "9 23:00", "10 01:00"),
     ("10 08:30", "10 07:50", "10 08:20"), ("10 07:00", "10 06:45", "10 07:00")],
)  # fmt: skip
def test_no_offer_lapses_in_the_night_unless_the_morning_is_too_late(
    now: datetime, starts: str, made: str, until: str
) -> None:
    """Half an hour of the morning is theirs, and as much is left before the start."""

    def at(said: str) -> datetime:
        day, clock = said.split()
        return now.replace(day=int(day), hour=int(clock[:2]), minute=int(clock[3:]))

    assert waitlist.open_until(Event(starts_at=at(starts)), at(made)) == at(until)


@any_database
async def test_the_limit_of_a_firm_counts_those_who_wait_and_lets_a_colleague_step_in(
    session: AsyncSession, now: datetime
) -> None:
    """The newcomer has the seat under a code of their own; nobody else's seat can be had."""
    hall = await Hall.open(session, now, seats=1, people=5, per_firm=1)
    await hall.comes(0)
    await hall.waits(2)
    for act in (hall.comes(1), hall.waits(3)):
        with pytest.raises(seats.FirmFull) as full:
            await act
    (zhao,) = full.value.facts["colleagues"]
    assert (full.value.facts["limit"], zhao.name, zhao.state) == (1, "孙**", "waiting")
    before = await hall.stand()

    async def steps_in(who: int, whose: int) -> attendees.Replaced:
        return await attendees.replace(
            session, hall.people[who], hall.event, hall.now, signup_id=before[whose].id
        )

    with pytest.raises(attendees.SignUpUnknown):
        await steps_in(3, 0)
    with pytest.raises(events.NotRegistered):
        await steps_in(4, 0)
    done = await steps_in(1, 0)
    assert done.place.code != before[0].code and (await hall.row()).taken == 1
    assert (await steps_in(3, 2)).place.position == 1
    assert (await hall.states())[:4] == "xcxw"
    (await hall.stand())[1].checked_in_at = hall.now
    with pytest.raises(events.AlreadyIn):
        await attendees.replace(
            session, hall.people[0], hall.event, hall.now, signup_id=(await hall.stand())[1].id
        )


@any_database
async def test_a_late_seat_is_given_back_for_a_reason_and_a_used_one_not_at_all(
    hall: Hall,
) -> None:
    await hall.before_start(DAY)
    with pytest.raises(events.ReasonNeeded):
        await hall.leaves(0)
    await hall.leaves(0, "身体不适")
    assert (await hall.stand())[0].reason == "身体不适"
    await hall.comes(1)
    (await hall.stand())[1].checked_in_at = hall.now
    with pytest.raises(events.AlreadyIn):
        await hall.leaves(1, "身体不适")


@any_database
@pytest.mark.parametrize("accepted", [True, False, None])
async def test_a_seat_is_held_for_a_firm_under_approval_for_a_day(
    session: AsyncSession, now: datetime, accepted: bool | None
) -> None:
    """Theirs when it is let in, the next one's when it is refused or the day is over."""
    hall = await Hall.open(session, now)
    place = await hall.comes(4)
    assert (place.state, place.until) == ("held", now + DAY)
    await hall.waits(0)
    organizer = Person(role="org", created_at=now)
    session.add(organizer)
    await session.flush()
    if accepted is None:
        await hall.later(DAY)
    else:
        await admissions.decide(session, hall.admission, organizer.id, hall.now, accept=accepted)
    assert await hall.states() == ("w---c" if accepted else "o---x")
    assert ((await told(session)) == ["let_in"]) is bool(accepted)


@any_database
async def test_who_goes_to_another_event_at_that_time_is_asked_first(
    session: AsyncSession, now: datetime
) -> None:
    """Only where they overlap, by the end that was said or the usual length."""
    hall = await Hall.open(session, now, ends_at=now + 10 * DAY + HOUR)
    other = await Hall.open(session, now, starts_at=now + 10 * DAY + HOUR, people=1)
    other.people = hall.people
    await hall.comes(0)
    assert (await other.comes(0)).state == "new"
    await other.leaves(0)
    (await hall.row()).ends_at = None
    with pytest.raises(events.Clash) as clash:
        await other.comes(0)
    assert clash.value.facts["other"].id == hall.event
    assert (await other.comes(0, anyway=True)).state == "new"


@any_database
async def test_a_question_is_asked_before_the_seat_and_remembered_for_the_next_event(
    session: AsyncSession, now: datetime
) -> None:
    hall = await Hall.open(session, now, questions=["吃素吗？", "要停车位吗？"])
    with pytest.raises(seats.AnswersNeeded) as needed:
        await hall.comes(0, answers={"吃素吗？": "不"})
    assert needed.value.facts["question"] == "要停车位吗？"
    assert (await hall.row()).taken == 0
    await hall.comes(0, answers={"吃素吗？": "不", "要停车位吗？": "要"})
    assert await seats.earlier_answer(session, hall.people[0].id, "吃素吗？") == "不"
    assert await seats.earlier_answer(session, hall.people[1].id, "吃素吗？") is None


@any_database
async def test_a_person_whose_data_is_deleted_stands_nowhere(hall: Hall) -> None:
    """The offer they had is the next one's, and what they said is gone."""
    await hall.waits(1, 2)
    await hall.leaves(0)
    (await hall.stand())[1].answers = {"吃素吗？": "不"}
    await erasure.erase(hall.session, hall.people[1].id, hall.now)
    assert (await hall.states())[:3] == "xxo"
    assert (await hall.stand())[1].answers == {}


# Whatever people do.


@dataclass
class Deeds:
    """`line` is who waits as it should be: the longest first."""

    hall: Hall
    line: list[int] = field(default_factory=list)
    before: str = ""

    async def do(self, deed: str, who: int, other: int) -> None:
        """A refusal changes nothing. Then the laws."""
        self.hall.now += timedelta(seconds=1)
        await waitlist.advance(self.hall.session, self.hall.event, self.hall.now)
        await self.look()
        act: Callable[[int, int], Coroutine[Any, Any, object]] = getattr(self, deed)
        async with self.hall.session.begin_nested() as savepoint:
            try:
                await act(who, other)
            except Refused:
                await savepoint.rollback()
        await self.hall.meet()
        await self.look()

    async def come(self, who: int, other: int) -> None:
        await self.hall.comes(who)

    async def join(self, who: int, other: int) -> None:
        stood = who in self.line
        if (await self.hall.waits(who))[0].state == "waiting" and not stood:
            self.line.append(who)

    async def leave(self, who: int, other: int) -> None:
        await self.hall.leaves(who, "有事" if other % 2 else None)

    async def pass_time(self, who: int, other: int) -> None:
        await self.hall.later([MINUTE, 20 * MINUTE, 3 * HOUR, DAY, 3 * DAY][other % 5])

    async def change_capacity(self, who: int, other: int) -> None:
        event = await self.hall.row()
        event.capacity = max(event.taken, other)
        await self.hall.session.flush()
        await waitlist.advance(self.hall.session, self.hall.event, self.hall.now)

    async def step_in(self, who: int, other: int) -> None:
        stand = await self.hall.stand()
        if other in stand:
            person, number = self.hall.people[who], stand[other].id
            await attendees.replace(
                self.hall.session, person, self.hall.event, self.hall.now, signup_id=number
            )
            self.line = [who if one == other else one for one in self.line]

    async def remove(self, who: int, other: int) -> None:
        if other in (stand := await self.hall.stand()):
            number = stand[other].id
            await attendees.remove(self.hall.session, number, 1, "满了", self.hall.now)

    async def quit(self, who: int, other: int) -> None:
        """Their colleague has the seat then, if they have never come."""
        if firm := self.hall.people[who].enterprise_id:
            await leaving.leave(self.hall.session, self.hall.people[who].id, firm, self.hall.now)

    async def decide(self, who: int, other: int) -> None:
        """The firm is let in or not, and its person too."""
        await admissions.decide(
            self.hall.session, self.hall.admission, 1, self.hall.now, accept=bool(other % 2)
        )

    async def look(self) -> None:
        event, stand = await self.hall.row(), await self.hall.stand()
        states = await self.hall.states()
        self._check_seats(event, states)
        for row in stand.values():
            stays = row.state in ("offered", "held")
            assert (row.open_until is not None) == stays
            if row.open_until is not None:
                assert self.hall.now < row.open_until <= event.starts_at
        waiting = [one for one in self.line if states[one] == "w"]
        shown = [row.person_id for row in await waitlist.line(self.hall.session, self.hall.event)]
        assert shown == [self.hall.people[one].id for one in waiting]
        self._check_order(event, states, waiting)
        self.line, self.before = waiting, states

    def _check_seats(self, event: Event, states: str) -> None:
        counts = Counter(states)
        assert event.taken == counts["c"] + counts["h"] + counts["o"] <= event.capacity
        if self.hall.now < event.starts_at:
            assert not (counts["w"] and event.taken < event.capacity)
        firms = Counter(
            self.hall.people[n].enterprise_id for n, state in enumerate(states) if state in "chow"
        )
        firms.pop(None, 0)
        assert event.per_firm is None or max(firms.values(), default=0) <= event.per_firm

    def _check_order(self, event: Event, states: str, waiting: list[int]) -> None:
        """Only who waited is offered a seat, nobody who still waits stood before them, and not
        after the start."""
        for new in [n for n, state in enumerate(states) if state == "o" and self.before[n] != "o"]:
            assert new in self.line and self.hall.now < event.starts_at
            ahead = self.line[: self.line.index(new)]
            assert not set(ahead) & set(waiting)


DEEDS = ("come", "join", "leave", "pass_time", "change_capacity", "step_in", "remove", "quit",
         "decide")  # fmt: skip
CROWD = 7
deeds = st.tuples(
    st.sampled_from([*DEEDS, *["join"] * 4, *["come"] * 3, *["leave"] * 2]),
    st.integers(0, CROWD - 1),
    st.integers(0, CROWD - 1),
)


class Undo(Exception):
    """What an example did is for nobody."""


@pytest.fixture(scope="module")
def laid_out(sqlite_engine: Sqlite, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("hall")
    return asyncio.run(sqlite_engine.url(folder))


@settings(
    max_examples=EXAMPLES or 15,
    deadline=None,
    derandomize=not EXAMPLES,
    phases=PHASES,
    suppress_health_check=list(HealthCheck),
)
@given(
    todo=st.lists(deeds, min_size=12, max_size=25),
    seats=st.integers(1, 3),
    per_firm=st.sampled_from([1, None]),
)
def test_whatever_people_do_the_line_is_just(
    laid_out: str, todo: list[tuple[str, int, int]], seats: int, per_firm: int | None
) -> None:
    """Never oversold, no seat idle while somebody waits, nobody overtaken, no orphan offer."""

    async def play() -> None:
        database = Database(laid_out)
        try:
            async with database.session() as session:
                session.add(Person(id=1, role="org", name="组织者", created_at=NOW))
                hall = await Hall.open(
                    session,
                    NOW,
                    seats=seats,
                    people=CROWD,
                    per_firm=per_firm,
                    starts_at=NOW + 5 * DAY,
                )
                playing = Deeds(hall, before=await hall.states())
                for deed in todo:
                    await playing.do(*deed)
                raise Undo
        except Undo:
            await database.close()

    asyncio.run(play())
