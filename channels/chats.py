"""Who is where: the chats of all networks under one kind of id."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Chat, Person
from db.session import Database
from pipeline.clock import Clock

FIRST_ALLOTTED = 2**52
"""Telegram's own ids stay below; the chats of other networks get ids from here on."""

NEIGHBOURS = 200
"""A message to many goes to chats of neighbouring ids: they are looked up together."""

LOCAL = ("web", "terminal")

_ONE_AT_A_TIME = select(func.pg_advisory_xact_lock(FIRST_ALLOTTED))
"""Two who come in the same moment would be allotted the same id."""


class Chats:
    """Finds and opens chats; remembers which network a chat id belongs to."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._channels: dict[int, str] = {}

    async def channel_of(self, chat_id: int) -> str | None:
        """The network of a chat; None for an id that nobody has."""
        if chat_id < FIRST_ALLOTTED:
            return "telegram"
        if chat_id not in self._channels:
            near = select(Chat.id, Chat.channel).where(
                Chat.id.between(chat_id, chat_id + NEIGHBOURS)
            )
            async with self._database.reading() as connection:
                rows = (await connection.execute(near)).all()
            self._channels.update((row.id, row.channel) for row in rows)
        return self._channels.get(chat_id)

    async def find(self, channel: str, address: str) -> int | None:
        async with self._database.reading() as connection:
            return await _find(connection, channel, address)

    async def open(self, channel: str, address: str, role: str = "ent") -> int:
        """The chat at this address, made when it is new.

        Somebody who chats in the terminal and on the page under the same address is one person.
        """
        known = await self.find(channel, address)
        if known is not None:
            return known
        async with self._database.writing() as connection:
            if not self._database.is_sqlite:  # there, only one writes at a time
                await connection.execute(_ONE_AT_A_TIME)
            known = await _find(connection, channel, address)
            if known is not None:
                return known
            person = await _person_at(connection, address) or await self._person(connection, role)
            return await _allot(connection, channel, address, person)

    async def _person(self, connection: AsyncConnection, role: str) -> int:
        row: dict[str, Any] = {"role": role, "demo": False, "created_at": self._clock.now()}
        made = await connection.execute(insert(Person).values(row).returning(Person.id))
        return made.scalar_one()

    async def with_roles(self, channel: str) -> dict[int, str]:
        """The chats on a network of those who are more than visitors, with their roles."""
        theirs = (
            select(Chat.id, Person.role)
            .join(Person, Person.id == Chat.person_id)
            .where(Chat.channel == channel, Chat.reachable, Person.role != "ent")
        )
        async with self._database.reading() as connection:
            return {row.id: row.role for row in await connection.execute(theirs)}

    async def seen(self, chat_id: int, cursor: str) -> None:
        """Remember what a chat has been shown, for a visitor who comes back."""
        async with self._database.writing() as connection:
            await connection.execute(update(Chat).where(Chat.id == chat_id).values(seen=cursor))


async def _find(connection: AsyncConnection, channel: str, address: str) -> int | None:
    return await connection.scalar(_AT, {"network": channel, "there": address})


_AT = select(Chat.id).where(
    Chat.channel == bindparam("network"), Chat.address == bindparam("there")
)


async def _person_at(connection: AsyncConnection, address: str) -> int | None:
    return await connection.scalar(
        select(Chat.person_id)
        .where(Chat.channel.in_(LOCAL), Chat.address == address, Chat.person_id.is_not(None))
        .limit(1)
    )


async def _allot(connection: AsyncConnection, channel: str, address: str, person_id: int) -> int:
    last = await connection.scalar(select(func.max(Chat.id)).where(Chat.id >= FIRST_ALLOTTED))
    id = (last or FIRST_ALLOTTED - 1) + 1
    await connection.execute(
        insert(Chat).values(id=id, channel=channel, address=address, person_id=person_id)
    )
    return id
