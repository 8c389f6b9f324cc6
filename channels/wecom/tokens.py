"""The access token of each app, shared by all processes: whoever finds it missing says so in the
database and fetches one, the others wait for it. Two fetches would spoil each other's."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.wecom import limits
from channels.wecom.errors import Unanswered
from db.models import WeComToken
from db.session import Database
from db.upsert import insert
from pipeline.clock import Clock

PATIENCE = 15.0  # seconds that somebody may take to fetch one
LOOK = 0.1
_TOKEN = select(WeComToken).where(WeComToken.app == bindparam("of"))

Fetched = tuple[str, float]
"""A token, and the seconds that it lives."""

Fetch = Callable[[], Awaitable[Fetched]]


class Tokens:
    """Of any number of apps; a name is "<corp>/<agent>"."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, app: str, fetch: Fetch, spoilt: str | None = None) -> str:
        """A token that is good and is not the `spoilt` one."""
        async with self._locks[app]:
            deadline = asyncio.get_running_loop().time() + PATIENCE
            while asyncio.get_running_loop().time() < deadline:
                token = await self._stored(app)
                if token is not None and token != spoilt:
                    return token
                if await self._is_ours(app, spoilt):
                    return await self._renew(app, fetch)
                await asyncio.sleep(LOOK)
        raise Unanswered("nobody could fetch a token")

    async def _stored(self, app: str) -> str | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_TOKEN, {"of": app})).one_or_none()
        good = row is not None and row.expires_at is not None and row.expires_at > self._clock.now()
        return row.token if row is not None and good else None

    async def _is_ours(self, app: str, spoilt: str | None) -> bool:
        """Whether it is for us to fetch: nobody else is at it, and nobody else just did."""
        now = self._clock.now()
        async with self._database.writing() as connection:
            await connection.execute(
                insert(connection, WeComToken).on_conflict_do_nothing(), [{"app": app}]
            )
            claimed = await connection.execute(
                update(WeComToken)
                .where(
                    WeComToken.app == app,
                    or_(WeComToken.token.is_(None), WeComToken.token == spoilt,
                        WeComToken.expires_at <= now),
                    or_(WeComToken.fetching_until.is_(None), WeComToken.fetching_until <= now,
                        WeComToken.fetching_until > now + timedelta(seconds=2 * PATIENCE)),
                )
                .values(fetching_until=now + timedelta(seconds=PATIENCE))
            )  # fmt: skip
        return bool(claimed.rowcount)

    async def _renew(self, app: str, fetch: Fetch) -> str:
        try:
            token, seconds = await fetch()
        except BaseException:
            async with self._database.writing() as connection:
                await _store(connection, app, fetching_until=None)
            raise
        life = timedelta(seconds=max(seconds - limits.TOKEN_MARGIN.total_seconds(), seconds / 2))
        async with self._database.writing() as connection:
            await _store(
                connection, app, token=token, expires_at=self._clock.now() + life,
                fetching_until=None,
            )  # fmt: skip
        return token


async def _store(connection: AsyncConnection, app: str, **values: object) -> None:
    await connection.execute(update(WeComToken).where(WeComToken.app == app).values(**values))
