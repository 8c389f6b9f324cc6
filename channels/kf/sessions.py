"""What may be sent to each customer: counted in the database, because several processes send."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.kf import limits
from db.models import Body, Chat, KfSession, Outgoing, WeComMessage
from db.session import Database
from db.upsert import insert
from pipeline.clock import Clock

# Who talks with the customer. 94669
UNTREATED, BOT, POOL, HUMAN, ENDED = range(5)
WITH_HUMANS = {POOL, HUMAN}

GRAIN = timedelta(seconds=1)  # WeCom's times are whole seconds
NEWEST = 20  # messages among which a pressed menu is looked for


class Sessions:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def heard(self, chat_id: int, at: datetime) -> None:
        """The customer wrote: five messages are free again, less what left since then. Heard
        twice, or late, it changes nothing."""
        since = (
            select(func.count())
            .where(WeComMessage.chat_id == chat_id, WeComMessage.sent_at > at + GRAIN)
            .scalar_subquery()
        )
        newer = or_(KfSession.heard_at.is_(None), KfSession.heard_at <= at)
        async with self._database.writing() as connection:
            await _know(connection, chat_id)
            await connection.execute(
                update(KfSession)
                .where(KfSession.chat_id == chat_id, newer)
                .values(heard_at=at, sent=since)
            )

    async def claim(self, chat_id: int, most: int) -> bool:
        """Take the place of one message. False: the 48 hours are over, or `most` have left."""
        return await self._change(chat_id, *self._open(most), sent=KfSession.sent + 1)

    async def give_back(self, chat_id: int) -> None:
        """What was claimed was refused, so it did not leave."""
        await self._change(chat_id, KfSession.sent > 0, sent=KfSession.sent - 1)

    async def has_room(self, chat_id: int) -> bool:
        free = limits.MESSAGES - limits.RESERVE
        return await self._has(KfSession.chat_id == chat_id, *self._open(free))

    async def close(self, chat_id: int) -> None:
        """WeCom says that nothing may be sent until they write again."""
        await self._change(chat_id, sent=limits.MESSAGES)

    def _open(self, most: int) -> tuple[Any, ...]:
        since = self._clock.now() - limits.WINDOW
        return KfSession.heard_at > since, KfSession.sent < most

    # Codes, each good for one message

    async def offer(self, chat_id: int, code: str, until: datetime) -> None:
        async with self._database.writing() as connection:
            await _know(connection, chat_id)
            await connection.execute(
                update(KfSession)
                .where(KfSession.chat_id == chat_id)
                .values(code=code, code_until=until, code_letter=None)
            )

    async def take_code(self, chat_id: int, letter: int | None) -> str | None:
        """The code that this letter may use, from now on its own."""
        good = KfSession.code_until > self._clock.now()
        code = KfSession.code.is_not(None)
        async with self._database.writing() as connection:
            return await connection.scalar(
                update(KfSession)
                .where(KfSession.chat_id == chat_id, code, good, KfSession.code_letter.is_(None))
                .values(code_letter=letter or 0)
                .returning(KfSession.code)
            )

    async def used_code(self, chat_id: int, letter: int | None) -> bool:
        """Whether this letter has had its only chance."""
        mine = KfSession.code_letter == letter
        return letter is not None and await self._has(KfSession.chat_id == chat_id, mine)

    # Whose the session is

    async def state(self, chat_id: int) -> int | None:
        query = select(KfSession.state).where(KfSession.chat_id == chat_id)
        async with self._database.reading() as connection:
            return await connection.scalar(query)

    async def put_state(self, chat_id: int, state: int) -> None:
        async with self._database.writing() as connection:
            await _know(connection, chat_id)
            await connection.execute(
                update(KfSession).where(KfSession.chat_id == chat_id).values(state=state)
            )

    # What the link carried that they came by

    async def keep_payload(self, chat_id: int, payload: str) -> None:
        async with self._database.writing() as connection:
            await _know(connection, chat_id)
            await connection.execute(
                update(KfSession).where(KfSession.chat_id == chat_id).values(payload=payload)
            )

    async def payload(self, chat_id: int) -> str | None:
        query = select(KfSession.payload).where(KfSession.chat_id == chat_id)
        async with self._database.reading() as connection:
            return await connection.scalar(query)

    async def drop_payload(self, chat_id: int) -> None:
        await self._change(chat_id, payload=None)

    # What else a chat is asked for

    async def is_lost(self, chat_id: int) -> bool:
        return await self._has(Chat.id == chat_id, Chat.lost_at.is_not(None))

    async def menu_with(self, chat_id: int, data: str) -> int:
        """The id of the newest message that offered this button; 0 where none did."""
        query = (
            select(Outgoing.message_id, Outgoing.params, Body.params.label("body"))
            .outerjoin(Body, Body.id == Outgoing.body_id)
            .where(Outgoing.chat_id == chat_id, Outgoing.message_id.is_not(None))
            .order_by(Outgoing.id.desc())
            .limit(NEWEST)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        for row in rows:
            said = Body.joined(row.body, row.params)
            if data in _offered(said):
                return int(said.get("message_id", row.message_id))
        return 0

    async def _change(self, chat_id: int, *where: Any, **values: Any) -> bool:
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(KfSession).where(KfSession.chat_id == chat_id, *where).values(values)
            )
        return bool(changed.rowcount)

    async def _has(self, *where: Any) -> bool:
        async with self._database.reading() as connection:
            found = await connection.scalar(select(literal(1)).where(*where).limit(1))
        return found is not None


async def _know(connection: AsyncConnection, chat_id: int) -> None:
    made = insert(connection, KfSession).on_conflict_do_nothing()
    await connection.execute(made, [{"chat_id": chat_id}])


def _offered(said: dict[str, Any]) -> set[str]:
    rows = (said.get("reply_markup") or {}).get("inline_keyboard", [])
    return {button.get("callback_data", "") for row in rows for button in row}
