"""What becomes of a letter to Telegram: order, halts, lost answers, and who holds it meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from telegram import Update
from telegram.request import HTTPXRequest

from application import at_work
from channels import updates
from channels.telegram.poller import Poller
from db.models import Body, File, Outgoing
from pipeline.delivery import Delivery
from pipeline.inbox import Raw
from pipeline.turn import Turn
from pipeline.work import REMINDER
from tests.chat import Chat
from tests.conftest import Engine
from tests.emulators.telegram import TelegramEmulator
from tests.pipeline.small import Do, bot, echo, until
from tests.waiting import eventually

TOKEN = "123456:" + "T" * 30
MARK = "（重发）"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The paces have a test of their own, and nobody here waits half a minute."""
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 1000))
    monkeypatch.setattr("application.TICK", 0.1)
    monkeypatch.setattr("pipeline.delivery.RETRY", timedelta(seconds=0.2))


@asynccontextmanager
async def talking(
    telegram: TelegramEmulator, folder: Path, now: datetime, engine: Engine, do: Do = echo
) -> AsyncIterator[Chat]:
    """The programme at work, with one handler, polling Telegram."""
    more: dict[str, Any] = {"telegram_token": TOKEN, "telegram_base_url": telegram.base_url}
    async with (
        bot(folder, now, engine, do, settings=more) as chat,
        at_work(chat.programme),
        HTTPXRequest() as request,
    ):
        poller = Poller(request, telegram.base_url + TOKEN, chat.programme.inbox)
        polling = asyncio.create_task(poller.run())
        yield chat
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)


def said(telegram: TelegramEmulator) -> list[str]:
    """The lines in the middle of the notices that arrived, in their order."""
    return [call.text.replace(MARK, "!").split("\n")[2] for call in telegram.accepted if call.text]


async def arrived(telegram: TelegramEmulator, *texts: str) -> None:
    async def there() -> bool:
        return len(telegram.accepted) >= len(texts)

    await eventually(there)
    await asyncio.sleep(0.2)
    assert said(telegram) == list(texts)


async def rows(chat: Chat) -> list[Any]:
    async with chat.programme.database.reading() as connection:
        return list((await connection.execute(select(Outgoing).order_by(Outgoing.id))).all())


async def all_settled(chat: Chat) -> list[Any]:
    async def there() -> bool:
        return all(row.state not in ("claimed", "sending", "waiting") for row in await rows(chat))

    await eventually(there)
    return await rows(chat)


async def three(update: Update, turn: Turn) -> None:
    assert update.message is not None
    for part in "abc":
        text = f"{update.message.text}{part}"
        turn.reply("broadcasts/notice", text=text, sender=None, event=None)


async def test_replies_arrive_in_their_order(tmp_path: Path, now: datetime, engine: Engine) -> None:
    """Those of one turn, and those of turns one after the other."""
    async with (
        TelegramEmulator(TOKEN) as telegram,
        talking(telegram, tmp_path, now, engine, three),
    ):
        for text in "12":
            await telegram.user("华").says(text)
        await arrived(telegram, "1a", "1b", "1c", "2a", "2b", "2c")


