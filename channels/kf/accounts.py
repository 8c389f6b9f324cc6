"""The accounts of customer service and how far the log of each was read, shared by all processes:
one is signalled, perhaps another one reads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, or_, select, update

from channels.kf import limits
from db.models import KfAccount
from db.session import Database
from db.upsert import insert
from pipeline.clock import Clock


@dataclass(frozen=True)
class Log:
    """One account's log, as it is to be read. `new`: it was never read to its end before."""

    open_kfid: str
    cursor: str | None
    token: str | None
    signals: int
    new: bool


class Accounts:
    """`signalled` is set when a signal came to this process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.signalled = asyncio.Event()
        self._database = database
        self._clock = clock

    async def know(self, names: Iterable[str]) -> None:
        rows = [{"open_kfid": name} for name in names]
        if rows:
            async with self._database.writing() as connection:
                made = insert(connection, KfAccount).on_conflict_do_nothing()
                await connection.execute(made, rows)

    async def signal(self, open_kfid: str, token: str) -> None:
        """There is more to read; written down before WeCom is answered."""
        until = self._clock.now() + limits.TOKEN_LIFE
        await self.know([open_kfid])
        await self._change(
            open_kfid, signals=KfAccount.signals + 1, token=token or None, token_until=until
        )
        self.signalled.set()

    async def due(self, *, everything: bool = False) -> list[Log]:
        """What was signalled since it was read, and what has not been looked at for a while."""
        now = self._clock.now()
        query = select(KfAccount).where(
            or_(
                literal(everything),
                KfAccount.signals > KfAccount.read, KfAccount.read_at.is_(None),
                KfAccount.read_at <= now - limits.EVERY,
            )
        )  # fmt: skip
        async with self._database.reading() as connection:
            rows = (await connection.execute(query.order_by(KfAccount.open_kfid))).all()
        return [
            Log(
                row.open_kfid, row.cursor,
                row.token if row.token_until and row.token_until > now else None,
                row.signals, row.read_at is None,
            )
            for row in rows
        ]  # fmt: skip

    async def advance(self, open_kfid: str, before: str | None, after: str | None) -> bool:
        """A page is done. False: somebody else went on from the same place."""
        async with self._database.writing() as connection:
            moved = await connection.execute(
                update(KfAccount)
                .where(
                    KfAccount.open_kfid == open_kfid, KfAccount.cursor.is_not_distinct_from(before)
                )
                .values(cursor=after)
            )
        return bool(moved.rowcount)

    async def read(self, log: Log) -> None:
        """The log was read to its end; what was signalled meanwhile is still to come."""
        await self._change(log.open_kfid, read=log.signals, read_at=self._clock.now())

    async def begin_anew(self, open_kfid: str) -> None:
        """Its cursor is worth nothing any more."""
        await self._change(open_kfid, cursor=None, read_at=None)

    async def _change(self, open_kfid: str, **values: Any) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(KfAccount).where(KfAccount.open_kfid == open_kfid).values(values)
            )
