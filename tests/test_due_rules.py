"""What becomes of messages that fall due: the quiet hours, the switches, the cap, the digest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, func, insert, select, update

from db.models import Attention, Job, Outgoing, Person
from db.models import Chat as ChatRow
from db.session import Database
from pipeline import outbox
from pipeline.work import BROADCAST, NOTICE, REMINDER
from services.due_rules import judge

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, tzinfo=ZONE)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NIGHT, NOON = MONDAY + 23 * HOUR, MONDAY + 12 * HOUR
MORNING = MONDAY + 32 * HOUR


async def person(database: Database, number: int, **wants: Any) -> None:
    """Somebody with one chat, of the same number."""
    paused = wants.pop("paused", None)
    row = {"id": number, "role": "ent", "demo": False, "created_at": MONDAY}
    async with database.writing() as connection:
        await connection.execute(insert(Person).values(**row, pushes_paused_until=paused))
        chat = {"id": number, "channel": "web", "address": str(number), "person_id": number}
        await connection.execute(insert(ChatRow).values(chat))
        if wants:
            await connection.execute(insert(Attention).values(person_id=number, **wants))


async def row(database: Database, chat: int, topic: str | None, **more: Any) -> int:
    values = {
        "chat_id": chat, "method": "send_message", "params": {"text": "x"}, "topic": topic,
        "priority": REMINDER, "due_at": MONDAY, "state": "waiting", "attempts": 0,
    }  # fmt: skip
    async with database.writing() as connection:
        made = insert(Outgoing).values(**values | more).returning(Outgoing.id)
        return (await connection.execute(made)).scalar_one()


async def claim(database: Database, now: datetime, most: int = 20) -> set[int]:
    async with database.writing() as connection:
        taken = await outbox.claim_due(connection, "me", now, most, judge)
    return {letter.id for letter in taken.letters}


async def became(database: Database, id: int) -> tuple[str, str | None]:
    async with database.reading() as connection:
        found = select(Outgoing.state, Outgoing.error).where(Outgoing.id == id)
        return tuple((await connection.execute(found)).one())  # type: ignore[return-value]


async def due_at(database: Database, id: int) -> datetime:
    async with database.reading() as connection:
        return (await connection.execute(select(Outgoing.due_at).filter_by(id=id))).scalar_one()


async def test_at_night_only_what_cannot_wait_is_sent(database: Database) -> None:
    """Answers, and events within a day, whatever is switched off; the rest in the morning, spread,
    and an event that moved with it."""
    await person(database, 1, off=["events", "notices", "deadlines"])
    await person(database, 2)
    soon, later = NIGHT + 24 * HOUR, NIGHT + 25 * HOUR
    answer = await row(database, 1, None, priority=NOTICE)
    tomorrow = await row(database, 1, "events", expires_at=soon)
    moved_soon = await row(database, 1, "events", priority=NOTICE, expires_at=soon)
    moved = await row(database, 1, "events", priority=NOTICE, expires_at=later)
    waits = [await row(database, 2, "notices", priority=BROADCAST) for _ in range(3)]
    invitation = await row(database, 2, "notices", priority=BROADCAST, expires_at=soon)
    far = await row(database, 2, "events", expires_at=later)
    assert await claim(database, NIGHT) == {answer, tomorrow, moved_soon}
    moments = [await due_at(database, one) for one in (moved, *waits, invitation, far)]
    assert all(MORNING <= moment < MORNING + timedelta(minutes=20) for moment in moments)
    assert len(set(moments)) == len(moments)
    assert await claim(database, MORNING - timedelta(seconds=1)) == set()
    late = await claim(database, MORNING + timedelta(minutes=20))
    assert late == {moved, *waits, invitation, far}


@pytest.mark.parametrize(
    ("clock", "sent"),
    [("21:59:59", True), ("22:00", False), ("00:00", False), ("07:59", False), ("08:00", True)],
)
async def test_the_quiet_hours_have_exact_ends(database: Database, clock: str, sent: bool) -> None:
    await person(database, 1)
    id = await row(database, 1, "notices")
    now = datetime.fromisoformat(f"2026-11-24 {clock}").replace(tzinfo=ZONE)
    assert (await claim(database, now) == {id}) is sent


async def test_what_is_switched_off_is_not_sent_and_says_so(database: Database) -> None:
    """By the switch of its topic as it stands when it falls due; patents by the pause."""
    await person(database, 1, off=["events", "deadlines"])
    await person(database, 2, off=[], paused=NOON + DAY)
    await person(database, 3, off=[], paused=NOON)
    off = [await row(database, 1, topic) for topic in ("events", "deadlines")]
    off += [await row(database, 1, "deadlines", expires_at=NOON + HOUR)]
    off += [await row(database, 2, "patents")]
    sent = {await row(database, 1, "notices"), await row(database, 3, "patents"),
            await row(database, 2, "events"), await row(database, 99, "notices")}  # fmt: skip
    assert await claim(database, NOON) == sent
    assert [await became(database, one) for one in off] == [("cancelled", "off")] * 4


async def test_the_sixth_notice_of_a_week_is_not_sent(database: Database) -> None:
    """Over all chats of a person, also within one portion; reminders and changes are not counted,
    and after seven days there is room again."""
    await person(database, 1)
    async with database.writing() as connection:
        second = {"id": 2, "channel": "web", "address": "2", "person_id": 1}
        await connection.execute(insert(ChatRow).values(second))
    got = [await row(database, 1, "notices", state="sent", sent_at=MONDAY - n * DAY)
           for n in (0, 1, 6)]  # fmt: skip
    await row(database, 1, "notices", state="sent", sent_at=MONDAY - 7 * DAY)
    await row(database, 1, "events", state="sent", sent_at=MONDAY)
    some = [await row(database, 1 + n % 2, "notices", priority=BROADCAST) for n in range(4)]
    other = await row(database, 1, "events")
    assert await claim(database, NOON) == {*some[:2], other}
    assert [await became(database, one) for one in some[2:]] == [("cancelled", "cap")] * 2
    async with database.writing() as connection:
        await connection.execute(
            update(Outgoing)
            .where(Outgoing.id.in_([*got, *some[:2]]))
            .values(state="sent", sent_at=MONDAY)
        )
    id = await row(database, 1, "notices")
    assert await claim(database, NOON + 6 * DAY) == set()
    assert await became(database, id) == ("cancelled", "cap")
    id = await row(database, 1, "notices")
    assert await claim(database, NOON + 7 * DAY) == {id}


async def test_who_wants_a_digest_gets_at_once_what_is_near(database: Database) -> None:
    """The rest is gathered for nine o'clock, once a day or on Monday, and told by one job."""
    for number, digest in ((1, "day"), (2, "week")):
        await person(database, number, off=[], digest=digest)
    near = {await row(database, 1, "events", expires_at=NOON + DAY),
            await row(database, 1, "deadlines", expires_at=NOON + DAY),
            await row(database, 1, "events", priority=NOTICE),
            await row(database, 2, None)}  # fmt: skip
    far = [await row(database, n, topic, expires_at=NOON + 9 * DAY)
           for n in (1, 2) for topic in ("events", "deadlines", "notices")]  # fmt: skip
    assert await claim(database, NOON) == near
    assert {await became(database, one) for one in far} == {("gathered", "digest")}
    nine = MONDAY + 9 * HOUR
    assert {await due_at(database, one) for one in far[:3]} == {nine + DAY}
    assert {await due_at(database, one) for one in far[3:]} == {nine + 7 * DAY}
    async with database.reading() as connection:
        jobs = (await connection.execute(select(Job.kind, Job.due_at))).all()
    assert sorted(jobs) == [("attention.digest", nine + DAY), ("attention.digest", nine + 7 * DAY)]


