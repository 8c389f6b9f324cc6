"""Whose a session is: the bot's, nobody's, or a human's who answers in WeCom."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from channels.kf.sessions import BOT, HUMAN, POOL, UNTREATED, WITH_HUMANS, Sessions
from channels.wecom.client import Client
from channels.wecom.errors import Paused, Unanswered, WeComError
from channels.wecom.ledger import Member

log = logging.getLogger(__name__)

WAITING = "pool"
"""Beside the names of servicers: whoever is free."""


class Service:
    """`servicers` are asked in their order. A member of a kf chat is an account and a customer."""

    def __init__(self, client: Client, sessions: Sessions, servicers: Sequence[str]) -> None:
        self._client = client
        self._sessions = sessions
        self._servicers = servicers

    async def speaks(self, chat_id: int, who: Member) -> bool:
        """Whether the bot answers what the customer just wrote; it takes what nobody has."""
        try:
            state = await self._sessions.state(chat_id)
            if state in WITH_HUMANS:
                state = await self._ask(chat_id, who)
            return state == BOT or (state not in WITH_HUMANS and await self.take(chat_id, who))
        except (WeComError, Unanswered, Paused) as error:
            log.warning("WeCom did not say whose a session is: %s", error)
            return True

    async def take(self, chat_id: int, who: Member) -> bool:
        """Make the session the bot's. False: a human has it, or it cannot be opened from here."""
        try:
            await self._move(who, BOT)
        except WeComError:
            return await self._ask(chat_id, who) in (UNTREATED, BOT)
        await self._sessions.put_state(chat_id, BOT)
        return True

    async def hand_over(self, chat_id: int, who: Member) -> bool:
        """Give the session to the first servicer who receives, or to whoever is free. False:
        nobody took it, and the bot goes on."""
        for servicer in self._servicers:
            state = POOL if servicer == WAITING else HUMAN
            try:
                await self._move(who, state, **({} if state == POOL else _servicer(servicer)))
            except WeComError as error:
                log.warning("a session could not be handed over: %s", error)
            else:
                await self._sessions.put_state(chat_id, state)
                return True
        return False

    async def _ask(self, chat_id: int, who: Member) -> int:
        answer = await self._client.post("kf/service_state/get", _session(who))
        state = int(answer["service_state"])
        await self._sessions.put_state(chat_id, state)
        return state

    async def _move(self, who: Member, state: int, **more: str) -> None:
        body = {**_session(who), "service_state": state, **more}
        await self._client.post("kf/service_state/trans", body)


def _session(who: Member) -> dict[str, Any]:
    return {"open_kfid": who.corp_id, "external_userid": who.user_id}


def _servicer(userid: str) -> dict[str, str]:
    return {"servicer_userid": userid}
