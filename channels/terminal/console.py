"""A chat in the terminal: prints what arrived since the last visit, then reads lines."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable

from sqlalchemy import func, select

from channels import feed, numbered, updates
from channels.chats import Chats
from channels.feed import Cursor, Entry
from db.models import Chat, Incoming, Outgoing
from db.session import Database
from pipeline import words
from pipeline.clock import Clock
from pipeline.inbox import Inbox, Raw

NAME = "terminal"
QUIT = ":q"
PATIENCE = 30.0  # seconds that another process may take over our message


class Console:
    """One visitor's terminal. `settle` handles what waits; `show` prints a block of text."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        chats: Chats,
        inbox: Inbox,
        settle: Callable[[], Awaitable[None]],
        show: Callable[[str], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._chats = chats
        self._inbox = inbox
        self._settle = settle
        self._show = show

    async def chat(self, name: str, role: str, lines: AsyncIterator[str]) -> None:
        """Open the chat of this name and talk until the lines end."""
        chat_id = await self._chats.open(NAME, name, role)
        await self._answers(chat_id, own=True)
        async for line in lines:
            if line.strip() == QUIT:
                break
            await self._say(chat_id, line)
            await self._answers(chat_id, own=False)

    async def _say(self, chat_id: int, line: str) -> None:
        key = f"{NAME}:{secrets.token_hex(8)}"
        body = updates.text(chat_id, line, self._clock.now())
        await self._inbox.put(Raw(NAME, key, chat_id, body))

    async def _answers(self, chat_id: int, *, own: bool) -> None:
        """Print what is new in the chat, once nothing more is on its way."""
        await self._settle()
        await self._others_finish(chat_id)
        async with self._database.reading() as connection:
            seen = await connection.scalar(select(Chat.seen).where(Chat.id == chat_id))
            entries = await feed.read(connection, chat_id, Cursor.parse(seen))
        cursor = Cursor.parse(seen)
        for entry in entries:
            if own or not entry.mine:
                self._show(shown(entry))
            cursor = cursor.past(entry)
        if entries:
            await self._chats.seen(chat_id, str(cursor))

    async def _others_finish(self, chat_id: int) -> None:
        """A server on the same database may have claimed our message: wait for it."""
        give_up = asyncio.get_running_loop().time() + PATIENCE
        while await self._pending(chat_id) and asyncio.get_running_loop().time() < give_up:
            await asyncio.sleep(0.1)
            await self._settle()

    async def _pending(self, chat_id: int) -> int:
        waiting = select(func.count()).where(Incoming.chat_id == chat_id, Incoming.state == "new")
        leaving = select(func.count()).where(
            Outgoing.chat_id == chat_id, Outgoing.state == "claimed"
        )
        async with self._database.reading() as connection:
            coming = await connection.scalar(waiting) or 0
            return coming + (await connection.scalar(leaving) or 0)


def shown(entry: Entry) -> str:
    text, edited = words.plain(entry.html), entry.edits is not None
    return numbered.shown(text, entry.rows, files=entry.files, mine=entry.mine, edited=edited)
