"""What Telegram refuses, kind by kind: no matter, nobody there, plainer once, later, for good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from application import TELEGRAM_PACE as PACE
from channels import feed
from db.models import Chat as ChatRow
from db.models import Outgoing
from pipeline.delivery import RETRY, Delivery
from pipeline.pace import Pace
from pipeline.turn import Turn
from pipeline.work import NOTICE, Letter, Work
from tests.channels.telegram.phones import chat_row, on_telegram
from tests.chat import Chat
from tests.conftest import Engine
from tests.emulators.telegram import TelegramEmulator, User
from tests.pipeline.small import bot, until
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.TELEGRAM_PACE", (1000, 1000))


@dataclass
class Post:
    telegram: TelegramEmulator
    chat: Chat
    hua: User

    async def sends(self, method: str, chat_id: int | None = None, **params: Any) -> Any:
        """A letter by itself; its row when it is settled."""
        async with self.chat.programme.database.writing() as connection:
            work = Work(connection, self.chat.clock.now(), "nobody")
            work.letters.append(Letter(chat_id or self.hua.id, method, params, NOTICE, "k"))
            await work.finish()
        self.chat.programme.tick()
        await eventually(self._settled)
        return await self.row()

    async def row(self) -> Any:
        async with self.chat.programme.database.reading() as connection:
            return (await connection.execute(select(Outgoing).where(Outgoing.key == "k"))).one()

    async def _settled(self) -> bool:
        row = await self.row()
        return row.attempts > 0 and row.owner is None


@pytest.fixture
async def post(sqlite_engine: Engine, tmp_path: Path, now: datetime) -> AsyncIterator[Post]:
    async with on_telegram(tmp_path, now, sqlite_engine) as (telegram, chat):
        hua = telegram.user("华")
        await hua.starts()
        await hua.waits_for("知桥")
        await until(lambda: chat.programme.delivery._tasks == {})
        yield Post(telegram, chat, hua)


async def test_broken_markup_is_sent_once_more_as_plain_text(post: Post) -> None:
    """The words arrive, without their marks, once."""
    row = await post.sends("send_message", text="<b>明天 &amp; 后天", parse_mode="HTML")
    assert row.state == "sent"
    assert (post.hua.last.text, post.hua.last.entities) == ("明天 & 后天", [])
    assert len(post.telegram.refused) == 1


async def test_what_is_too_long_arrives_as_far_as_it_goes(post: Post) -> None:
    """In Telegram's own measure, where an emoji counts as two."""
    text = "<b>重要</b>" + "👍" * 3000
    row = await post.sends("send_message", text=text, parse_mode="HTML")
    assert row.state == "sent"
    assert post.hua.last.text == "重要" + "👍" * 2047
    assert len(post.telegram.refused) == 1


async def test_a_plain_text_that_is_refused_is_not_tried_again(post: Post) -> None:
    """Once is enough: nothing is left to make plainer."""
    row = await post.sends("send_message", text=" ")
    assert row.state == "failed"
    assert "empty" in row.error
    assert len(post.telegram.refused) == 1


@pytest.mark.parametrize("method", ["edit_message_text", "delete_message"])
async def test_a_message_that_is_gone_needs_no_correction(post: Post, method: str) -> None:
    """Nor one that stands already as it should."""
    more: dict[str, Any] = {"text": "更正"} if method == "edit_message_text" else {}
    row = await post.sends(method, message_id=999_999, **more)
    assert (row.state, row.error) == ("sent", None)
    assert "not found" in post.telegram.refused[0].error


async def test_a_chat_that_is_not_there_is_unreachable(post: Post) -> None:
    """No second letter goes there by itself."""
    async with post.chat.programme.database.session() as session:
        session.add(ChatRow(id=4711, channel="telegram", address="4711"))
    row = await post.sends("send_message", 4711, text="在吗")
    assert row.state == "failed"
    assert not (await chat_row(post.chat, 4711)).reachable


async def test_a_deleted_account_is_unreachable(post: Post) -> None:
    await post.hua.deletes_account()
    row = await post.sends("send_message", text="在吗")
    assert "deactivated" in row.error
    assert not (await chat_row(post.chat, post.hua.id)).reachable


async def test_a_message_of_ours_can_be_taken_back(
    tmp_path: Path, now: datetime, sqlite_engine: Engine
) -> None:
    """In a turn, like an edit."""

    async def run(update: Any, turn: Turn) -> None:
        if update.message.text == "take":
            turn.delete(turn.chat_id, int((await turn.last_card(turn.chat_id))[0] or 0))
        else:
            turn.reply("menu/staff")

    async with bot(tmp_path, now, sqlite_engine, run) as chat:
        hua = await chat.somebody("华")
        await hua.says("menu")
        card = hua.last.id
        await hua.says("take")
        async with chat.programme.database.reading() as connection:
            entries = await feed.read(connection, hua.chat_id, feed.Cursor())
        assert [entry.deletes for entry in entries if entry.deletes] == [card]


async def test_a_later_try_is_later_each_time_and_never_at_one_moment(chat: Chat) -> None:
    """Pauses double up to a bound, and letters that failed together do not come back together."""
    delivery: Delivery = chat.programme.delivery

    def pause(attempts: int) -> timedelta:
        letter = Letter(1, "send_message", {}, attempts=attempts)
        return delivery._later(letter) - chat.clock.now()

    assert len({pause(0) for _ in range(20)}) > 10
    for attempts, factor in ((0, 1), (1, 2), (5, 32), (99, 64)):
        assert RETRY * factor * 0.8 <= pause(attempts) <= RETRY * factor * 1.2


async def test_a_halt_stops_its_chat_and_two_halts_stop_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """429 does not say whom it means: one chat alone waits alone, two at once are everybody."""
    clock = 100.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: clock)

    async def sleep(seconds: float) -> None:
        nonlocal clock
        clock += max(seconds, 1e-6)

    monkeypatch.setattr("pipeline.pace.asyncio.sleep", sleep)
    pace = Pace(1000, 1000)
    pace.halt(1, 30)
    await pace.wait(3)
    assert clock < 101
    pace.halt(2, 20)
    await pace.wait(3)
    assert clock >= 120
    clock = 200.0
    pace.halt(2, 5)  # those are over: one alone again
    await pace.wait(3)
    assert clock < 201


async def test_a_group_is_written_to_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty a minute, which Telegram allows there."""
    clock = 100.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: clock)

    async def sleep(seconds: float) -> None:
        nonlocal clock
        clock += max(seconds, 1e-6)

    monkeypatch.setattr("pipeline.pace.asyncio.sleep", sleep)
    pace = Pace(*PACE)
    for _ in range(21):
        await pace.wait(-1001)
    assert clock - 100 >= 60


async def test_a_gateway_that_fails_is_tried_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """502 once: whether it arrived is not known, so the notice comes with its mark."""
    monkeypatch.setattr("pipeline.delivery.RETRY", timedelta(0))
    post.telegram.fail(502, method="sendMessage")
    await post.sends("send_message", text="在吗")
    await until(lambda: len(post.hua.messages) == 2)
    assert post.hua.last.text == "（重发）在吗"


def test_no_broadcast_is_ever_paid_for() -> None:
    """Telegram sells a faster pace; nothing here can ask for it."""
    root = Path(__file__).parents[3]
    wrong = [
        str(path)
        for package in ("channels", "pipeline", "handlers", "services", "conversations")
        for path in (root / package).rglob("*.py")
        if "allow_paid" in path.read_text(encoding="utf-8")
    ]
    assert wrong == []
