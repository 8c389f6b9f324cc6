"""A unit of work: one transaction, and the messages that leave when it has committed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from db import bulk
from db.base import Written
from db.models import Body, Chat, Outgoing, Person
from db.session import Database, session_on
from db.upsert import insert as upsert
from pipeline import words
from pipeline.ownership import LEASE
from processes import Processes

REPLY, NOTICE, REMINDER, BROADCAST = range(4)
"""Priorities. A reply is delivered at once by whoever wrote it; the rest is claimed when due."""

TEXT_LIMIT = 4096 - 10  # Telegram's, less the mark of a message that is sent again


@dataclass
class Letter:
    """A Bot API call that a unit of work wants made. `body`: the shared parameters, where it has no
    others; who has the same gets the same. `written` are those of one that is only to be stored.
    `topic` and `expires_at`: see db.models.Outgoing."""

    chat_id: int
    method: str
    params: dict[str, Any]
    priority: int = REPLY
    key: str | None = None
    about: str | None = None
    due_at: datetime | None = None
    id: int = 0
    attempts: int = 0
    missed: bool = False
    body: int | None = None
    topic: str | None = None
    expires_at: datetime | None = None
    written: Written | None = None


@dataclass(frozen=True)
class Sealed:
    """Letters that wait their turn, ready to be stored: `rows`, as _COLUMNS names what they hold.
    Those that say the same have the number of one of these `bodies` instead of parameters."""

    rows: list[tuple[Any, ...]]
    bodies: list[dict[str, Any] | Written]


R = TypeVar("R")
Part = Callable[..., Coroutine[Any, Any, R]]
"""`part(aside, *arguments)`: a function of a module, which another process can find."""


@dataclass(frozen=True)
class Aside:
    """What the slow part of a job works with, which holds no lock; `data` as that of its Work.
    `wake` after planning what need not wait for this job's end."""

    database: Database
    now: datetime
    data: dict[str, Any]
    wake: Callable[[], None]

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        async with self.database.reading() as connection, session_on(connection) as session:
            yield session

    async def here(self, part: Part[R], *arguments: Any) -> R:
        return await part(self, *arguments)

    async def elsewhere(self, part: Part[R], *arguments: Any) -> R:
        """The same by another process, which keeps `data` of its own."""
        url = self.database.url.render_as_string(hide_password=False)
        processes = cast(Processes, self.data["processes"])
        return await processes.do(_there, url, self.now, part, arguments)


def _there(url: str, now: datetime, part: Part[R], arguments: Sequence[Any]) -> R:
    loop, database, data = _surroundings(url)
    aside = Aside(database, now, data, lambda: None)
    return loop.run_until_complete(part(aside, *arguments))


@cache
def _surroundings(url: str) -> tuple[asyncio.AbstractEventLoop, Database, dict[str, Any]]:
    return asyncio.new_event_loop(), Database(url), {}


