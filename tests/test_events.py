"""Events: a seat is taken once and given back once, and reminders tell what is true."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Enterprise, Event, Job, Person, SignUp
from errors import Refused
from pipeline import words
from services import event_drafts, event_reminders, events
from services.event_drafts import EventAnswers

Publish = Callable[..., Awaitable[Event]]


async def person(session: AsyncSession, now: datetime, *, firm: bool = True) -> Person:
    """Somebody new, of a firm of their own."""
    somebody = Person(created_at=now)
    if firm:
        enterprise = Enterprise(name="某某公司", tags=[], created_at=now)
        session.add(enterprise)
        await session.flush()
        somebody.enterprise_id = enterprise.id
    session.add(somebody)
    await session.flush()
    return somebody


@pytest.fixture
async def organizer(session: AsyncSession, now: datetime) -> Person:
    return await person(session, now, firm=False)


@pytest.fixture
def publish(session: AsyncSession, organizer: Person, now: datetime) -> Publish:
    """Publishes an event that begins `after` so long."""

    async def publish(
        after: timedelta = timedelta(days=17), capacity: int = 2, **more: Any
    ) -> Event:
        answers = EventAnswers(
            kind="一月一对接",
            title="工程机械专场",
            starts_at=now + after,
            city="长沙",
            venue="三楼会议室",
            capacity=capacity,
            **more,
        )
        draft = await event_drafts.create(session, organizer.id, answers, now)
        return await event_drafts.publish(session, organizer.id, draft.id, now)

    return publish


async def planned(session: AsyncSession) -> dict[str, datetime]:
    """The offset and moment of every reminder that waits."""
    jobs = await session.scalars(select(Job).where(Job.state == "waiting"))
    return {job.payload["offset"]: job.due_at for job in jobs}


async def test_a_seat_comes_with_a_code_and_the_same_one_when_asked_again(
    session: AsyncSession, publish: Publish, now: datetime
) -> None:
    """Signing up twice takes one seat, on whichever device."""
    event, hua = await publish(), await person(session, now)
    first = await events.sign_up(session, hua, event.id, now)
    second = await events.sign_up(session, hua, event.id, now)
    assert (first.state, second.state) == ("new", "already")
    assert first.code == second.code and len(first.code) == 6 and first.code.isdigit()
    assert second.seats_left == 1


async def test_codes_differ_at_one_door(
    session: AsyncSession, publish: Publish, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A code that somebody holds is not drawn again for the same event."""
    drawn = iter([7, 7, 7, 8])
    monkeypatch.setattr("services.seats.secrets.randbelow", lambda below: next(drawn))
    event = await publish()
    codes = [
        (await events.sign_up(session, await person(session, now), event.id, now)).code
        for _ in range(2)
    ]
    assert codes == ["000007", "000008"]


async def test_the_last_seat_is_the_last(
    session: AsyncSession, publish: Publish, now: datetime
) -> None:
    """When all seats are gone the next person is refused, and those inside are not."""
    event = await publish(capacity=1)
    hua, rui = await person(session, now), await person(session, now)
    await events.sign_up(session, hua, event.id, now)
    with pytest.raises(events.EventFull) as refusal:
        await events.sign_up(session, rui, event.id, now)
    assert refusal.value.facts == {"event_id": event.id, "title": event.title}
    assert (await events.sign_up(session, hua, event.id, now)).state == "already"
    assert await session.scalar(select(SignUp.id).filter_by(person_id=rui.id)) is None


async def test_cancelling_frees_the_seat_once(
    session: AsyncSession, publish: Publish, now: datetime
) -> None:
    """A double tap does not free two seats, and the freed one is for anybody."""
    event = await publish(capacity=2)
    hua, rui, lan = [await person(session, now) for _ in range(3)]
    place = await events.sign_up(session, hua, event.id, now)
    await events.sign_up(session, rui, event.id, now)
    for _ in range(2):
        assert (await events.cancel(session, hua.id, event.id, now)).event.taken == 1
    assert await events.mine(session, hua.id, now) == []
    assert (await events.sign_up(session, hua, event.id, now)).code == place.code
    with pytest.raises(events.EventFull):
        await events.sign_up(session, lan, event.id, now)
    with pytest.raises(events.NotSignedUp):
        await events.cancel(session, lan.id, event.id, now)


async def test_sign_up_says_why_not(session: AsyncSession, publish: Publish, now: datetime) -> None:
    """Each reason has its own name: unknown, no firm, closed, begun, over, cancelled."""
    hua, stranger = await person(session, now), await person(session, now, firm=False)
    until = now + timedelta(days=10)
    event = await publish(signup_until=until, ends_at=now + timedelta(days=17, hours=3))
    with pytest.raises(events.EventUnknown):
        await events.sign_up(session, hua, 404, now)
    with pytest.raises(events.NotRegistered):
        await events.sign_up(session, stranger, event.id, now)
    with pytest.raises(events.SignUpClosed) as closed:
        await events.sign_up(session, hua, event.id, until)
    assert closed.value.facts["until"] == until
    with pytest.raises(events.SignUpClosed):
        await events.sign_up(session, hua, event.id, now + timedelta(days=17))
    for act in (events.sign_up(session, hua, event.id, now + timedelta(days=18)),
                events.cancel(session, hua.id, event.id, now + timedelta(days=18))):  # fmt: skip
        with pytest.raises(events.EventOver):
            await act
    event.state = "cancelled"
    await session.flush()
    with pytest.raises(events.EventCancelled):
        await events.sign_up(session, hua, event.id, now)


