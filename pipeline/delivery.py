"""Takes letters to their network: one at a time in a chat, paced, each with a settled outcome.

What a network answers decides: accepted, refused for good, not now, or no answer at all. The
last is uncertain, and outbox.py decides by what the letter is.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot, InputFile, Message
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from db.models import File
from db.session import Database
from pipeline import outbox, rooms
from pipeline.batch import Batch
from pipeline.clock import Clock
from pipeline.due import whenever
from pipeline.outbox import Outcome, Rules, Taken, no_rules
from pipeline.ownership import LEASE, is_dead
from pipeline.pace import LONG_WAIT, Network, Pace
from pipeline.receipt import RECEIPT, Receipt
from pipeline.refusals import refused, seconds_of, surely_not_sent
from pipeline.together import Company, Together
from pipeline.work import Letter

log = logging.getLogger(__name__)


PATIENCE = 4  # tries in place before a letter goes back to wait
RETRY = timedelta(seconds=30)
MOST_DOUBLINGS = 6  # of RETRY, which grows with the tries
SHORT_HALT = 5.0  # seconds that are waited out in place
LINGER = 0.004  # seconds that a settled letter waits for others to share its commit
PORTION = 20  # due letters that are claimed at once; so many may still be in hand then

COURTESIES = {"answer_callback_query", "set_my_commands"}
"""Calls that are no messages: they need no pace, and a repetition harms nobody."""

Told = Callable[[set[int]], None]


@dataclass(frozen=True)
class Line:
    """Letters of a chat that went back to wait: until when, and the last of them."""

    retry_at: datetime
    last: int


class Delivery:
    """`network_of` a chat says how it wants to be spoken to; `told` hears which chats got
    something; `rules` judge what falls due."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bot: Bot,
        owner: str,
        network_of: Callable[[int], Awaitable[Network]],
        told: Told,
        rules: Rules = no_rules,
    ) -> None:
        self.due = asyncio.Event()
        self._database = database
        self._clock = clock
        self._bot = bot
        self._owner = owner
        self._network_of = network_of
        self._told = told
        self._rules = rules
        self._queues: dict[int, deque[Letter]] = defaultdict(deque)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._in_line: dict[int, Pace] = {}
        self._less = asyncio.Event()
        self._companies: asyncio.Task[None] | None = None
        self._back: dict[int, Line] = {}
        self._together = Together(database, clock, bot, owner, network_of, self._judge, rules)
        self._outcomes: Batch[Outcome] = Batch(self._settle, linger=LINGER)
        self._sending: Batch[int] = Batch(self._mark_sending)

    def put(self, letters: list[Letter]) -> None:
        """Deliver the replies, which this process holds, in each chat in the order they come; the
        rest is claimed like everything that is due."""
        for letter in letters:
            if not letter.id:
                self.due.set()
                continue
            self._queues[letter.chat_id].append(letter)
            if letter.due_at is None and letter.chat_id in self._in_line:
                self._in_line[letter.chat_id].hurry(letter.chat_id)
            if letter.chat_id not in self._tasks:
                task = asyncio.create_task(self._chat(letter.chat_id))
                self._tasks[letter.chat_id] = task

    async def run(self) -> None:
        """Claim and deliver what falls due, until cancelled; woken by `due`."""
        await whenever(self.due, self._keep_filled)

    async def round(self) -> bool:
        """Deliver one portion of what is due, to its end. True: there may be more."""
        taken = await self._claim()
        companies, alone = await self._together.gather(taken.letters)
        await self._one_by_one(alone)
        await self._all_together(companies)
        return taken.more

    async def _keep_filled(self) -> bool:
        """Take the next portion while the last of the one before are still in hand: the network's
        pace is what is waited for, and never we. True: there may be more."""
        while self._due_in_hand() > PORTION:
            self._less.clear()
            await self._less.wait()
        taken = await self._claim()
        companies, alone = await self._together.gather(taken.letters)
        self.put(alone)
        if companies:
            if self._companies is not None:
                await self._companies
            self._companies = asyncio.create_task(self._sent_aside(companies))
        return taken.more

    async def _claim(self) -> Taken:
        async with self._database.writing() as connection:
            return await outbox.claim_due(
                connection, self._owner, self._clock.now(), PORTION, self._rules
            )

    def _due_in_hand(self) -> int:
        queues = self._queues.values()
        return sum(letter.due_at is not None for queue in queues for letter in queue)

    async def _sent_aside(self, companies: list[Company]) -> None:
        try:
            await self._all_together(companies)
        except Exception:
            log.exception("a broadcast could not be settled; its lease will end")

    async def _all_together(self, companies: list[Company]) -> None:
        for company in companies:
            outcomes, alone = await self._together.send(company)
            await asyncio.gather(*map(self._outcomes.add, outcomes))
            await self._one_by_one(alone)

    async def _one_by_one(self, letters: list[Letter]) -> None:
        self.put(letters)
        await self.drain({letter.chat_id for letter in letters})

    async def drain(self, chats: set[int] | None = None) -> None:
        """Wait until these chats (or all) have nothing more to deliver."""
        if chats is None and self._companies is not None:
            await self._companies
        tasks = [t for chat, t in self._tasks.items() if chats is None or chat in chats]
        await asyncio.gather(*tasks)

    async def recover(self) -> None:
        """Keep what is in hand here; free what others, or we, have lost hold of. What the dead
        were still writing must be there by then, or be gone: later it would belong to nobody."""
        await self._database.bury(is_dead)
        held = [letter.id for queue in self._queues.values() for letter in queue]
        held += [letter.id for letter in self._together.in_hand]
        async with self._database.writing() as connection:
            await outbox.hold(connection, held, self._clock.now())
            await outbox.recover(connection, self._clock.now())
            waiting = await outbox.lines(connection)
        # What is said from now on must not overtake what was left behind.
        for row in waiting:
            known = self._back.get(row.chat_id) or Line(row.until, row.last)
            self._back[row.chat_id] = Line(
                max(known.retry_at, row.until), max(known.last, row.last)
            )
        self.due.set()

    async def look_after(self) -> None:
        """Recover again and again, until cancelled: a process may die while others live on."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            try:
                await self.recover()
            except Exception:
                log.exception("could not look for what was left behind; it is tried again")

    async def _chat(self, chat_id: int) -> None:
        """Deliver one after the other; what became of each is written down meanwhile."""
        queue, settling = self._queues[chat_id], list[Awaitable[None]]()
        try:
            while queue:
                outcome = self._behind(queue[0]) or await self._deliver(queue[0])
                queue.popleft()
                self._less.set()
                self._note(chat_id, outcome)
                settling.append(asyncio.create_task(self._outcomes.add(outcome)))
                if not queue:  # more may come while this is waited for
                    await asyncio.gather(*settling)
                    settling.clear()
        except Exception:
            log.exception("letters of a chat could not be settled; their lease will end")
            if queue:  # and `look_after` frees them soon after: until then nothing overtakes them
                last = max(letter.id for letter in queue)
                self._back[chat_id] = Line(self._clock.now() + 2 * LEASE, last)
            queue.clear()
        finally:
            del self._tasks[chat_id], self._queues[chat_id]
            self._less.set()

    def _note(self, chat_id: int, outcome: Outcome) -> None:
        """Who went back to wait; the line is gone when the last of it has gone."""
        line, last = self._back.get(chat_id), outcome.letter.id
        if (retry_at := outcome.retry_at) is not None and outcome.state == "waiting":
            self._back[chat_id] = Line(retry_at, max(last, line.last if line else 0))
        elif line is not None and last >= line.last:
            del self._back[chat_id]

    def _behind(self, letter: Letter) -> Outcome | None:
        """Where earlier ones had to wait, the next waits in line: a reply straight from its turn,
        and what fell due before they are tried again. Those of the line itself go on: part of it
        may stand behind a reply here while the rest is still being claimed."""
        line = self._back.get(letter.chat_id)
        if line is None or (letter.due_at is not None and line.retry_at <= self._clock.now()):
            return None
        return Outcome(letter, "waiting", retry_at=line.retry_at)

    async def _deliver(self, letter: Letter) -> Outcome:
        """Try in place for a while, because the chat's order hangs on it."""
        network = await self._network_of(letter.chat_id)
        pace = None if letter.method in COURTESIES else network.pace
        for attempt in range(PATIENCE):
            if pace is not None:
                if (delay := pace.delay(letter.chat_id)) > LONG_WAIT:
                    return self._later_by(letter, delay)
                await self._go_ahead(letter, network, pace)
            outcome = await self._once(letter, network)
            if outcome is not None:
                return outcome
            await asyncio.sleep(min(2.0, 0.2 * 2**attempt) * random.uniform(0.8, 1.2))
        return Outcome(letter, "waiting", retry_at=self._later(letter))

    async def _go_ahead(self, letter: Letter, network: Network, pace: Pace) -> None:
        """Stand in line; what cannot tell a repetition is noted as sending no sooner than that."""
        self._in_line[letter.chat_id] = pace
        try:
            await pace.wait(letter.chat_id, urgency=self._urgency(letter))
            if not network.tells_repetitions:
                await self._sending.add(letter.id)
                if pace.halted(letter.chat_id):  # it was told so while that was noted
                    await pace.wait(letter.chat_id, urgency=self._urgency(letter))
        finally:
            del self._in_line[letter.chat_id]

    def _urgency(self, letter: Letter) -> int:
        """Its own, or that of a reply which stands behind it."""
        return min([letter.priority, *(one.priority for one in self._queues[letter.chat_id])])

    def _later_by(self, letter: Letter, seconds: float) -> Outcome:
        retry_at = self._clock.now() + timedelta(seconds=seconds)
        return Outcome(letter, "waiting", retry_at=retry_at)

    async def _once(self, letter: Letter, network: Network) -> Outcome | None:
        """Send; None means surely not accepted, and worth another try now."""
        receipt = Receipt(letter=letter.id)
        token = RECEIPT.set(receipt)
        try:
            answer = await self._call(letter)
        except ChatMigrated as error:
            await self._move(letter, error.new_chat_id)
            return None
        except TelegramError as error:
            return self._judge(letter, error, network)
        except Exception as error:
            log.exception("letter %s cannot be sent as it is", letter.id)
            return Outcome(letter, "failed", error=f"{error!r}"[:500])
        finally:
            RECEIPT.reset(token)
        id = answer.message_id if isinstance(answer, Message) else receipt.message_id
        return Outcome(letter, "sent", message_id=id)

    async def _call(self, letter: Letter) -> Any:
        """Make the Bot API call that the row names."""
        params = dict(letter.params)
        if letter.method == "delete_message":
            params = {"message_id": params["message_id"]}
        if letter.method not in COURTESIES:
            params["chat_id"] = letter.chat_id
        for name in ("document", "photo"):
            if isinstance(params.get(name), Mapping):
                params[name] = await self._file(params[name]["file"])
        return await getattr(self._bot, letter.method)(**params)

    async def _file(self, id: int) -> InputFile:
        async with self._database.reading() as connection:
            row = (
                await connection.execute(select(File.name, File.content).where(File.id == id))
            ).one()
        return InputFile(row.content, filename=row.name)

    def _judge(self, letter: Letter, error: TelegramError, network: Network) -> Outcome | None:
        """Which of the four an error is. Order matters: these classes inherit."""
        if isinstance(error, RetryAfter):
            seconds = seconds_of(error)
            if network.pace is not None:
                network.pace.halt(letter.chat_id, seconds)
            return None if seconds <= SHORT_HALT else self._later_by(letter, seconds)
        if isinstance(error, Forbidden):
            return Outcome(letter, "failed", error=str(error), unreachable=True)
        if isinstance(error, InvalidToken):
            log.error("the network refuses our token; its letters wait")
            return self._later_by(letter, RETRY.total_seconds())
        if isinstance(error, BadRequest):
            return refused(letter, str(error))
        if isinstance(error, NetworkError) and surely_not_sent(error):
            return None
        return self._uncertain(letter, error, network)

    async def _move(self, letter: Letter, new: int) -> None:
        """The group became a supergroup while we wrote to it: everything goes there."""
        async with self._database.writing() as connection:
            await rooms.move(connection, letter.chat_id, new)
        letter.chat_id = new

    def _later(self, letter: Letter) -> datetime:
        """Later each time, and not all at the same moment."""
        factor: int = 2 ** min(letter.attempts, MOST_DOUBLINGS)
        return self._clock.now() + RETRY * factor * random.uniform(0.8, 1.2)

    def _uncertain(self, letter: Letter, error: TelegramError, network: Network) -> Outcome:
        log.warning("no answer to letter %s: %s", letter.id, type(error).__name__)
        later = self._later(letter)
        if not network.tells_repetitions:
            state = "sending"
        elif network.pace is not None or isinstance(error.__cause__, SQLAlchemyError):
            state = "waiting"  # (a mailbox is our own database)
        else:
            state = "failed"
        return Outcome(letter, state, error=str(error), retry_at=later)

    async def _settle(self, outcomes: list[Outcome]) -> None:
        async with self._database.writing() as connection:
            await outbox.settle(connection, outcomes, self._clock.now())
        self._told({outcome.letter.chat_id for outcome in outcomes})

    async def _mark_sending(self, ids: list[int]) -> None:
        async with self._database.writing() as connection:
            await outbox.mark_sending(connection, ids)
