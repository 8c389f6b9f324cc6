"""Projects at a roadshow: two who agree decide, a third where they differ; one ♥ a person."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, Person, Pitch
from db.session import Database
from services import door, pitch_hearts, pitches
from services.pitches import PitchAnswers
from tests.door_scenario import KEY, event_of, person_of, signed_up

KINDS = ("一月一链",)
ANSWERS = PitchAnswers("高温轴承润滑涂层", "寿命翻倍，已装机半年。", "融资 500 万元")


async def applied(session: AsyncSession, event: Event, person: Person, now: datetime) -> Pitch:
    return (await pitches.apply(session, person, event.id, ANSWERS, KINDS, now))[0]


async def accepted(session: AsyncSession, event: Event, person: Person, now: datetime) -> Pitch:
    pitch = await applied(session, event, person, now)
    for _ in range(2):
        judge = await person_of(session, now, "staff")
        await pitches.review(session, judge.id, pitch.id, now, accepts=True)
    return pitch


async def test_two_agree_or_a_third_decides(session: AsyncSession, now: datetime) -> None:
    """One reviewer alone never decides, however often they say it; after a decision nobody does."""
    event = await event_of(session, now)
    first, second, third = [await person_of(session, now, "staff", name=name) for name in "甲乙丙"]
    pitch = await applied(session, event, await person_of(session, now, firm="湘澜"), now)
    for _ in range(2):
        card = await pitches.review(session, first.id, pitch.id, now, accepts=True)
    assert (card.pitch.state, card.split, len(card.reviews)) == ("applied", False, 1)
    assert [one.pitch.id for one in await pitches.waiting(session, second.id, now)] == [pitch.id]
    assert list(await pitches.waiting(session, first.id, now)) == []
    card = await pitches.review(session, second.id, pitch.id, now, accepts=False, note="太早")
    assert (card.pitch.state, card.split) == ("applied", True)
    assert list(await pitches.reviewers(session, pitch.id)) == [third.id]
    card = await pitches.review(session, third.id, pitch.id, now, accepts=False, note="太早")
    assert (card.pitch.state, card.pitch.position) == ("refused", None)
    assert card.reviews == [("甲", True, None), ("乙", False, "太早"), ("丙", False, "太早")]
    with pytest.raises(pitches.AlreadyReviewed):
        await pitches.review(session, first.id, pitch.id, now, accepts=True)


async def test_two_verdicts_at_once_are_two(database: Database, now: datetime) -> None:
    """In transactions of their own, in the same moment: decided once, at one place."""
    async with database.session() as session:
        event = await event_of(session, now)
        judges = [await person_of(session, now, "staff") for _ in range(2)]
        pitch = await applied(session, event, await person_of(session, now, firm="湘澜"), now)

    async def judge(person: Person) -> str:
        async with database.session() as session:
            card = await pitches.review(session, person.id, pitch.id, now, accepts=True)
            return card.pitch.state

    assert sorted(await asyncio.gather(*map(judge, judges))) == ["accepted", "applied"]
    async with database.session() as session:
        assert (await session.get_one(Pitch, pitch.id)).position == 1


async def test_one_project_a_firm(session: AsyncSession, now: datetime) -> None:
    """A colleague is told of it; the same answers twice are one; what was withdrawn may come
    again, and is judged anew; no roadshow and nothing begun takes any."""
    event, hua = await event_of(session, now), await person_of(session, now, firm="湘澜")
    colleague = await person_of(session, now, enterprise_id=hua.enterprise_id)
    rival = await person_of(session, now, firm="星城")
    pitch = await applied(session, event, hua, now)
    assert (await pitches.apply(session, hua, event.id, ANSWERS, KINDS, now)) == (pitch, False)
    with pytest.raises(pitches.AlreadyPitched):
        await pitches.apply(session, colleague, event.id, PitchAnswers("别的", "别的"), KINDS, now)
    judge = await person_of(session, now, "org")
    await pitches.review(session, judge.id, pitch.id, now, accepts=True)
    with pytest.raises(pitches.PitchUnknown):
        await pitches.withdraw(session, rival, pitch.id, now)
    await pitches.withdraw(session, colleague, pitch.id, now)
    again = await applied(session, event, colleague, now)
    assert (again.id, again.person_id) == (pitch.id, colleague.id)
    assert (await pitches.card(session, pitch.id)).reviews == []
    begun = await event_of(session, now, starts_at=now)
    for where, kinds in ((event, ("培训",)), (begun, KINDS)):
        with pytest.raises(pitches.NoRoadshow):
            await pitches.apply(session, rival, where.id, ANSWERS, kinds, now)


async def test_the_order_is_the_organizers(session: AsyncSession, now: datetime) -> None:
    """All numbers in one line, or one step at a time; a withdrawal closes the gap."""
    event = await event_of(session, now)
    firms = [await person_of(session, now, firm=name) for name in ("甲厂", "乙厂", "丙厂")]
    made = [await accepted(session, event, firm, now) for firm in firms]

    async def order() -> str:
        shown = await pitch_hearts.shown(session, event.id, firms[0])
        assert [one.pitch.position for one in shown] == list(range(1, len(shown) + 1))
        return "".join(one.firm[0] for one in shown)

    assert await order() == "甲乙丙"
    await pitches.reorder(session, event.id, [3, 1, 2])
    assert await order() == "丙甲乙"
    await pitches.move(session, made[2].id, -1)
    await pitches.move(session, made[2].id, 1)
    assert await order() == "甲丙乙"
    for wrong in ([1, 2], [1, 2, 2], [0, 1, 2], [1, 2, 3, 4]):
        with pytest.raises(pitches.WrongOrder):
            await pitches.reorder(session, event.id, wrong)
    await pitches.withdraw(session, firms[0], made[0].id, now)
    assert await order() == "丙乙"


async def test_a_heart_is_given_once_and_by_who_is_there(
    session: AsyncSession, now: datetime
) -> None:
    """Twice is once; it can be taken back; nobody likes their own, or from afar."""
    event, org = await event_of(session, now), await person_of(session, now, "org")
    hua, guest, absent = [await person_of(session, now, firm=name) for name in "华客缺"]
    pitch = await accepted(session, event, hua, now)
    for person in (hua, guest):
        signup = await signed_up(session, event, person, now)
        await door.scan(session, org, event.id, signup.code, KEY, now)
    for _ in range(2):
        await pitch_hearts.give(session, guest, pitch.id, now)
    (shown,) = await pitch_hearts.shown(session, event.id, guest)
    assert (shown.hearts, shown.mine, shown.own) == (1, True, False)
    assert await pitch_hearts.harvest(session, event.id) == [(pitch, 1)]
    with pytest.raises(pitch_hearts.OwnPitch):
        await pitch_hearts.give(session, hua, pitch.id, now)
    with pytest.raises(pitch_hearts.NoContact):
        await pitch_hearts.call_me(session, guest, pitch.id, now)
    for who, when in ((absent, now), (guest, now + timedelta(days=3))):
        with pytest.raises(pitch_hearts.NotInTheRoom):
            await pitch_hearts.give(session, who, pitch.id, when)
    for _ in range(2):
        await pitch_hearts.take_back(session, guest, pitch.id, now)
    assert await pitch_hearts.harvest(session, event.id) == [(pitch, 0)]
