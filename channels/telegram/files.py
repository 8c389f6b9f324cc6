"""Files that people send on Telegram, fetched before their turn: no turn waits for a network.

Only where a form keeps them, or somebody sends a list to take in; what nobody wants is left where
it is.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection
from telegram import Bot
from telegram.error import TelegramError

from channels.telegram.updates import NAME
from db.models import Chat, Draft, File, Person
from db.session import Database
from db.upsert import insert
from pipeline.clock import Clock
from pipeline.guard import guarded
from pipeline.inbox import Claim

log = logging.getLogger(__name__)

LARGEST = 20 * 1024 * 1024  # bytes that Telegram lets a bot fetch
TRIES = 2
PATIENCE = 25.0  # seconds; the chat waits, nobody else does
NAMES = {
    "photo": ("photo.jpg", "image/jpeg"),
    "voice": ("voice.ogg", "audio/ogg"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "video": ("video.mp4", "video/mp4"),
    "document": ("file", "application/octet-stream"),
}


PICTURES = ("photo", "document")


@dataclass(frozen=True)
class Wanted:
    """Files in these forms; outside any form documents from these roles, and photos where this
    stands open."""

    forms: frozenset[str]
    roles: frozenset[str]
    standing: str = ""


class Fetcher:
    """`files.token` is Telegram's own unique id, so that a file is fetched once."""

    def __init__(self, database: Database, clock: Clock, bot: Bot, wanted: Wanted) -> None:
        self._database = database
        self._clock = clock
        self._bot = bot
        self._wanted = wanted

    async def fetch(self, claim: Claim) -> None:
        """Store the file of an update, if it has one that is wanted. What cannot be had is missing
        then, and the turn says so; nothing is raised."""
        if claim.source != NAME or (found := enclosed(claim.body)) is None:
            return
        kind, thing = found
        try:
            async with guarded(PATIENCE):
                await self._fetch(claim.chat_id, kind, thing)
        except Exception as error:
            log.warning("a file of update %s could not be fetched: %r", claim.id, error)

    async def _fetch(self, chat_id: int, kind: str, thing: dict[str, Any]) -> None:
        async with self._database.reading() as connection:
            if not await self._is_wanted(connection, chat_id, kind, thing):
                return
        content = await self._download(thing["file_id"])
        name, mime = NAMES[kind]
        row = {
            "token": thing["file_unique_id"], "chat_id": chat_id, "content": content,
            "name": str(thing.get("file_name") or name)[:255],
            "mime": str(thing.get("mime_type") or mime)[:100],
            "created_at": self._clock.now(),
        }  # fmt: skip
        async with self._database.writing() as connection:
            await connection.execute(insert(connection, File).values(row).on_conflict_do_nothing())

    async def _is_wanted(
        self, connection: AsyncConnection, chat_id: int, kind: str, thing: dict[str, Any]
    ) -> bool:
        there = exists().where(File.token == thing["file_unique_id"])
        row = (
            await connection.execute(
                select(Person.role, Draft.form, Chat.screen)
                .join(Chat, Chat.person_id == Person.id)
                .outerjoin(Draft, (Draft.person_id == Person.id) & Draft.active)
                .where(Chat.id == chat_id, ~there)
            )
        ).one_or_none()
        if row is None:
            return False
        if row.form is None:
            lists = kind == "document" and row.role in self._wanted.roles
            return lists or (kind in PICTURES and self._is_open(row.screen or ""))
        return row.form in self._wanted.forms

    def _is_open(self, screen: str) -> bool:
        return bool(self._wanted.standing) and screen.startswith(f"{self._wanted.standing}:")

    async def _download(self, file_id: str) -> bytes:
        for attempt in range(1, TRIES + 1):
            try:
                file = await self._bot.get_file(file_id)
                return bytes(await file.download_as_bytearray())
            except TelegramError:
                if attempt == TRIES:
                    raise
        raise AssertionError


def enclosed(body: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The kind and the description of the file in an update that a bot may fetch."""
    message = body.get("message")
    for kind in NAMES:
        held = message.get(kind) if isinstance(message, dict) else None
        thing = held[-1] if isinstance(held, list) and held else held
        if isinstance(thing, dict) and _is_named(thing) and _size(thing) <= LARGEST:
            return kind, thing
    return None


def _is_named(thing: dict[str, Any]) -> bool:
    return all(isinstance(thing.get(name), str) for name in ("file_id", "file_unique_id"))


def _size(thing: dict[str, Any]) -> int:
    size = thing.get("file_size")
    return size if isinstance(size, int) else 0
