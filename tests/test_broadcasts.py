"""Whom a notice is for, and its rows: everybody who is meant, once, in the chat where they are."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    Attention,
    Body,
    Broadcast,
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
from services import audiences, broadcasts, notice_changes, notice_rows, notice_runs
from services.audiences import Reach

PARAMS = {"text": "通知", "parse_mode": "HTML"}
chat_ids = itertools.count(1000)


@pytest.fixture
async def organizer(session: AsyncSession, now: datetime) -> Person:
    organizer = Person(role="org", created_at=now)
    session.add_all([organizer, Industry(code="A1", tier="优势", name="工程机械", position=1)])
    await session.flush()
    session.add_all(
        Segment(id=id, industry_code="A1", name=name, synonyms=[])
        for id, name in ((1, "液压与关键件"), (2, "起重机械"))
    )
    await session.flush()
    return organizer


async def firm(
    session: AsyncSession, now: datetime, city: str = "长沙", *, segments: Sequence[int] = (),
    tags: Sequence[str] = (), park: str | None = None,
) -> Enterprise:  # fmt: skip
    enterprise = Enterprise(name="某某公司", city=city, tags=[*tags], park=park, created_at=now)
    session.add(enterprise)
    await session.flush()
    session.add_all(
        EnterpriseSegment(enterprise_id=enterprise.id, segment_id=segment) for segment in segments
    )
    await session.flush()
    return enterprise


async def colleague(
    session: AsyncSession, firm: Enterprise, now: datetime, *, chats: Sequence[str] = ("telegram",),
    name: str | None = None,
) -> Person:  # fmt: skip
    """A person of the firm who was heard from in these channels, in this order."""
    somebody = Person(enterprise_id=firm.id, created_at=now, name=name)
    session.add(somebody)
    await session.flush()
    for place, channel in enumerate(chats):
        id, heard = next(chat_ids), now + timedelta(minutes=place)
        session.add(
            Chat(id=id, channel=channel, address=str(id), person_id=somebody.id, heard_at=heard)
        )
    await session.flush()
    return somebody


async def started(
    session: AsyncSession, organizer: Person, now: datetime, **audience: Any
) -> Broadcast:
    notice = await broadcasts.draft(session, organizer.id, now, "通知", audience=audience)
    return await notice_runs.send(session, notice.id, organizer.id, now)


async def all_out(
    session: AsyncSession, notice: Broadcast, now: datetime, chunk: int = 1000,
    params: dict[str, Any] = PARAMS,
) -> int:  # fmt: skip
    """Fans out to the end; how many chunks it took."""
    write = notice_changes.fan_out if notice.corrects else notice_rows.fan_out
    after: int | None = 0
    for rounds in itertools.count():
        after = await write(session, notice.id, params, now, chunk, after or 0)
        if after is None:
            return rounds
    raise AssertionError


async def rows(session: AsyncSession, notice: Broadcast) -> Sequence[Outgoing]:
    of_it = select(Outgoing).where(Outgoing.about == f"broadcast:{notice.id}").order_by(Outgoing.id)
    return (await session.scalars(of_it.execution_options(populate_existing=True))).all()


async def states(session: AsyncSession, notice: Broadcast) -> dict[str, int]:
    return await notice_runs.states_of(session, notice.id)


async def test_the_audience_is_counted_as_it_will_be_reached(
    session: AsyncSession, organizer: Person, now: datetime
) -> None:
    """By city, park, tag, industry, leaf and event: within a kind any will do, of kinds all must;
    and each who is spared it is counted once, for one reason."""
    hua = await firm(session, now, "长沙", segments=[1], tags=["专精特新"], park="高新区")
    rui = await firm(session, now, "株洲", segments=[2], tags=["国有企业", "专精特新"])
    lan = await firm(session, now, "长沙")
    await firm(session, now, "长沙")  # imported, nobody of it is here
    comes = await colleague(session, hua, now, chats=["telegram", "wecom"])
    await colleague(session, hua, now, chats=[])
    waits, deaf = await colleague(session, rui, now), await colleague(session, lan, now)
    event = Event(kind="培训", title="培训", starts_at=now, city="长沙", venue="馆", industries=[],
                  agenda=[], capacity=9)  # fmt: skip
    session.add_all([event, Attention(person_id=deaf.id, off=["notices"])])
    await session.flush()
    session.add_all(
        SignUp(event_id=event.id, person_id=person.id, code=str(person.id), created_at=now, **more)
        for person, more in (
            (comes, {"checked_in_at": now}), (waits, {"state": "waiting"}), (deaf, {}),
        )
    )  # fmt: skip
    await session.flush()
    for wanted, count in (
        ({}, Reach(3, 4, 1, 1)),
        ({"cities": ["长沙"]}, Reach(2, 3, 1, 1)),
        ({"cities": ["长沙", "株洲"], "tags": ["专精特新"]}, Reach(2, 3, 1)),
        ({"parks": ["高新区"]}, Reach(1, 2, 1)),
        ({"industries": ["A1"]}, Reach(2, 3, 1)),
        ({"segments": [2]}, Reach(1, 1)),
        ({"cities": ["株洲"], "segments": [1]}, Reach(0, 0)),
        ({"event": {"id": event.id, "state": "checked_in"}}, Reach(1, 1)),
        ({"event": {"id": event.id, "state": "absent"}}, Reach(1, 1, 0, 1)),
        ({"event": {"id": event.id, "state": "waiting"}}, Reach(1, 1)),
        ({"event": {"id": event.id, "state": "not_signed_up"}, "cities": ["长沙"]}, Reach(1, 1, 1)),
    ):
        assert await audiences.reach(session, wanted, now) == count, wanted
    assert (await audiences.reach(session, {}, now)).receivers == 2


async def test_each_person_is_written_to_once_where_they_were_last_heard(
    session: AsyncSession, organizer: Person, now: datetime
) -> None:
    """Two channels, one message; a chat that blocked us is passed over; who is spared it, or lost,
    stands in the ledger with the reason; and the row waits behind everything else."""
    hua = await firm(session, now)
    on_two = await colleague(session, hua, now, chats=["telegram", "wecom"])
    blocked = await colleague(session, hua, now, chats=["web", "telegram"])
    lost, off = await colleague(session, hua, now), await colleague(session, hua, now)
    await colleague(session, hua, now, chats=[])
    for person, channel in ((blocked, "telegram"), (lost, "telegram")):
        here = Chat.person_id == person.id, Chat.channel == channel
        await session.execute(update(Chat).where(*here).values(reachable=False))
    session.add(Attention(person_id=off.id, off=["notices"]))
    notice = await started(session, organizer, now)
    await all_out(session, notice, now)
    found = await session.execute(
        select(Chat.person_id, Chat.channel, Outgoing.state, Outgoing.error).join(
            Outgoing, Outgoing.chat_id == Chat.id
        )
    )
    assert {tuple(row) for row in found} == {
        (on_two.id, "wecom", "waiting", None), (blocked.id, "web", "waiting", None),
        (lost.id, "telegram", "missed", None), (off.id, "telegram", "waiting", None),
    }  # fmt: skip
    row, body = (await rows(session, notice))[0], (await session.scalars(select(Body))).one()
    assert (row.key, row.topic) == (f"broadcast:{notice.id}:person:{on_two.id}", "notices")
    assert (row.params, row.body_id, row.priority) == ({}, body.id, 3)
    assert (row.state, row.due_at, row.method) == ("waiting", now, "send_message")
    assert body.params == PARAMS


async def test_who_has_had_enough_for_a_week_is_spared(
    session: AsyncSession, organizer: Person, now: datetime
) -> None:
    """Five in seven days; on the eighth day there is room again."""
    person = await colleague(session, await firm(session, now), now)
    for _ in range(5):
        notice = await started(session, organizer, now)
        await all_out(session, notice, now)
        await session.execute(update(Outgoing).values(state="sent", sent_at=now))
    assert await audiences.reach(session, {}, now) == Reach(1, 1, capped=1)
    sixth = await broadcasts.draft(session, organizer.id, now, "通知")
    with pytest.raises(notice_runs.NobodyMeant):
        await notice_runs.send(session, sixth.id, organizer.id, now)
    assert (await audiences.reach(session, {}, now + timedelta(days=8))).receivers == 1
    assert person.id


async def test_a_text_that_names_its_reader_is_each_readers_own(
    session: AsyncSession, organizer: Person, now: datetime
) -> None:
    """What is somebody's own is in the row, as text; the rest is stored once. A missing value stops
    it with the count, and whoever lacks it can be left out."""
    hua = await firm(session, now, park="高新区")
    for name in ("王<工>", None, "{firm}"):
        await colleague(session, hua, now, name=name)
    notice = await broadcasts.draft(session, organizer.id, now, "{姓名}您好")
    with pytest.raises(notice_runs.ValuesMissing) as refused:
        await notice_runs.send(session, notice.id, organizer.id, now, ["name", "park"])
    assert refused.value.facts == {
        "broadcast_id": notice.id, "missing": [("name", 1)], "count": 1, "left": 2,
    }  # fmt: skip
    await broadcasts.address(session, notice.id, organizer.id, complete=["name", "park"])
    await notice_runs.send(session, notice.id, organizer.id, now, ["name", "park"])
    await all_out(session, notice, now, params={"text": "<b>{name}</b>，{park}", "parse_mode": "x"})
    found = await rows(session, notice)
    assert [row.params["text"] for row in found] == [
        "<b>王&lt;工&gt;</b>，高新区", "<b>{firm}</b>，高新区"
    ]  # fmt: skip
    await session.execute(update(Outgoing).values(state="sent", message_id=Outgoing.id + 70))
    right = await notice_changes.correct(session, notice.id, organizer.id, "{姓名}早", now)
    await notice_runs.send(session, right.id, organizer.id, now)
    await all_out(session, right, now, params={"text": "更正：{name}早"})
    assert [(row.method, row.params) for row in await rows(session, right)] == [
        ("edit_message_text", {"message_id": found[0].id + 70, "text": "更正：王&lt;工&gt;早"}),
        ("edit_message_text", {"message_id": found[1].id + 70, "text": "更正：{firm}早"}),
    ]


async def test_a_fan_out_that_broke_off_goes_on_and_doubles_nobody(
    session: AsyncSession, organizer: Person, now: datetime
) -> None:
    """A chunk written twice is written once; paused, the rest is written on hold; stopped, there
    is no rest."""
    hua = await firm(session, now)
    for _ in range(7):
        await colleague(session, hua, now)
    notice = await started(session, organizer, now)
    write = notice_rows.fan_out
    after = await write(session, notice.id, PARAMS, now, chunk=3)
    assert await write(session, notice.id, PARAMS, now, chunk=3) == after
    assert await states(session, notice) == {"waiting": 3}
    await session.execute(update(Outgoing).where(Outgoing.id == 1).values(state="sent"))
    halted = await notice_runs.pause(session, notice.id, organizer.id, now)
    assert (halted.sent, halted.flying, halted.held) == (1, 0, 2)
    after = await write(session, notice.id, PARAMS, now, chunk=3, after=after or 0)
    assert await states(session, notice) == {"sent": 1, "paused": 5}
    await notice_runs.resume(session, notice.id, organizer.id, now)
    assert await states(session, notice) == {"sent": 1, "waiting": 5}
    await notice_runs.stop(session, notice.id, organizer.id, now)
    assert await write(session, notice.id, PARAMS, now, chunk=3, after=after or 0) is None
    assert await states(session, notice) == {"sent": 1, "cancelled": 5}
    with pytest.raises(notice_runs.NotRunning):
        await notice_runs.resume(session, notice.id, organizer.id, now)
    others = await audiences.reach(session, {"unheard": notice.id}, now)
    assert others.receivers == 6


async def test_a_large_notice_needs_a_second_yes_and_stopped_sends_no_more(
    session: AsyncSession, organizer: Person, now: datetime
) -> None:
    """More than five hundred readers need another organizer, whom the author cannot be; they are
    written in chunks, so that no reply waits behind them; stopped at sixty per cent, of the rest
    nothing is sent, and what arrived is taken back, once. (bench/broadcast.py has the province.)"""
    many = range(1, 1_201)
    firms = [{"id": n, "name": "某某公司", "tags": [], "created_at": now} for n in many]
    people = [{"id": n + 10, "enterprise_id": n, "created_at": now} for n in many]
    chats = [
        {"id": n, "channel": "telegram", "address": str(n), "person_id": n + 10, "heard_at": now}
        for n in many
    ]
    await session.execute(insert(Enterprise), firms)
    await session.execute(insert(Person), people)
    await session.execute(insert(Chat), chats)
    second = Person(id=9_999, role="org", created_at=now)
    session.add(second)
    notice = await started(session, organizer, now)
    assert notice.state == "asked" and await all_out(session, notice, now) == 0
    with pytest.raises(notice_runs.OwnNotice):
        await notice_runs.agree(session, notice.id, organizer.id, now)
    await notice_runs.agree(session, notice.id, second.id, now)
    assert await all_out(session, notice, now, chunk=100) == 12
    sent = select(Outgoing.id).order_by(Outgoing.id).limit(720)
    arrived = update(Outgoing).where(Outgoing.id.in_(sent))
    await session.execute(arrived.values(state="sent", message_id=Outgoing.id))
    await notice_runs.stop(session, notice.id, organizer.id, now)
    assert await states(session, notice) == {"sent": 720, "cancelled": 480}
    undone = await notice_changes.withdraw(session, notice.id, organizer.id, now)
    assert await notice_changes.withdraw(session, notice.id, organizer.id, now) is undone
    assert await all_out(session, undone, now, chunk=100) == 8
    found = await session.execute(
        select(Outgoing.method, func.count())
        .where(Outgoing.about == f"broadcast:{undone.id}", Outgoing.state == "waiting")
        .group_by(Outgoing.method)
    )
    assert Counter(dict(found.all())) == {"delete_message": 720}
