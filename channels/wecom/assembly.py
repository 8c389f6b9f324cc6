"""The WeCom channel put together from its settings, and its menu told to WeCom."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy.exc import SQLAlchemyError

from channels.chats import Chats
from channels.wecom import limits
from channels.wecom.bundles import Bundles
from channels.wecom.callback import Callback
from channels.wecom.channel import NAME, WeComChannel
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
from pipeline.pace import Crowd, Network, Pace

log = logging.getLogger(__name__)

PAUSE = 60.0  # seconds before the menu is tried again
DAY = 86400.0  # seconds
PATIENCE = 15.0  # seconds; what does not come by then is asked for again in words
CROWD = Crowd(limits.USERS, limits.FEW, limits.BUSY_MINUTES)
MOMENT = 1.0  # seconds until WeCom has saved an address that it has just verified


@dataclass(frozen=True)
class Account:
    """One self-built app, as its administrator's pages show it. `base_url` and `proxy` lead to
    WeCom; `per_second` is how many messages the app may send in all."""

    corp_id: str
    agent_id: int
    secret: str
    token: str
    aes_key: str
    base_url: str
    proxy: str
    cards: bool
    per_second: int


class WeCom:
    """One app at work. `folder` keeps what the database has not taken yet. The parts that know no
    app (tokens, ledger, files) would serve several."""

    def __init__(
        self, account: Account, database: Database, clock: Clock, chats: Chats, inbox: Inbox,
        alarm: Alarm, folder: Path,
    ) -> None:  # fmt: skip
        self._http = httpx.AsyncClient(
            base_url=account.base_url, proxy=account.proxy or None, timeout=TIMEOUT,
            trust_env=False,
        )  # fmt: skip
        app = App(account.corp_id, account.agent_id, account.secret)
        ledger = self._ledger = Ledger(database, clock)
        self._files = Files(database, clock)
        self.pace = Pace(account.per_second, 1 / limits.GAP, windows=limits.PER_MEMBER)
        self.network = Network(self.pace, name=NAME, crowd=CROWD)
        self.client = Client(app, self._http, Tokens(database, clock), clock, alarm)
        self.channel = WeComChannel(
            {account.corp_id: self.client}, ledger, Bundles(database, clock), self._files,
            self.pace, cards=account.cards,
        )  # fmt: skip
        self.callback = Callback(
            Envelope(account.token, account.aes_key, account.corp_id), account.corp_id,
            account.agent_id, chats, inbox, ledger, clock, folder,
        )  # fmt: skip

    async def fetch(self, claim: Claim) -> None:
        """Keep the update's file. Never raises: the turn says what is missing."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._files.fetch(self.client, claim.chat_id, claim.body)
        except (WeComError, Unanswered, Paused, TimeoutError) as error:
            log.warning("a file could not be fetched: %s", type(error).__name__)

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

    async def tidy(self) -> None:
        """Forget what is too old, day by day, until cancelled."""
        while True:
            pause = DAY
            try:
                if await self._ledger.tidy():
                    pause = MOMENT  # there may be more
            except SQLAlchemyError:
                log.exception("could not forget what is old; it is tried again")
            await asyncio.sleep(pause)

    async def close(self) -> None:
        await self.callback.spool.close()
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