async def test_the_list_shows_what_can_still_be_visited(
    session: AsyncSession, publish: Publish, now: datetime
) -> None:
    """Nearest first; no cancelled event, and a running one until its end."""
    far, near = await publish(timedelta(days=30)), await publish(timedelta(days=3))
    gone = await publish(timedelta(days=5))
    gone.state = "cancelled"
    await session.flush()
    assert [e.id for e in await events.upcoming(session, now)] == [near.id, far.id]
    assert [e.id for e in await events.upcoming(session, now, limit=1)] == [near.id]
    running = near.starts_at + timedelta(hours=1)
    assert near in await events.upcoming(session, running)
    assert near not in await events.upcoming(session, running + events.LENGTH)


async def test_my_seats_include_the_event_that_was_cancelled(
    session: AsyncSession, publish: Publish, now: datetime
) -> None:
    """Nobody should stand before a closed door because the list forgot it."""
    event, hua = await publish(), await person(session, now)
    place = await events.sign_up(session, hua, event.id, now)
    event.state = "cancelled"
    await session.flush()
    assert [(p.event.id, p.code) for p in await events.mine(session, hua.id, now)] == [
        (event.id, place.code)
    ]


async def test_publishing_twice_is_publishing_once(
    session: AsyncSession, publish: Publish, now: datetime
) -> None:
    """The same answers of the same organizer are the same event, with one set of reminders."""
    assert (await publish()).id == (await publish()).id
    assert len(await planned(session)) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"after": timedelta(hours=-1)},
        {"ends_at": timedelta(days=16)},
        {"signup_until": timedelta(days=18)},
    ],
)
async def test_times_that_contradict_are_refused(
    publish: Publish, now: datetime, wrong: dict[str, timedelta]
) -> None:
    """An event lies ahead, ends after it starts, and sign-up does not close later."""
    moments = {name: now + by for name, by in wrong.items() if name != "after"}
    with pytest.raises(event_drafts.WrongTimes):
        await publish(wrong.get("after", timedelta(days=17)), **moments)


@pytest.mark.parametrize(
    ("after", "rounds"),
    [
        (timedelta(days=17), ["7d", "1d", "1h"]),
        (timedelta(days=7), ["1d", "1h"]),
        (timedelta(hours=20), ["1h"]),
        (timedelta(minutes=30), []),
    ],
)
async def test_only_reminders_that_lie_ahead_are_planned(
    session: AsyncSession, publish: Publish, now: datetime, after: timedelta, rounds: list[str]
) -> None:
    """An event published late has fewer rounds, never one for a moment that has passed."""
    event = await publish(after)
    assert await planned(session) == {
        offset: event.starts_at - event_reminders.ROUNDS[offset] for offset in rounds
    }


async def test_a_round_reminds_those_who_come_at_that_moment(
    session: AsyncSession, publish: Publish, now: datetime
) -> None:
    """Whoever cancelled between planning and firing hears nothing."""
    event = await publish(capacity=3)
    hua, rui, lan = [await person(session, now) for _ in range(3)]
    for somebody in (hua, rui, lan):
        await events.sign_up(session, somebody, event.id, now)
    await events.cancel(session, rui.id, event.id, now)
    fires = event.starts_at - timedelta(days=1)
    round_ = await event_reminders.to_remind(session, event.id, "1d", fires)
    coming = await session.scalars(event_reminders.coming(event.id))
    assert round_ and sorted(filter(None, coming)) == [hua.id, lan.id] and round_.days == 1


async def test_a_round_without_sense_is_not_sent(
    session: AsyncSession, publish: Publish, now: datetime
) -> None:
    """Not for an event that is cancelled, and not when the next round is due. The last one of an
    event that runs is of no use any more, but its people hear that it came too late."""
    event = await publish()

    async def fires(offset: str, before: timedelta) -> object:
        return await event_reminders.to_remind(session, event.id, offset, event.starts_at - before)

    assert await fires("7d", timedelta(days=2))
    assert await fires("7d", timedelta(days=1)) is None
    assert await fires("1h", timedelta(minutes=1))
    late = await fires("1h", timedelta(0))
    assert isinstance(late, event_reminders.Due) and late.expires_at == event.starts_at
    assert await fires("1h", -timedelta(days=2)) is None
    event.state = "cancelled"
    await session.flush()
    assert await fires("1d", timedelta(days=1)) is None
    assert await event_reminders.to_remind(session, 404, "1d", now) is None


async def test_a_date_changed_behind_our_back_is_planned_when_the_old_round_fires(
    session: AsyncSession, publish: Publish, now: datetime
) -> None:
    """An import that edits the row is noticed at fire time: nothing false is sent."""
    event = await publish()
    fires, event.starts_at = event.starts_at - timedelta(days=7), now + timedelta(days=60)
    await session.flush()
    assert await event_reminders.to_remind(session, event.id, "7d", fires) is None
    assert (await planned(session))["7d"] == now + timedelta(days=53)


@pytest.mark.parametrize(
    "refusal",
    [
        events.EventUnknown(),
        events.EventCancelled(title="专场"),
        events.EventOver(title="专场"),
        events.EventFull(event_id=1, title="专场"),
        events.SignUpClosed(
            event_id=1, title="专场", until=datetime(2026, 12, 8, 10, tzinfo=UTC), waitlist=True
        ),
        events.ReasonNeeded(event_id=1, title="专场"),
        events.AlreadyIn(title="专场"),
        events.NotRegistered(title="专场"),
        events.NotSignedUp(event_id=1, title="专场"),
        event_drafts.WrongTimes(),
    ],
    ids=lambda refusal: refusal.code,
)
def test_every_refusal_has_words_for_its_facts(refusal: Refused) -> None:
    """What a service refuses a person can read."""
    assert words.render(f"events/refused/{refusal.code}", **refusal.facts).text
