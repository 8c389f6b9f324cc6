"""One message to many chats in one call, where a network takes that: the letters of a broadcast.

What a call to many cannot settle for a letter goes the way of all letters, one by one.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from telegram import Bot
from telegram.error import BadRequest, TelegramError

from db.session import Database
from pipeline import outbox
from pipeline.clock import Clock
from pipeline.outbox import Outcome, Rules, no_rules
from pipeline.pace import LONG_WAIT, Network
from pipeline.receipt import RECEIPT, Many, Receipt
from pipeline.work import BROADCAST, Letter

log = logging.getLogger(__name__)

PAUSE = timedelta(seconds=30)

Judge = Callable[[Letter, TelegramError, Network], Outcome | None]


@dataclass(frozen=True)
class Company:
    """Letters of one body to chats of one network."""

    network: Network
    letters: list[Letter]


class Together:
    """`judge` says what an error means for a letter, as it does for one that goes alone."""

    def __init__(
        self, database: Database, clock: Clock, bot: Bot, owner: str,
        network_of: Callable[[int], Awaitable[Network]], judge: Judge, rules: Rules = no_rules,
    ) -> None:  # fmt: skip
        self.in_hand: list[Letter] = []
        self._database = database
        self._clock = clock
        self._bot = bot
        self._owner = owner
        self._network_of = network_of
        self._judge = judge
        self._rules = rules

    async def gather(self, claimed: list[Letter]) -> tuple[list[Company], list[Letter]]:
        """The claimed letters that may go with others, with the others; and the rest."""
        alone, groups = list[Letter](), defaultdict[tuple[int, Network], list[Letter]](list)
        for letter in claimed:
            network = await self._network_of(letter.chat_id)
            if letter.body is None or network.crowd is None:
                alone.append(letter)
            else:
                groups[letter.body, network].append(letter)
        return [await self._filled(*group, some) for group, some in groups.items()], alone

    async def _filled(self, body: int, network: Network, letters: list[Letter]) -> Company:
        """With as many more of the same body as go into one call."""
        assert network.crowd is not None
        async with self._database.writing() as connection:
            letters += await outbox.claim_company(
                connection, self._owner, self._clock.now(), body, network.name,
                network.crowd.most - len(letters), self._rules,
            )  # fmt: skip
        return Company(network, letters)

    async def send(self, company: Company) -> tuple[list[Outcome], list[Letter]]:
        """What became of them; and those that must be sent one by one."""
        network, letters = company.network, company.letters
        assert network.crowd is not None and network.pace is not None
        now = self._clock.now()
        if pause := network.crowd.pause(len(letters), now):
            return [_later(letter, now + pause) for letter in letters], []
        outcomes, ready = list[Outcome](), list[Letter]()
        for letter in letters:
            delay = network.pace.delay(letter.chat_id)
            if delay > LONG_WAIT:
                outcomes.append(_later(letter, now + timedelta(seconds=delay)))
            else:
                ready.append(letter)
        if not ready:
            return outcomes, []
        self.in_hand = ready
        try:
            await network.pace.wait(*(one.chat_id for one in ready), urgency=BROADCAST)
            settled, alone = await self._once(ready, network)
        finally:
            self.in_hand = []
        return outcomes + settled, alone

    async def _once(
        self, letters: list[Letter], network: Network
    ) -> tuple[list[Outcome], list[Letter]]:
        many = Many({letter.chat_id: letter.id for letter in letters})
        token = RECEIPT.set(Receipt(many=many))
        try:
            await self._call(letters)
        except TelegramError as error:
            outcome = self._judge(letters[0], error, network)
            if outcome is None and isinstance(error, BadRequest):
                return [], letters
            outcome = outcome or _later(letters[0], self._clock.now() + PAUSE)
            return [replace(outcome, letter=letter) for letter in letters], []
        except Exception as error:
            log.exception("a broadcast cannot be sent as it is")
            why = f"{error!r}"[:500]
            return [Outcome(letter, "failed", error=why) for letter in letters], []
        finally:
            RECEIPT.reset(token)
        alone = [letter for letter in letters if letter.chat_id in many.alone]
        return [_settled(one, many) for one in letters if one.chat_id not in many.alone], alone

    async def _call(self, letters: list[Letter]) -> Any:
        """The call that the rows name, to the first chat and all the others."""
        chats = [letter.chat_id for letter in letters]
        send = getattr(self._bot, letters[0].method)
        return await send(chat_id=chats[0], api_kwargs={"chat_ids": chats}, **letters[0].params)


def _settled(letter: Letter, many: Many) -> Outcome:
    if why := many.refused.get(letter.chat_id):
        return Outcome(letter, "failed", error=why, unreachable=True)
    return Outcome(letter, "sent", message_id=many.message_ids.get(letter.chat_id))


def _later(letter: Letter, moment: datetime) -> Outcome:
    return Outcome(letter, "waiting", retry_at=moment)
