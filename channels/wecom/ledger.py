"""What was sent through WeCom, as far as it must be told again: to repeat a send identically, to
change or recall it, and to know which message a clicked card was."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.wecom import limits
from db.models import Body, Chat, Outgoing, WeComMessage
from db.session import Database
from pipeline.clock import Clock

PAGE = 5000  # rows that are forgotten at once

HINT = 0
"""The part of a letter that says what to do where cards are not seen; the others count from 1, so
that they keep their numbers when it is tried again."""


@dataclass(frozen=True)
class Place:
    """Where one message stands: `again` says that an earlier try of it got no answer, `sent` that
    it got one."""

    id: int
    message_id: int
    task_id: str
    salt: int
    again: bool = False
    sent: bool = False


@dataclass(frozen=True)
class Member:
    """Whom a chat is with. `plain`: they see no cards. `hinted`: they know what to do then."""

    corp_id: str
    user_id: str
    plain: bool
    hinted: bool


@dataclass(frozen=True)
class Clicked:
    """The message that a card was, and the labels of its buttons by their data."""

    chat_id: int
    message_id: int
    labels: dict[str, str]


_HINTED = (
    select(WeComMessage.id)
    .where(
        WeComMessage.chat_id == bindparam("chat"),
        WeComMessage.part == HINT,
        or_(WeComMessage.letter.is_(None), WeComMessage.letter != bindparam("now_in")),
    )
    .exists()
)
_MEMBER = select(Chat.address, Chat.plain, _HINTED.label("hinted")).where(
    Chat.id == bindparam("chat")
)


class Ledger:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def member(self, chat_id: int, letter: int | None) -> Member:
        whose = {"chat": chat_id, "now_in": letter or 0}
        async with self._database.reading() as connection:
            row = (await connection.execute(_MEMBER, whose)).one()
        corp_id, _, user_id = row.address.partition("/")
        return Member(corp_id, user_id, row.plain, row.hinted)

    async def place(
        self, chat_id: int, letter: int | None, part: int, content: Any, message_id: int | None,
        *, named: bool,
    ) -> Place:  # fmt: skip
        """The place of a part of a letter, the same one when it is tried again. A new message
        takes its message id from its first part; one that is `named` goes with a task id."""
        async with self._database.writing() as connection:
            if letter is not None and (known := await _known(connection, chat_id, letter, part)):
                return known
            return await self._new(connection, chat_id, letter, part, content, message_id, named)

    async def _new(
        self, connection: AsyncConnection, chat_id: int, letter: int | None, part: int,
        content: Any, message_id: int | None, named: bool,
    ) -> Place:  # fmt: skip
        now, digest = self._clock.now(), digest_of(content)
        salt = await said_before(connection, chat_id, digest, now)
        task_id = f"z{secrets.token_hex(12)}" if named else None
        values = {
            "chat_id": chat_id, "message_id": message_id or 0, "letter": letter, "part": part,
            "digest": digest, "salt": salt, "task_id": task_id, "sent_at": now,
        }  # fmt: skip
        made = await connection.execute(
            insert(WeComMessage).values(values).returning(WeComMessage.id)
        )
        id = made.scalar_one()
        if message_id is None:
            await connection.execute(
                update(WeComMessage).where(WeComMessage.id == id).values(message_id=id)
            )
        return Place(id, message_id or id, task_id or "", salt)

    async def corp_of(self, chat_id: int) -> str:
        async with self._database.reading() as connection:
            query = select(Chat.address).where(Chat.id == chat_id)
            address = await connection.scalar(query)
        return (address or "").partition("/")[0]

    async def sent(self, place: Place, msgid: str, response_code: str | None) -> None:
        values = {
            "msgid": msgid, "response_code": response_code or None,
            "expires_at": self._clock.now() + limits.CARD_LIFE,
        }  # fmt: skip
        async with self._database.writing() as connection:
            await connection.execute(
                update(WeComMessage).where(WeComMessage.id == place.id).values(values)
            )

    async def forget(self, place: Place) -> None:
        """It was refused, so it was not sent."""
        async with self._database.writing() as connection:
            await connection.execute(delete(WeComMessage).where(WeComMessage.id == place.id))

    async def clicked(self, chat_id: int, task_id: str, response_code: str) -> Clicked | None:
        """The message of a card that was clicked in this chat; it can be changed once more from
        now on. None: this chat has no such card."""
        changes = {
            "response_code": response_code,
            "expires_at": self._clock.now() + limits.CARD_LIFE,
        }
        async with self._database.writing() as connection:
            message_id = await connection.scalar(
                update(WeComMessage)
                .where(
                    or_(WeComMessage.task_id == task_id, WeComMessage.bundle == task_id),
                    WeComMessage.chat_id == chat_id,
                )
                .values(changes)
                .returning(WeComMessage.message_id)
            )
            if message_id is None:
                return None
            labels = await _labels(connection, chat_id, message_id)
        return Clicked(chat_id, message_id, labels)

    async def take_code(self, chat_id: int, message_id: int) -> tuple[str, str] | None:
        """The response code (good for one change) and the task id of the newest card of this
        message. Whoever gets it has used it."""
        query = (
            select(
                WeComMessage.id,
                WeComMessage.response_code,
                func.coalesce(WeComMessage.task_id, WeComMessage.bundle).label("task_id"),
            )
            .where(
                WeComMessage.chat_id == chat_id,
                WeComMessage.message_id == message_id,
                WeComMessage.response_code.is_not(None),
                WeComMessage.expires_at > self._clock.now(),
            )
            .order_by(WeComMessage.id.desc())
            .limit(1)
        )
        async with self._database.writing() as connection:
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                return None
            await connection.execute(
                update(WeComMessage).where(WeComMessage.id == row.id).values(response_code=None)
            )
        return row.response_code, row.task_id

    async def has(self, chat_id: int, message_id: int) -> bool:
        """Whether this is a message of the chat: the outbox knows also what is forgotten here."""
        queries = (
            select(table.id).where(table.chat_id == chat_id, table.message_id == message_id)
            for table in (WeComMessage, Outgoing)
        )
        async with self._database.reading() as connection:
            for query in queries:
                if await connection.scalar(query.limit(1)) is not None:
                    return True
        return False

    async def tidy(self) -> int:
        """Forget what can be neither repeated, changed, recalled nor clicked any more; how many
        that were. Who was told what to do without cards stays told."""
        now, sent = self._clock.now(), WeComMessage.sent_at
        is_card = or_(WeComMessage.task_id.is_not(None), WeComMessage.bundle.is_not(None))
        old = or_(and_(~is_card, sent < now - limits.KEPT), sent < now - limits.CARD_KEPT)
        page = select(WeComMessage.id).where(old, WeComMessage.part != HINT).limit(PAGE)
        async with self._database.writing() as connection:
            gone = await connection.execute(delete(WeComMessage).where(WeComMessage.id.in_(page)))
        return gone.rowcount

    async def recallable(self, chat_id: int, message_id: int) -> list[str]:
        """What WeCom calls the parts of a message, while they can still be called back. What went
        to many in one request could only be taken from all of them."""
        margin = limits.RECALL - timedelta(minutes=1)
        query = select(WeComMessage.msgid).where(
            WeComMessage.chat_id == chat_id,
            WeComMessage.message_id == message_id,
            WeComMessage.sent_at > self._clock.now() - margin,
            WeComMessage.msgid.is_not(None),
            WeComMessage.bundle.is_(None),
        )
        async with self._database.reading() as connection:
            return [msgid for msgid in (await connection.execute(query)).scalars() if msgid]


async def _known(connection: AsyncConnection, chat_id: int, letter: int, part: int) -> Place | None:
    row = (
        await connection.execute(
            select(WeComMessage).where(
                WeComMessage.letter == letter,
                WeComMessage.chat_id == chat_id,
                WeComMessage.part == part,
            )
        )
    ).one_or_none()
    if row is None:
        return None
    sent = row.msgid is not None
    return Place(row.id, row.message_id, row.task_id or "", row.salt, True, sent)


async def _labels(connection: AsyncConnection, chat_id: int, message_id: int) -> dict[str, str]:
    """From the outbox: what the buttons of a message said."""
    sent = await connection.execute(
        select(Outgoing.params, Body.params)
        .outerjoin(Body, Body.id == Outgoing.body_id)
        .where(Outgoing.chat_id == chat_id, Outgoing.message_id == message_id)
        .order_by(Outgoing.id)
    )
    rows = [
        row
        for params, body in sent
        for row in (Body.joined(body, params).get("reply_markup") or {}).get("inline_keyboard", [])
    ]
    return {b["callback_data"]: b["text"] for row in rows for b in row if "callback_data" in b}


async def said_before(connection: AsyncConnection, chat_id: int, digest: str, now: datetime) -> int:
    """How often WeCom would take these words in this chat for a repetition."""
    same = select(func.count()).where(
        WeComMessage.chat_id == chat_id,
        WeComMessage.digest == digest,
        WeComMessage.sent_at > now - limits.DUPLICATE_WINDOW,
    )
    return await connection.scalar(same) or 0


def digest_of(content: Any) -> str:
    written = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(written.encode(errors="surrogatepass")).hexdigest()
