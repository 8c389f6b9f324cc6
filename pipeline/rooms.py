"""Groups: chats of many, which are no person's. Telegram gives them ids below zero."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Chat, Outgoing
from db.upsert import insert

GREETING = "greeting:"


def is_room(chat_id: int) -> bool:
    return chat_id < 0


async def move(connection: AsyncConnection, old: int, new: int) -> None:
    """Telegram made a supergroup of a group: what was said and what waits goes along, so that
    nothing is lost and nobody is greeted twice. Safe to call again."""
    row = {"id": new, "channel": "telegram", "address": str(new)}
    await connection.execute(insert(connection, Chat).values(row).on_conflict_do_nothing())
    await connection.execute(update(Chat).where(Chat.id == old).values(reachable=False))
    await _keep_greeting(connection, old, new)
    await connection.execute(update(Outgoing).where(Outgoing.chat_id == old).values(chat_id=new))


async def _keep_greeting(connection: AsyncConnection, old: int, new: int) -> None:
    there = select(Outgoing.id).where(Outgoing.key == f"{GREETING}{new}")
    if await connection.scalar(there) is None:
        await connection.execute(
            update(Outgoing)
            .where(Outgoing.key == f"{GREETING}{old}")
            .values(key=f"{GREETING}{new}")
        )
