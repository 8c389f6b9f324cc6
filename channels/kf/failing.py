"""Messages that WeCom took and did not deliver: it says so later, in the log."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from sqlalchemy import delete, select

from channels.kf import limits
from db.models import Outgoing, WeComMessage
from db.session import Database
from pipeline import outbox
from pipeline.clock import Clock
from pipeline.outbox import Outcome
from pipeline.work import REPLY, Letter

log = logging.getLogger(__name__)

LOOK = 0.1  # seconds
REASONS = {
    0: "unknown", 1: "the account is deleted", 2: "the app is closed", 4: "48 hours are over",
    5: "the session is over", 6: "five messages have been sent", 8: "the corp is not verified",
    10: "refused by the customer", 11: "no member is logged in", 12: "not this type of message",
}  # fmt: skip
CANNOT_BE_REACHED = {4, 5, 6, 10}
"""Until the customer writes again."""


class Failures:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def note(self, msgid: str, fail_type: int) -> None:
        """The letter has not arrived: it goes where else the person reads, or is kept for them."""
        if (letter := await self._letter(msgid)) is None:
            log.info("a message that is not ours, or not a letter's, did not arrive")
            return
        row = await self._settled(letter)
        async with self._database.writing() as connection:
            gone = delete(WeComMessage).where(
                WeComMessage.letter == letter, WeComMessage.chat_id == row.chat_id
            )
            if not (await connection.execute(gone)).rowcount:
                return  # it was noted before
            reason = REASONS.get(fail_type, REASONS[0])
            log.warning("letter %s did not arrive: %s", letter, reason)
            elsewhere = fail_type in CANNOT_BE_REACHED and row.priority != REPLY
            error = f"msg_send_fail {fail_type}: {reason}"
            about = Letter(row.chat_id, row.method, row.params, row.priority, id=letter)
            outcome = Outcome(about, "failed", error=error, unreachable=elsewhere)
            await outbox.settle(connection, [outcome], self._clock.now())

    async def _letter(self, msgid: str) -> int | None:
        query = select(WeComMessage.letter).where(WeComMessage.task_id == msgid)
        async with self._database.reading() as connection:
            return await connection.scalar(query)

    async def _settled(self, letter: int) -> Any:
        """Its row, as soon as whoever sends it has written down that WeCom took it."""
        row = await self._row(letter)
        waited = 0.0
        while row.state == "claimed" and waited < limits.SETTLING:
            await asyncio.sleep(LOOK)
            waited += LOOK
            row = await self._row(letter)
        return row

    async def _row(self, letter: int) -> Any:
        query = select(Outgoing).where(Outgoing.id == letter)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).one()
