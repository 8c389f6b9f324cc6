"""One person in several chats: a six-digit code shown in one, typed in another, makes them one.

Wrong codes are counted and therefore no error: what is refused is rolled back.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Chat, LinkCode, LinkTry, Outgoing, Person
from errors import Refused
from services import audit, merging

VALID = timedelta(minutes=10)
TRIES, WINDOW = 5, timedelta(hours=1)

Result = Literal["linked", "wrong", "too_many", "same", "two_firms"]


class ChatUnknown(Refused):
    """No facts: not this person's, or the one they speak in."""


class PersonUnknown(Refused):
    """No facts."""


@dataclass(frozen=True)
class Outcome:
    """`chat_id` is where the code was shown, `merge_id` what an undo names, `person` who both are
    now; only when linked.
    With an organizer's code the other chats are `cut` off, and nothing can be undone."""

    result: Result
    chat_id: int = 0
    merge_id: int = 0
    cut: int = 0
    person: int = 0


async def offer(session: AsyncSession, person_id: int, chat_id: int, now: datetime) -> str:
    """A new code; the one shown before in this chat is worth nothing from now on."""
    await session.execute(delete(LinkCode).where(LinkCode.chat_id == chat_id))
    code = await _new_code(session, now)
    session.add(
        LinkCode(
            code_hash=_hash(code), person_id=person_id, chat_id=chat_id, expires_at=now + VALID
        )
    )
    await session.flush()
    return code


async def relink(session: AsyncSession, person_id: int, by: int, now: datetime) -> str:
    """A code that an organizer tells somebody who lost their phone: it cuts the old chats off."""
    known = select(Person.id).where(Person.id == person_id, Person.name.is_not(None))
    organizer = select(Person.id).where(Person.id == by, Person.role == "org")
    if not (await session.scalar(known) and await session.scalar(organizer)):
        raise PersonUnknown
    old = LinkCode.person_id == person_id, LinkCode.chat_id.is_(None)
    await session.execute(delete(LinkCode).where(*old))
    code = await _new_code(session, now)
    session.add(LinkCode(code_hash=_hash(code), person_id=person_id, by=by, expires_at=now + VALID))
    audit.note(session, by, "person.relink_offered", f"person:{person_id}", None, None, now)
    await session.flush()
    return code


async def other_chats(session: AsyncSession, person_id: int, here: int) -> Sequence[Chat]:
    mine = select(Chat).where(Chat.person_id == person_id, Chat.id != here)
    return (await session.scalars(mine.order_by(Chat.id))).all()


async def cut(session: AsyncSession, person_id: int, chat_id: int, here: int, now: datetime) -> str:
    """Let go of a chat of one's own that is somebody else's phone now; its network's name."""
    mine = select(Chat).where(Chat.id == chat_id, Chat.person_id == person_id, Chat.id != here)
    chat = await session.scalar(mine)
    if chat is None:
        raise ChatUnknown
    await _let_go(session, person_id, [chat_id], now)
    return chat.channel


async def _let_go(
    session: AsyncSession, person_id: int, chats: Sequence[int], now: datetime
) -> None:
    """Whoever writes there next is somebody new, and nothing of this person's arrives there."""
    await session.execute(
        update(Chat).where(Chat.id.in_(chats)).values(person_id=None, screen=None, lost_at=None)
    )
    waiting = update(Outgoing).where(Outgoing.chat_id.in_(chats), Outgoing.state == "waiting")
    await session.execute(waiting.values(state="cancelled"))
    await session.execute(delete(LinkCode).where(LinkCode.chat_id.in_(chats)))
    for chat in chats:
        audit.note(session, person_id, "person.cut_off", f"person:{person_id}", f"chat:{chat}",
                   None, now)  # fmt: skip


async def redeem(
    session: AsyncSession, person_id: int, chat_id: int, code: str, now: datetime
) -> Outcome:
    """Use a code up, and make its owner and whoever types it one person."""
    if not await _may_try(session, chat_id, now):
        return Outcome("too_many")
    used = await session.execute(
        update(LinkCode)
        .where(
            LinkCode.code_hash == _hash(code),
            LinkCode.used_at.is_(None),
            LinkCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(LinkCode.person_id, LinkCode.chat_id, LinkCode.by)
    )
    found = used.one_or_none()
    if found is None:
        return Outcome("wrong")
    if found.person_id == person_id:
        return Outcome("same")
    here = await session.get_one(Person, person_id, populate_existing=True)
    there = await session.get_one(Person, found.person_id, populate_existing=True)
    if here.enterprise_id and there.enterprise_id and here.enterprise_id != there.enterprise_id:
        return Outcome("two_firms")
    if found.chat_id is None:
        return await _moved(session, here, there, chat_id, found.by, now)
    merge = await merging.merge(session, here, there, now)
    return Outcome("linked", found.chat_id, merge.id, person=merge.kept_id)


async def roles_on_telegram(session: AsyncSession, *people: int) -> dict[int, str]:
    """The chats of these people there, each with what its person may do."""
    theirs = (
        select(Chat.id, Person.role)
        .join(Person, Person.id == Chat.person_id)
        .where(Chat.channel == "telegram", Person.id.in_(people))
    )
    return dict((await session.execute(theirs)).all())


async def _moved(
    session: AsyncSession, here: Person, there: Person, chat_id: int, by: int, now: datetime
) -> Outcome:
    """The person has this chat from now on, and none of those they had before."""
    old = [chat.id for chat in await other_chats(session, there.id, chat_id)]
    merge = await merging.merge(session, here, there, now)
    await _let_go(session, merge.kept_id, old, now)
    merge.undone_at = now  # who lost the phone must not undo it
    audit.note(session, by, "person.relinked", f"person:{merge.kept_id}", None, f"chat:{chat_id}",
               now)  # fmt: skip
    await session.flush()
    return Outcome("linked", cut=len(old), person=merge.kept_id)


async def _new_code(session: AsyncSession, now: datetime) -> str:
    """Six digits that no code which still counts has."""
    live = set(await session.scalars(select(LinkCode.code_hash).where(LinkCode.expires_at > now)))
    while _hash(code := f"{secrets.randbelow(1_000_000):06}") in live:
        pass
    return code


async def _may_try(session: AsyncSession, chat_id: int, now: datetime) -> bool:
    """Count the try; no if this chat had too many within the hour."""
    here = LinkTry.chat_id == chat_id
    await session.execute(delete(LinkTry).where(here, LinkTry.at < now - WINDOW))
    if (await session.scalar(select(func.count(LinkTry.id)).where(here)) or 0) >= TRIES:
        return False
    session.add(LinkTry(chat_id=chat_id, at=now))
    return True


def _hash(code: str) -> str:
    return hashlib.sha256(f"link:{code}".encode()).hexdigest()