async def test_what_is_too_old_is_not_sent_and_all_of_it_is_closed_at_once(
    database: Database,
) -> None:
    """Also what no portion has reached yet, so that each person hears of it in one message."""
    await person(database, 1)
    old = [await row(database, 1, "events", expires_at=NOON) for _ in range(5)]
    plain = await row(database, 1, None, expires_at=NOON)
    fresh = await row(database, 1, "events", expires_at=NOON + timedelta(seconds=1))
    assert await claim(database, NOON, 2) == set()
    assert {(await became(database, one))[0] for one in (*old, plain)} == {"expired"}
    assert await claim(database, NOON) == {fresh}
    async with database.reading() as connection:
        assert await connection.scalar(select(func.count()).where(Job.kind == "attention.missed"))


async def test_a_portion_costs_the_same_however_many_wait(database: Database) -> None:
    """One statement for the wishes of all, one more for notices, and the claim's own three; of
    rows without a topic nothing is asked."""
    for number in range(1, 21):
        await person(database, number)
    counts = []
    for topic in ("notices", "events", None):
        for number in range(1, 21):
            await row(database, number, topic)
        said: list[str] = []
        count = _counting(database, said)
        assert len(await claim(database, NOON)) == 20
        count()
        counts.append(len(said))
    assert counts == [5, 4, 3]


def _counting(database: Database, said: list[str]) -> Any:
    engine = database._write.sync_engine

    def note(*args: Any) -> None:
        if args[2].split()[0] in ("SELECT", "UPDATE", "INSERT", "DELETE", "WITH"):
            said.append(args[2])

    event.listen(engine, "before_cursor_execute", note)
    return lambda: event.remove(engine, "before_cursor_execute", note)
