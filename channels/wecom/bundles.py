"""What goes to many members in one request, written down before it leaves: a repetition must name
the same members in the same order, or WeCom takes it for something new."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.wecom.ledger import HINT, Member, digest_of, said_before
from db.models import Chat, WeComMessage
from db.session import Database
from pipeline.clock import Clock

Letters = Mapping[int, int]
"""Ids of letters by their chats."""


@dataclass(frozen=True)
class Bundle:
    """One request: its members and the ids of their messages by their chats, in its order. `again`
    and `sent` as a Place has them; `task_id` is its name, and of its card the task id."""

    task_id: str
    salt: int
    members: dict[int, str]
    message_ids: dict[int, int]
    again: bool
    sent: bool

    def chats_of(self, named: Collection[str]) -> set[int]:
        """Whom WeCom names in an answer, in small letters whatever they are called."""
        return {chat for chat, member in self.members.items() if member.casefold() in named}


@dataclass(frozen=True)
class Begun:
    """A letter that was tried before: what its first message said, and whether it goes alone."""

    digest: str
    alone: bool


class Bundles:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def members(self, chats: Collection[int]) -> dict[int, Member]:
        """Whom these chats are with."""
        hints = WeComMessage.chat_id == Chat.id, WeComMessage.part == HINT
        hinted = select(WeComMessage.id).where(*hints).exists().label("hinted")
        query = select(Chat.id, Chat.address, Chat.plain, hinted).where(Chat.id.in_(chats))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        parts = {row.id: row.address.partition("/") for row in rows}
        return {
            row.id: Member(parts[row.id][0], parts[row.id][2], row.plain, row.hinted)
            for row in rows
        }

    async def begun(self, letters: Letters) -> dict[int, Begun]:
        """By their chats, those that have a place already."""
        query = (
            select(WeComMessage.chat_id, WeComMessage.letter, WeComMessage.digest,
                   WeComMessage.bundle)
            .where(WeComMessage.letter.in_(letters.values()))
            .order_by(WeComMessage.part)
        )  # fmt: skip
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        mine = [row for row in rows if letters.get(row.chat_id) == row.letter]
        alone = {row.chat_id for row in mine if row.bundle is None}
        first = {row.chat_id: row.digest for row in reversed(mine)}
        return {chat: Begun(digest, chat in alone) for chat, digest in first.items()}

    async def gather(
        self, part: int, content: Any, letters: Letters, message_ids: Mapping[int, int]
    ) -> list[Bundle]:
        """The requests that take this part of these letters where it belongs: those in which it
        left before, with all whom they named then, and a new one for the others."""
        async with self._database.writing() as connection:
            known = await _known(connection, part, letters)
            new = {chat: letter for chat, letter in letters.items() if chat not in known}
            names = dict.fromkeys(known.values())
            bundles = [await _read(connection, name, again=True) for name in names]
            if new:
                name = await self._make(connection, part, content, new, message_ids)
                bundles.append(await _read(connection, name, again=False))
            return bundles

    async def _make(
        self, connection: AsyncConnection, part: int, content: Any, letters: Letters,
        message_ids: Mapping[int, int],
    ) -> str:  # fmt: skip
        """A new one. It must differ from the last that said the same to the same members; what its
        first member heard tells of that."""
        name, digest, now = f"z{secrets.token_hex(12)}", digest_of(content), self._clock.now()
        salt = await said_before(connection, next(iter(letters)), digest, now)
        await connection.execute(
            insert(WeComMessage),
            [
                {
                    "chat_id": chat, "message_id": message_ids.get(chat, 0), "letter": letter,
                    "part": part, "digest": digest, "salt": salt, "bundle": name, "sent_at": now,
                }
                for chat, letter in letters.items()
            ],
        )  # fmt: skip
        await connection.execute(
            update(WeComMessage)
            .where(WeComMessage.bundle == name, WeComMessage.message_id == 0)
            .values(message_id=WeComMessage.id)
        )
        return name

    async def sent(self, bundle: Bundle, msgid: str, unreached: Collection[int]) -> None:
        """It was answered; whom it did not reach may be tried anew."""
        mine = WeComMessage.bundle == bundle.task_id
        async with self._database.writing() as connection:
            if unreached:
                lost = delete(WeComMessage).where(mine, WeComMessage.chat_id.in_(unreached))
                await connection.execute(lost)
            await connection.execute(update(WeComMessage).where(mine).values(msgid=msgid))

    async def forget(self, bundle: Bundle) -> None:
        """It was refused, so it was not sent."""
        async with self._database.writing() as connection:
            await connection.execute(
                delete(WeComMessage).where(WeComMessage.bundle == bundle.task_id)
            )


async def _known(connection: AsyncConnection, part: int, letters: Letters) -> dict[int, str]:
    rows = await connection.execute(
        select(WeComMessage.chat_id, WeComMessage.letter, WeComMessage.bundle).where(
            WeComMessage.letter.in_(letters.values()),
            WeComMessage.part == part,
            WeComMessage.bundle.is_not(None),
        )
    )
    return {row.chat_id: row.bundle for row in rows if letters.get(row.chat_id) == row.letter}


async def _read(connection: AsyncConnection, name: str, *, again: bool) -> Bundle:
    rows = (
        await connection.execute(
            select(WeComMessage.chat_id, WeComMessage.message_id, WeComMessage.msgid,
                   WeComMessage.salt, Chat.address)
            .join(Chat, Chat.id == WeComMessage.chat_id)
            .where(WeComMessage.bundle == name)
            .order_by(WeComMessage.id)
        )
    ).all()  # fmt: skip
    return Bundle(
        name,
        rows[0].salt,
        {row.chat_id: row.address.partition("/")[2] for row in rows},
        {row.chat_id: row.message_id for row in rows},
        again,
        rows[0].msgid is not None,
    )
