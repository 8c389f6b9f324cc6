"""Letters to members of WeCom: in the outbox, and what became of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select

from db.models import Body, File, Outgoing
from db.models import Chat as ChatRow
from pipeline.work import BROADCAST, NOTICE
from tests.chat import Chat
from tests.emulators.wecom import User, WeComEmulator

CARD = [[{"text": "报名", "callback_data": "events.sign_up:1"}]]
LONG = "专利转化对接会将在长沙举行，请携带需求清单。"

Still = tuple[WeComEmulator, Chat, int, User]


def bot(chat: Chat) -> Any:
    return chat.programme.application.bot


async def member(chat: Chat, wecom: WeComEmulator, name: str) -> tuple[int, User]:
    user = wecom.user(name)
    return await chat.programme.chats.open("wecom", f"{wecom.corpid}/{name}"), user


async def notice(chat: Chat, chat_id: int, *texts: str, priority: int = NOTICE) -> None:
    """Letters in the outbox, due now."""
    rows = [_row(chat, chat_id, priority, params={"text": text}) for text in texts]
    async with chat.programme.database.writing() as connection:
        await connection.execute(insert(Outgoing), rows)
    chat.programme.delivery.due.set()


async def document(chat: Chat, chat_id: int, name: str) -> None:
    """A letter that is a file, due now."""
    async with chat.programme.database.writing() as connection:
        file = insert(File).values(
            token=name, name=name, mime="text/calendar", content=b"BEGIN:VCALENDAR",
            created_at=chat.clock.now(),
        )  # fmt: skip
        params = {"document": {"file": await connection.scalar(file.returning(File.id))}}
        row = _row(chat, chat_id, NOTICE, params=params) | {"method": "send_document"}
        await connection.execute(insert(Outgoing), [row])


async def broadcast(chat: Chat, chats: list[int], text: str, **more: Any) -> None:
    """A letter to each, due now, of a body that is stored once."""
    async with chat.programme.database.writing() as connection:
        made = insert(Body).values(params={"text": text, **more}).returning(Body.id)
        body = await connection.scalar(made)
        rows = [_row(chat, to, BROADCAST, params={}, body_id=body) for to in chats]
        await connection.execute(insert(Outgoing), rows)
    chat.programme.delivery.due.set()


def _row(chat: Chat, chat_id: int, priority: int, **more: Any) -> dict[str, Any]:
    return {
        "chat_id": chat_id, "method": "send_message", "priority": priority,
        "due_at": chat.clock.now(), "state": "waiting", **more,
    }  # fmt: skip


async def outbox(chat: Chat) -> list[Any]:
    async with chat.programme.database.reading() as connection:
        return list((await connection.execute(select(Outgoing).order_by(Outgoing.id))).all())


async def states(chat: Chat) -> list[str]:
    return [row.state for row in await outbox(chat)]


async def reachable(chat: Chat, chat_id: int) -> bool:
    async with chat.programme.database.reading() as connection:
        return bool(await connection.scalar(select(ChatRow.reachable).where(ChatRow.id == chat_id)))


def sends(wecom: WeComEmulator) -> int:
    return wecom.count("message/send")
