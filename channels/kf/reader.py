"""Reads the log of each account: when WeCom signals that there is more, at the start, and now and
then all the same, because a signal may be lost.

One process has this duty at a time. A page counts as read when all that stands in it is stored;
read twice, it changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol

from channels.kf import limits
from channels.kf.accounts import Accounts, Log
from channels.wecom.client import Client
from channels.wecom.errors import Paused, Unanswered, WeComError
from pipeline.clock import Clock

log = logging.getLogger(__name__)

BAD_TOKEN = 95007
BAD_CURSOR = 40058
NOT_OURS = {48007, 95000}  # not bound to the app; not there


class Hear(Protocol):
    async def __call__(self, open_kfid: str, message: dict[str, Any], *, new: bool) -> None: ...


class Reader:
    """`names` are the accounts to read; None: all that the app has."""

    def __init__(
        self, client: Client, accounts: Accounts, hear: Hear, clock: Clock, names: set[str] | None
    ) -> None:
        self.listing = asyncio.Event()
        self._client = client
        self._accounts = accounts
        self._hear = hear
        self._clock = clock
        self._names = names
        self._listed_at: datetime | None = None
        self._resting: dict[str, float] = {}

    async def run(self) -> None:
        """Until cancelled. At first every log is read: nobody knows what was said meanwhile."""
        everything = True
        while True:
            self._accounts.signalled.clear()
            try:
                await self.look(everything=everything)
                everything = False
            except Exception:
                log.exception("the logs of customer service could not be read; it is tried again")
                await asyncio.sleep(limits.PAUSE)
            with suppress(TimeoutError):
                async with asyncio.timeout(limits.LOOK):
                    await self._accounts.signalled.wait()

    async def look(self, *, everything: bool = False) -> None:
        """Read what was signalled, or not looked at for a while; or every log."""
        await self._list()
        now = asyncio.get_running_loop().time()
        for one in await self._accounts.due(everything=everything):
            if self._is_wanted(one.open_kfid) and self._resting.get(one.open_kfid, 0) <= now:
                await self._try(one)

    def _is_wanted(self, open_kfid: str) -> bool:
        return self._names is None or open_kfid in self._names

    async def _list(self) -> None:
        """Which accounts there are: as set, or as WeCom says, now and then."""
        now = self._clock.now()
        late = self._listed_at is None or now - self._listed_at >= limits.RELIST
        if not late and not self.listing.is_set():
            return
        self.listing.clear()
        try:
            await self._accounts.know(self._names or await self._all())
            self._listed_at = now
        except (WeComError, Unanswered, Paused) as error:
            log.warning("WeCom did not list the accounts of customer service: %s", error)
            self._listed_at = now - limits.RELIST + limits.EVERY

    async def _all(self) -> list[str]:
        found, most = list[str](), 100
        while True:
            asked = {"offset": len(found), "limit": most}
            page = (await self._client.post("kf/account/list", asked)).get("account_list", [])
            found += [str(one["open_kfid"]) for one in page]
            if len(page) < most:
                return found

    async def _try(self, one: Log) -> None:
        try:
            if await self._read(one):
                await self._accounts.read(one)
        except (WeComError, Unanswered, Paused) as error:
            log.warning("the log of %s could not be read: %s", one.open_kfid, error)
            code = error.code if isinstance(error, WeComError) else None
            pause = limits.UNBOUND_PAUSE if code in NOT_OURS else limits.PAUSE
            self._resting[one.open_kfid] = asyncio.get_running_loop().time() + pause
            if code == BAD_CURSOR and one.cursor:
                await self._accounts.begin_anew(one.open_kfid)

    async def _read(self, one: Log) -> bool:
        """To its end, through pages that are empty. False: somebody else reads it, or there is
        more than may be read in one go."""
        cursor, token = one.cursor, one.token
        for _ in range(limits.MOST_PAGES):
            try:
                page = await self._page(one.open_kfid, cursor, token)
            except WeComError as error:
                if error.code != BAD_TOKEN or token is None:
                    raise
                token = None
                continue
            for message in _still_said(page.get("msg_list", [])):
                await self._hear(one.open_kfid, message, new=one.new)
            after = page.get("next_cursor") or cursor
            if after != cursor and not await self._accounts.advance(one.open_kfid, cursor, after):
                return False
            cursor = after
            if not page.get("has_more"):
                return True
        return False

    async def _page(self, open_kfid: str, cursor: str | None, token: str | None) -> dict[str, Any]:
        asked: dict[str, Any] = {"open_kfid": open_kfid, "limit": limits.PAGE, "voice_format": 0}
        asked |= {"cursor": cursor} if cursor else {}
        asked |= {"token": token} if token else {}
        return await self._client.post("kf/sync_msg", asked)


def _still_said(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what was taken back before anybody has read it."""
    events = [message.get("event") for message in messages if message.get("msgtype") == "event"]
    gone = [event["recall_msgid"] for event in events if event and "recall_msgid" in event]
    return [message for message in messages if message.get("msgid") not in gone]
