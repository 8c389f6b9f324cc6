"""What people send over Telegram, fetched before the turn and kept like what the page receives."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from sqlalchemy import select
from telegram import Bot
from telegram.error import TelegramError

from channels.telegram.updates import NAME
from db.models import File
from db.session import Database
from db.upsert import insert
from pipeline.clock import Clock
from pipeline.inbox import Claim

log = logging.getLogger(__name__)

LARGEST = 10 * 1024 * 1024
PATIENCE = 15.0  # seconds; what does not come by then is asked for again in words


class Fetcher:
    """`files.token` is the network's own unique id, so that a file is fetched once."""

    def __init__(self, database: Database, clock: Clock, bot: Bot) -> None:
        self._database = database
        self._clock = clock
        self._bot = bot

    async def fetch(self, claim: Claim) -> None:
        """Keep the update's file. Never raises: the turn says what is missing."""
        one = _held(claim.body) if claim.source == NAME else None
        if one is None or int(one.get("file_size") or 0) > LARGEST:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._keep(claim.chat_id, one)
        except (TelegramError, TimeoutError, KeyError, ValueError) as error:
            log.warning("a file could not be fetched: %s", type(error).__name__)

    async def _keep(self, chat_id: int, one: dict[str, Any]) -> None:
        token = str(one["file_unique_id"])[:40]
        async with self._database.reading() as connection:
            if await connection.scalar(select(File.id).where(File.token == token)):
                return
        file = await self._bot.get_file(one["file_id"])
        content = bytes(await file.download_as_bytearray())
        row = {
            "token": token, "chat_id": chat_id, "name": str(one.get("file_name") or "file")[:255],
            "mime": str(one.get("mime_type") or "application/octet-stream")[:100],
            "content": content, "created_at": self._clock.now(),
        }  # fmt: skip
        async with self._database.writing() as connection:
            await connection.execute(insert(connection, File).values(row).on_conflict_do_nothing())


def _held(body: dict[str, Any]) -> dict[str, Any] | None:
    """The document or the largest picture of an update; nothing for one of another shape."""
    message = body.get("message")
    if not isinstance(message, dict):
        return None
    photos = message.get("photo")
    photo = photos[-1] if isinstance(photos, list) and photos else None
    one = message.get("document") or photo
    return one if isinstance(one, dict) else None
