"""What people say to the programme in a run, and the handlers that hear it.

m7-3                the 4th message of person 7; the answer says it again, and how often they wrote
notice 3            the organizer lets a notice go to everybody
event 4 2,5,9       publishes an event and signs these people up; its last reminder falls due soon
meeting 5 2,5,9     the same, at a time whose last reminder falls due in some minutes
move 5              gives it a time whose last reminder falls due soon; its guests are told at once

All but the first are one turn each around the services that the real handlers call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Update
from telegram.ext import MessageHandler, filters

from application import Handler
from db.models import Chat, Enterprise, Event, Person, SignUp
from pipeline.turn import Callback, Filling, Turn, in_turn
from services import broadcasts, event_changes, event_drafts, notice_runs

LAST_ROUND = timedelta(hours=1)
SOON = timedelta(seconds=1)  # until the reminders of an event fall due
LATER = timedelta(minutes=5)  # another minute on the clock, and within a run

DOING: ContextVar[str] = ContextVar("doing")
"""What the next commit is of: a kind of job, or a turn."""


@dataclass(frozen=True)
class Someone:
    """A person of the run; `id` is theirs in the database, too."""

    id: int
    network: str

    @classmethod
    def numbered(cls, id: int) -> Self:
        return cls(id, "wecom" if id % 5 in (1, 2) else "telegram")

    @property
    def name(self) -> str:
        return f"member{self.id}"


async def populate(
    session: AsyncSession, people: list[Someone], chats: dict[int, int], organizer: int, corp: str,
    now: datetime,
) -> None:  # fmt: skip
    """Each acts for an enterprise of their own; `organizer` is the chat of the organizer."""
    for one in people:
        session.add(Enterprise(id=one.id, name=f"企业{one.id}", tags=[], created_at=now))
    await session.flush()
    boss = len(people) + 1
    for one in people:
        session.add(Person(id=one.id, role="ent", enterprise_id=one.id, created_at=now))
    session.add(Person(id=boss, role="org", created_at=now))
    await session.flush()
    for one in people:
        chat = chats[one.id]
        address = f"{corp}/{one.name}" if one.network == "wecom" else str(chat)
        session.add(Chat(id=chat, channel=one.network, address=address, person_id=one.id))
    session.add(Chat(id=organizer, channel="telegram", address=str(organizer), person_id=boss))


async def answer(update: Update, turn: Turn) -> None:
    """Says it again with how often this person wrote, which a turn done twice would betray."""
    assert update.message is not None
    count = turn.filling.answers["count"] + 1 if turn.filling else 1
    turn.filling = Filling("faults", "count", {"count": count})
    said = f"{update.message.text}#{count}"
    turn.reply("broadcasts/notice", text=said, sender=None, event=None)


async def notice(update: Update, turn: Turn) -> None:
    (number,) = _words(update)
    made = await broadcasts.draft(turn.session, turn.person.id, turn.now, f"notice{number}x")
    await notice_runs.send(turn.session, made.id, turn.person.id, turn.now)


async def publish(update: Update, turn: Turn) -> None:
    number, guests = _words(update)
    assert update.message is not None
    soon = str(update.message.text).startswith("event")
    draft = await event_drafts.create(
        turn.session,
        turn.person.id,
        event_drafts.EventAnswers(
            kind="roadshow", title=f"event{number}x", city="长沙", venue="芯城科技园",
            starts_at=turn.now + LAST_ROUND + (SOON if soon else LATER), capacity=1000,
        ),
        turn.now,
    )  # fmt: skip
    event = await event_drafts.publish(turn.session, turn.person.id, draft.id, turn.now)
    people = list(map(int, guests.split(",")))
    event.taken = len(people)
    turn.session.add_all(
        SignUp(event_id=event.id, person_id=one, code=f"{one:06}", created_at=turn.now)
        for one in people
    )


async def move(update: Update, turn: Turn) -> None:
    (number,) = _words(update)
    event = await turn.session.scalar(select(Event.id).filter_by(title=f"event{number}x"))
    assert event is not None
    await change(turn, event, turn.now + LAST_ROUND + SOON)


async def change(turn: Turn, event: int, starts_at: datetime) -> None:
    """The deed itself: whatever moves an event in the programme."""
    by, news = turn.person.id, {"starts_at": starts_at}
    effect = await event_changes.propose(turn.session, by, event, news, turn.now)
    assert effect.change is not None
    await event_changes.confirm(turn.session, by, effect.change.id, turn.now)


@contextmanager
def doing(what: str) -> Iterator[None]:
    token = DOING.set(what)
    try:
        yield
    finally:
        DOING.reset(token)


def _words(update: Update) -> list[str]:
    assert update.message is not None
    return str(update.message.text).split()[1:]


def handlers() -> list[Handler]:
    heard: dict[str, Callback] = {
        r"^m\d+-\d+$": answer,
        r"^notice \d+$": notice,
        r"^(event|meeting) \d+ [\d,]+$": publish,
        r"^move \d+$": move,
    }
    return [
        MessageHandler(filters.Regex(re.compile(said)), _as_turn(in_turn(done)))
        for said, done in heard.items()
    ]


def _as_turn(callback: Callback) -> Callback:
    async def run(update: Update, turn: Turn) -> None:
        with doing("turn"):
            await callback(update, turn)

    return run