@pytest.fixture
def sent_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every halt is a long one: its letters go back to wait."""
    monkeypatch.setattr("pipeline.delivery.SHORT_HALT", 0.0)


async def two_across_a_halt(telegram: TelegramEmulator, chat: Chat) -> list[str]:
    """Replies of two turns; the first met a halt of a second."""
    hua = telegram.user("华")
    telegram.limit(retry_after=1, method="sendMessage")
    await hua.says("first")
    await until(lambda: telegram.refused)
    await asyncio.sleep(0.1)
    await hua.says("second")
    await until(lambda: len(telegram.accepted) == 2)
    return said(telegram)


@pytest.mark.usefixtures("sent_back")
async def test_a_reply_does_not_overtake_what_has_to_wait(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """It stands behind, in the database too, so that a restart keeps the order."""
    async with (
        TelegramEmulator(TOKEN) as telegram,
        talking(telegram, tmp_path, now, sqlite_engine) as chat,
    ):
        assert await two_across_a_halt(telegram, chat) == ["first", "second"]


@pytest.mark.usefixtures("sent_back")
async def test_control_straight_from_the_turn_it_would_overtake(
    tmp_path: Path, now: datetime, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Delivery, "_behind", lambda self, letter: None)
    monkeypatch.setattr("application.TICK", 1.5)
    async with (
        TelegramEmulator(TOKEN) as telegram,
        talking(telegram, tmp_path, now, sqlite_engine) as chat,
    ):
        assert await two_across_a_halt(telegram, chat) == ["second", "first"]


async def test_what_surely_was_not_sent_is_sent_without_a_mark(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """Nobody listened, so nobody has it: tried again until somebody does."""
    async with TelegramEmulator(TOKEN) as gone:
        port = gone.server.port
    telegram = TelegramEmulator(TOKEN, port)
    hua = telegram.user("华")
    await hua.says("hello")
    more: dict[str, Any] = {"telegram_token": TOKEN, "telegram_base_url": gone.base_url}
    async with bot(tmp_path, now, sqlite_engine, settings=more) as chat, at_work(chat.programme):
        body = updates.text(hua.id, "hello", now)
        await chat.programme.inbox.put(Raw("telegram", "1", hua.id, body))
        await asyncio.sleep(0.3)
        async with telegram:
            await arrived(telegram, "hello")


async def test_a_lost_answer_of_an_edit_needs_no_mark(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """The same edit again changes nothing, and Telegram says so: that counts as sent."""

    async def edits(update: Update, turn: Turn) -> None:
        assert update.message is not None
        if update.message.text == "edit":
            telegram.lose_answers(1, method="editMessageText")
            turn.edit(turn.chat_id, telegram.accepted[0].message_id, "menu/staff")
        else:
            await echo(update, turn)

    async with (
        TelegramEmulator(TOKEN) as telegram,
        talking(telegram, tmp_path, now, sqlite_engine, edits) as chat,
    ):
        await telegram.user("华").says("hello")
        await arrived(telegram, "hello")
        await telegram.user("华").says("edit")
        await until(lambda: telegram.refused)
        states = [row.state for row in await all_settled(chat)]
        assert "not modified" in telegram.refused[0].error
        assert states == ["sent", "sent"]
        assert MARK not in telegram.user("华").last.text


async def test_a_file_whose_answer_was_lost_says_so_in_its_caption(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """A document has no text to put the mark into."""

    async def sends(update: Update, turn: Turn) -> None:
        file = File(token="t", name="a.pdf", mime="x/y", content=b"pdf", created_at=turn.now)
        turn.session.add(file)
        await turn.session.flush()
        turn.send_file(file.id)

    async with (
        TelegramEmulator(TOKEN) as telegram,
        talking(telegram, tmp_path, now, sqlite_engine, sends) as chat,
    ):
        telegram.lose_answers(1, method="sendDocument")
        await telegram.user("华").says("hello")
        await until(lambda: len(telegram.accepted) == 2)
        await all_settled(chat)
        assert [call.text for call in telegram.accepted] == ["", MARK]
        assert telegram.user("华").last.document == b"pdf"


async def test_a_shared_text_is_marked_too(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """A round of reminders stores its words once, beside the rows."""
    async with (
        TelegramEmulator(TOKEN) as telegram,
        talking(telegram, tmp_path, now, sqlite_engine) as chat,
    ):
        hua = telegram.user("华")
        await hua.says("hello")
        await arrived(telegram, "hello")
        telegram.lose_answers(1, method="sendMessage")
        async with chat.programme.database.session() as session:
            body = Body(params={"text": "reminded"})
            session.add(body)
            await session.flush()
            session.add(
                Outgoing(
                    chat_id=hua.id, method="send_message", params={}, body_id=body.id,
                    priority=REMINDER, due_at=now,
                )
            )  # fmt: skip
        await until(lambda: len(telegram.accepted) == 3)
        await all_settled(chat)
        assert [call.text for call in telegram.accepted[1:]] == ["reminded", MARK + "reminded"]


async def recovered_in_the_middle(telegram: TelegramEmulator, chat: Chat) -> list[str]:
    """A chat's pace keeps replies in hand for longer than their lease."""

    async def first_is_noted() -> bool:
        return any(row.state == "sent" for row in await rows(chat))

    await telegram.user("华").says("1")
    await eventually(first_is_noted)
    chat.clock.forward(timedelta(minutes=5))
    await chat.programme.delivery.recover()
    await all_settled(chat)
    return said(telegram)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 4))


@pytest.mark.usefixtures("slow")
async def test_letters_in_hand_keep_their_lease(
    tmp_path: Path, now: datetime, engine: Engine
) -> None:
    """What a living process holds is not taken from it, however long it takes."""
    async with (
        TelegramEmulator(TOKEN) as telegram,
        talking(telegram, tmp_path, now, engine, three) as chat,
    ):
        assert await recovered_in_the_middle(telegram, chat) == ["1a", "1b", "1c"]


@pytest.mark.usefixtures("slow")
async def test_control_without_renewal_they_are_sent_twice(
    tmp_path: Path, now: datetime, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: Any) -> None: ...

    monkeypatch.setattr("pipeline.outbox.hold", nothing)
    async with (
        TelegramEmulator(TOKEN) as telegram,
        talking(telegram, tmp_path, now, sqlite_engine, three) as chat,
    ):
        await recovered_in_the_middle(telegram, chat)
        await until(lambda: len(said(telegram)) > 3)
        assert len(said(telegram)) > 3


async def test_what_another_process_left_behind_is_sent_while_we_run(
    tmp_path: Path, now: datetime, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It died on another machine; nobody here starts again, its lease ends, and that is seen."""
    monkeypatch.setattr("pipeline.delivery.LEASE", timedelta(seconds=0.3))
    async with (
        TelegramEmulator(TOKEN) as telegram,
        talking(telegram, tmp_path, now, engine) as chat,
    ):
        await telegram.user("华").says("hello")
        await arrived(telegram, "hello")
        await all_settled(chat)
        async with chat.programme.database.writing() as connection:
            await connection.execute(
                update(Outgoing).values(
                    state="claimed", owner="elsewhere:1:x", lease_until=now - timedelta(minutes=1)
                )
            )
        await arrived(telegram, "hello", "hello")
