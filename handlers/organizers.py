"""组织者分工: which city's firms an organizer speaks for."""

from __future__ import annotations

from telegram import Update

from pipeline import words
from pipeline.turn import OldButton, Turn
from services import organizers

PROVINCE = "-"


async def listed(update: Update, turn: Turn) -> None:
    """All organizers with their cities."""
    people = await organizers.everybody(turn.session)
    own = await organizers.get(turn.session, turn.person.id)
    turn.reply("organizers/list", people=people, me=turn.person.id, city=own.city)


async def show(update: Update, turn: Turn) -> None:
    """The cities that one of them can be given."""
    person = await organizers.get(turn.session, turn.button.number(0))
    turn.reply("organizers/cities", one=person, cities=words.word("forms/choices", "cities"))


async def assign(update: Update, turn: Turn) -> None:
    """Give an organizer a city, or the whole province."""
    number, city = turn.button.number(0), turn.button.word(1)
    if city not in (PROVINCE, *words.word("forms/choices", "cities")):
        raise OldButton
    given = None if city == PROVINCE else city
    person = await organizers.assign(turn.session, number, given, turn.person.id, turn.now)
    turn.reply("organizers/assigned", one=person, own=False)
    await turn.notify(person.id, "organizers/assigned", one=person, own=True)
