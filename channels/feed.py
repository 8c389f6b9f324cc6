"""A chat as its reader sees it: both sides of the talk, from a place to go on at."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import updates
from db.models import Body, File, Incoming, Outgoing
from pipeline import words

Read = Any  # a row of one of the two statements below
CURSOR = re.compile(r"(\d{1,18})-(\d{1,18})", re.ASCII)
ERASED = {"erased": True}  # what remains of a message whose person had their data deleted
EARLIER = 200  # messages of the past that a visitor sees again


@dataclass(frozen=True)
class Cursor:
    """How far a reader has read: the last message of their own and the last of ours."""

    inbox: int = 0
    outbox: int = 0

    @classmethod
    def parse(cls, text: str | None) -> Cursor:
        """The beginning, for anything that is no cursor."""
        numbers = CURSOR.fullmatch(text or "")
        return cls(int(numbers[1]), int(numbers[2])) if numbers else cls()

    def __str__(self) -> str:
        return f"{self.inbox}-{self.outbox}"

    def past(self, entry: Entry) -> Cursor:
        return Cursor(
            max(self.inbox, entry.number if entry.mine else 0),
            max(self.outbox, 0 if entry.mine else entry.number),
        )


@dataclass(frozen=True)
class Entry:
    """One thing to show. `edits` and `deletes` are ids of earlier messages of ours."""

    number: int
    mine: bool
    at: datetime
    html: str = ""
    rows: list[words.Row] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    key: str | None = None
    edits: str | None = None
    deletes: str | None = None

    @property
    def id(self) -> str:
        return f"{'i' if self.mine else 'o'}{self.number}"


async def read(connection: AsyncConnection, chat_id: int, after: Cursor) -> list[Entry]:
    """What was said in a chat since the cursor, both ways, oldest first."""
    said = await _newest(connection, _SAID, chat_id, after.inbox)
    told = await _newest(connection, _TOLD, chat_id, after.outbox)
    files = await _files(connection, [*said, *told])
    mine = (_said(row, files) for row in said)
    ours = (_told(row, files) for row in told)
    return list(heapq.merge(mine, ours, key=lambda entry: entry.at))


_SAID = (
    select(Incoming.id.label("number"), Incoming.raw, Incoming.key, Incoming.received_at)
    .where(
        Incoming.chat_id == bindparam("chat"), Incoming.id > bindparam("after"),
        Incoming.raw != ERASED,
    )
    .order_by(Incoming.id.desc())
    .limit(EARLIER)
)  # fmt: skip
_TOLD = (
    select(
        Outgoing.message_id.label("number"), Outgoing.method, Outgoing.params, Outgoing.sent_at,
        Body.params.label("body"),
    )
    .outerjoin(Body, Body.id == Outgoing.body_id)
    .where(
        Outgoing.chat_id == bindparam("chat"), Outgoing.message_id > bindparam("after"),
        Outgoing.state == "sent", Outgoing.params != ERASED,
    )
    .order_by(Outgoing.message_id.desc())
    .limit(EARLIER)
)  # fmt: skip


async def _newest(connection: AsyncConnection, what: Any, chat_id: int, after: int) -> list[Read]:
    rows = await connection.execute(what, {"chat": chat_id, "after": after})
    return list(reversed(rows.all()))


def _said(row: Read, files: dict[str, dict[str, Any]]) -> Entry:
    key = row.key.removeprefix(f"{row.key.partition(':')[0]}:")
    if isinstance(row.raw.get("callback_query"), dict):
        html = words.escape(updates.pressed_label(row.raw))
        return Entry(row.number, True, row.received_at, html, key=key)
    message = _message(row.raw)
    attached = [files[token] for token in _tokens(message) if token in files]
    text = words.escape(message.get("text") or message.get("caption") or "")
    return Entry(row.number, True, row.received_at, text, files=attached, key=key)


def _told(row: Read, files: dict[str, dict[str, Any]]) -> Entry:
    params = Body.joined(row.body, row.params)
    target = f"o{params['message_id']}" if "message_id" in params else None
    deleted = row.method == "delete_message"
    return Entry(
        row.number,
        False,
        row.sent_at,
        params.get("text") or params.get("caption") or "",
        (params.get("reply_markup") or {}).get("inline_keyboard", []),
        [files[str(id)] for id in file_ids(params) if str(id) in files],
        edits=None if deleted else target,
        deletes=target if deleted else None,
    )


async def was_sent(connection: AsyncConnection, file: int, chats: Iterable[int]) -> bool:
    """Whether a stored file was sent to one of these chats."""
    methods = ("send_document", "send_photo")
    calls = await connection.scalars(
        select(Outgoing.params).where(Outgoing.chat_id.in_(chats), Outgoing.method.in_(methods))
    )
    return any(file in file_ids(params) for params in calls)


async def _files(connection: AsyncConnection, rows: Iterable[Read]) -> dict[str, dict[str, Any]]:
    """The files these rows speak of, by token and by id."""
    tokens, ids = set[str](), set[int]()
    for row in rows:
        if hasattr(row, "raw"):
            tokens.update(_tokens(_message(row.raw)))
        else:
            ids.update(file_ids(row.params))
    if not tokens and not ids:
        return {}
    found = await connection.execute(
        select(
            File.id, File.token, File.name, File.mime, func.length(File.content).label("size")
        ).where(File.token.in_(tokens) | File.id.in_(ids))
    )
    return dict(_both_names(found.all()))


def _both_names(rows: Iterable[Read]) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in rows:
        shown = {"url": f"/files/{row.token}", "name": row.name, "mime": row.mime, "size": row.size}
        yield row.token, shown
        yield str(row.id), shown


def _message(raw: dict[str, Any]) -> dict[str, Any]:
    """The message of an update; nothing for one of another or a broken shape."""
    message = raw.get("message")
    return message if isinstance(message, dict) else {}


def _tokens(message: dict[str, Any]) -> list[str]:
    held = [message.get("document"), *(message.get("photo") or [])[-1:]]
    return [one["file_unique_id"] for one in held if one]


def file_ids(params: dict[str, Any]) -> list[int]:
    """The stored files that a call of ours sends."""
    held = [params.get("document"), params.get("photo")]
    return [one["file"] for one in held if isinstance(one, dict)]
