"""上下游: the corps that our app is shared with. Each has a token and an agent id of its own, and
its members are other people than ours, whatever their ids.

https://developer.work.weixin.qq.com/document/path/95324
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from xml.etree.ElementTree import Element

import httpx

from channels.wecom import limits
from channels.wecom.client import Alarm, App, Client
from channels.wecom.errors import Paused, Unanswered, WeComError
from channels.wecom.tokens import Fetched, Tokens
from pipeline.clock import Clock

log = logging.getLogger(__name__)

CHANGES = ("share_agent_change", "share_chain_change", "change_chain")
BUSINESS = 1  # 上下游; 0 would be 互联企业
DOUBTS = {301002, 40056, 41011, 670001, 670004}  # not there, or not under this agent id


class Downstream(Client):
    """The app in another corp: ours vouches for it."""

    def __init__(
        self, app: App, home: Client, http: httpx.AsyncClient, tokens: Tokens, clock: Clock,
        alarm: Alarm, doubt: Callable[[], None],
    ) -> None:  # fmt: skip
        super().__init__(app, http, tokens, clock, alarm)
        self._home = home
        self._doubt = doubt

    async def _fetch(self) -> Fetched:
        asked = {
            "corpid": self.app.corp_id, "business_type": BUSINESS, "agentid": self.app.agent_id,
        }  # fmt: skip
        answer = await self._home.post("corpgroup/corp/gettoken", asked)
        return str(answer["access_token"]), float(answer.get("expires_in", 7200))

    async def _note(self, path: str, error: WeComError) -> None:
        if error.code in DOUBTS:
            self._doubt()
        await super()._note(path, error)


class Chain:
    """Keeps `clients` as WeCom says it is: our own corp first, and every corp that has confirmed
    the app."""

    def __init__(
        self, home: Client, clients: dict[str, Client], http: httpx.AsyncClient, tokens: Tokens,
        clock: Clock, alarm: Alarm,
    ) -> None:  # fmt: skip
        self._home = home
        self._clients = clients
        self._clock = clock
        self._changed = asyncio.Event()
        self._looked_at: datetime | None = None
        self._lock = asyncio.Lock()

        def client(app: App) -> Client:
            return Downstream(app, home, http, tokens, clock, alarm, self._changed.set)

        self._client = client

    async def run(self) -> None:
        """Look at the start, when something has changed, and now and then, until cancelled."""
        while True:
            self._changed.clear()
            await self._try()
            with suppress(TimeoutError):
                async with asyncio.timeout(limits.CHAIN_LOOK):
                    await self._changed.wait()
            await asyncio.sleep(limits.CHAIN_PAUSE)

    async def heard(self, root: Element) -> None:
        """WeCom says that something was shared, or is no more."""
        self._changed.set()

    async def look(self) -> None:
        """For whoever met a corp that is not known: a stranger's knocking is not worth a call
        each time, and WeCom does not wait long."""
        if self._looked_at and self._clock.now() - self._looked_at < limits.CHAIN_REST:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(limits.CHAIN_PATIENCE):
                await self._try()

    async def _try(self) -> None:
        try:
            async with self._lock:
                self._looked_at = self._clock.now()
                self._know(await self._shares())
        except (WeComError, Unanswered, Paused) as error:
            log.warning("WeCom did not say who shares our app: %s", error)

    async def _shares(self) -> dict[str, int]:
        """The agent id of the app in each corp, page by page."""
        found, cursor = dict[str, int](), ""
        while True:
            asked = {
                "agentid": self._home.app.agent_id, "business_type": BUSINESS,
                "limit": limits.SHARES_PAGE, "cursor": cursor,
            }  # fmt: skip
            answer = await self._home.post("corpgroup/corp/list_app_share_info", asked)
            for corp in answer.get("corp_list", []):
                found[str(corp["corpid"])] = int(corp["agentid"])
            cursor = str(answer.get("next_cursor", ""))
            if answer.get("ending", 1) or not cursor:
                return found

    def _know(self, shares: dict[str, int]) -> None:
        own = self._home.app.corp_id
        for gone in self._clients.keys() - shares.keys() - {own}:
            log.warning("the app is no longer shared with %s", gone)
            del self._clients[gone]
        for corp_id, agent_id in shares.items():
            known = self._clients.get(corp_id)
            if corp_id != own and (known is None or known.app.agent_id != agent_id):
                log.info("the app is shared with %s", corp_id)
                self._clients[corp_id] = self._client(App(corp_id, agent_id, ""))
