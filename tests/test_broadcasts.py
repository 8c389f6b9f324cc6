"""A notice reaches everybody who is meant, once, in the chat where they are."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    Body,
    Broadcast,
    Chat,
    Enterprise,
    EnterpriseSegment,
    Industry,
    Job,
    Outgoing,
    Person,
    Segment,
)
from errors import Refused
from pipeline import words
from services import broadcasts
from services.broadcasts import Audience

PARAMS = {"text": "通知", "parse_mode": "HTML"}
chat_ids = itertools.count(1000)


@pytest.fixture
async def organizer(session: AsyncSession, now: datetime) -> Person:
    organizer = Person(role="org", created_at=now)
    session.add_all([organizer, Industry(code="A1", tier="优势", name="工程机械", position=1)])
    await session.flush()
    session.add(Segment(id=1, industry_code="A1", name="液压与关键件", synonyms=[]))
    await session.flush()
    return organizer


async def firm(
    session: AsyncSession, now: datetime, city: str = "长沙", *, segments: Sequence[int] = ()
) -> Enterprise:
    enterprise = Enterprise(name="某某公司", city=city, tags=[], created_at=now)
    session.add(enterprise)
    await session.flush()
    session.add_all(
        EnterpriseSegment(enterprise_id=enterprise.id, segment_id=segment) for segment in segments
    )
    await session.flush()
    return enterprise


async def colleague(
    session: AsyncSession, firm: Enterprise, now: datetime, *, chats: Sequence[str] = ("telegram",)
) -> Person:
    """A person of the firm who was heard from in these channels, in this order."""
    somebody = Person(enterprise_id=firm.id, created_at=now)
    session.add(somebody)
    await session.flush()
    for place, channel in enumerate(chats):
        id, heard = next(chat_ids), now + timedelta(minutes=place)
        session.add(
            Chat(id=id, channel=channel, address=str(id), person_id=somebody.id, heard_at=heard)
        )
    await session.flush()
    return somebody


async def all_out(
    session: AsyncSession, broadcast: Broadcast, now: datetime, chunk: int = 1000
) -> int:
    """Fans out to the end; how many chunks it took."""
    after: int | None = 0
    for rounds in itertools.count():
        after = await broadcasts.fan_out(session, broadcast.id, PARAMS, now, chunk, after or 0)
        if after is None:
            return rounds
    raise AssertionError


async def written(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(Outgoing)) or 0


async def test_the_audience_is_counted_as_it_will_be_reached(
    session: AsyncSession, organizer: Person, now: datetime
) -> None:
    """Firms, people, and those whom no chat reaches; by city, by industry, by both."""
    hua = await firm(session, now, "长沙", segments=[1])
    rui = await firm(session, now, "株洲", segments=[1])
    lan = await firm(session, now, "长沙")
    await firm(session, now, "长沙")  # imported, nobody of it is here
    await colleague(session, hua, now, chats=["telegram", "wecom"])
    await colleague(session, hua, now, chats=[])
    await colleague(session, rui, now)
    await colleague(session, lan, now)
    assert await broadcasts.audience(session, [], []) == Audience(3, 4, 1)
    assert await broadcasts.audience(session, ["长沙"], []) == Audience(2, 3, 1)
    assert await broadcasts.audience(session, [], ["A1"]) == Audience(2, 3, 1)
    assert await broadcasts.audience(session, ["株洲"], ["A1"]) == Audience(1, 1, 0)
    assert await broadcasts.audience(session, ["岳阳"], []) == Audience(0, 0, 0)


async def test_each_person_is_written_to_once_where_they_were_last_heard(
    session: AsyncSession, organizer: Person, now: datetime
) -> None:
    """Two channels, one message; a chat that blocked us is passed over."""
    hua = await firm(session, now)
    on_two = await colleague(session, hua, now, chats=["telegram", "wecom"])
    blocked = await colleague(session, hua, now, chats=["web", "telegram"])
    await colleague(session, hua, now, chats=[])
    await session.execute(
        update(Chat)
        .where(Chat.person_id == blocked.id, Chat.channel == "telegram")
        .values(reachable=False)
    )
    broadcast = await broadcasts.draft(session, organizer.id, "通知", [], [], now)
    await all_out(session, broadcast, now)
    rows = await session.execute(
        select(Chat.person_id, Chat.channel).join(Outgoing, Outgoing.chat_id == Chat.id)
    )
    assert {tuple(row) for row in rows} == {(on_two.id, "wecom"), (blocked.id, "web")}


async def test_a_row_waits_behind_everything_else_and_shares_its_body(
    session: AsyncSession, organizer: Person, now: datetime
) -> None:
    """Lowest priority, a key of its own, the text stored once for all."""
    hua = await firm(session, now)
    people = [await colleague(session, hua, now) for _ in range(3)]
    broadcast = await broadcasts.draft(session, organizer.id, "通知", [], [], now)
    await all_out(session, broadcast, now)
    rows = (await session.scalars(select(Outgoing).order_by(Outgoing.id))).all()
    assert [row.key for row in rows] == [
        f"broadcast:{broadcast.id}:person:{person.id}" for person in people
    ]
    body = (await session.scalars(select(Body))).one()
    assert body.params == PARAMS
    for row in rows:
        assert (row.params, row.body_id, row.priority) == ({}, body.id, 3)
        assert (row.state, row.due_at, row.method) == ("waiting", now, "send_message")


async def test_a_fan_out_that_broke_off_goes_on_and_doubles_nobody(
    session: AsyncSession, organizer: Person, now: datetime
) -> None:
    """A chunk written twice is written once, and a finished broadcast takes in nobody new."""
    hua = await firm(session, now)
    for _ in range(7):
        await colleague(session, hua, now)
    broadcast = await broadcasts.draft(session, organizer.id, "通知", [], [], now)
    after = await broadcasts.fan_out(session, broadcast.id, PARAMS, now, chunk=3)
    assert (await written(session), broadcast.state) == (3, "sending")
    assert await broadcasts.fan_out(session, broadcast.id, PARAMS, now, chunk=3) == after
    assert await written(session) == 3
    assert await all_out(session, broadcast, now, chunk=3) == 3
    assert (await written(session), broadcast.state) == (7, "sent")
    await colleague(session, hua, now)
    assert await all_out(session, broadcast, now) == 0
    assert await written(session) == 7


async def test_sending_is_planned_once_and_a_draft_can_be_dropped(
    session: AsyncSession, organizer: Person, now: datetime
) -> None:
    """Two presses of 发送 are one broadcast; what is on its way cannot be dropped."""
    kept, dropped = [
        await broadcasts.draft(session, organizer.id, "通知", [], [], now) for _ in range(2)
    ]
    for _ in range(2):
        await broadcasts.start(session, kept.id, now)
        await broadcasts.drop(session, dropped.id)
    job = (await session.scalars(select(Job))).one()
    assert job.payload == {"broadcast": kept.id, "after": 0}
    with pytest.raises(broadcasts.BroadcastStarted):
        await broadcasts.drop(session, kept.id)
    with pytest.raises(broadcasts.BroadcastUnknown):
        await broadcasts.start(session, dropped.id, now)


async def test_the_report_counts_what_became_of_every_row(
    session: AsyncSession, organizer: Person, now: datetime
) -> None:
    """By state, of this broadcast only."""
    hua = await firm(session, now)
    people = [await colleague(session, hua, now) for _ in range(3)]
    first, second = [
        await broadcasts.draft(session, organizer.id, "通知", [], [], now) for _ in range(2)
    ]
    for broadcast in (first, second):
        await all_out(session, broadcast, now)
    failed = f"broadcast:{first.id}:person:{people[0].id}"
    await session.execute(update(Outgoing).where(Outgoing.key == failed).values(state="failed"))
    report = await broadcasts.report(session, first.id)
    assert report.states == {"failed": 1, "waiting": 2}
    assert report.recipients == 3


async def test_the_whole_province_goes_out_in_chunks(
    session: AsyncSession, organizer: Person, now: datetime
) -> None:
    """22,400 recipients in chunks of a thousand, so that no reply waits behind them."""
    many = range(1, 22_401)
    firms = [{"id": n, "name": "某某公司", "tags": [], "created_at": now} for n in many]
    people = [{"id": n + 10, "enterprise_id": n, "created_at": now} for n in many]
    chats = [
        {"id": n, "channel": "telegram", "address": str(n), "person_id": n + 10, "heard_at": now}
        for n in many
    ]
    await session.execute(insert(Enterprise), firms)
    await session.execute(insert(Person), people)
    await session.execute(insert(Chat), chats)
    broadcast = await broadcasts.draft(session, organizer.id, "通知", [], [], now)
    assert await all_out(session, broadcast, now) == 23
    assert await written(session) == 22_400


@pytest.mark.parametrize(
    "refusal",
    [broadcasts.BroadcastUnknown(), broadcasts.BroadcastStarted(broadcast_id=1)],
    ids=lambda refusal: refusal.code,
)
def test_every_refusal_has_words_for_its_facts(refusal: Refused) -> None:
    """What a service refuses a person can read."""
    assert words.render(f"broadcasts/refused/{refusal.code}", **refusal.facts).text
