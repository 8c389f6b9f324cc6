"""Telegram took a message and its answer was lost: nobody can know, and the policy is counted."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select
from telegram.error import NetworkError, TimedOut

from db.models import Body, Outgoing
from pipeline.refusals import surely_not_sent
from pipeline.work import BROADCAST, NOTICE
from tests.channels.telegram.phones import beside, chat_row
from tests.conftest import Engine
from tests.emulators.telegram import TelegramEmulator
from tests.waiting import eventually

MANY = 40
MARK = "（重发）"


@pytest.mark.parametrize("priority", [NOTICE, BROADCAST])
async def test_of_many_lost_answers_each_is_marked_or_held(
    tmp_path: Path, now: datetime, engine: Engine, priority: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What must arrive arrives, a second time only with the mark; a broadcast never twice, and as
    many are held as answers were lost."""
    monkeypatch.setattr("application.TELEGRAM_PACE", (10_000, 10_000))
    monkeypatch.setattr("application.TICK", 0.1)
    monkeypatch.setattr("pipeline.delivery.RETRY", timedelta(0))
    chance = random.Random(3)
    async with TelegramEmulator("123456:" + "T" * 30) as telegram:
        lost = [telegram.user(f"member{number}") for number in range(MANY)]
        for user in lost:
            await user.says("hello")
        telegram.world.updates.entries.clear()  # they are known to Telegram, and said nothing
        async with beside(telegram, tmp_path, now, engine, demo=False) as chat:
            unheard = [user for user in lost if chance.random() < 0.3]
            for user in unheard:
                telegram.lose_answers(1, method="sendMessage")
                telegram.api.faults.waiting[-1].chat = user.id
            async with chat.programme.database.session() as session:
                body = Body(params={"text": "hello"})
                session.add(body)
                await session.flush()
                for user in lost:
                    assert await chat_row(chat, user.id) is None
                    session.add(
                        Outgoing(
                            chat_id=user.id, method="send_message", params={}, body_id=body.id,
                            priority=priority, due_at=now, key=f"k{user.id}",
                        )
                    )  # fmt: skip

            async def states() -> dict[str, int]:
                async with chat.programme.database.reading() as connection:
                    query = select(Outgoing.state, func.count()).where(Outgoing.key.like("k%"))
                    return dict((await connection.execute(query.group_by(Outgoing.state))).all())

            async def all_settled() -> bool:
                return not (await states()).keys() & {"waiting", "claimed", "sending"}

            await eventually(all_settled)
            heard = Counter((call.chat_id, call.text) for call in telegram.accepted)
            again = {user.id for user in unheard} if priority == NOTICE else set()
            expected = Counter((user.id, "hello") for user in lost)
            assert heard == expected + Counter((id, f"{MARK}hello") for id in again)
            held = len(unheard) if priority == BROADCAST else 0
            assert (await states()).get("held", 0) == held


@pytest.mark.parametrize(
    ("error", "cause", "surely"),
    [
        (TimedOut, httpx.ConnectTimeout, True), (TimedOut, httpx.PoolTimeout, True),
        (NetworkError, httpx.ConnectError, True), (TimedOut, httpx.ReadTimeout, False),
        (TimedOut, httpx.WriteTimeout, False), (NetworkError, httpx.ReadError, False),
        (NetworkError, httpx.RemoteProtocolError, False), (NetworkError, httpx.WriteError, False),
    ],
)  # fmt: skip
def test_only_a_connection_that_never_stood_carried_nothing(
    error: type[NetworkError], cause: type[httpx.RequestError], surely: bool
) -> None:
    """Everything else may have been taken, so it is uncertain."""
    raised = error("x")
    raised.__cause__ = cause("x")
    assert surely_not_sent(raised) is surely
