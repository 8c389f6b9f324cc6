"""The evening after an event: who was there says in two taps what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import EventFeedback
from services import door, feedback
from services.door_staff import ZONE
from tests.door_scenario import KEY, event_of, person_of, signed_up


async def test_the_last_word_counts_and_only_of_who_was_there(
    session: AsyncSession, now: datetime
) -> None:
    """The same tap twice keeps the reason, another one takes its place; one row a person."""
    event, org = await event_of(session, now), await person_of(session, now, "org")
    hua, lan = [await person_of(session, now, name=name) for name in "华兰"]
    for person in (hua, lan):
        signup = await signed_up(session, event, person, now)
        if person is hua:
            await door.scan(session, org, event.id, signup.code, KEY, now)
    with pytest.raises(feedback.NotThere):
        await feedback.give(session, lan.id, event.id, "good", now)
    assert await feedback.to_remind(session, event.id) == [hua.id]
    await feedback.because(session, hua.id, event.id, "good", "meet", now)
    await feedback.give(session, hua.id, event.id, "good", now)
    said = await feedback.results(session, event.id)
    assert (said.asked, said.answered, said.reasons) == (1, 1, {("good", "meet"): 1})
    await feedback.give(session, hua.id, event.id, "none", now)
    said = await feedback.results(session, event.id)
    assert (said.verdicts, said.reasons) == ({"none": 1}, {})
    assert await session.scalar(select(func.count(EventFeedback.id))) == 1
    assert await feedback.to_remind(session, event.id) == []
    with pytest.raises(feedback.TooLate):
        await feedback.give(session, hua.id, event.id, "good", now + timedelta(days=9))


async def test_it_is_asked_in_the_evening(session: AsyncSession, now: datetime) -> None:
    """At seven, or two hours after a later end; of a moved event when its evening comes."""
    noon = await event_of(session, now, ends_at=now + timedelta(hours=3))
    late = await event_of(session, now, ends_at=now + timedelta(hours=10, minutes=30))
    assert f"{feedback.due(noon).astimezone(ZONE):%d %H:%M}" == "23 19:00"
    assert f"{feedback.due(late).astimezone(ZONE):%d %H:%M}" == "23 21:30"
    assert await feedback.to_ask(session, noon.id, now) == []
