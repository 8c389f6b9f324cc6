"""Networks where people come and read: nothing is shown twice, nothing is missed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from channels import feed
from channels.calls import Call, CallRefused
from channels.feed import Cursor
from channels.mailbox import Mailbox
from db.models import Outgoing
from db.session import Database
from pipeline.receipt import RECEIPT, Receipt
from tests.chat import Chat, Somebody
from tests.conftest import Engine
from tests.pipeline.small import bot


@pytest.fixture
async def chat(tmp_path: Path, now: datetime, engine: Engine) -> AsyncIterator[Chat]:
    async with bot(tmp_path, now, engine) as chat:
        yield chat


def letter(chat_id: int, text: str, **more: Any) -> dict[str, Any]:
    return {"chat_id": chat_id, "method": "send_message", "params": {"text": text}} | more


async def again(database: Database, **changes: Any) -> None:
    """As a crash between the send and the mark leaves it."""
    async with database.writing() as connection:
        await connection.execute(update(Outgoing).values(state="waiting", **changes))


async def test_a_repeated_delivery_shows_nothing_twice(chat: Chat) -> None:
    """What is seen is the row, and there is one row."""
    hua = await chat.somebody("华")
    await hua.says("hello")
    await again(chat.programme.database)
    await chat.settle()
    async with chat.programme.database.reading() as connection:
        entries = await feed.read(connection, hua.chat_id, Cursor())
    assert [entry.mine for entry in entries] == [True, False]


async def late_notice(chat: Chat, hua: Somebody, now: datetime) -> None:
    """A notice that was written before a reply, and falls due after it was read."""
    tomorrow = now + timedelta(days=1)
    async with chat.programme.database.writing() as connection:
        row = letter(hua.chat_id, "the notice", due_at=tomorrow, priority=1)
        await connection.execute(insert(Outgoing).values(row))
    await hua.says("hello")
    await chat.later(timedelta(days=2))


async def test_a_late_letter_of_an_early_row_is_not_missed(chat: Chat, now: datetime) -> None:
    """A reader goes on after the last message, whose number is of the moment it was sent. The
    control: by the row's number the notice would lie before what was read already."""
    hua = await chat.somebody("华")
    await late_notice(chat, hua, now)
    assert hua.last.text == "the notice"
    async with chat.programme.database.reading() as connection:
        sent = select(Outgoing.id, Outgoing.message_id).order_by(Outgoing.message_id)
        (reply, _), (notice, _) = (await connection.execute(sent)).all()
    assert notice < reply


async def test_a_reader_who_comes_back_gets_only_what_is_new(chat: Chat) -> None:
    """Both sides of the talk, from the cursor on, in the order of their times."""
    hua = await chat.somebody("华")
    await hua.says("one")
    async with chat.programme.database.reading() as connection:
        cursor = Cursor()
        for entry in await feed.read(connection, hua.chat_id, cursor):
            cursor = cursor.past(entry)
    chat.clock.forward(timedelta(minutes=1))
    await hua.says("two")
    async with chat.programme.database.reading() as connection:
        new = await feed.read(connection, hua.chat_id, Cursor.parse(str(cursor)))
    assert [(entry.mine, "two" in entry.html) for entry in new] == [(True, True), (False, True)]


@pytest.mark.parametrize("text", [None, "", "x", "1-", "-1-2", "1-2-3", "１-２", f"1-{10**30}"])
def test_a_cursor_that_is_none_is_the_beginning(text: str | None) -> None:
    """It comes from a browser, so it may be anything."""
    assert Cursor.parse(text) == Cursor()


@pytest.mark.parametrize(
    ("method", "params", "why"),
    [
        ("sendDice", {}, "has no sendDice"),
        ("sendMessage", {"text": ""}, "text is empty"),
        ("sendMessage", {"text": "x" * 4097}, "too long"),
        ("sendMessage", {"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities"),
        ("editMessageText", {"text": "x", "message_id": 1}, "message to edit not found"),
        ("deleteMessage", {"message_id": 1}, "message to edit not found"),
    ],
)
async def test_a_mailbox_is_as_strict_as_telegram(
    chat: Chat, method: str, params: dict[str, Any], why: str
) -> None:
    """A call that Telegram would refuse is refused, with a sentence."""
    hua = await chat.somebody("华")
    mailbox = Mailbox("web", chat.programme.database)
    with pytest.raises(CallRefused, match=why):
        await mailbox.call(Call(method, {"chat_id": hua.chat_id, **params}))


async def test_message_ids_grow_and_the_silent_calls_have_none(database: Database) -> None:
    """Also within one moment, because readers ask for what is newer."""
    mailbox, ids = Mailbox("web", database), list[int | None]()
    for method in ("sendMessage", "sendChatAction", "sendMessage", "sendMessage"):
        receipt = Receipt()
        token = RECEIPT.set(receipt)
        await mailbox.call(Call(method, {"chat_id": 2**52, "text": "x"}))
        RECEIPT.reset(token)
        ids.append(receipt.message_id)
    assert ids.pop(1) is None
    assert ids == sorted(set(ids))  # type: ignore[type-var]


async def test_a_letter_that_cannot_be_sent_fails_and_blocks_nobody(chat: Chat) -> None:
    """A mistake in the row is kept with its text; the next letter goes out."""
    hua = await chat.somebody("华")
    async with chat.programme.database.writing() as connection:
        for row in (
            letter(hua.chat_id, "x", params={"text": "x", "no_such": 1}),
            letter(hua.chat_id, "x", params={"text": "half \ud83d"}),
            letter(hua.chat_id, "x", params={"document": {"file": 404}}, method="send_document"),
            letter(hua.chat_id, "the last"),
        ):
            await connection.execute(insert(Outgoing).values(row | {"due_at": chat.clock.now()}))
    await chat.settle()
    async with chat.programme.database.reading() as connection:
        rows = (await connection.execute(select(Outgoing.state, Outgoing.error))).all()
    assert [row.state for row in rows] == ["failed", "failed", "failed", "sent"]
    assert all(row.error for row in rows[:3])
    assert hua.last.text == "the last"
