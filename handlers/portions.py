"""What the firms of one part of a round are told: chosen, said and addressed, ready to be stored.

Other processes do it, so nothing is imported here that a chat needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from handlers.packs import Packs, of_week
from pipeline.work import Aside, Sealed, Work
from services import attention, push_firms, pushes
from services.push_week import Weeks
from services.pushes import Given, Pack


@dataclass(frozen=True)
class Portion:
    """What the next firms are told. `firms`: each with how many patents, and how many of its
    people hear of them."""

    given: Given
    firms: list[tuple[int, int, int]]
    letters: Sealed


async def portion(aside: Aside, after: int, last: int | None, day: date) -> Portion:
    """Where all of a firm want silence its pack waits."""
    async with aside.reading() as session:
        week = await _weeks(aside).at(session, aside.now)
        firms = await push_firms.due(session, after, last, aside.now)
        packs = await pushes.chosen(session, week, firms, aside.now)
        packs = [pack for pack in packs if any(speaker.listens for speaker in pack.people)]
        work = Work(await session.connection(), aside.now, "")
        heard = await _tell(work, day, packs, of_week(week))
    told = [
        (firm, len(items), sum(speaker.id in heard for speaker in people))
        for firm, people, items in packs
    ]
    return Portion(pushes.given(packs), told, work.sealed())


async def _tell(work: Work, day: date, packs: Sequence[Pack], sayings: Packs) -> set[int]:
    """Who of those who listen hears it."""
    heard, about = set[int](), f"push:{day}"
    await work.find([speaker.id for pack in packs for speaker in pack.people if speaker.listens])
    for firm, people, items in packs:
        names = {speaker.id: speaker.name for speaker in people if speaker.name}
        for person in [speaker.id for speaker in people if speaker.listens]:
            said, key = sayings.message(items, person, names), f"{about}:{firm}:{person}"
            if await work.tell(person, said, key=key, about=about, topic=attention.PATENTS):
                heard.add(person)
    return heard


def _weeks(aside: Aside) -> Weeks:
    weeks: Weeks = aside.data.setdefault("weeks", Weeks())
    return weeks
