"""Claims chats and runs their updates in order, each in its own turn.

Different chats run side by side; an update that cannot be handled is tried three times, then set
aside with an alarm, and its chat goes on. Nothing that a handler does ends the worker.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Update

from db.session import Database
from pipeline import inbox
from pipeline.clock import Clock
from pipeline.guard import guarded
from pipeline.turn import DESK, Desk, StaleClaim
from pipeline.work import Letter, Work

log = logging.getLogger(__name__)

TURN_TIMEOUT = 30.0  # seconds; below the lease
IDLE = 1.0  # seconds between looks for what another process left
PAUSE = 0.2  # seconds before a failed update is tried again, times its tries
ROUND = 1.0  # seconds that chats are waited for before others are claimed beside them
CHATS_AT_ONCE = 16

Alarm = Callable[[Work, inbox.Claim], Awaitable[None]]
Fetch = Callable[[inbox.Claim], Awaitable[None]]


class Worker:
    """`process` is Application.process_update, `parse` makes an Update of raw JSON, `fetch` brings
    what a turn will need from a network, `deliver` sends what a turn said, `alarm` tells people
    that an update was set aside."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        inbox_: inbox.Inbox,
        owner: str,
        *,
        parse: Callable[[dict[str, Any]], Update | None],
        process: Callable[[Update], Awaitable[None]],
        fetch: Fetch,
        deliver: Callable[[list[Letter]], None],
        alarm: Alarm,
    ) -> None:
        self._database = database
        self._clock = clock
        self._inbox = inbox_
        self._owner = owner
        self._parse = parse
        self._process = process
        self._fetch = fetch
        self._deliver = deliver
        self._alarm = alarm
        self._stopping = False
        self._busy = asyncio.Lock()
        self._slow: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until stopped."""
        while not self._stopping:
            try:
                async with self._busy:
                    claimed = await self._round()
                if not claimed:
                    await self._rest()
            except Exception:
                log.exception("the worker could not claim; it tries again")
                await asyncio.sleep(IDLE)

    async def stop(self) -> None:
        """Let the turns that are under way end, and begin no more."""
        self._stopping = True
        self._inbox.arrived.set()
        async with self._busy:
            await asyncio.gather(*self._slow, return_exceptions=True)

    async def round(self) -> bool:
        """Claim chats once and handle what waits there. False: nothing waited."""
        async with self._busy:
            claimed = await self._round()
            await asyncio.gather(*self._slow)
        return claimed

    async def _round(self) -> bool:
        """Like `round`, but what is slow goes on beside the next one."""
        self._inbox.arrived.clear()
        room = CHATS_AT_ONCE - len(self._slow)
        claims = await inbox.claim(self._database, self._owner, self._clock.now(), room)
        if not claims:
            return False
        chats = {asyncio.create_task(self._chat(claims[id])): id for id in claims}
        ready, slow = await asyncio.wait(chats, timeout=ROUND)
        for turn in slow:  # one that hangs holds up its own chat, and no other
            task = asyncio.create_task(self._release_after(turn, chats[turn]))
            self._slow.add(task)
            task.add_done_callback(self._slow.discard)
        await self._release([chats[turn] for turn in ready])
        return True

    async def _release_after(self, turn: asyncio.Task[None], chat_id: int) -> None:
        await turn
        await self._release([chat_id])
        self._inbox.arrived.set()

    async def _release(self, chats: list[int]) -> None:
        async with self._database.writing() as connection:
            await inbox.release(connection, self._owner, chats)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(IDLE):
                await self._inbox.arrived.wait()
        except TimeoutError:
            return

    async def _chat(self, claims: list[inbox.Claim]) -> None:
        try:
            for claim in claims:
                while not self._stopping and (again := await self._update(claim)) is not None:
                    await asyncio.sleep(PAUSE * again.attempts)
                    claim = again
        except StaleClaim:
            log.info("a chat went to another worker")
        except Exception:
            log.exception("an update could neither be handled nor set aside; its chat waits")
            await asyncio.sleep(IDLE)

    async def _update(self, claim: inbox.Claim) -> inbox.Claim | None:
        """Handle one update; the claim to try again with, or None when it is settled."""
        await self._fetch(claim)
        desk = Desk(self._database, self._clock, claim)
        token = DESK.set(desk)
        try:
            await self._guarded(desk)
        finally:
            DESK.reset(token)
        if desk.error is not None and not desk.done:
            return await self._failed(desk)
        if desk.error is not None:  # after its commit, in python-telegram-bot: done is done
            log.error("update %s was handled, then failed", claim.id, exc_info=desk.error)
        self._deliver(desk.letters)
        return None

    async def _guarded(self, desk: Desk) -> None:
        """Run the turn; whatever it raises stays in `desk.error`."""
        try:
            async with guarded(TURN_TIMEOUT):
                await self._handle(desk)
        except Exception as error:
            desk.error = error

    async def _handle(self, desk: Desk) -> None:
        body = {**desk.claim.body, "update_id": desk.claim.id}
        update = self._parse(body)
        if update is not None:
            await self._process(update)
        if isinstance(desk.error, StaleClaim):
            raise desk.error
        if not desk.done and desk.error is None:
            await self._ignore(desk)

    async def _ignore(self, desk: Desk) -> None:
        """Nobody wanted this update: done all the same."""
        async with self._database.writing() as connection:
            if not await inbox.take(connection, desk.claim):
                raise StaleClaim
        desk.done = True

    async def _failed(self, desk: Desk) -> inbox.Claim | None:
        assert desk.error is not None
        if isinstance(desk.error, StaleClaim):
            raise desk.error
        async with self._database.writing() as connection:
            again = await inbox.failed(connection, desk.claim, desk.error)
            done = again is None and await inbox.got_through(connection, desk.claim)
        if done:
            self._deliver(desk.letters)
            return None
        if again is None:
            raise StaleClaim
        log.error("update %s failed (try %s)", again.id, again.attempts, exc_info=desk.error)
        if again.attempts < inbox.TRIES:
            return again
        await self._say_sorry(again)
        return None

    async def _say_sorry(self, claim: inbox.Claim) -> None:
        """Tell the person and the organizers, in words, that this one got stuck."""
        try:
            async with self._database.writing() as connection:
                work = Work(connection, self._clock.now(), self._owner)
                await self._alarm(work, claim)
                letters = await work.finish()
        except Exception:
            log.exception("could not say that update %s failed", claim.id)
        else:
            self._deliver(letters)
