"""The WeCom channel put together from its settings, and its menu told to WeCom."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from channels.chats import Chats
from channels.wecom import limits
from channels.wecom.callback import Callback
from channels.wecom.chain import CHANGES, Chain
from channels.wecom.channel import WeComChannel
from channels.wecom.client import TIMEOUT, Alarm, App, Client
from channels.wecom.crypto import Envelope
from channels.wecom.errors import Paused, Unanswered, WeComError
from channels.wecom.ledger import Ledger
from channels.wecom.media import Files
from channels.wecom.tokens import Tokens
from db.session import Database
from pipeline import words
from pipeline.clock import Clock
from pipeline.inbox import Claim, Inbox
from pipeline.pace import Pace

log = logging.getLogger(__name__)

PAUSE = 60.0  # seconds before the menu is tried again
PATIENCE = 15.0  # seconds; what does not come by then is asked for again in words
MOMENT = 1.0  # seconds until WeCom has saved an address that it has just verified


@dataclass(frozen=True)
class Account:
    """One self-built app, as its administrator's pages show it. `base_url` and `proxy` lead to
    WeCom; `per_second` is how many messages the app may send in all. With `chain` it is shared
    with other corps."""

    corp_id: str
    agent_id: int
    secret: str
    token: str
    aes_key: str
    base_url: str
    proxy: str
    cards: bool
    per_second: int
    chain: bool = False


class WeCom:
    """One app at work, in its own corp and in those that share it. `client` is that of its own."""

    def __init__(
        self, account: Account, database: Database, clock: Clock, chats: Chats, inbox: Inbox,
        alarm: Alarm,
    ) -> None:  # fmt: skip
        self._http = httpx.AsyncClient(
            base_url=account.base_url, proxy=account.proxy or None, timeout=TIMEOUT,
            trust_env=False,
        )  # fmt: skip
        app = App(account.corp_id, account.agent_id, account.secret)
        tokens = Tokens(database, clock)
        self.ledger, self.files = Ledger(database, clock), Files(database, clock)
        self.pace = Pace(account.per_second, 1 / limits.GAP, windows=limits.PER_MEMBER)
        self.client = Client(app, self._http, tokens, clock, alarm)
        self._clients = {account.corp_id: self.client}
        self.channel = WeComChannel(
            self._clients, self.ledger, self.files, self.pace, cards=account.cards
        )
        self.callback = Callback(
            Envelope(account.token, account.aes_key, account.corp_id, self._clients),
            account.corp_id, self._clients, chats, inbox, self.ledger, clock,
        )  # fmt: skip
        self._chain: Chain | None = None
        if account.chain:
            self._chain = Chain(self.client, self._clients, self._http, tokens, clock, alarm)
            self.callback.look = self._chain.look
            self.callback.hears |= dict.fromkeys(CHANGES, self._chain.heard)

    def work(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        """What goes on while the programme serves: until cancelled, or done."""
        return [self.announce_menu, *([self._chain.run] if self._chain else [])]

    async def fetch(self, claim: Claim) -> None:
        """Keep the update's file. Never raises: the turn says what is missing."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.files.fetch(await self._client_of(claim), claim.chat_id, claim.body)
        except (WeComError, Unanswered, Paused, TimeoutError) as error:
            log.warning("a file could not be fetched: %s", type(error).__name__)

    async def _client_of(self, claim: Claim) -> Client:
        """A file is the app's of the corp where it was sent."""
        corp_id = await self.ledger.corp_of(claim.chat_id)
        return self._clients.get(corp_id, self.client)

    async def announce_menu(self) -> None:
        """Give the app its menu; tried until WeCom takes it, which needs our address first."""
        while True:
            try:
                await self.client.post("menu/create", menu(), agentid=self.client.app.agent_id)
                return
            except (WeComError, Unanswered, Paused) as error:
                log.warning("WeCom did not take the menu: %s", error)
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE):
                    await self.callback.verified.wait()
                self.callback.verified.clear()
                await asyncio.sleep(MOMENT)

    async def close(self) -> None:
        await self._http.aclose()


def menu() -> dict[str, Any]:
    """Three entries that open five each, as templates/wecom/words.html words them."""
    return {
        "button": [
            {
                "name": name,
                "sub_button": [
                    {"type": "click", "name": label, "key": said} for label, said in entries
                ],
            }
            for name, entries in words.word("wecom/words", "menu")
        ]
    }
