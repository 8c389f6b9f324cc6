"""本月活动: what takes place in each city; and the alarm where nothing does."""

from __future__ import annotations

from telegram import Update

from pipeline import words
from pipeline.turn import OldButton, Turn
from pipeline.work import Work
from services import event_cadence


async def show(update: Update, turn: Turn) -> None:
    """The month by city, for organizers at any time."""
    turn.screen = "event_list"
    turn.reply("events/month", month=await _month(turn.work, turn.person.id))


async def gap(update: Update, turn: Turn) -> None:
    """What one city misses: make it anew, or as it was last time."""
    city = turn.button.word(0)
    month = await _month(turn.work, turn.person.id)
    if city not in month.events:
        raise OldButton
    turn.reply("events/gap", month=month, city=city, gaps=month.missing(city))


async def alarm(work: Work) -> None:
    """On the twentieth: each organizer hears what their city, or any, still misses."""
    await event_cadence.plan(work.session, work.now)
    for organizer in await event_cadence.organizers(work.session):
        month = await _month(work, organizer)
        if month.gaps:
            key = f"cadence:{month.first:%Y%m}:{organizer}"
            await work.notify(organizer, "events/alarm", key=key, month=month)


async def _month(work: Work, person: int) -> event_cadence.Month:
    cities = words.word("forms/choices", "cities")
    series = words.word("event/labels", "series")
    return await event_cadence.month(work.session, person, cities, series, work.now)
