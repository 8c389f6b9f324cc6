"""Files both ways: what we send is uploaded first, what people sent is fetched before the turn."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select

from channels import updates
from channels.calls import Call, CallRefused
from channels.wecom import errors, limits
from channels.wecom.client import Client, Media
from channels.wecom.errors import WeComError
from db.models import File, WeComUpload
from db.session import Database
from db.upsert import insert
from pipeline.clock import Clock

PICTURES = {".jpg", ".jpeg", ".png"}
KINDS = ("document", "photo", "voice", "video")
RECEIVED: dict[str, tuple[str, dict[str, int]]] = {
    "image": ("photo", {"width": 1, "height": 1}),
    "voice": ("voice", {"duration": 0}),
    "video": ("video", {"width": 1, "height": 1, "duration": 0}),
    "file": ("document", {}),
}
"""What WeCom calls a message that holds a file, and what the Bot API does."""

Show = Callable[[str, str], Awaitable[int]]
"""Sends an uploaded file, given its kind and media id; the id of the message."""

LARGEST = 10 * 1024 * 1024  # as on the other networks
_UPLOADED = select(WeComUpload.media_id).where(
    WeComUpload.digest == bindparam("digest"), WeComUpload.expires_at > bindparam("now")
)


class Files:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def send(self, client: Client, call: Call, show: Show) -> int:
        """Upload the file of a call and show it; once more, where the upload is forgotten there."""
        if not call.files:
            raise CallRefused(400, "Bad Request: there is no file in the request")
        name, content, _ = next(iter(call.files.values()))
        kind = kind_of(name, content)
        media_id = await self.upload(client, kind, name, content)
        try:
            return await show(kind, media_id)
        except WeComError as error:
            if error.code != errors.MEDIA:
                raise
            await self._forget(media_id)
            return await show(kind, await self.upload(client, kind, name, content))

    async def upload(self, client: Client, kind: str, name: str, content: bytes) -> str:
        """The media id. A file keeps it as long as WeCom keeps the file, also when we start anew,
        so that a repeated send is the same send, and a notice to many uploads it once."""
        digest = hashlib.sha256(f"{client.app.name}/{kind}/{name}/".encode() + content).hexdigest()
        async with self._database.reading() as connection:
            known = await connection.scalar(_UPLOADED, {"digest": digest, "now": self._clock.now()})
        return known or await self._uploaded(digest, await client.upload(kind, name, content))

    async def _uploaded(self, digest: str, media_id: str) -> str:
        """Keep the id; where another did so meanwhile, that one holds."""
        now = self._clock.now()
        row = {"digest": digest, "media_id": media_id, "expires_at": now + limits.MEDIA_LIFE}
        async with self._database.writing() as connection:
            await connection.execute(delete(WeComUpload).where(WeComUpload.expires_at <= now))
            await connection.execute(
                insert(connection, WeComUpload).on_conflict_do_nothing(), [row]
            )
            return await connection.scalar(_UPLOADED, {"digest": digest, "now": now}) or media_id

    async def _forget(self, media_id: str) -> None:
        """WeCom does not know it any more."""
        async with self._database.writing() as connection:
            await connection.execute(delete(WeComUpload).where(WeComUpload.media_id == media_id))

    async def fetch(self, client: Client, chat_id: int, body: dict[str, Any]) -> None:
        """Keep the file that an update of a member speaks of, once."""
        one = _held(body)
        if one is not None and await self._size(one["file_unique_id"]) is None:
            media = await client.download(one["file_id"].partition(":")[2])
            if len(media.content) <= LARGEST:
                await self._keep(one["file_unique_id"], chat_id, one, media)

    async def told(self, file_id: str) -> dict[str, Any]:
        """Of somebody's file, as Telegram's getFile tells of one."""
        token = token_of(file_id.partition(":")[2])
        size = await self._size(token)
        if size is None:
            raise CallRefused(400, "Bad Request: file is temporarily unavailable")
        return {
            "file_id": file_id, "file_unique_id": token, "file_size": size,
            "file_path": f"files/{token}",
        }  # fmt: skip

    async def _size(self, token: str) -> int | None:
        query = select(func.length(File.content)).where(File.token == token)
        async with self._database.reading() as connection:
            return await connection.scalar(query)

    async def _keep(self, token: str, chat_id: int, one: dict[str, Any], media: Media) -> None:
        row = {
            "token": token, "chat_id": chat_id, "mime": media.mime[:100],
            "name": one.get("file_name") or media.name or "file", "content": media.content,
            "created_at": self._clock.now(),
        }  # fmt: skip
        async with self._database.writing() as connection:
            await connection.execute(insert(connection, File).on_conflict_do_nothing(), [row])


def token_of(media_id: str) -> str:
    """The name of a member's file in `files`; a media id may be longer than there is room."""
    return hashlib.sha1(media_id.encode(), usedforsecurity=False).hexdigest()


def received(
    chat_id: int, channel: str, msgtype: str, media_id: str, at: datetime, name: str = ""
) -> dict[str, Any]:
    """The Update of a message that holds a file; of one that holds nothing, where it is not said
    which."""
    if not media_id:
        return updates.attached(chat_id, at)
    kind, more = RECEIVED[msgtype]
    thing: Any = {"file_id": f"{channel}:{media_id}", "file_unique_id": token_of(media_id), **more}
    if kind == "document" and name:
        thing["file_name"] = name[:200]
    return updates.attached(chat_id, at, **{kind: [thing] if kind == "photo" else thing})


def _held(body: dict[str, Any]) -> dict[str, Any] | None:
    """What a message holds beside words, as `received` put it there."""
    message = body.get("message", {})
    for kind in KINDS:
        if one := message.get(kind):
            return dict(one[-1] if kind == "photo" else one)
    return None


def kind_of(name: str, content: bytes) -> str:
    """image where WeCom shows it as one, else file; CallRefused for what it does not take."""
    if len(content) < limits.LEAST_FILE:
        raise CallRefused(400, "Bad Request: file is too small for WeCom")
    if len(content) > limits.LARGEST_FILE:
        raise CallRefused(400, "Bad Request: file is too big for WeCom")
    ending = f".{name.rpartition('.')[2].lower()}"
    return "image" if ending in PICTURES and len(content) <= limits.LARGEST_IMAGE else "file"