@dataclass
class Work:
    """What a job or a turn works with. `owner` is this process, which delivers the replies;
    `data` is what stands open in it, as a turn's `bot_data`."""

    connection: AsyncConnection
    now: datetime
    owner: str
    letters: list[Letter] = field(default_factory=list)
    data: Mapping[str, Any] = field(default_factory=dict)
    _session: AsyncSession | None = None
    _found: dict[int, tuple[int | None, bool]] = field(default_factory=dict)

    @property
    def session(self) -> AsyncSession:
        """The ORM over this transaction, made when first asked for: most turns need none."""
        if self._session is None:
            self._session = session_on(self.connection)
        return self._session

    def say(self, chat_id: int, template: str, /, **variables: Any) -> None:
        """Send the template's message to a chat, right after the commit."""
        message = words.render(template, **variables)
        self.letters += [Letter(chat_id, "send_message", p) for p in split(message)]

    def send_file(self, chat_id: int, file: int, method: str = "send_document") -> None:
        """Send a stored file (its id in `files`) to a chat."""
        self.letters.append(Letter(chat_id, method, {method.removeprefix("send_"): {"file": file}}))

    async def pass_file(
        self, person_id: int, file: int, method: str, key: str, *, topic: str | None = None,
        expires_at: datetime | None = None,
    ) -> None:  # fmt: skip
        """Send a stored file to a person like a notice, behind what they were told before."""
        chat_id, missed = await self._whereabouts(person_id)
        if chat_id is not None:
            self.send_file(chat_id, file, method)
            letter = self.letters[-1]
            letter.priority, letter.key, letter.due_at = NOTICE, key, self.now
            letter.missed, letter.topic, letter.expires_at = missed, topic, expires_at

    async def notify(
        self,
        person_id: int,
        template: str,
        /,
        *,
        key: str | None = None,
        about: str | None = None,
        priority: int = NOTICE,
        topic: str | None = None,
        expires_at: datetime | None = None,
        **variables: Any,
    ) -> bool:
        """Tell a person, where they were heard last. False: there is nowhere to tell them; where
        there was, they find it when they come back. With a `topic` it goes by what they want to
        hear, and when."""
        chat_id, missed = await self._whereabouts(person_id)
        if chat_id is None:
            return False
        message = words.render(template, **variables)
        self.letters += [
            Letter(chat_id, "send_message", params, priority, _numbered(key, part), about, self.now,
                   missed=missed, topic=topic, expires_at=expires_at)
            for part, params in enumerate(split(message))
        ]  # fmt: skip
        return not missed

    async def tell(
        self, person_id: int, said: Sequence[Written], *, key: str, about: str, topic: str,
        priority: int = REMINDER,
    ) -> bool:  # fmt: skip
        """As `notify`, what was `written` beforehand; what many get alike is stored once."""
        chat_id, missed = await self._whereabouts(person_id)
        if chat_id is None:
            return False
        self.letters += [
            Letter(chat_id, "send_message", {}, priority, _numbered(key, part), about,
                   self.now, missed=missed, topic=topic, written=one)
            for part, one in enumerate(said)
        ]  # fmt: skip
        return not missed

    async def find(self, people: Sequence[int]) -> None:
        """Where many people are, at once, who are told something each."""
        theirs = bulk.one_of(self.connection, Chat.person_id, people)
        chats = await self.connection.execute(_CHATS.add_columns(Chat.reachable).where(theirs))
        rows = chats.all()
        lost = {person: (chat, True) for person, chat, reachable in rows if not reachable}
        here = {person: (chat, False) for person, chat, reachable in rows if reachable}
        self._found |= dict.fromkeys(people, (None, True)) | lost | here

    async def people(self, role: str) -> list[int]:
        """Everybody with this role."""
        return list(
            (await self.connection.execute(select(Person.id).where(Person.role == role))).scalars()
        )

    async def chats_of(self, people: Sequence[int]) -> dict[int, int]:
        """Of each person the reachable chat they were heard in most recently: {person: chat}."""
        rows = await self.connection.execute(_HERE, {"people": people})
        return {person: chat for person, chat in rows if person is not None}

    async def _whereabouts(self, person_id: int) -> tuple[int | None, bool]:
        """Where they were heard last; else the chat that was lost last, and that it is lost."""
        if person_id in self._found:
            return self._found[person_id]
        there = (await self.chats_of([person_id])).get(person_id)
        if there is not None:
            return there, False
        return (await self._lost([person_id])).get(person_id, (None, True))

    async def _lost(self, people: Sequence[int]) -> dict[int, tuple[int | None, bool]]:
        """Of each person the chat that was lost last."""
        rows = await self.connection.execute(_GONE, {"people": people})
        return {person: (chat, True) for person, chat in rows if person is not None}

    async def flush(self) -> None:
        """Write what the ORM holds, so that a savepoint contains it."""
        if self._session is not None:
            await self._session.flush()

    def forget(self) -> None:
        """Drop what the ORM holds after a savepoint was rolled back."""
        if self._session is not None:
            self._session.expunge_all()

    async def finish(self) -> list[Letter]:
        """Write everything down. Replies get their ids, for delivery; the rest waits its turn."""
        await self.flush()
        mine = [letter for letter in self.letters if letter.priority == REPLY]
        if mine:
            values = [self._values(letter, letter.params, claimed=True) for letter in mine]
            rows = [dict(zip(_COLUMNS, row, strict=True)) for row in values]
            ids = await self.connection.execute(_POST, rows)
            for letter, id in zip(mine, ids.scalars(), strict=True):
                letter.id = id
        await self.post(self.sealed())
        return self.letters

    def sealed(self) -> Sealed:
        """What waits its turn. What several letters say in the same words is stored once."""
        later = [
            (letter, letter.written or letter.params)
            for letter in self.letters
            if letter.priority != REPLY
        ]
        often = Counter(id(params) for _, params in later)
        shared = {id(params): params for _, params in later if often[id(params)] > 1}
        numbers = {key: number for number, key in enumerate(shared)}
        rows = [
            self._values(letter, params, None)
            if (body := numbers.get(id(params))) is None
            else self._values(letter, {}, body)
            for letter, params in later
        ]
        return Sealed(rows, [*shared.values()])

    async def post(self, sealed: Sealed) -> None:
        """Let them wait their turn; where another process sealed them, too."""
        if not sealed.rows:
            return
        numbers: dict[int | None, int | None] = {None: None}
        if sealed.bodies:
            said = [{"params": body} for body in sealed.bodies]
            numbers |= enumerate((await self.connection.execute(_BODY, said)).scalars())
        rows = [(*row[:BODY], numbers[row[BODY]], *row[BODY + 1 :]) for row in sealed.rows]
        add = upsert(self.connection, Outgoing).on_conflict_do_nothing()
        await bulk.execute(self.connection, add, _COLUMNS, rows)

    def _values(
        self, letter: Letter, params: Any, body: int | None = None, claimed: bool = False
    ) -> tuple[Any, ...]:
        """Of a row, as _COLUMNS names them."""
        state = "claimed" if claimed else "missed" if letter.missed else "waiting"
        holding = (self.owner, self.now + LEASE) if claimed else (None, None)
        return (
            letter.chat_id, letter.method, params, body, letter.priority,
            letter.due_at or self.now, letter.key, letter.about, letter.topic, letter.expires_at,
            state, *holding, 0,
        )  # fmt: skip


