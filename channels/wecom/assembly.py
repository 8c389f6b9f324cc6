"""The WeCom channel put together from its settings, and its menu told to WeCom."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import Route

from channels.abilities import Abilities
from channels.chats import Chats
from channels.connection import Connection, Surroundings, Work
from channels.wecom import limits
from channels.wecom.bundles import Bundles
from channels.wecom.callback import Callback
from channels.wecom.chain import CHANGES, Chain
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
from pipeline.work import Work as Letters

log = logging.getLogger(__name__)

PAUSE = 60.0  # seconds before the menu is tried again
DAY = 86400.0  # seconds
PATIENCE = 15.0  # seconds; what does not come by then is asked for again in words
CROWD = Crowd(limits.USERS, limits.FEW, limits.BUSY_MINUTES)
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


class WeCom(Connection):
    """One app at work, in its own corp and in those that share it; `client` is that of its own.
    `folder` keeps what the database has not taken yet."""

    abilities = (
        Abilities(
            "WeCom",
            "cards of 6 buttons, 20 ticks or picks",
            taps=True,
            changes=True,
            takes_back=True,
            files=True,
            unasked=True,
            groups=False,
            text="2,048 bytes",
        ),
        Abilities(
            "WeCom read in WeChat",
            "numbers",
            taps=False,
            changes=False,
            takes_back=True,
            files=True,
            unasked=True,
            groups=False,
            text="2,048 bytes",
        ),
    )

    def __init__(
        self, account: Account, database: Database, clock: Clock, chats: Chats, inbox: Inbox,
        alarm: Alarm, folder: Path,
    ) -> None:  # fmt: skip
        self._http = httpx.AsyncClient(
            base_url=account.base_url, proxy=account.proxy or None, timeout=TIMEOUT,
            trust_env=False,
        )  # fmt: skip
        app = App(account.corp_id, account.agent_id, account.secret)
        tokens = Tokens(database, clock)
        self.ledger, self.files = Ledger(database, clock), Files(database, clock)
        self.pace = Pace(account.per_second, 1 / limits.GAP, windows=limits.PER_MEMBER)
        self.network = Network(self.pace, name=NAME, crowd=CROWD)
        self.client = Client(app, self._http, tokens, clock, alarm)
        self._clients = {account.corp_id: self.client}
        self.channel = WeComChannel(
            self._clients, self.ledger, Bundles(database, clock), self.files, self.pace,
            cards=account.cards,
        )  # fmt: skip
        self.callback = Callback(
            Envelope(account.token, account.aes_key, account.corp_id, self._clients),
            account.corp_id, self._clients, chats, inbox, self.ledger, clock, folder,
        )  # fmt: skip
        self._chain: Chain | None = None
        if account.chain:
            self._chain = Chain(self.client, self._clients, self._http, tokens, clock, alarm)
            self.callback.look = self._chain.look
            self.callback.hears |= dict.fromkeys(CHANGES, self._chain.heard)

    @classmethod
    def connect(cls, around: Surroundings) -> Self | None:
        settings = around.settings
        if not settings.wecom_corp_id:
            return None
        account = Account(
            settings.wecom_corp_id, settings.wecom_agent_id,
            settings.wecom_secret.get_secret_value(), settings.wecom_token.get_secret_value(),
            settings.wecom_aes_key.get_secret_value(), settings.wecom_base_url,
            settings.wecom_proxy, settings.wecom_cards, settings.wecom_per_second,
            settings.wecom_chain,
        )  # fmt: skip

        async def alarm(error: WeComError) -> None:
            await _tell_organizers(around.database, around.clock, error)

        return cls(
            account, around.database, around.clock, around.chats, around.inbox, alarm,
            settings.data_dir / "spool",
        )  # fmt: skip

    def routes(self) -> Sequence[Route]:
        return self.callback.routes()

    def work(self) -> Sequence[Work]:
        works = [self.announce_menu, self.callback.spool.take_over, self.tidy]
        return [*works, *([self._chain.run] if self._chain else [])]

    async def fetch(self, claim: Claim) -> None:
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

    async def tidy(self) -> None:
        """Forget what is too old, day by day, until cancelled."""
        while True:
            pause = DAY
            try:
                if await self.ledger.tidy():
                    pause = MOMENT  # there may be more
            except SQLAlchemyError:
                log.exception("could not forget what is old; it is tried again")
            await asyncio.sleep(pause)

    async def close(self) -> None:
        await self.callback.spool.close()
        await self._http.aclose()


async def _tell_organizers(database: Database, clock: Clock, error: WeComError) -> None:
    """Once an hour of each trouble; what cannot be told is in the log at least."""
    try:
        async with database.writing() as connection:
            letters = Letters(connection, clock.now(), "")
            for organizer in await letters.people("org"):
                await letters.notify(
                    organizer, "trouble/wecom",
                    key=f"wecom:{error.code}:{organizer}:{clock.now():%Y%m%d%H}",
                    code=error.code, detail=error.message,
                )  # fmt: skip
            await letters.finish()
    except SQLAlchemyError:
        log.exception("could not tell the organizers that WeCom refuses us: %s", error)


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