_COLUMNS = (
    "chat_id", "method", "params", "body_id", "priority", "due_at", "key", "about", "topic",
    "expires_at", "state", "owner", "lease_until", "attempts",
)  # fmt: skip
BODY = _COLUMNS.index("body_id")
_CHATS = select(Chat.person_id, Chat.id).order_by(Chat.heard_at.asc().nulls_first())
_THEIRS = _CHATS.where(Chat.person_id.in_(bindparam("people", expanding=True)))
_HERE, _GONE = _THEIRS.where(Chat.reachable), _THEIRS.where(~Chat.reachable)
_BODY = insert(Body).returning(Body.id, sort_by_parameter_order=True)
_POST = insert(Outgoing).returning(Outgoing.id, sort_by_parameter_order=True)


def written(message: words.Message | Written) -> list[Written]:
    """What `split` gives, as it is stored; of a message whose parameters are written, too."""
    if isinstance(message, Written):
        if len(message) <= TEXT_LIMIT:
            return [message]
        message = words.Message.of(json.loads(message))
    return [*map(Written.of, split(message))]


def split(message: words.Message) -> list[dict[str, Any]]:
    """Parameters of as many messages as Telegram's limit asks for, cut at line ends.

    The buttons stand under the last. A line that is too long by itself is cut hard.
    """
    if len(message.text) <= TEXT_LIMIT:
        return [message.params()]
    parts = _parts(message.text)
    whole = [words.Message(part).params() for part in parts[:-1]]
    return [*whole, words.Message(parts[-1], message.rows).params()]


def _parts(html: str) -> list[str]:
    parts = [""]
    for line in html.split("\n"):
        pieces = [line] if len(line) <= TEXT_LIMIT else _cut(words.plain(line))
        for piece in pieces:
            if len(parts[-1]) + len(piece) + 1 > TEXT_LIMIT:
                parts.append("")
            parts[-1] = f"{parts[-1]}\n{piece}" if parts[-1] else piece
    return parts


def _cut(line: str) -> list[str]:
    step = TEXT_LIMIT // 6  # a character may become six when it is escaped
    return [words.escape(line[i : i + step]) for i in range(0, len(line), step)]


def _numbered(key: str | None, part: int) -> str | None:
    return key if key is None or part == 0 else f"{key}#{part}"
